"""Time the rule engine: the whole process, its parts, peak memory, slowest rules; CDISC's engine beside it.

    python benchmarks/rules.py [DATA] [--rules RULES] [--standard SDTMIG] [--version 3.4] [--json FILE]
        [--peer PYTHON --peer-script core_peer.py --peer-metadata FOLDER]

DATA is a folder of XPT (or Dataset-JSON, CSV, Parquet) files; without it public studies are judged one after
the other, each in a process of its own (`rulepacks.py`). RULES is a folder of rules in CORE's language
(default: those that ship). With --peer, CDISC's own engine runs on the same data and rules (PYTHON is that of
an environment which has it), on the two smaller studies; CPU seconds are compared, and so are the findings of
each rule.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interop.rules.threads import one_for_few
from schemas import ROOT

if TYPE_CHECKING:
    from interop.rules.data import Package
    from interop.rules.language import Rule

# CDISC's engine takes an hour for the larger ones.
BESIDE_PEER = ("pilot", "rs-dm-ex")
PACKS = (*BESIDE_PEER, "onco", "lb", "lb-ten-fold")


def main() -> int:
    options = _options()
    if options.data is None:
        return every(options)
    figures = measured(options.data, options.rules, options.standard, options.version)
    for name in ("records", "rules", "findings", "import_s", "read_s", "load_s", "evaluate_s", "whole_s"):
        print(f"{name:12} {figures[name]}")
    print(f"{'evaluate_cpu':12} {figures['evaluate_cpu_s']} s of CPU; peak memory {figures['peak_mb']} MB")
    print("slowest rules, each by itself (CPU seconds, share of the sum of all):")
    for rule, seconds, share in figures["slowest"]:
        print(f"  {rule:14} {seconds:.3f}  {share:.1%}")
    if options.peer is not None:
        figures["peer"] = compared(options, figures)
        print(json.dumps(figures["peer"], indent=1))
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


def every(options: argparse.Namespace) -> int:
    """Each of the public studies, in a process of its own, and a table of all."""
    rows: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        # By another process: the memory of one that starts a process counts as that one's peak.
        packs = Path(folder, "packs")
        subprocess.run(
            [sys.executable, str(Path(__file__).with_name("rulepacks.py")), str(packs)], check=True
        )
        for data in sorted(packs.iterdir(), key=lambda p: PACKS.index(p.name)):
            name = data.name
            figures = Path(folder, "figures.json")
            command = [sys.executable, __file__, data, "--rules", options.rules, "--json", figures]
            command += ["--standard", options.standard, "--version", options.version]
            if options.peer is not None and name in BESIDE_PEER:
                command += ["--peer", options.peer, "--peer-script", options.peer_script]
                command += ["--peer-metadata", options.peer_metadata]
            print(f"\n== {name}", flush=True)
            subprocess.run([str(part) for part in command], check=True)
            rows[name] = json.loads(figures.read_text(encoding="utf-8"))
    print(f"\n{table(rows)}")
    if options.json is not None:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


def table(rows: dict[str, dict[str, Any]]) -> str:
    """The figures of all studies, as Markdown."""
    said: dict[str, Callable[[dict[str, Any]], str]] = {
        "records": lambda f: f"{f['records']:,}",
        "rules": lambda f: str(f["rules"]),
        "findings": lambda f: f"{f['findings']:,}",
        "whole process": lambda f: f"{f['whole_s']:.1f} s",
        "reading": lambda f: f"{f['read_s']:.1f} s",
        "evaluation": lambda f: f"{f['evaluate_s']:.2f} s",
        "evaluation, CPU": lambda f: f"{f['evaluate_cpu_s']:.2f} s",
        "CDISC's engine, CPU": lambda f: f"{f['peer']['cpu_s']:.1f} s" if "peer" in f else "–",
        "times as much": lambda f: str(f["peer"]["cpu_ratio"]) if "peer" in f else "–",
        "rules that differ": lambda f: str(len(f["peer"]["rules_that_differ"])) if "peer" in f else "–",
        "peak memory": lambda f: f"{f['peak_mb']:,} MB",
        "slowest rule": lambda f: f"{f['slowest'][0][0]}, {f['slowest'][0][2]:.0%}",
    }
    lines = [f"| | {' | '.join(rows)} |", f"| --- |{' --- |' * len(rows)}"]
    lines += [f"| {what} | {' | '.join(of(f) for f in rows.values())} |" for what, of in said.items()]
    return "\n".join(lines)


def measured(data: Path, rules: Path, standard: str, version: str) -> dict[str, Any]:
    """Seconds of each part, in this process: imports count too."""
    start = time.perf_counter()
    one_for_few([data])

    from interop.rules.engine import context_of, evaluate
    from interop.rules.load import for_standard, load_rules
    from interop.rules.read import read_package

    imported = time.perf_counter()
    package = read_package(data)
    read = time.perf_counter()
    loaded = for_standard(load_rules(rules, None, (standard, version)).rules, standard, version)
    ready = time.perf_counter()
    cpu = time.process_time()
    found = evaluate(loaded, context_of(package, standard, version))
    cpu, done = time.process_time() - cpu, time.perf_counter()
    peak = _peak_mb()
    alone = _alone(package, loaded, standard, version)
    return {
        "records": sum(d.data.height for d in package.datasets),
        "rules": len(loaded),
        "findings": found.findings.height,
        "import_s": round(imported - start, 3),
        "read_s": round(read - imported, 3),
        "load_s": round(ready - read, 3),
        "evaluate_s": round(done - ready, 3),
        "evaluate_cpu_s": round(cpu, 3),
        "whole_s": round(done - start, 3),
        "peak_mb": round(peak),
        "slowest": [(r, s, s / sum(alone.values())) for r, s in list(alone.items())[:10]],
        "per_rule": dict(found.findings.group_by("rule").len().iter_rows()),
        "not_executed": dict(found.not_executed.group_by("reason").len().iter_rows()),
    }


def _alone(package: Package, rules: list[Rule], standard: str, version: str) -> dict[str, float]:
    """CPU seconds of each rule by itself, the slowest first: together they share queries."""
    from interop.rules.engine import context_of, evaluate

    seconds = {}
    for rule in rules:
        context = context_of(package, standard, version)
        start = time.process_time()
        evaluate([rule], context)
        seconds[rule.id] = time.process_time() - start
    return dict(sorted(seconds.items(), key=lambda item: -item[1]))


def _peak_mb() -> float:
    """Linux says kilobytes, macOS bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def compared(options: argparse.Namespace, ours: dict[str, Any]) -> dict[str, Any]:
    """CDISC's engine on the same data and rules: CPU seconds, their ratio, rules whose findings differ."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "peer.json")
        command = [options.peer, options.peer_script, options.data, "--rules", options.rules, "--out", out]
        command += ["--metadata", options.peer_metadata, "--standard", options.standard.lower()]
        command += ["--version", options.version.replace(".", "-")]
        subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
        peer = json.loads(out.read_text(encoding="utf-8"))
    issues = {rule: result["issues"] for rule, result in peer["per_rule"].items()}
    counts = {rule: (n, ours["per_rule"].get(rule, 0)) for rule, n in issues.items()}
    return {
        "cpu_s": peer["cpu_s"],
        "cpu_ratio": round(peer["cpu_s"] / ours["evaluate_cpu_s"], 1),
        "rules": len(issues),
        "rules_that_differ": {r: {"peer": a, "ours": b} for r, (a, b) in counts.items() if a != b},
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--rules", type=Path, default=Path(str(ROOT)) / "rules")
    parser.add_argument("--standard", default="SDTMIG")
    parser.add_argument("--version", default="3.4")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--peer", type=Path)
    parser.add_argument("--peer-script", type=Path)
    parser.add_argument("--peer-metadata", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
