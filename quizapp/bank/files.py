"""Reads question_bank/: every file strictly, all faults of all files at once."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from quizapp.bank import faults
from quizapp.bank.drafts import (
    Head,
    QuestionDraft,
    SourceDraft,
    Sources,
    TopicDraft,
    checked,
    source_faults,
)
from quizapp.bank.faults import Fault, Strict, nearest, strictly
from quizapp.bank.kinds.text import Text
from quizapp.bank.rules import BankStage
from quizapp.core.i18n import _

TOPICS, SOURCES = "topics.toml", "sources.toml"
WORDS = "words.toml"  # Read by what looks at the wording.
ENTRY = re.compile(r"^\s*\[\[\s*question\s*\]\]", re.MULTILINE)
FILE_NAME = re.compile(rf"({'|'.join(BankStage)})-{faults.KEY}\.toml")
T = TypeVar("T", bound=Strict)


@dataclass(frozen=True)
class Entry:
    """Where a key stands; "" where the entry has none."""

    file: str
    line: int
    key: str


@dataclass(frozen=True)
class Bank:
    """All that the files say. With faults, what they are about is left out.

    `topics` in the order of their file, by key; `sources` by key, None where an entry is at fault.
    """

    topics: Mapping[str, TopicDraft] = field(default_factory=dict)
    sources: Mapping[str, SourceDraft | None] = field(default_factory=dict)
    questions: Sequence[QuestionDraft] = ()
    faults: Sequence[Fault] = ()


def read(root: Path) -> Bank:
    """Read the folder; what cannot be read or breaks a rule stands in `faults`, in their order."""
    topics, topic_faults = table(root, TOPICS, TopicDraft)
    sources, found = table(root, SOURCES, SourceDraft)
    found += topic_faults
    questions: list[QuestionDraft] = []
    entries: list[Entry] = []
    for file in sorted(root.rglob("*.toml")):
        if file.parent == root and file.name in (TOPICS, SOURCES, WORDS):
            continue
        found += _place_faults(file, root, topics)
        asked, seen, wrong = _questions(file, root, sources)
        questions += asked
        entries += seen
        found += wrong
    found += _doubled(entries)
    return Bank(
        topics={key: topic for key, topic in (topics or {}).items() if topic},
        sources=sources or {},
        questions=questions,
        faults=sorted(found),
    )


def overdue(bank: Bank, on: date) -> list[Fault]:
    """Return the questions whose dates want a look on that day, in the order of the files."""
    found = []
    for question in bank.questions:
        says = dated(question.head.as_of, question.head.review_by, on)
        found += [Fault(question.file, question.line, question.key, told) for told in says]
    return sorted(found)


def dated(as_of: date, review_by: date, on: date) -> Iterator[str]:
    """Yield what the dates of a question or a lesson ask for on that day."""
    if review_by < on:
        yield _("review_by has passed; compare it with its source and give new dates")
    if as_of > on:
        yield _("as_of lies in the future; give the day on which it was compared")


def shown(file: Path, root: Path) -> str:
    """Return the file as faults name it: "question_bank/law/junior-age.toml"."""
    return file.relative_to(root.parent).as_posix()


def table(root: Path, name: str, model: type[T]) -> tuple[dict[str, T | None] | None, list[Fault]]:
    """Return the entries of a file of tables by key; None if there is no reading it."""
    file = root / name
    if not file.is_file():
        return None, [Fault(shown(file, root), 1, "", str(_("this file is missing; add it")))]
    said, raw, wrong = faults.toml_file(file)
    if wrong:
        return None, [Fault(shown(file, root), line, "", told) for line, told in wrong]
    entries: dict[str, T | None] = {}
    found = []
    for key, value in raw.items():
        draft, told = strictly(model, value, {})
        if not re.fullmatch(faults.KEY, key) or len(key) > 40:  # As its column.
            told.append(_("use small letters, digits and hyphens, 40 at most"))
        if isinstance(draft, SourceDraft):
            told += source_faults(draft)
        entries[key] = None if told else draft
        at = re.search(rf'^\s*\[\s*"?{re.escape(key)}"?\s*[\].]', said, re.MULTILINE)
        line = said[: at.end()].count("\n") + 1 if at else 1
        found += [Fault(shown(file, root), line, key, sentence) for sentence in told]
    return entries, found


def _place_faults(
    file: Path, root: Path, topics: Mapping[str, TopicDraft | None] | None
) -> Iterator[Fault]:
    folder = file.parent.relative_to(root).as_posix()
    told = ""
    if folder == ".":
        told = _("this file lies in no topic's folder; move it into one")
    elif topics is not None and folder not in topics:
        words = nearest(folder, list(topics))
        told = _("%(folder)s is not a topic of topics.toml; %(words)s", folder=folder, words=words)
    elif not FILE_NAME.fullmatch(file.name):
        told = _("the name of the file is not <stage>-<theme>.toml; rename it")
    if told:
        yield Fault(shown(file, root), 1, "", told)


def _questions(
    file: Path, root: Path, sources: Sources
) -> tuple[list[QuestionDraft], list[Entry], list[Fault]]:
    """Return the questions of a file that keep the rules, all entries, the faults of the others."""
    name = shown(file, root)
    said, raw, wrong = faults.toml_file(file)
    found = [Fault(name, line, "", told) for line, told in wrong]
    if found:
        return [], [], found
    entries = raw.pop("question", None)
    for other in raw:
        words = nearest(other, ["question"])
        told = _("%(other)s is not a field; %(words)s", other=other, words=words)
        found.append(Fault(name, _line_of(other, said), "", told))
    if not isinstance(entries, list):
        told = _("there is no question in this file; begin each one with [[question]]")
        return [], [], [*found, Fault(name, 1, "", told)]
    lines = [said[: start.end()].count("\n") + 1 for start in ENTRY.finditer(said)]
    asked, seen = [], []
    for number, entry in enumerate(entries):
        line = lines[number] if len(lines) == len(entries) else 1
        draft, sentences = _question(entry, file, sources)
        if draft:
            asked.append(QuestionDraft(file.parent.name, *draft, name, line))
        key = str(entry.get("key", "")) if isinstance(entry, dict) else ""
        seen.append(Entry(name, line, key))
        found += [Fault(name, line, key, sentence) for sentence in sentences]
    return asked, seen, found


def _question(
    entry: Any, file: Path, sources: Sources
) -> tuple[tuple[Head, dict[str, Text]] | None, list[str]]:
    """Return a question, or None and every rule that it breaks."""
    head, texts, told = checked(entry, sources)
    if head and not file.name.startswith(f"{head.stage}-"):
        told.append(_("stage is not the one that the name of the file begins with; move it"))
    return ((head, texts) if head and not told else None), told


def _doubled(entries: Sequence[Entry]) -> Iterator[Fault]:
    first: dict[str, Entry] = {}
    for entry in entries:
        known = first.setdefault(entry.key, entry)
        if entry.key and known is not entry:
            told = _("%(file)s:%(line)s has this key already; choose another",
                     file=known.file, line=known.line)  # fmt: skip
            yield Fault(entry.file, entry.line, entry.key, told)


def _line_of(name: str, said: str) -> int:
    at = re.search(rf"^\s*\[*\s*{re.escape(name)}\b", said, re.MULTILINE)
    return said[: at.end()].count("\n") + 1 if at else 1
