"""Reads lessons/look-alikes.toml: what drugs are packed as, beside the harmless thing.

A thing has one drawing, shown at both sides: from outside nobody can tell, so there is nothing
that a drawing could teach to tell by. The pages read these files as they read pictures, and not
the database: nothing that anybody answers or reports rests on them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from quizapp.bank import faults
from quizapp.bank.drafts import Sources, basis_faults
from quizapp.bank.faults import Fault, Key, Strict, strictly, to
from quizapp.bank.files import dated, shown
from quizapp.bank.rules import BankStage
from quizapp.core import pictures
from quizapp.core.i18n import _, lazy

FILE, FOLDER = "look-alikes.toml", "look-alikes"
ENTRY = re.compile(r"^\s*\[\[\s*pair\s*\]\]", re.MULTILINE)
HINTS = {
    "key": lazy("give it a name, such as milk-tea; its drawing is look-alikes/milk-tea.svg"),
    "stages": lazy('say who sees it, as ["primary", "junior", "senior"]'),
    "source": lazy("name at least one passage of sources.toml, such as disguises:packed-as"),
    "as_of": lazy("give the day on which somebody compared it with its sources"),
    "review_by": lazy("give the day until which it can be trusted"),
    "title": lazy("say what the thing is"),
    "alt": lazy("say what is to be seen, to those who cannot see it"),
    "known": lazy("say how it is where everybody knows where it comes from"),
    "hidden": lazy("say how it is where nobody does"),
    "do": lazy("say what to do"),
    "zh": lazy("write it in Chinese"),
    "en": lazy("write it in English"),
}
Sentence = Annotated[str, to(200)]


class PairText(Strict):
    """`known` stands below the one drawing, `hidden` below the other, `do` below both."""

    title: Annotated[str, to(40)]
    alt: Sentence
    known: Sentence
    hidden: Sentence
    do: Sentence


class PairDraft(Strict):
    """A pair as the file writes it. Its drawing is named like its key."""

    key: Key
    stages: Annotated[list[Annotated[BankStage, Field(strict=False)]], Field(min_length=1)]
    source: Annotated[list[str], Field(min_length=1)]
    as_of: date
    review_by: date
    zh: PairText
    en: PairText


class FileDraft(Strict):
    pair: list[dict[str, Any]]


@dataclass(frozen=True)
class LookAlike:
    """A pair that keeps every rule, and where it begins."""

    file: str
    line: int
    draft: PairDraft
    picture: pictures.Picture

    @property
    def text(self) -> Mapping[str, Mapping[str, str]]:
        return {"zh": self.draft.zh.model_dump(), "en": self.draft.en.model_dump()}


def read(root: Path, sources: Sources) -> tuple[list[LookAlike], list[Fault]]:
    """Return the pairs in the order of the file, and whatever is wrong with it and its drawings.

    A pair at fault is left out. `sources` of the bank, None where they are not to be looked at.
    """
    drawn, found = _drawings(root)
    entries, wrong = _entries(root)
    found += wrong
    file = shown(root / FILE, root)
    made: dict[str, LookAlike] = {}
    for line, entry in entries:
        draft, told = strictly(PairDraft, entry, HINTS)
        key = str(entry.get("key", ""))
        if draft:
            told += _rules(draft, sources, made, drawn)
        found += [Fault(file, line, key, says) for says in told]
        if draft and not told and (picture := drawn[draft.key]):
            made[draft.key] = LookAlike(file, line, draft, picture)
    named = {str(entry.get("key", "")) for _line, entry in entries}
    for key in sorted(drawn.keys() - named):
        says = _("no pair has this drawing; name it or take it out")
        found.append(Fault(shown(_file(root, key), root), 1, key, says))
    return list(made.values()), sorted(found)


def overdue(pairs: Sequence[LookAlike], on: date) -> Iterator[Fault]:
    """Yield the pairs whose dates want a look on that day."""
    for pair in pairs:
        for says in dated(pair.draft.as_of, pair.draft.review_by, on):
            yield Fault(pair.file, pair.line, pair.draft.key, says)


def drawing(root: Path, key: str) -> Path | None:
    """Return the file of a pair's drawing, if there is one: no address becomes a path."""
    return next((file for file in (root / FOLDER).glob("*.svg") if file.stem == key), None)


def _entries(root: Path) -> tuple[list[tuple[int, dict[str, Any]]], list[Fault]]:
    """Return line and content of each pair. A site may do without the file."""
    file = root / FILE
    if not file.is_file():
        return [], []
    said, raw, wrong = faults.toml_file(file)
    if wrong:
        return [], [Fault(shown(file, root), line, "", says) for line, says in wrong]
    draft, told = strictly(FileDraft, raw, HINTS)
    if draft is None:
        return [], [Fault(shown(file, root), 1, "", says) for says in told]
    lines = [said[: start.end()].count("\n") + 1 for start in ENTRY.finditer(said)]
    lines = lines if len(lines) == len(draft.pair) else [1] * len(draft.pair)
    return list(zip(lines, draft.pair, strict=True)), []


def _drawings(root: Path) -> tuple[dict[str, pictures.Picture | None], list[Fault]]:
    """Return the drawings by key, None where one is at fault."""
    drawn: dict[str, pictures.Picture | None] = {}
    found: list[Fault] = []
    for file in sorted((root / FOLDER).glob("*")):
        made, told = pictures.examine_svg(file.read_bytes())
        if not pictures.NAME.fullmatch(file.name):
            told = [(1, _("the name of a picture is small letters, digits, hyphens and .svg"))]
        drawn[file.stem] = made
        found += [Fault(shown(file, root), line, file.stem, says) for line, says in told]
    return drawn, found


def _rules(
    draft: PairDraft,
    sources: Sources,
    before: Mapping[str, LookAlike],
    drawn: Mapping[str, pictures.Picture | None],
) -> Iterator[str]:
    yield from basis_faults(draft.source, draft.as_of, draft.review_by, sources)
    if draft.key in before:
        yield _("another pair has this key already; choose another")
    if len(set(draft.stages)) < len(draft.stages):
        yield _("stages names one twice; once is enough")
    if draft.key not in drawn:
        yield _("there is no drawing look-alikes/%(key)s.svg; add it", key=draft.key)


def _file(root: Path, key: str) -> Path:
    return next(file for file in (root / FOLDER).glob("*") if file.stem == key)
