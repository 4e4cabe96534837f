"""Writes the counts of the bank and of the lessons into docs/CONTENT.md; with --check only looks.

Exit 1 from --check: the page tells other numbers than `quizapp content check --table`.
"""

import sys
from pathlib import Path

from quizapp.bank import files, tally
from quizapp.lessons import files as lesson_files
from quizapp.lessons import tally as lesson_tally

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "CONTENT.md"
BEGIN = "<!-- %s: written by scripts/content_table.py -->"
END = "<!-- /%s -->"


def page(said: str, name: str, tables: str) -> str:
    """Return the text of the page with these tables between the two marks of that name."""
    opening, closing = BEGIN % name, END % name
    before, begin, rest = said.partition(opening)
    _, end, after = rest.partition(closing)
    if not begin or not end:
        raise SystemExit(f"docs/CONTENT.md has lost its marks; put back {opening} and {closing}")
    return f"{before}{begin}\n\n{tables}\n\n{end}{after}"


def main() -> None:
    said = PAGE.read_text(encoding="utf-8")
    bank = files.read(ROOT / "question_bank")
    lessons = lesson_files.read(ROOT / "lessons", bank)
    new = page(said, "counts", tally.tables(bank))
    new = page(new, "lessons", lesson_tally.table(lessons))
    if "--check" not in sys.argv:
        PAGE.write_text(new, encoding="utf-8")
    elif new != said:
        print("docs/CONTENT.md tells old counts; run: python scripts/content_table.py")
        sys.exit(1)


if __name__ == "__main__":
    main()
