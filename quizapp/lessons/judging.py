"""What an editor wrote of a lesson, held against the rules of the files, and as a page to look at.

The same reader judges both. What lies beside a lesson is what lies in the folder of its stage;
questions and sources are those of the database.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.bank import queries as bank
from quizapp.bank.faults import Fault
from quizapp.bank.rules import BankStage, Pool
from quizapp.core import markup
from quizapp.core.i18n import _
from quizapp.core.ids import new_id
from quizapp.core.paths import data_dir
from quizapp.core.pictures import Picture
from quizapp.lessons import directives, folders, pages, queries, reading, readings, texts
from quizapp.lessons.drafts import Front, LessonDraft, Written
from quizapp.lessons.folders import SCENARIOS, Asked, Folder
from quizapp.lessons.loading import stops
from quizapp.lessons.media import Medium
from quizapp.lessons.models import Lesson, LessonText
from quizapp.lessons.pages import ENDINGS, Page
from quizapp.lessons.queries import Given
from quizapp.lessons.scenarios import Scenario

PARTS = (*ENDINGS, "scenario")


@dataclass(frozen=True)
class Wrong:
    """A rule that is broken: in which part, on which line of it, and what to do."""

    part: str
    line: int
    says: str


@dataclass(frozen=True)
class Read:
    """What became of the files: the draft, if they keep every rule, and what could be read of them.

    `faults` stand in the order of the parts and lines. `names`: what the file of each part that is
    there is called within the folder of the stage.
    """

    draft: LessonDraft | None
    faults: Sequence[Wrong]
    names: Mapping[str, str]
    pages: Mapping[str, Page]
    notes: Mapping[str, Any]
    scenario: Scenario | None

    @property
    def title(self) -> str:
        """What a list calls it; "" where the head cannot be read."""
        seen = (sign if sign.isprintable() else " " for sign in self.pages["zh"].title)
        return " ".join("".join(seen).split())[:80]


def read(session: Session, lesson: Lesson, files: Mapping[str, str]) -> Read:
    """Read the files of a lesson as `quizapp content check` does; a part that is "" is not there.

    The lesson need not be in the database.
    """
    key, path = _story(files), data_dir("lessons") / lesson.stage
    named = names(lesson, files)
    parts = {part: Written(name, files.get(part, "")) for part, name in named.items()}
    drawn, heard = _beside(path)
    story: Scenario | None = None
    told: list[Fault] = []
    if said := parts.pop("scenario", None):
        story, told = folders.scenario(key, said, path, drawn)
    folder = Folder(
        path=path,
        pictures=drawn,
        media=heard,
        scenarios={key: story} if said else {},
        stories={key: said.text} if said else {},
        sources=bank.known_sources(session),
        asked={name: Asked(*place) for name, place in bank.places(session).items()},
    )
    made = pages.read(parts, lesson.position, folder)
    part_of = {name: part for part, name in named.items()}
    wrong = [Wrong(part_of[fault.file], fault.line, fault.says) for fault in [*made.faults, *told]]
    wrong += _own_faults(session, lesson, made.key, key)
    wrong += _unheard(lesson, files)
    wrong.sort(key=lambda one: (PARTS.index(one.part), one.line))
    return Read(None if wrong else made.draft, wrong, named, made.pages, made.notes, story)


def names(lesson: Lesson, files: Mapping[str, str]) -> dict[str, str]:
    """Return what the file of each part that is there is called within the folder of the stage."""
    start = f"{lesson.position:02}-{lesson.slug}"
    named = {part: start + ending for part, ending in ENDINGS.items()}
    named["scenario"] = f"{SCENARIOS}/{_story(files)}.toml"
    return {part: name for part, name in named.items() if part == "zh" or files.get(part)}


def digest(made: Read, files: Mapping[str, str]) -> str:
    """SHA-256 of what the files say: that of the draft where they keep the rules, or else of the
    files."""
    if made.draft:
        return made.draft.digest
    return hashlib.sha256(json.dumps(dict(files), sort_keys=True).encode()).hexdigest()


def page(
    session: Session, actor: Actor, lesson: Lesson, made: Read, locale: str, *, path: str = ""
) -> reading.Page | None:
    """Return what could be read as its readers would see it; None: there is nothing to see.

    `path` is where the reader stands in the scenario; Missing if there is no such way.
    """
    text = _sketch(session, lesson, made)
    if text is None:
        return None
    given = _asked(session, text)
    return reading.shown(session, actor, lesson.key, texts.of(text), given, locale, path=path)


def pictures(stage: BankStage) -> Mapping[str, Picture]:
    """Return the pictures that a lesson of the stage may show, by file name."""
    return _beside(data_dir("lessons") / stage)[0]


def _asked(session: Session, of: LessonText) -> list[Given]:
    """Return the checkpoints as they are asked today; nobody has answered them."""
    ids = [checkpoint.question_id for checkpoint in of.checkpoints]
    current = bank.current(session, ids)
    return [Given(id, current[id].id, None) for id in ids if id in current]


def _sketch(session: Session, lesson: Lesson, made: Read) -> LessonText | None:
    """Return what could be read as a text that is only to be looked at, never to be kept.

    What is at fault is left out of it. None: there is nothing to look at.
    """
    page = made.pages["zh"]
    if not page.body.blocks:
        return None
    keys = [key for _line, key in page.body.checkpoints]
    asked, places = bank.question_ids(session, keys), bank.places(session)
    # A question of another pool is at fault, and may be one that this reader must not see.
    known = [key for key in dict.fromkeys(keys) if key in places and places[key][1] is Pool.OPEN]
    front = page.front if isinstance(page.front, Front) else None
    said = {lang: each for lang, each in made.pages.items() if each.body.blocks}
    text = {lang: _titled(each, lesson) for lang, each in said.items()}
    blocks = {lang: list(_blocks(each, known)) for lang, each in said.items()}
    polls = {lang: each.body.polls for lang, each in said.items()}
    scenario = made.scenario.as_document() if made.scenario else None
    return LessonText(
        id=new_id(),
        number=0,
        minutes=front.minutes if front else 0,
        subjects=front.subjects if front else [],
        sources=front.source if front else [],
        as_of=front.as_of if front else None,
        text=text,
        blocks=blocks,
        polls=polls,
        scenario=scenario,
        notes=made.notes,
        checkpoints=stops(known, asked),
    )


def _titled(page: Page, lesson: Lesson) -> dict[str, str]:
    return {
        "title": page.title or lesson.key,
        "objective": page.front.objective if page.front else "",
    }


def _blocks(page: Page, known: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the blocks of a page with the checkpoints that are known, each by its place there.

    Checkpoints and scenario are drawn where they stand first: on a page each has one id.
    """
    keys = [key for _line, key in page.body.checkpoints]
    left, is_told = list(known), False
    for block in page.body.blocks:
        if "checkpoint" in block:
            key = keys[block["checkpoint"]]
            if key in left:
                left.remove(key)
                yield {"checkpoint": known.index(key)}
        elif "scenario" not in block:
            yield block
        elif not is_told:
            is_told = True
            yield block


def _story(files: Mapping[str, str]) -> str:
    """Return the name of the scenario, as the page tells it; one that names none has "scenario"."""
    return directives.named(files.get("zh", ""), "scenario") or "scenario"


def _own_faults(session: Session, lesson: Lesson, key: str, story: str) -> Iterator[Wrong]:
    """Yield what no single file can know: a key is for ever, and a scenario is one lesson's own."""
    if key and key != lesson.key:
        yield Wrong("zh", 1, _("key is for ever; write %(key)s", key=lesson.key))
    # Also of lessons out of use: a course that names one takes it along, and it can come back.
    others = select(Lesson.key).join(LessonText, queries.CURRENT).where(
        Lesson.key != lesson.key, Lesson.stage == lesson.stage,
        LessonText.scenario["key"].as_string() == story,
    )  # fmt: skip
    for other in session.scalars(others):
        yield Wrong("zh", 1, _("the scenario %(story)s belongs to %(other)s; give yours another "
                               "name", story=story, other=other))  # fmt: skip


def _unheard(lesson: Lesson, files: Mapping[str, str]) -> Iterator[Wrong]:
    """Yield the signs of a text for grades 5 and 6 whose sound nobody has decided.

    A part that is too long to be read is not listened to.
    """
    if lesson.stage is not readings.STAGE:
        return
    for part, most in (("zh", markup.MAX_BYTES), ("scenario", folders.MAX_BYTES)):
        said = files.get(part, "")
        for line, sign, near in readings.undecided(said) if len(said.encode()) <= most else ():
            yield Wrong(part, line, _("nobody has decided how %(sign)s sounds in “%(near)s”; "
                                      "say it in other words, or ask whoever runs the site",
                                      sign=sign, near=near))  # fmt: skip


@cache  # They ship with the site.
def _beside(path: Path) -> tuple[Mapping[str, Picture], Mapping[str, Medium]]:
    drawn, heard, _faults = folders.beside(path, path.parent)
    return drawn, heard
