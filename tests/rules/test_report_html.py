"""The page: all that a reader needs is on it, and nothing of the data is more than text there."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from interop.rules.report import Suppression, Suppressions
from interop.rules.report.htmlfile import page
from tests.rules.reportsupport import UNEXECUTED, findings, report

CHROMIUM = shutil.which("chromium")
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp;</style>"


def parsed(text: str) -> Any:
    return html.fromstring(text)


def told(node: Any) -> str:
    return " ".join(node.text_content().split())


def block(document: Any, rule: str) -> Any:
    (found,) = document.xpath(f'//details[@data-rule="{rule}"]')
    return found


def test_a_finding_has_its_rule_text_citation_key_values_and_reason() -> None:
    entries = (Suppression("R-ERROR", "Sex was not asked.", subjects=("S-2",)),)
    document = parsed(page(report(suppressions=Suppressions(entries))))
    said = told(block(document, "R-ERROR"))
    for part in ("R-ERROR says so", "R-ERROR asks", "CG0001, FB0001", "IG v3.4, 5.2: Sex is sex."):
        assert part in said
    assert "Sex was not asked." in said
    rows = [[told(c) for c in r.xpath("td")] for r in block(document, "R-ERROR").xpath(".//tbody/tr")]
    assert rows == [
        ["DM", "2", "S-2", "explainedSEXemptyAGE41RACEnot in the dataset"],
        ["DM", "4", "S-4", "SEXemptyAGE42RACEnot in the dataset"],
    ]


def test_summary_verdict_and_what_was_not_judged() -> None:
    document = parsed(page(report()))
    assert "2 findings of level error without an explanation." in told(document.xpath("//header")[0])
    rows = [[told(c) for c in r] for r in document.xpath('//section[@id="summary"]//tbody/tr')]
    assert rows == [
        ["DM", "DM", "4", "2", "1", "0", "1", "0"],
        ["VS", "VS", "1", "0", "0", "0", "1", "0"],
    ]
    missing = told(document.xpath('//section[@id="not-executed"]//tbody')[0])
    assert "R-UNKNOWN" in missing
    assert str(UNEXECUTED) in missing
    assert "ETHNIC is not in the dataset" in told(document.xpath('//section[@id="rules"]')[0])


def test_every_finding_explained_is_no_failure() -> None:
    entries = tuple(Suppression(r, "known") for r in ("R-ERROR", "R-WARNING"))
    given = Suppressions((*entries, Suppression("R-PASSED", "long ago")))
    document = parsed(page(report(suppressions=given)))
    assert "Every finding is explained." in told(document.xpath("//header")[0])
    assert "stale: it matched no finding" in told(document.xpath('//section[@id="explanations"]')[0])


def test_what_the_page_leaves_out_is_counted() -> None:
    rows = [{"rule": "R-ERROR", "dataset": "DM", "record": n} for n in range(1, 1235)]
    document = parsed(page(report(found=findings(rows), per_rule=3)))
    assert len(block(document, "R-ERROR").xpath(".//tbody/tr")) == 3
    assert "3 of 1,234 findings are shown; the JSON, CSV and XLSX reports have all." in told(document)


def test_numbers_of_records_are_written_out() -> None:
    rows = [{"rule": "R-ERROR", "dataset": "LB", "record": 1_234_567, "SEQ": 1_234_567.0}]
    cells = parsed(page(report(found=findings(rows)))).xpath('//details[@class="rule"]//tbody/tr/td')
    assert [told(c) for c in cells[:3]] == ["LB", "1234567", "1234567"]


def test_long_values_are_cut_and_counted() -> None:
    rows = [{"rule": "R-ERROR", "dataset": "DM", "variables": ["X"], "values": ["x" * 5000]}]
    assert "… 5,000 characters" in told(parsed(page(report(found=findings(rows)))))


class Elements(HTMLParser):
    """Names of the elements and attributes of a page, as a browser would see them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_data_are_text_wherever_they_stand() -> None:
    rows = [
        {
            "rule": "R-ERROR",
            "dataset": HOSTILE,
            "USUBJID": HOSTILE,
            "message": HOSTILE,
            "variables": [HOSTILE],
            "values": [HOSTILE],
        }
    ]
    entries = (Suppression("R-ERROR", HOSTILE), Suppression(HOSTILE, HOSTILE))
    text = page(report(found=findings(rows), suppressions=Suppressions(entries)))
    seen = Elements(text).seen
    assert [tag for tag, _ in seen].count("script") == 1
    assert not [tag for tag, _ in seen if tag == "img"]
    assert not [name for _, attributes in seen for name in attributes if name.startswith("on")]
    assert told(parsed(text)).count("<script>alert(1)</script>") >= 6


def test_the_page_needs_nothing_else() -> None:
    text = page(report())
    for _, attributes in Elements(text).seen:
        assert not attributes.get("src")
        assert (attributes.get("href") or "#").startswith("#")
    assert "url(" not in text
    assert "@import" not in text
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy.startswith("default-src &#x27;none&#x27;;")
    assert "script-src &#x27;unsafe-inline" not in policy


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium here to run the page's script in")
@pytest.mark.parametrize(
    ("field", "value", "rules", "rows"),
    [
        ("text", "s-4", ["R-ERROR"], 1),
        ("state", "warning", ["R-WARNING"], 1),
        ("dataset", "DM", ["R-ERROR", "R-WARNING"], 3),
        ("rule", "R-WARNING", ["R-WARNING"], 1),
        ("text", "nobody", [], 0),
    ],
)
def test_the_bar_filters(tmp_path: Path, field: str, value: str, rules: list[str], rows: int) -> None:
    """In a browser, without the policy that would forbid the test's own script."""
    asked = (
        f'<script>const f = document.getElementById("bar").elements.{field}; f.value = "{value}"; '
        'f.dispatchEvent(new Event("input", {bubbles: true}));</script></body>'
    )
    text = re.sub(r"<meta http-equiv[^>]*>", "", page(report())).replace("</body>", asked)
    (tmp_path / "page.html").write_text(text, encoding="utf-8")
    document = parsed(_rendered(tmp_path / "page.html"))
    shown = document.xpath('//details[@class="rule"][not(@hidden)]')
    assert sorted(d.get("data-rule") for d in shown) == rules
    assert sum(len(d.xpath(".//tbody/tr[not(@hidden)]")) for d in shown) == rows
    assert bool(document.xpath('//p[@id="nothing"][not(@hidden)]')) == (not rows)


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium here to run the page's script in")
def test_the_policy_lets_the_page_s_own_script_run(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(page(report()), encoding="utf-8")
    assert parsed(_rendered(tmp_path / "page.html")).xpath('//form[@id="bar"][not(@hidden)]')


def _rendered(path: Path) -> str:
    """The page as the browser has it after its scripts ran."""
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=2000", "--dump-dom"]
    profile = f"--user-data-dir={path.parent / 'profile'}"
    command = [str(CHROMIUM), *options, profile, path.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
