"""Set our findings on the cases of rules beside those of CDISC's own engine, run now on the same files.

    python benchmarks/rule_cases.py CASES --peer PYTHON --peer-script core_peer.py --peer-metadata FOLDER
        [--json FILE] [--mutate SEED ...]

The expected results that lie beside the cases come from several versions of CDISC's engine. Here the engine
that is installed runs every case (PYTHON is that of an environment which has it; the script and the folder
give it the standards' metadata), and three answers are compared with one another, cell by cell: ours, its
own, and the one expected.

With --mutate the data of one case of each rule are changed at random first (values emptied, moved and cut,
records doubled and left out): there are no expected results then, and two engines that were written apart
must find the same.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import json
import logging
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

Answer = dict[str, Any]
"""`error` where the engine could not run a case, else `cells` and `errors` (datasets without an answer)."""


def main() -> int:
    options = _options()
    if options.as_peer is not None:
        _be_peer(options)
        return 0
    runs = {}
    for seed in options.mutate or [None]:
        with tempfile.TemporaryDirectory() as folder:
            cases = options.cases if seed is None else mutated(options.cases, Path(folder), seed)
            runs[str(seed)] = figures = compared(cases, _peer_answers(options, cases, Path(folder)))
        print(json.dumps(figures["counts"], indent=1))
        for line in figures["differences"]:
            print(line)
    if options.json is not None:
        options.json.write_text(json.dumps(runs, indent=1) + "\n", encoding="utf-8")
    return 0


def mutated(cases: Path, folder: Path, seed: int) -> Path:
    """A copy of one case of each rule below `cases`, changed at random."""
    chance = random.Random(seed)
    for rule in sorted(p.parent for p in cases.rglob("rule.yml")):
        places = sorted(p for p in rule.glob("*tive/*") if (p / "data").is_dir())
        if not places:
            continue
        copy = folder / rule.name
        shutil.copytree(chance.choice(places) / "data", copy / "negative" / "01" / "data")
        shutil.copy(rule / "rule.yml", copy / "rule.yml")
        for path in sorted((copy / "negative" / "01" / "data").glob("*.csv")):
            if not path.name.startswith("_"):
                _mutate(path, chance)
    return folder


def _mutate(path: Path, chance: random.Random) -> None:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return
    names, *records = [r for r in csv.reader(text.splitlines(keepends=True)) if r] or [[]]
    records = [[*r, *[""] * len(names)][: len(names)] for r in records[:200]]
    for _ in range(max(2, len(records) * len(names) // 25)):
        column = chance.randrange(len(names)) if records and names else 0
        if not records or names[column] in ("STUDYID", "DOMAIN", "RDOMAIN"):
            continue
        at, act = chance.randrange(len(records)), chance.randrange(6)
        if act == 0:
            records[at][column] = ""
        elif act < 3:
            records[at][column] = chance.choice(records)[column]
        elif act == 3:
            records.insert(chance.randrange(len(records) + 1), list(records[at]))
        elif act == 4 and names[column].endswith("DTC"):
            records[at][column] = records[at][column][: chance.choice((4, 7, 10))]
        elif len(records) > 1:
            records.pop(at)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([names, *records])


def _peer_answers(options: argparse.Namespace, cases: Path, folder: Path) -> dict[str, Answer]:
    out = folder / "peer.json"
    script, metadata = str(options.peer_script), str(options.peer_metadata)
    call = [options.peer, __file__, str(cases), "--as-peer", str(out)]
    subprocess.run([*call, "--peer-script", script, "--peer-metadata", metadata], check=True)
    answers: dict[str, Answer] = json.loads(out.read_text(encoding="utf-8"))
    return answers


def compared(folder: Path, answers: dict[str, Answer]) -> dict[str, Any]:
    """Of each pair of answers how many are the same, and where ours is not that of CDISC's engine."""
    from interop.rules.load import load_rules
    from interop.rules.testing.cases import cases

    rules = {r.path.parent.name: r for r in load_rules(folder).rules if r.path is not None}
    counts: Counter[str] = Counter()
    differences = []
    for case in cases(folder):
        answer = answers.get(f"{case.rule} {case.name}")
        rule = rules.get(case.rule)
        if answer is None or rule is None:
            continue
        counts["cases"] += 1
        if "error" in answer:
            counts["engine cannot run the case"] += 1
            continue
        if answer["errors"]:
            counts["engine comes to no answer"] += 1
            continue
        verdict = _verdicts(rule, case, answer)
        counts.update(verdict)
        if "ours as engine, exactly" not in verdict:
            differences.append(f"{case.rule} {case.name}: {', '.join(verdict)}")
    return {"counts": dict(sorted(counts.items())), "differences": differences}


def _verdicts(rule: Any, case: Any, answer: Answer) -> list[str]:
    from interop.rules.engine import evaluate
    from interop.rules.testing.cases import case_context
    from interop.rules.testing.cells import cells_of, flagged, paired, same

    context = case_context(rule, case)
    found, package = cells_of(evaluate([rule], context)), context.package
    engine = frozenset((d.upper(), r, v, same(x)) for d, r, v, x in answer["cells"])

    def agree(name: str, one: Any, other: Any) -> list[str]:
        left, right = paired(one, other, rule, package)
        if left == right:
            return [f"{name}, exactly", f"{name}, records"]
        return [f"{name}, records"] if flagged(left) == flagged(right) else []

    verdicts = agree("ours as engine", engine, found)
    if case.expected is not None:
        verdicts += ["with results", *agree("engine as expected", case.expected, engine)]
        verdicts += agree("ours as expected", case.expected, found)
    return verdicts


def _be_peer(options: argparse.Namespace) -> None:
    """In the environment of CDISC's engine: run every case, write what it finds."""
    logging.disable(logging.CRITICAL)
    sys.path.insert(0, str(options.peer_script.parent))
    peer = importlib.import_module(options.peer_script.stem)
    answers: dict[str, Answer] = {}
    library = cache(lambda *standard: _peer_library(peer, options.peer_metadata, *standard))
    for place in sorted(p for p in options.cases.rglob("*tive/*") if (p / "data").is_dir()):
        home = place.parent.parent
        written = sorted(home.glob("*.yml"))
        if not written:
            continue
        try:
            answer = _peer_answer(peer, library, written[0], place / "data")
        except Exception as error:  # whatever stops it, it has no answer
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers[f"{home.name} {place.parent.name}/{place.name}"] = answer
    options.as_peer.write_text(json.dumps(answers), encoding="utf-8")


def _peer_library(peer: Any, metadata: Path, standard: str, version: str) -> Any:
    """The standard's metadata; of a standard that the folder does not have, none."""
    try:
        return peer.library(str(metadata), standard, version)
    except KeyError:
        return peer.LibraryMetadataContainer()


def _peer_answer(peer: Any, library: Any, written: Path, data: Path) -> Answer:
    services = importlib.import_module("cdisc_rules_engine.services.data_services.local_data_service")
    readers = importlib.import_module("cdisc_rules_engine.services.data_readers.data_reader_factory")
    raw = peer.yaml.load(written.read_text(encoding="utf-8"), Loader=peer.yaml.CSafeLoader)
    settings = {}
    if (data / ".env").is_file():
        lines = (data / ".env").read_text(encoding="utf-8-sig").splitlines()
        settings = dict(line.strip().split("=", 1) for line in lines if "=" in line)
    standard = settings.get("PRODUCT", "sdtmig").lower()
    version = settings.get("VERSION", "3-4").replace(".", "-") or "3-4"
    paths = [str(p) for p in sorted(data.glob("*.csv")) if not p.name.startswith("_")]
    memory = peer.InMemoryCacheService()
    known = {
        "standard": standard,
        "standard_version": version,
        "library_metadata": library(standard, version),
    }
    factory = readers.DataReaderFactory(dataset_implementation=peer.PandasDataset, encoding="utf-8")
    service = services.LocalDataService(
        memory, factory, peer.config, dataset_paths=paths, encoding="utf-8", **known
    )
    rule = peer.Rule.from_cdisc_metadata(raw)
    rule["conditions"] = peer.ConditionCompositeFactory.get_condition_composite(rule["conditions"])
    define = settings.get("DEFINE_XML")
    engine = peer.RulesEngine(
        cache=memory,
        data_service=service,
        ct_packages=set(),
        max_dataset_size=10**9,
        dataset_paths=paths,
        define_xml_path=str(data / define) if define else None,
        **known,
    )
    cells, errors = [], []
    for results in engine.validate_single_rule(rule).values():
        for result in results:
            if result["executionStatus"] == "issue reported":
                cells += [c for error in result["errors"] for c in _peer_cells(error)]
            elif result["executionStatus"] not in ("success", "skipped"):
                errors.append(str(result.get("dataset")))
    return {"cells": cells, "errors": errors}


def _peer_cells(error: dict[str, Any]) -> list[list[str]]:
    record = "" if error.get("row") in (None, "") else str(error["row"])
    values = (error.get("value") or {}).items()
    return [[error.get("dataset") or "", record, k, "" if v is None else str(v)] for k, v in values]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("cases", type=Path)
    parser.add_argument("--peer", default=sys.executable)
    parser.add_argument("--peer-script", type=Path, required=True)
    parser.add_argument("--peer-metadata", type=Path, required=True)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--mutate", type=int, nargs="+", metavar="SEED")
    parser.add_argument("--as-peer", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
