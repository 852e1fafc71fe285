"""What ADaM names as its source is there, and every value leads back to cells of the sources."""

from __future__ import annotations

from polars import col

from tests.trial.conftest import Export, Tables, same


def test_every_source_variable_of_adam_resolves_to_its_value(t: Tables) -> None:
    for name in ("ADRS", "ADTTE"):
        rows = t[name].drop_nulls("SRCVAR")
        assert rows.height > 0.8 * t[name].height
        for (domain, variable), part in rows.group_by("SRCDOM", "SRCVAR"):
            source = t[str(domain)]
            sequence = next((v for v in (f"{domain}SEQ", "ASEQ") if v in source.columns), None)
            keys = ["USUBJID"] if sequence is None else ["USUBJID", "SRCSEQ"]
            assert (sequence is None) == (part["SRCSEQ"].null_count() == part.height), (name, domain)
            values = source.select(
                "USUBJID", *([] if sequence is None else [col(sequence).alias("SRCSEQ")]), VALUE=str(variable)
            )
            found = part.join(values, on=keys, how="left", validate="m:1")
            assert found["VALUE"].null_count() == 0, (name, domain, variable)
            if name == "ADRS" and domain == "RS":
                of_row = found.filter(PARAMCD="OVR")
                same(of_row, "AVALC", "VALUE")
            elif name == "ADTTE":
                # the day that the source has, or the end of the window that cut it
                assert found.filter(
                    col("VALUE").ne_missing(col("ADT")) & ((col("CNSR") == 0) | (col("ADT") > col("VALUE")))
                ).is_empty()


CELL, DEFINED = "source cell", ("study definition", "constant of the source mapping")


def test_every_time_to_event_leads_back_to_cells_of_the_sources(export: Export) -> None:
    rows = export.run.built["ADTTE"].table
    for subject, paramcd, event in rows.select("USUBJID", "PARAMCD", "EVNTDESC").iter_rows():
        traced = export.run.trace("ADTTE", {"USUBJID": subject, "PARAMCD": paramcd}, "ADT")
        leaves = list(traced.cells())
        cells = [n for n in leaves if n.how == CELL]
        assert any(n.name.endswith("DAT") and n.value for n in cells), (subject, paramcd)
        assert all(n.how in (CELL, *DEFINED) or n.value is None for n in leaves), str(traced)
        if event == "Death":
            assert any(n.place.startswith("DTH.csv") for n in cells), str(traced)
        if event == "Progression or relapse":
            assert any(n.place.startswith("RS.csv") for n in cells), str(traced)


def test_every_value_of_a_subject_leads_back_to_the_sources(export: Export) -> None:
    """All variables of a row of every dataset: what is collected ends in a cell."""
    who = export.made.truth.drop_nulls("consolidation")["usubjid"][0]
    origins, traced = export.run.origins, 0
    for name, built in export.run.built.items():
        if (
            "USUBJID" not in built.data.columns
            or built.data.filter(USUBJID=who).is_empty()
            or name == "RELREC"
        ):
            continue
        row = built.data.filter(USUBJID=who).row(-1, named=True)
        key = {v: str(row[v]) for v in built.spec.row_id}
        for variable in (v for v in built.spec.columns if row[v] is not None and v != "STUDYID"):
            leaves = origins.trace(name, key, variable).cells()
            lost = [
                n
                for n in leaves
                if n.value is not None
                and n.name != "STUDYID"
                and n.how.startswith(("Predecessor", "Collected"))
            ]
            assert lost == [], (name, variable)
            traced += 1
    assert traced > 300
