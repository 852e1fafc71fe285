"""Reports of conformance: JSON, CSV, XLSX and HTML of what rules found."""

from interop.rules.report.model import Report, make_report
from interop.rules.report.severity import severity
from interop.rules.report.suppress import Suppression, Suppressions, load_suppressions
from interop.rules.report.write import write_report

__all__ = [
    "Report",
    "Suppression",
    "Suppressions",
    "load_suppressions",
    "make_report",
    "severity",
    "write_report",
]
