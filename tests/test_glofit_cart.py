"""The reference trial's study.yaml: what its protocol says is in it, what it decides is an assumption."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from interop import analysis
from interop.errors import InputError
from interop.report.studypage import study_page
from interop.study import Study
from interop.studycheckdesign import find
from interop.studyfile import load_study
from interop.trialdesign import Activity
from interop.yamlfile import load_yaml
from tests.support import ROOT

STUDY = load_study("glofit-cart")
FILE = STUDY.folder / "study.yaml"


def activity(code: str) -> Activity:
    (found,) = [a for a in STUDY.activities if a.code == code]
    return found


def test_phase_1_is_apheresis_collection_and_two_cycles_of_glofitamab_with_or_without_x() -> None:
    apheresis = activity("lymphocyte-apheresis")
    assert (apheresis.timing, apheresis.condition) == (
        "Before the first glofitamab",
        "Unless contraindicated",
    )
    assert activity("stem-cell-mobilisation").timing == activity("stem-cell-collection").timing
    (collection,) = [p for p in STUDY.procedures if p.yields]
    assert [(y.test, y.minimum, y.unit) for y in collection.yields] == [
        ("MNC", "3", "10^8/kg"),
        ("CD34", "2", "10^6/kg"),
    ]
    agents = {t.description for t in STUDY.treatments if t.role == "combination"}
    assert agents == {"X, antibody-drug conjugate", "X, chemotherapy", "X, small-molecule targeted agent"}
    assert activity("agent-x").condition == "If the investigator chooses to add it"


def test_glofitamab_is_intravenous_after_obinutuzumab_in_steps_of_2_5_10_and_30_mg() -> None:
    given = [a for a in STUDY.activities if a.element == "GLOFX" and a.treatment == "GLOFITAMAB"]
    days = {v.name: v.day for v in STUDY.visits}
    steps = sorted((days[v] or 0, a.dose.value, a.dose.unit) for a in given for v in a.visits if a.dose)
    assert [(value, unit) for _, value, unit in steps] == [("2.5", "mg"), ("10", "mg"), ("30", "mg")]
    assert (days[activity("obinutuzumab").visits[0]] or 0) < steps[0][0]
    assert {t.route for t in STUDY.treatments if t.name == "GLOFITAMAB"} == {"INTRAVENOUS"}


def test_phase_2_is_one_of_two_cohorts() -> None:
    assert [a.code for a in STUDY.arms] == ["CART", "ASCTCART"]
    for drug in ("fludarabine", "cyclophosphamide"):
        assert (activity(drug).since, activity(drug).days) == ("CAR-T infusion", (-5, -4, -3))
    after = activity("car-t-after-asct")
    assert (after.since, after.days, after.window) == ("stem cell reinfusion", (3,), (-1, 1))
    for code in ("car-t", "car-t-after-asct"):
        dose = activity(code).dose
        assert dose is not None
        assert (dose.low, dose.high, dose.unit) == ("2", "4", "10^6/kg")


def test_consolidation_is_four_cycles_after_the_decision_at_day_28() -> None:
    decision = activity("decision-day-28")
    assert (decision.leads_to, decision.condition) == (
        "CONS",
        "PET-CT Deauville 4-5 or ctDNA positive at day 28 after CAR-T",
    )
    assert len(activity("glofitamab-consolidation").visits) == 4
    (visit,) = [v for v in STUDY.visits if v.name == decision.visits[0]]
    assert (visit.since, visit.after) == ("CAR-T infusion", 28)


AFTER = "From CAR-T ± ASCT to 1 year after"
BEFORE = (
    "From the start of glofitamab-based therapy until ≤14 days before the start of FC lymphodepletion or "
    "myeloablative conditioning"
)
TWO_YEARS = "Through 2 years from the start of study treatment"


@pytest.mark.parametrize(
    ("name", "level", "window"),
    [
        ("CR rate after CAR-T ± ASCT", "primary", AFTER),
        ("ORR after CAR-T ± ASCT", "secondary", AFTER),
        ("CR rate before CAR-T ± ASCT", "secondary", BEFORE),
        ("ORR before CAR-T ± ASCT", "secondary", BEFORE),
        ("PFS-t", "secondary", TWO_YEARS),
        ("PFS-c", "secondary", TWO_YEARS),
    ],
)
def test_each_endpoint_has_its_window_and_a_parameter_that_answers_it(
    name: str, level: str, window: str
) -> None:
    (endpoint,) = [e for e in STUDY.endpoints if e.name == name]
    assert (endpoint.level, endpoint.window) == (level, window)
    response = analysis.response(STUDY)
    assert response is not None
    known = {p.paramcd for p in response.parameters} | {p.paramcd for p in analysis.times_to_event(STUDY)}
    assert set(endpoint.parameters) <= known
    assert endpoint.parameters


def test_every_decision_is_an_assumption_that_names_its_key() -> None:
    data = load_yaml(FILE).data
    for assumption in STUDY.assumptions:
        assert assumption.governs, assumption.about
        assert find(data, assumption.governs) is not None
    about = " ".join(a.about for a in STUDY.assumptions)
    for open_question in (
        "populations",
        "censoring at a new anticancer therapy",
        "censoring after missed assessments",
        "response criteria",
        "visits and their windows",
        "start of CAR-T ± ASCT",
    ):
        assert open_question in about


def test_what_is_not_known_is_not_invented() -> None:
    assert (STUDY.phase, STUDY.activities[0].dose) == ("", None)
    unknown = {s.code for s in STUDY.summary if s.null_flavor == "UNK"}
    assert {"REGID", "SPONSOR", "PLANSUB", "FCNTRY", "TPHASE", "TBLIND", "AGEMIN", "AGEMAX"} <= unknown
    undosed = {a.treatment for a in STUDY.activities if a.treatment and a.dose is None}
    assert undosed == {"OBINUTUZUMAB", "FLUDARABINE", "CYCLOPHOSPHAMIDE"}
    assert not any(t.codings for t in STUDY.treatments)


def test_adsl_dates_are_named_once_and_fit_adam() -> None:
    dates = {m.adsl: m.label for m in STUDY.milestones if m.adsl is not None}
    assert {"GLFSDT", "PRECTDT", "ASCTDT", "CARTDT", "CTSDT", "CONSSDT", "NACTDT"} <= set(dates)
    assert len(dates) == sum(m.adsl is not None for m in STUDY.milestones)
    assert all(
        name.endswith("DT") and len(name) <= 8 and label and len(label) <= 40 for name, label in dates.items()
    )


def test_the_page_is_what_the_study_says() -> None:
    page = (ROOT / "docs" / "glofit-cart.md").read_text(encoding="utf-8")
    assert page == study_page(STUDY), "run scripts/build_study_page.py glofit-cart docs/glofit-cart.md"
    for assumption in STUDY.assumptions:
        assert assumption.decision in page


def changed(folder: Path, old: str, new: str) -> Path:
    text = FILE.read_text(encoding="utf-8")
    assert text.count(old) >= 1, f"study.yaml no longer has {old!r}"
    (folder / "study.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


def test_the_other_choice_of_a_setting_changes_what_follows_from_it(tmp_path: Path) -> None:
    other = load_study(changed(tmp_path, "value: reinfusion", "value: infusion"))
    of: Callable[[Study], tuple[str, ...]] = lambda s: s.milestone("start of cellular therapy").of  # noqa: E731
    assert of(STUDY) == ("stem cell reinfusion", "CAR-T infusion")
    assert of(other) == ("CAR-T infusion",)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "begins: lymphodepletion,",
            "begins: lymphodepletoin,",
            "elements[3].begins: there is no milestone `lymphodepletoin`. Did you mean `lymphodepletion`?",
        ),
        (
            "element: FCLD, epoch: TREATMENT",
            "element: FCLB, epoch: TREATMENT",
            "arms[1].elements[3].element: there is no element `FCLB`. Did you mean `FCLD`?",
        ),
        (
            "{element: FOLO, epoch: FOLLOW-UP}",
            "{element: FOLO, epoch: FOLLOWUP}",
            "arms[1].elements[6].epoch: there is no epoch `FOLLOWUP`. Did you mean `FOLLOW-UP`?",
        ),
        (
            "value: reinfusion",
            "value: re-infusion",
            "settings[1].value: `re-infusion` is not among the choices. Did you mean `reinfusion`?",
        ),
        (
            "from: CAR-T infusion, after: -5,",
            "from: CAR-T infusion, day: -5,",
            "visits[7]: a visit is planned on a study `day`, or `after` so many days `from` a milestone. "
            "Give either `day`, or both `from` and `after`",
        ),
        (
            "treatment: FLUDARABINE, element",
            "treatment: FLUDARABIN, element",
            "activities[10].treatment: there is no treatment `FLUDARABIN`. Did you mean `FLUDARABINE`?",
        ),
        (
            "visits: [C1D8], dose: {value: 2.5, unit: mg}",
            "visits: [C1D8], dose: {value: 2.5, unit: MG.}",
            "activities[5].dose.unit: `MG.` is not a term of UNIT.",
        ),
        (
            "assessment: ctDNA, element",
            "element",
            "activities[17]: the activity `ctdna-day-28` says nothing of what is done. Give one of "
            "treatment, role, procedure, assessment, leads_to",
        ),
        (
            "{code: RANDOM, value: N,",
            "{code: RANDOM, value: NO,",
            "summary[5].value: `NO` is not a term of NY. Did you mean `N`?",
        ),
        (
            "{code: SPONSOR, null_flavor: UNK}",
            "{code: SPONSER, null_flavor: UNK}",
            "summary[24].code: `SPONSER` is not a term of TSPARMCD. Did you mean `SPONSOR`?",
        ),
        (
            "{code: SPONSOR, null_flavor: UNK}",
            "{code: SPONSOR}",
            "summary[24]: Give either `value` or `null_flavor`",
        ),
        (
            "parameters: [CRAFT]",
            "parameters: [CRAFTS]",
            "endpoints[1].parameters[1]: the analysis has no parameter `CRAFTS`. Did you mean `CRAFT`?",
        ),
        (
            "governs: visits/CONS C1D1",
            "governs: visits/CONS D1",
            "assumptions[14].governs: this file has no key `visits/CONS D1`. Write the sections and names",
        ),
        (
            "record: consent, date: date",
            "record: consent, date: day",
            "milestones[1].date: a record consent has no date field `day`.",
        ),
        (
            "first_known_of: [informed consent, screening visit]",
            "first_known_of: [informed consent, stem cell reinfusion]",
            "milestones[3].first_known_of[2]: the milestone `stem cell reinfusion` stands below the one that "
            "is made of it. Move it up",
        ),
        (
            "- {name: SCREENING}",
            "- {name: SCREENING, start: RFICDTC}",
            "epochs[1].start: the elements of the arms say when the epoch begins. Leave `start` out",
        ),
        (
            "{reached: start of cellular therapy,",
            "{reached: start of cell therapy,",
            "analysis.populations.CTFL.reached: there is no milestone `start of cell therapy`. Did you mean "
            "`start of cellular therapy`?",
        ),
        (
            "name: CAR-T infusion and 28 days after it",
            "name: CAR-T infusion and the twenty-eight days after it",
            "elements[6].name: `CAR-T infusion and the twenty-eight days after it` has 49 characters, 40 are "
            "allowed",
        ),
        (
            "definition: Share of subjects with CR after CAR-T with or without ASCT",
            f"definition: {'Share of subjects with CR ' * 90}",
            "endpoints[1].definition: TSVAL would go on for 12 variables of 200 bytes, 10 are written. "
            "Shorten it",
        ),
        (
            "duration: P28D}",
            "duration: 28 days}",
            "elements[6].duration: `28 days` is not written as it must be.",
        ),
    ],
)
def test_a_mistake_is_answered_with_its_place_and_mend(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        load_study(changed(tmp_path, old, new))
    message = str(error.value)
    assert re.search(r"study\.yaml, line \d+, ", message)
    assert said in message


def test_a_folder_of_study_yaml_alone_can_be_loaded(tmp_path: Path) -> None:
    shutil.copy(FILE, tmp_path / "study.yaml")
    assert load_study(tmp_path).arms == STUDY.arms
