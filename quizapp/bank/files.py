"""Reads question_bank/: every file strictly, all faults of all files at once."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from quizapp.bank import faults
from quizapp.bank.drafts import (
    PICTURE,
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
from quizapp.core import pictures
from quizapp.core.i18n import _
from quizapp.core.pictures import Picture

TOPICS, SOURCES, PICTURES = "topics.toml", "sources.toml", "pictures"
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

    `topics` in the order of their file, by key; `sources` by key, None where an entry is at fault;
    `pictures` by the SHA-256 of their bytes.
    """

    topics: Mapping[str, TopicDraft] = field(default_factory=dict)
    sources: Mapping[str, SourceDraft | None] = field(default_factory=dict)
    questions: Sequence[QuestionDraft] = ()
    faults: Sequence[Fault] = ()
    pictures: Mapping[str, Picture] = field(default_factory=dict)


def read(root: Path) -> Bank:
    """Read the folder; what cannot be read or breaks a rule stands in `faults`, in their order."""
    topics, topic_faults = table(root, TOPICS, TopicDraft)
    sources, found = table(root, SOURCES, SourceDraft)
    found += topic_faults
    drawn, wrong = _pictures(root)
    found += wrong
    questions: list[QuestionDraft] = []
    entries: list[Entry] = []
    for file in sorted(root.rglob("*.toml")):
        if file.parent == root and file.name in (TOPICS, SOURCES, WORDS):
            continue
        found += _place_faults(file, root, topics)
        asked, seen, wrong = _questions(file, root, sources, drawn)
        questions += asked
        entries += seen
        found += wrong
    found += _doubled(entries)
    return Bank(
        topics={key: topic for key, topic in (topics or {}).items() if topic},
        sources=sources or {},
        questions=questions,
        faults=sorted(found),
        pictures={picture.sha256: picture for picture in drawn.values() if picture},
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


def _pictures(root: Path) -> tuple[dict[Path, Picture | None], list[Fault]]:
    """Return every picture by its file, None for one at fault, and the faults."""
    paths = sorted(root.glob(f"*/{PICTURES}/*"))
    raws = [path.read_bytes() for path in paths]
    drawn: dict[Path, Picture | None] = {}
    found = []
    for path, raw, (picture, told) in zip(paths, raws, pictures.examine(raws), strict=True):
        wrong = told or _named_wrong(path, raw)
        drawn[path] = None if wrong else picture
        found += [Fault(shown(path, root), line, "", says) for line, says in wrong]
    return drawn, found


def _named_wrong(path: Path, raw: bytes) -> list[tuple[int, str]]:
    if not PICTURE.fullmatch(path.name):
        return [(1, _("the name of a picture is small letters, digits, hyphens and .svg, .png, "
                      ".jpg or .webp"))]  # fmt: skip
    if path.suffix != f".{pictures.ending(raw)}":
        return [(1, _("this is a %(ending)s by what is in it; name it so",
                      ending=pictures.ending(raw)))]  # fmt: skip
    return []


def _questions(
    file: Path, root: Path, sources: Sources, drawn: Mapping[Path, Picture | None]
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
        picture, unseen = _picture(draft[0], file, drawn) if draft else (None, [])
        if draft and not unseen:
            sha256 = picture.sha256 if picture else ""
            asked.append(QuestionDraft(file.parent.name, *draft, name, line, sha256))
        sentences += unseen
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


def _picture(
    head: Head, file: Path, drawn: Mapping[Path, Picture | None]
) -> tuple[Picture | None, list[str]]:
    """Return the picture that a question names, and why there is none.

    One at fault is None and told with its own file.
    """
    if head.picture is None:
        return None, []
    path = file.parent / PICTURES / head.picture
    if path in drawn:
        return drawn[path], []
    known = sorted(other.name for other in drawn if other.parent == path.parent)
    return None, [_("there is no picture %(name)s in pictures/; %(words)s",
                    name=head.picture, words=nearest(head.picture, known))]  # fmt: skip


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
