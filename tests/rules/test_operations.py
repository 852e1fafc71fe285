"""Operations: the values that a rule works out before its check."""

from __future__ import annotations

from typing import Any

import pytest

from interop.rules.data import Package
from interop.rules.engine import context_of
from interop.rules.language import Operation
from interop.rules.operand import Frame
from interop.rules.operations import OPERATIONS, Work
from interop.rules.outcome import MissingColumnError, NotExecutableError, SkippedError
from interop.rules.standards.terminology import CtList, CtPackage, CtTerm
from tests.rules.support import study

AE = {
    "DOMAIN": ["AE"] * 4,
    "USUBJID": ["1", "1", "2", "3"],
    "AESEQ": [1.0, 2.0, 1.0, 1.0],
    "AESER": ["Y", "", "N", "Y"],
    "AESTDTC": ["2020-01-05", "2020-01", "2020-02-01T10:00", ""],
}
DM = {
    "DOMAIN": ["DM"] * 2,
    "USUBJID": ["1", "2"],
    "RFSTDTC": ["2020-01-05", "2020-02-03"],
    "RACE": ["B", "A"],
}
EX = {
    "DOMAIN": ["EX"] * 3,
    "USUBJID": ["1", "1", "2"],
    "EXSTDTC": ["2020-01", "2020-01-02", ""],
    "EXDOSE": [1.0, 3.0, 5.0],
}
TS = {
    "DOMAIN": ["TS"] * 2,
    "TSPARMCD": ["AGE", "X"],
    "TSVCDREF": ["CDISC", ""],
    "TSVCDVER": ["2099-01-01", ""],
}
STUDY = study(AE=AE, DM=DM, EX=EX, TS=TS)


def work(operator: str, on: str = "AE", package: Package = STUDY, /, **options: Any) -> Frame:
    dataset = package.find(on)
    assert dataset is not None
    context = options.pop("context", None) or context_of(package, "SDTMIG", "3.4")
    frame = Frame(dataset.frame, dataset.wildcard, options.pop("constants", {}), dataset.domain or "")
    return OPERATIONS[operator](Work(Operation("$x", operator, options), frame, dataset, context))


def constant(operator: str, on: str = "AE", /, **options: Any) -> Any:
    return work(operator, on, **options).constants["$x"]


def column(operator: str, on: str = "AE", package: Package = STUDY, /, **options: Any) -> list[Any]:
    return work(operator, on, package, **options).data["$x"].to_list()


@pytest.mark.parametrize(
    ("operator", "options", "expected"),
    [
        ("distinct", {"domain": "DM", "name": "RACE"}, ["A", "B"]),
        ("distinct", {"name": "--SER"}, ["N", "Y"]),
        ("distinct", {"name": "--SEQ", "filter": {"AESER": "Y"}}, [1.0]),
        ("record_count", {}, 4),
        ("record_count", {"domain": "EX"}, 3),
        ("record_count", {"filter": {"AESER": "Y"}}, 2),
        ("record_count", {"domain": "TS", "filter": {"TSPARMCD": "AG&"}}, 1),
        ("max", {"domain": "EX", "name": "EXDOSE"}, 5.0),
        ("min", {"domain": "EX", "name": "EXDOSE"}, 1.0),
        ("mean", {"domain": "EX", "name": "EXDOSE"}, 3.0),
        ("max_date", {"name": "AESTDTC"}, "2020-02-01T10:00"),
        ("min_date", {"domain": "EX", "name": "EXSTDTC"}, "2020-01"),
        ("variable_exists", {"name": "--SER"}, True),
        ("variable_exists", {"domain": "EX", "name": "AESER"}, False),
        ("variable_is_null", {"name": "AENONE"}, True),
        ("variable_is_null", {"name": "AESER"}, False),
        ("variable_count", {"name": "--STDTC"}, 2),
        ("variable_value_count", {"name": "USUBJID"}, {"1": 3, "2": 3, "3": 1}),
        ("study_domains", {}, ["AE", "DM", "EX", "TS"]),
        ("dataset_names", {}, ["AE", "DM", "EX", "TS"]),
        ("domain_label", {}, "Adverse Events"),
        ("domain_is_custom", {}, False),
        ("related_domain_is_custom", {}, False),
        ("extract_metadata", {"name": "dataset_name"}, "AE"),
        ("get_column_order_from_dataset", {}, list(AE)),
        ("split_by", {"name": "AESTDTC", "delimiter": "-"}, None),
        ("minus", {"name": "$a", "subtract": "$b"}, ["x"]),
        ("get_dataset_filtered_variables", {"key_name": "role", "key_value": "Timing"}, ["AESTDTC"]),
        (
            "codelist_terms",
            {"codelists": ["NY"], "level": "term", "returntype": "value"},
            ["N", "NA", "U", "Y"],
        ),
        ("codelist_terms", {"codelists": ["NY"], "level": "codelist", "returntype": "code"}, ["C66742"]),
        ("codelist_extensible", {"codelist": "NY"}, False),
    ],
)
def test_one_value_for_all_rows(operator: str, options: dict[str, Any], expected: Any) -> None:
    if operator == "split_by":
        assert column(operator, **options)[0] == ["2020", "01", "05"]
        return
    found = constant(operator, constants={"$a": ["x", "y"], "$b": ["y"]}, **options)
    assert (sorted(found) if operator == "codelist_terms" else found) == expected


def test_values_of_groups() -> None:
    by = {"group": ["USUBJID"]}
    assert column("distinct", domain="EX", name="EXDOSE", **by) == [[1.0, 3.0], [1.0, 3.0], [5.0], None]
    assert column("record_count", **by) == [2.0, 2.0, 1.0, 1.0]
    assert column("record_count", filter={"AESER": "Y"}, **by) == [1.0, 1.0, 0.0, 1.0]
    assert column("max_date", domain="EX", name="EXSTDTC", **by) == ["2020-01-02", "2020-01-02", None, None]
    assert column("min_date", domain="EX", name="EXSTDTC", **by) == ["2020-01", "2020-01", None, None]
    assert column("max", domain="EX", name="EXDOSE", **by) == [3.0, 3.0, 5.0, None]


def test_study_day() -> None:
    assert column("dy", name="--STDTC") == [1.0, None, -2.0, None]


def test_what_the_standard_has() -> None:
    required = constant("required_variables")
    assert {"STUDYID", "AETERM", "AEDECOD"} <= set(required)
    assert "AESEV" not in required
    assert "AESER" in constant("expected_variables")
    order = constant("get_column_order_from_library")
    assert order.index("STUDYID") < order.index("AESEQ") < order.index("AETERM") < order.index("AESTDTC")
    model = constant("get_model_column_order")
    assert "AESTAT" in model
    assert "AETESTCD" not in model
    assert "AESTDTC" in constant("get_model_filtered_variables", key_name="role", key_value="Timing")
    assert "AE" in constant("standard_domains")
    assert "AE" in constant("get_library_class_domains", domain_class="Events")
    assert "AETERM" in constant("variable_names")


def test_older_guides_have_their_own_metadata() -> None:
    context = context_of(STUDY, "SDTMIG", "3.2")
    assert "GF" not in constant("standard_domains", context=context)
    with pytest.raises(NotExecutableError, match=r"SDTMIG 9-9 are not here"):
        constant("standard_domains", context=context_of(STUDY, "SDTMIG", "9.9"))


def test_the_parent_of_each_supp_record() -> None:
    supp = {"RDOMAIN": ["AE", "DM"], "QNAM": ["A", "B"]}
    found = column("get_parent_model_column_order", "SUPPAE", study(AE=AE, DM=DM, SUPPAE=supp))
    assert "AETERM" in found[0]
    assert "RFSTDTC" in found[1]


def test_metadata_that_a_column_names() -> None:
    package = study(AE={"DOMAIN": ["AE"] * 2, "V": ["AETERM", "NONE"]})
    data = work("name_referenced_variable_metadata", "AE", package, name="V").data
    assert data["$x_role"].to_list() == ["Topic", None]


def test_texts_replaced_and_mapped() -> None:
    package = study(AE={"DOMAIN": ["AE"] * 2, "V": ["TRT01AN", "X"]})
    found = column("regex_find_replace", "AE", package, name="V", find=r"^TRT(\d\d)AN$", replace=r"TRT\1A")
    assert found == ["TRT01A", None]
    table = [{"V": "X", "output": "found"}]
    assert column("map", "AE", package, map=table) == [None, "found"]


def test_terminology_that_records_name() -> None:
    whole = CtPackage(
        "sdtmct-2099-01-01", {"C1": CtList("C1", "NY", "No Yes", False, (CtTerm("Y", "C2", "Yes"),))}
    )
    context = context_of(STUDY, "SDTMIG", "3.4", ct=[whole])
    options = {"name": "TSVCDREF", "version": "TSVCDVER", "ct_attribute": "Term CCODE"}
    assert column("get_codelist_attributes", "TS", context=context, **options) == [["C2"], []]
    with pytest.raises(NotExecutableError, match="not here"):
        column("get_codelist_attributes", "TS", **options)
    dates = constant("valid_codelist_dates", "TS", ct_package_types=["SDTM"])
    assert {"2020-12-18", "2025-03-28", "2099-01-01"} <= set(dates)
    assert "2020-12-19" not in dates


def release(date: str, *values: str) -> CtPackage:
    terms = tuple(CtTerm(v, f"C{n}", f"Preferred {v}") for n, v in enumerate(values, 10))
    return CtPackage(f"sdtmct-{date}", {"C1": CtList("C1", "NY", "No Yes", len(values) > 1, terms)})


def test_terminology_of_the_release_that_each_record_names() -> None:
    trial = study(
        TS={
            "DOMAIN": ["TS"] * 5,
            "TSVAL": ["Y", "n", "N", "U", ""],
            "TSLIST": ["C1", "C1", "C1", "C1", "C9"],
            "TSVCDVER": ["2098-01-01", "2099-01-01", "2098-01-01", "", "2099-01-01"],
        }
    )
    releases = [release("2098-01-01", "Y"), release("2099-01-01", "Y", "N")]
    context = context_of(trial, "SDTMIG", "3.4", ct=releases)
    options = {"context": context, "ct_package_type": "SDTM", "version": "TSVCDVER"}

    def found(operator: str = "codelist_terms", **more: Any) -> list[Any]:
        return column(operator, "TS", trial, **{**options, "codelist_code": "C1", **more})

    # N is no term of 2098; a record without a version has no answer.
    assert found(term_value="TSVAL") == ["C10", "C11", None, None, None]
    assert found(term_value="--VAL", returntype="pref_term")[:2] == ["Preferred Y", "Preferred N"]
    assert found(term_value="TSVAL", codelist_code="TSLIST") == ["C10", "C11", None, None, None]
    extensible = found("codelist_extensible", codelist_code="TSLIST")
    assert extensible == [False, True, False, None, None]
    with pytest.raises(NotExecutableError, match="needs one of term_code, term_value"):
        found()
    with pytest.raises(NotExecutableError, match="no returntype 'name'"):
        found(term_value="TSVAL", returntype="name")
    with pytest.raises(NotExecutableError, match=r"adamct-209\d-01-01 is not here"):
        found(term_value="TSVAL", ct_package_type="ADAM")


def test_what_is_absent_is_said() -> None:
    with pytest.raises(SkippedError, match="LB is not in the study"):
        work("distinct", domain="LB", name="LBSEQ")
    with pytest.raises(MissingColumnError, match="AENONE"):
        work("distinct", name="--NONE")
    with pytest.raises(NotExecutableError, match="no codelist NONE"):
        work("codelist_terms", codelists=["NONE"], level="term")
