"""Write the page of a study: what its study.yaml says, for people.

python scripts/build_study_page.py glofit-cart docs/glofit-cart.md
"""

from __future__ import annotations

import sys
from pathlib import Path

from interop.report.studypage import study_page
from interop.studyfile import load_study

if __name__ == "__main__":
    name, page = sys.argv[1:]
    Path(page).write_text(study_page(load_study(name)), encoding="utf-8")
