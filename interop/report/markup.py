"""HTML and SVG as text, escaped where it is made: text is data, `Markup` is markup."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

Value = str | int | float | None


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


VOID = frozenset(("meta", "link", "br", "line", "rect", "circle", "path", "use", "col"))
HTML_VOID = frozenset(("meta", "link", "br", "col"))


def el(name: str, /, *children: Value | Iterable[Value], **attributes: Value) -> Markup:
    """An element. `class_` is the attribute class, `_` in a name a hyphen, an attribute that is None is left
    out, a number is written short. Children are escaped unless they are Markup, and may be lists of them."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(_text(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = "".join(_child(c) for c in children)
    if name in HTML_VOID:
        return Markup(f"<{name}{said}>")
    if name in VOID and not inside:
        return Markup(f"<{name}{said}/>")
    return Markup(f"<{name}{said}>{inside}</{name}>")


def unbroken(said: str) -> Markup:
    """Text in which a line does not break before the single letter of CAR-T."""
    parts = re.split(r"(\S+-\w(?!\w))", said)
    return join(el("span", part, class_="nb") if n % 2 else part for n, part in enumerate(parts))


def join(parts: Iterable[Value]) -> Markup:
    """The parts, escaped unless they are Markup, one after the other."""
    return Markup("".join(_child(p) for p in parts))


def table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[Value]], numbers: Iterable[int] = ()
) -> Markup:
    """A table whose first column heads the rows; `numbers` are the columns to set right."""
    right = set(numbers)

    def cell(n: int, value: Value) -> Markup:
        kind = "n" if n in right else None
        value = f"{value:,}" if isinstance(value, int) else value
        if n == 0:
            return el("th", value, scope="row", class_=kind)
        return el("td", value, class_=kind)

    body = [el("tr", [cell(n, value) for n, value in enumerate(row)]) for row in rows]
    heads = [el("th", title, scope="col", class_="n" if n in right else None) for n, title in enumerate(head)]
    inside = el("table", el("caption", caption), el("thead", el("tr", heads)), el("tbody", body))
    return el("div", inside, class_="wide")


def figure(drawing: Markup, caption: str, width: int, height: int, name: str, title: str) -> Markup:
    """An SVG picture with its caption; `title` is what is read aloud."""
    picture = el(
        "svg",
        el("title", title, id=f"{name}-title"),
        drawing,
        viewBox=f"0 0 {width} {height}",
        role="img",
        aria_labelledby=f"{name}-title",
        style=f"min-width:{min(width, 620) if width > 600 else 380}px;max-width:{width}px",
    )
    return el("figure", el("div", picture, class_="wide"), el("figcaption", caption))


def text(x: float, y: float, said: Value, class_: str | None = None, anchor: str | None = None) -> Markup:
    return el("text", said, x=x, y=y, class_=class_, text_anchor=anchor)


def _child(child: Value | Iterable[Value]) -> str:
    if child is None:
        return ""
    if isinstance(child, str | int | float):
        return child if isinstance(child, Markup) else html.escape(_text(child), quote=False)
    return "".join(_child(c) for c in child)


def _text(value: Value) -> str:
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return "" if value is None else str(value)
