"""Writes the counts of the bank into docs/CONTENT.md; with --check only looks.

Exit 1 from --check: the page tells other numbers than `quizapp content check --table`.
"""

import sys
from pathlib import Path

from quizapp.bank import files, tally

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "CONTENT.md"
BEGIN = "<!-- counts: written by scripts/content_table.py -->"
END = "<!-- /counts -->"


def page(said: str, tables: str) -> str:
    """Return the text of the page with these tables between its two marks."""
    before, begin, rest = said.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"docs/CONTENT.md has lost its marks; put back {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}"


def main() -> None:
    said = PAGE.read_text(encoding="utf-8")
    new = page(said, tally.tables(files.read(ROOT / "question_bank")))
    if "--check" not in sys.argv:
        PAGE.write_text(new, encoding="utf-8")
    elif new != said:
        print("docs/CONTENT.md tells old counts; run: python scripts/content_table.py")
        sys.exit(1)


if __name__ == "__main__":
    main()
