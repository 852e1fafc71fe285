"""Write `schemas/library/result-codelists.json`: the codelists of results (--STRESC) by test.

    python scripts/build_result_codelists.py SPECIALIZATIONS

SPECIALIZATIONS   `cdisc_sdtm_dataset_specializations` of CDISC's Biomedical Concepts (COSMoS) as CSV

Of a test with several specializations (NEWLIND of Lugano and RANO) a result may be of any of their codelists.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

TARGET = Path(__file__).parents[1] / "schemas" / "library" / "result-codelists.json"


def codelists(path: Path) -> dict[str, dict[str, list[str]]]:
    """Domain ─▶ --TESTCD ─▶ NCI codes, of tests each of whose specializations states a codelist."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    tests = {
        (r["domain"], r["vlm_group_id"]): r["assigned_value"] or r["value_list"]
        for r in rows
        if r["sdtm_variable"] == f"{r['domain']}TESTCD"
    }
    found: dict[str, dict[str, set[str]]] = {}
    for row in rows:
        test = tests.get((row["domain"], row["vlm_group_id"]))
        if test and row["sdtm_variable"] == f"{row['domain']}STRESC":
            found.setdefault(row["domain"], {}).setdefault(test, set()).add(row["codelist"])
    return {
        domain: {test: sorted(codes) for test, codes in sorted(by_test.items()) if "" not in codes}
        for domain, by_test in sorted(found.items())
        if any("" not in codes for codes in by_test.values())
    }


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    lines = [
        json.dumps(domain)
        + ": {\n"
        + ",\n".join(f"  {json.dumps(t)}: {json.dumps(c)}" for t, c in tests.items())
        + "\n}"
        for domain, tests in codelists(Path(arguments[0])).items()
    ]
    TARGET.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
