"""One place commits."""

import re
from pathlib import Path

import quizapp

FILES = list(Path(quizapp.__file__).parent.rglob("*.py"))


def test_only_the_database_module_commits() -> None:
    guilty = [f.name for f in FILES if re.search(r"session\.commit\(", f.read_text("utf-8"))]

    assert guilty == ["db.py"]


def test_transactions_are_opened_at_the_edge_only() -> None:
    edge = {"views", "jobs", "cli", "api", "web", "signing"}  # What pages of signing in share.
    guilty = [
        str(file)
        for file in FILES
        if re.search(r"with .*transaction\(\)", file.read_text("utf-8"))
        and not edge
        & {part for name in (file.stem, *file.parts[-3:-1]) for part in name.split("_")}
    ]

    assert guilty == []
