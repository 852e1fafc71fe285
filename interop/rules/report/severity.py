"""How grave a finding is. CDISC's rules carry no severity, so it is read off what they say of themselves."""

from __future__ import annotations

from typing import Literal

from interop.rules.language import Rule

Severity = Literal["error", "warning"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning")


def severity(rule: Rule) -> Severity:
    """`warning` where the rule says that it is executed in part and may report too much, else `error`.

    The values of Executability are those of CDISC's open rules: `Fully Executable`, `Partially Executable`,
    `Partially Executable - Possible Overreporting`, `Partially Executable - Possible Underreporting`. What a
    rule finds that reports too little is true, so these are errors.
    """
    said = " ".join(rule.executability.casefold().split())
    if said.startswith("partially executable") and not said.endswith("underreporting"):
        return "warning"
    return "error"
