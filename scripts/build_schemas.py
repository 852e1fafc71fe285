"""Write the facts of the standards that the product carries under `schemas/`, from their published forms.

    python scripts/build_schemas.py REFERENCE CORE_WHEEL

REFERENCE   folder with `sdtmig-3-4.json` and `sdtm-ct-2025-03-28.json` (CDISC Library exports)
CORE_WHEEL  the unpacked wheel of cdisc-rules-engine 0.4.6 (MIT, CDISC), whose cache holds the metadata
            of SDTM 2.0, ADaMIG 1.3 and ADaM CT 2022-06-24 (the newest in it)

Nothing under `schemas/sdtmig34`, `schemas/sdtm20`, `schemas/adamig13` and `schemas/ct` is edited by hand.
"""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

SCHEMAS = Path(__file__).parents[1] / "schemas"
Json = Any

# Absent from the export of SDTM CT 2025-03-28. Values and term codes as in CDISC's own Define-XML 2.1 SDTM
# example (CL.NY) and HL7's ValueSet `cdisc-yes-no-vs` of C66742; C48660 from the latter.
NY = {
    "submission_value": "NY",
    "name": "No Yes Response",
    "extensible": False,
    "terms": [
        {"value": "N", "code": "C49487", "preferred": "No", "synonyms": ["No"]},
        {"value": "NA", "code": "C48660", "preferred": "Not Applicable", "synonyms": ["NA"]},
        {"value": "U", "code": "C17998", "preferred": "Unknown", "synonyms": ["UNK", "Unknown"]},
        {"value": "Y", "code": "C49488", "preferred": "Yes", "synonyms": ["Yes"]},
    ],
}

# ADaM CT terms come without their NCI codes in that cache, so the product states none.
ADAM_CODELISTS = {
    "C81223": ("DATEFL", "Date Imputation Flag", False, ("D", "M", "Y")),
    "C81226": ("TIMEFL", "Time Imputation Flag", False, ("H", "M", "S")),
    "C124296": ("SBJTSTAT", "Subject Trial Status", True, ("COMPLETED", "DISCONTINUED", "ONGOING")),
}


def main(reference: Path, core: Path) -> None:
    cache = core / "cdisc_rules_engine" / "resources" / "cache"
    sdtmig(json.loads((reference / "sdtmig-3-4.json").read_text(encoding="utf-8")))
    model(pickle.loads((cache / "standards_models.pkl").read_bytes())["models/sdtm/2-0"])
    details = pickle.loads((cache / "standards_details.pkl").read_bytes())
    adamig(details["standards/adam/adamig-1-3"], details["standards/adam/adam-tte-1-0"])
    ct = json.loads((reference / "sdtm-ct-2025-03-28.json").read_text(encoding="utf-8"))
    terminology("sdtm-2025-03-28", {**ct["codelists"], "C66742": NY})
    terms = pickle.loads((cache / "codelist_term_maps.pkl").read_bytes())["adamct-2022-06-24"]
    terminology("adam-2022-06-24", dict(_adam_codelists(terms)))


def sdtmig(standard: Json) -> None:
    for name, facts in standard["datasets"].items():
        variables = [
            {
                **{k: v[k] for k in ("name", "label", "type", "role", "core")},
                **({"codelists": [c.strip() for c in v["codelist"].split(";")]} if "codelist" in v else {}),
                **{k: v[k] for k in ("value_domain", "value_list") if k in v},
            }
            for v in facts["variables"]
        ]
        _write("sdtmig34", name, {k: facts[k] for k in ("class", "label", "structure")}, variables)


def model(sdtm: Json) -> None:
    """One file a general observation class: identifiers, its own variables, timing, in model order."""
    classes = {c["name"]: c.get("classVariables", []) for c in sdtm["classes"]}
    common = classes["General Observations"]
    identifiers = [v for v in common if v["role"] == "Identifier"]
    timing = [v for v in common if v["role"] == "Timing"]
    for name in ("Interventions", "Events", "Findings"):
        ordered = [*identifiers, *classes[name], *timing]
        variables = [
            {
                "name": v["name"],
                "label": v["label"],
                "type": v["simpleDatatype"],
                "role": v["role"],
                "core": "Perm",
                **_iso_domain(v["name"]),
            }
            for v in ordered
        ]
        _write(
            "sdtm20", name, {"class": name, "label": f"{name} class of SDTM 2.0", "structure": ""}, variables
        )


def _iso_domain(name: str) -> dict[str, str]:
    """The cache gives no value domain; the names of ISO 8601 variables are the IG's convention (4.4)."""
    if name.endswith("DTC"):
        return {"value_domain": "ISO 8601 datetime or interval"}
    if name in ("--DUR", "--PDUR", "--ELTM", "--EVLINT", "--STINT", "--ENINT"):
        return {"value_domain": "ISO 8601 duration"}
    return {}


def adamig(ig: Json, tte: Json) -> None:
    """One file a data structure; ADTTE is BDS with the sets of the time-to-event supplement.

    In the IG, `xx`, `zz`, `y` and `w` stand for digits, `*` for a sponsor's prefix; names are kept so.
    """
    structures = {s["name"]: s for s in ig["dataStructures"]}
    for name, structure in structures.items():
        variables = list(_adam_variables(structure))
        if not variables:  # TTE in the IG only points to its supplement
            continue
        if name == "BDS":
            have = {v["name"] for v in variables}
            extra = [v for s in tte["dataStructures"] for v in _adam_variables(s)]
            variables += [v for v in extra if v["name"] not in have]
        facts = {
            "class": structure.get("class", name),
            "label": structure["label"],
            "structure": "",
        }
        _write("adamig13", name, facts, variables)


def _adam_variables(structure: Json) -> Iterable[Json]:
    seen = set()
    for group in structure.get("analysisVariableSets", []):
        for v in group.get("analysisVariables", []):
            if v["name"] in seen:
                continue
            seen.add(v["name"])
            links = v.get("_links", {}).get("codelist") or []
            codes = [link["href"].rsplit("/", 1)[-1] for link in links]
            yield {
                "name": v["name"],
                "label": v["label"],
                "type": v["simpleDatatype"],
                "role": group["name"],
                "core": v["core"],
                **({"codelists": codes} if codes else {}),
            }


def _adam_codelists(published: Json) -> Iterable[tuple[str, Json]]:
    for code, (submission, name, extensible, values) in ADAM_CODELISTS.items():
        allowed = published[code]
        if missing := set(values) - set(allowed["allowed_terms"]):
            raise SystemExit(f"{code}: {sorted(missing)} not in ADaM CT 2022-06-24")
        terms = [{"value": v, "code": "", "preferred": ""} for v in values]
        yield (
            code,
            {
                "submission_value": submission,
                "name": name,
                "extensible": extensible,
                "terms": terms,
            },
        )


def terminology(package: str, codelists: Json) -> None:
    """One line a codelist: `code<TAB>json`, so that a reader parses only the lists it needs."""
    lines = []
    for code, c in sorted(codelists.items()):
        terms = [[t["value"], t["code"], t["preferred"], t.get("synonyms", [])] for t in c["terms"]]
        facts = {k: c[k] for k in ("submission_value", "name", "extensible")}
        lines.append(f"{code}\t{json.dumps({**facts, 'terms': terms}, ensure_ascii=False)}\n")
    (SCHEMAS / "ct" / f"{package}.jsonl").write_text("".join(lines), encoding="utf-8")


def _write(folder: str, name: str, facts: Json, variables: list[Json]) -> None:
    rows = ",\n  ".join(json.dumps(v, ensure_ascii=False) for v in variables)
    head = ", ".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in facts.items())
    path = SCHEMAS / folder / f"{name}.json"
    path.write_text(f'{{{head}, "variables": [\n  {rows}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
