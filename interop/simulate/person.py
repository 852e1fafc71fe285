"""Who a simulated subject is: demographics, disease before the study, history. All of it invented."""

from __future__ import annotations

from interop.simulate.course import Course
from interop.simulate.draw import Draw
from interop.simulate.facts import Line, Past
from interop.simulate.settings import Settings

DIAGNOSES = (
    ("Diffuse large B-cell lymphoma, NOS", "Germinal centre B-cell type"),
    ("Diffuse large B-cell lymphoma, NOS", "Activated B-cell type"),
    ("High-grade B-cell lymphoma", "MYC and BCL2 rearranged"),
    ("Primary mediastinal B-cell lymphoma", "Not applicable"),
    ("Transformed follicular lymphoma", "Diffuse large B-cell lymphoma"),
)
FIRST_LINE = (
    ("R-CHOP", "IMMUNOCHEMOTHERAPY"),
    ("R-DA-EPOCH", "IMMUNOCHEMOTHERAPY"),
    ("POLA-R-CHP", "IMMUNOCHEMOTHERAPY"),
)
LATER_LINES = (
    ("R-DHAP", "IMMUNOCHEMOTHERAPY"),
    ("R-ICE", "IMMUNOCHEMOTHERAPY"),
    ("R-GEMOX", "IMMUNOCHEMOTHERAPY"),
    ("R-Lenalidomide", "IMMUNOTHERAPY"),
    ("Involved-site radiotherapy", "RADIOTHERAPY"),
    ("BEAM and autologous stem cell transplant", "TRANSPLANT"),
)
HISTORY = (
    ("High blood pressure", "Hypertension", "Vascular disorders"),
    ("Type 2 diabetes", "Type 2 diabetes mellitus", "Metabolism and nutrition disorders"),
    ("Sjogren's syndrome", "Sjogren's syndrome", "Immune system disorders"),
    ("Hypothyroidism", "Hypothyroidism", "Endocrine disorders"),
    ("Numb fingers after vincristine", "Neuropathy peripheral", "Nervous system disorders"),
    ("Gallstones, removed", "Cholelithiasis", "Hepatobiliary disorders"),
    ("Asthma", "Asthma", "Respiratory, thoracic and mediastinal disorders"),
    ("Hepatitis B, resolved", "Hepatitis B", "Infections and infestations"),
)


def person(number: int, draw: Draw, settings: Settings) -> Course:
    """Subject `number`, up to the consent."""
    sites = {s.name: s.weight for s in settings.sites}
    site = draw.weighted(sites)
    sex = draw.weighted(settings.weights["sex"])
    tall = draw.normal(176 if sex == "M" else 163, 7)
    consent = settings.first_consent + int(settings.enrolment_days * draw.uniform())
    return Course(
        number=number,
        subject=f"{number:04}",
        site=site,
        country=next(s.country for s in settings.sites if s.name == site),
        sex=sex,
        age=max(19, min(82, round(draw.normal(61, 11)))),
        race=draw.weighted(
            {"WHITE": 0.55, "ASIAN": 0.12, "BLACK OR AFRICAN AMERICAN": 0.08, "NOT REPORTED": 0.25}
        ),
        ethnicity=draw.weighted(
            {"NOT HISPANIC OR LATINO": 0.7, "HISPANIC OR LATINO": 0.1, "NOT REPORTED": 0.2}
        ),
        initials=draw.pick("ABCDEFGHJKLMNPRSTVW") + draw.pick("ABCDEFGHIKLMNOPRSTUVW"),
        height=round(tall, 1),
        weight=round((tall / 100) ** 2 * max(18.0, draw.normal(25.5, 3.5)), 1),
        ecog=int(draw.weighted(settings.weights["ecog"])),
        consent=consent,
        consent_version=f"{1 + (consent - settings.first_consent) // 400}.0",
    )


def past(course: Course, draw: Draw, settings: Settings) -> Past:
    term, histology = draw.pick(DIAGNOSES)
    lines, end = [], course.consent - draw.days((15, 45))
    relapse = end
    refractory = draw.chance(0.45)
    count = int(draw.weighted(settings.weights["prior_lines"]))
    for n in range(count, 0, -1):
        start = end - draw.days((60, 200))
        regimen, category = draw.pick(FIRST_LINE if n == 1 else LATER_LINES)
        response = draw.pick(("PR", "SD", "PD") if n == count and refractory else ("CR", "CR", "PR"))
        lines.append(Line(n, regimen, category, response, start, end - 30))
        end = start - draw.days((60, 500))
    history = []
    for term_, decoded, system in HISTORY:
        if draw.chance(0.22):
            began = course.consent - draw.days((300, 7000))
            ongoing = draw.chance(0.65)
            history.append((term_, decoded, system, began, None if ongoing else began + draw.days((10, 280))))
    return Past(
        term=term,
        histology=histology,
        stage=draw.pick(("II", "III", "III", "IV", "IV", "IV")),
        status="REFRACTORY" if refractory else "RELAPSED",
        diagnosed=lines[-1].start - draw.days((7, 40)),
        relapse=relapse,
        lines=tuple(reversed(lines)),
        history=tuple(history),
    )
