"""What a define.xml says of itself: its version, and the standard of its datasets."""

from __future__ import annotations

from pathlib import Path

from interop.rules.define.nodes import attribute, elements, parsed


def define_version(path: Path) -> str | None:
    """`DefineVersion` of its MetaDataVersion (`2.1.0`), None without. InputError where it is no XML."""
    version = next(elements(parsed(path), "MetaDataVersion"), None)
    return None if version is None else attribute(version, "DefineVersion") or None


def standard_of_define(path: Path) -> tuple[str, str] | None:
    """The guide that a define.xml states, as rules' authorities write it: SDTMIG, 3.4; None where none."""
    root = parsed(path)
    guide = next((s for s in elements(root, "Standard") if s.get("Type") == "IG"), None)
    if guide is not None:
        name, version = guide.get("Name") or "", guide.get("Version") or ""
    else:  # Define-XML 2.0
        stated = next(elements(root, "MetaDataVersion"), None)
        if stated is None:
            return None
        name, version = attribute(stated, "StandardName"), attribute(stated, "StandardVersion")
    return (name.replace("-", "").upper(), version.replace("-", ".")) if name and version else None
