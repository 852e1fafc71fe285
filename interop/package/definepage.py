"""A define.xml as an HTML page: its own stylesheet, applied here, for browsers no longer apply it."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

from lxml import etree, html

from interop.package.define import STYLESHEET


def write_define_page(define: Path, page: Path) -> None:
    """Write `page` from `define` and the stylesheet beside it; links to datasets lead from the page."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    closed = etree.XSLTAccessControl.DENY_ALL  # type: ignore[attr-defined]  # its stubs lack it
    style = etree.XSLT(etree.parse(str(define.with_name(STYLESHEET)), parser), access_control=closed)
    shown = html.fromstring(str(style(etree.parse(str(define), parser))))
    for head in shown.iter("head"):
        head.insert(0, etree.Element("meta", charset="utf-8"))
    there = quote(os.path.relpath(define.parent, page.parent).replace(os.sep, "/"))
    for link in shown.iter("a"):
        target = link.get("href", "")
        if target and not target.startswith("#") and ":" not in target:
            link.set("href", f"{there}/{target}")
    page.parent.mkdir(exist_ok=True)
    page.write_bytes(html.tostring(shown, doctype="<!DOCTYPE html>", encoding="utf-8"))
