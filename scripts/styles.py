"""Joins the style sheets under quizapp/static/css into the one file that pages link.

    python scripts/styles.py           write site.css
    python scripts/styles.py --check   only say whether it is up to date

Many small files are good to read and bad to fetch. The result is committed; a test compares.
"""

import re
import sys
from pathlib import Path

CSS = Path(__file__).resolve().parent.parent / "quizapp" / "static" / "css"
SITE = CSS / "site.css"


def parts() -> list[Path]:
    """Return the sheets in order: the tokens first, then components, pages, paper."""
    components, pages = (sorted((CSS / kind).glob("*.css")) for kind in ("components", "pages"))
    return [CSS / "base.css", *components, *pages, CSS / "print.css"]


def joined() -> str:
    """Return what site.css must hold: all parts, without comments and indentation."""
    sheets = (path.read_text(encoding="utf-8") for path in parts())
    text = re.sub(r"/\*.*?\*/", "", "\n".join(sheets), flags=re.DOTALL)
    lines = (line.strip() for line in text.splitlines())
    kept = [line for line in lines if line]
    return "\n".join(["/* Made by scripts/styles.py: change the parts. */", *kept, ""])


def main() -> int:
    """Write the sheet, or with --check compare it; 1 when it is stale."""
    if "--check" in sys.argv:
        fresh = SITE.exists() and SITE.read_text(encoding="utf-8") == joined()
        print("site.css is up to date." if fresh else "site.css is stale: run scripts/styles.py.")
        return 0 if fresh else 1
    SITE.write_text(joined(), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
