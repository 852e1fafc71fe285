"""Write the models and older guides that rules ask for under `schemas/library`, from their published form.

    python scripts/build_rule_library.py CORE_WHEEL

CORE_WHEEL is the unpacked wheel of cdisc-rules-engine 0.4.6 (MIT, CDISC), whose cache holds CDISC Library's
metadata. SDTMIG 3.4 itself is not written again: it is `schemas/sdtmig34`. Nothing is edited by hand.
"""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "schemas" / "library"
GUIDES = ("sdtmig/3-2", "sdtmig/3-3", "sendig/3-0", "sendig/3-1", "sendig/3-1-1")
MODELS = {"1-2": "1.2", "1-4": "1.4", "1-5": "1.5", "1-7": "1.7", "2-0": "2-0"}
Json = Any


def main(core: Path) -> None:
    cache = core / "cdisc_rules_engine" / "resources" / "cache"
    details = pickle.loads((cache / "standards_details.pkl").read_bytes())
    models = pickle.loads((cache / "standards_models.pkl").read_bytes())
    TARGET.mkdir(exist_ok=True)
    for guide in GUIDES:
        raw = details[f"standards/{guide}"]
        model = raw["_links"]["model"]["href"].rsplit("/", 1)[-1]
        write(guide.replace("/", "-"), {"title": raw["label"], "model": f"sdtm-{model}", **_classes(raw)})
    terms = pickle.loads((cache / "codelist_term_maps.pkl").read_bytes())
    (TARGET / "ct-packages.json").write_text(json.dumps(sorted(terms), indent=0) + "\n", encoding="utf-8")
    for name, key in MODELS.items():
        raw = models[f"models/sdtm/{key}"]
        write(f"sdtm-{name}", {"title": raw["label"], **_classes(raw)})


def _classes(raw: Json) -> Json:
    full = {d["name"]: d for d in raw.get("datasets", [])}
    return {
        "classes": {
            c["name"]: {
                "variables": list(_variables(c.get("classVariables", []))),
                "datasets": {
                    d["name"]: {
                        "label": d.get("label", ""),
                        "variables": list(
                            _variables(d.get("datasetVariables") or full[d["name"]]["datasetVariables"])
                        ),
                    }
                    for d in c.get("datasets", [])
                },
            }
            for c in raw["classes"]
        }
    }


def _variables(raw: Iterable[Json]) -> Iterable[list[str]]:
    """Name, label, type, role, core, NCI code of the codelist: in the order of the standard."""
    for v in sorted(raw, key=lambda v: int(v["ordinal"])):
        codelist = v.get("_links", {}).get("codelist", [])
        code = codelist[0]["href"].rsplit("/", 1)[-1] if codelist else ""
        yield [v["name"], v["label"], v.get("simpleDatatype", ""), v.get("role", ""), v.get("core", ""), code]


def write(name: str, content: Json) -> None:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    text = text.replace('"variables":[[', '"variables":[\n[').replace("],[", "],\n[")
    (TARGET / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
