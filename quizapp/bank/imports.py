"""Taking questions in: what would become of each item of a file, and the drafts that it makes."""

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.audit.actions import record
from quizapp.bank import editing, merging, pictures, queries
from quizapp.bank.drafts import Sources
from quizapp.bank.exchange import Item, unpictured
from quizapp.bank.kinds.fill import Fill
from quizapp.bank.kinds.text import Text
from quizapp.bank.likeness import Known, nearest
from quizapp.bank.marking import bare
from quizapp.bank.merging import Past
from quizapp.bank.models import BankPicture, Question, Revision, Topic
from quizapp.bank.rules import BankStage, Kind, Pool
from quizapp.bank.survey import ALIKE
from quizapp.bank.written import Written
from quizapp.core.errors import Conflict
from quizapp.core.i18n import _
from quizapp.core.pictures import examine

MIDDLE: Final = 2  # The difficulty of what says none.
DECIDED: Final = ("pool", "core")
NEW: Final = "new"  # Stands for the key of what has none yet.


@dataclass(frozen=True)
class Defaults:
    """What holds for an item that does not say it itself."""

    stage: BankStage | None = None
    topic_key: str | None = None


@dataclass(frozen=True)
class Near:
    """The question of the bank that is most like an item. `share` from 0 to 1."""

    key: str
    question_id: UUID
    stem: str
    share: float


@dataclass(frozen=True)
class Found:
    """What would become of an item. `number` counts from 1 in the order of the file.

    `said`: None, it cannot be taken in, and `faults` tells why. `same`: what it says is there
    already, as this key or this item of the file. `missing`: what is to be added before a review.
    `base`: the newest version of its question, where it becomes another one; `changes` are then the
    fields that differ.
    """

    number: int
    item: Item
    said: Written | None
    faults: Sequence[str] = ()
    missing: Sequence[str] = ()
    near: Near | None = None
    same: str = ""
    base: Revision | None = None
    changes: Sequence[str] = ()

    @property
    def fits(self) -> bool:
        """Whether it may be taken in at all."""
        return self.said is not None and not self.same

    @property
    def over(self) -> int:
        """The number of the version over which it would be written, 0 for a new question."""
        return self.base.number if self.base else 0

    @property
    def is_advised(self) -> bool:
        """Whether it is ticked to begin with."""
        return self.fits and self.near is None

    @property
    def picture(self) -> BankPicture | None:
        return self.said.picture if self.said else None

    @property
    def shown(self) -> Revision | None:
        """A revision only to be looked at."""
        return self.said.revision() if self.said else None


@dataclass(frozen=True)
class Taken:
    """How many questions an import has made, and how many new versions of what was there."""

    new: int
    revised: int


@dataclass(frozen=True)
class _Bank:
    """What the bank says today, in the newest text of each question."""

    topics: Mapping[str, str]  # Key or name, in small letters: key.
    faces: Mapping[Hashable, str]
    known: Known
    stems: Mapping[str, tuple[UUID, str]]


def proposed(items: Sequence[Item]) -> list[Item]:
    """Return the items as they come from somebody who does not write the bank: as new questions,
    and without what an editor decides."""
    return [
        replace(item, key="", head={k: v for k, v in item.head.items() if k not in DECIDED})
        for item in items
    ]


def said_nowhere(items: Sequence[Item]) -> Iterator[str]:
    """Yield "stage" and "topic" where no item says its own: then one is to be chosen for all.

    What was not understood needs neither.
    """
    asking = [item for item in items if item.texts]
    if asking and not any(item.key or item.head.get("stage") for item in asking):
        yield "stage"
    if asking and not any(item.key or item.head.get("topic") or item.category for item in asking):
        yield "topic"


def looked_at(session: Session, items: Sequence[Item], defaults: Defaults) -> list[Found]:
    """Say of every item what would become of it. Nothing is written."""
    bank, sources = _bank(session), queries.known_sources(session)
    pasts = merging.pasts(session, sorted({item.key for item in items if item.key}))
    found: list[Found] = []
    met: dict[Hashable, str] = {}
    times = Counter(item.key for item in items)
    for number, (item, picture) in enumerate(_examined(items), 1):
        if item.key and times[item.key] > 1:
            told = _("the file has the key %(key)s more than once; give each question its own",
                     key=item.key)  # fmt: skip
            one = Found(number, item, None, [*item.faults, told])
        elif past := pasts.get(item.key):
            one = _revised(number, item, picture, bank, sources, past)
        else:
            one = _made(number, item, picture, defaults, bank, sources, met)
        found.append(one)
    return found


def check_unchanged(found: Sequence[Found], seen: Sequence[int]) -> None:
    """Conflict: an item would be written over another version than the one that was looked at.

    `seen`: the value of `over` at that time, for each.
    """
    for one, over in zip(found, seen, strict=True):
        if one.fits and one.over != over:
            raise Conflict(_("Somebody has written a newer version of %(key)s since you looked. "
                             "Nothing was changed; choose the file again.",
                             key=one.item.key))  # fmt: skip


def keep_pictures(session: Session, found: Sequence[Found], *, now: datetime) -> None:
    """Keep the pictures until it is said what is to be taken in."""
    for one in found:
        if one.fits and one.picture:
            pictures.keep(session, one.picture, now=now)


def take_in(session: Session, found: Sequence[Found], *, by: Actor, now: datetime) -> Taken:
    """Make a draft of each that fits, in one go: a question, or a new version of its question.

    Invalid: a key was taken meanwhile. Conflict: somebody has written a newer version meanwhile.
    """
    wanted = [(one, one.said) for one in found if one.said and one.fits]
    for one, said in wanted:
        if one.base:
            editing.edit(session, one.base.question, said, base=one.base, by=by, now=now)
        else:
            editing.make(session, said, key=one.item.key, by=by, now=now)
    revised = sum(one.base is not None for one, _said in wanted)
    if wanted:
        record(session, "question.imported", by=by, now=now, questions=len(wanted),
               revised=revised)  # fmt: skip
    return Taken(len(wanted) - revised, revised)


def _examined(items: Sequence[Item]) -> Iterator[tuple[Item, BankPicture | None]]:
    """Yield each item with its picture; one that is refused is left out, and that is told."""
    examined = iter(examine([item.picture for item in items if item.picture]))
    for item in items:
        picture, faults = next(examined) if item.picture else (None, [])
        if item.picture and not picture:
            told = [_("Its picture is left out: %(why)s", why=why) for _line, why in faults[:1]]
            yield replace(unpictured(item), dropped=(*item.dropped, *told)), None
        else:
            yield item, pictures.of(picture) if picture else None


def _name(picture: BankPicture | None) -> str:
    return picture.sha256 if picture else ""


def _made(
    number: int,
    item: Item,
    picture: BankPicture | None,
    defaults: Defaults,
    bank: _Bank,
    sources: Sources,
    met: dict[Hashable, str],
) -> Found:
    """Return what becomes of an item that is new here; `met` learns what it says."""
    item, said, faults = _said(item, picture, defaults, bank)
    if said is None:
        return Found(number, item, None, faults)
    face = _face(said.kind, said.text["zh"], said.answer, _name(picture))
    same = bank.faces.get(face) or met.get(face, "")
    met.setdefault(face, item.ref)
    _draft, missing = said.drafted(item.key or NEW, sources)
    return Found(number, item, said, (), missing, _near(bank, said), same)


def _revised(
    number: int,
    item: Item,
    picture: BankPicture | None,
    bank: _Bank,
    sources: Sources,
    past: Past,
) -> Found:
    """Return what becomes of an item whose question is here: a new version, or nothing."""
    topic_key, wrong = _topic(item, bank)
    faults = [*item.faults, *_unsaid(item), *wrong]
    if faults:
        return Found(number, item, None, faults)
    merged = merging.merged(past, item, topic_key, picture)
    item = replace(item, dropped=(*item.dropped, *merged.lost))
    if not merged.changes:
        return Found(number, item, merged.said, same=item.key)
    _draft, missing = merged.said.drafted(item.key, sources)
    return Found(number, item, merged.said, missing=missing, base=past.newest,
                 changes=merged.changes)  # fmt: skip


def _said(
    item: Item, picture: BankPicture | None, defaults: Defaults, bank: _Bank
) -> tuple[Item, Written | None, list[str]]:
    """Return the item as an editor would have written it, or None and why it cannot be that."""
    named, wrong = _topic(item, bank)
    faults = [*item.faults, *_unsaid(item), *wrong]
    stage, topic_key = item.head.get("stage") or defaults.stage, named or defaults.topic_key
    if item.category and not item.head.get("topic") and not named:
        told = _("The category “%(category)s” is left out: no topic is called so.",
                 category=item.category[:80])  # fmt: skip
        item = replace(item, dropped=(*item.dropped, told))
    if item.texts and not stage:
        faults.append(_("its stage is not said; choose one for all that say none"))
    if item.texts and not topic_key and not wrong:
        faults.append(_("its topic is not said; choose one for all that say none"))
    if faults or not stage or not topic_key:
        return item, None, faults
    return item, _written(item, picture, stage, topic_key), []


def _topic(item: Item, bank: _Bank) -> tuple[str | None, list[str]]:
    """Return the key of the topic that an item names, if any, and what is wrong with it.

    Of the steps of a category the innermost one that names a topic counts.
    """
    if topic := item.head.get("topic"):
        key = bank.topics.get(topic.casefold())
        told = _("there is no topic %(topic)s; choose one of the list", topic=topic)
        return key, [] if key else [told]
    steps = [step.strip().casefold() for step in item.category.split("/")]
    return next((bank.topics[step] for step in reversed(steps) if step in bank.topics), None), []


def _unsaid(item: Item) -> Iterator[str]:
    """Yield what an item lacks that even a draft needs."""
    if item.kind is None or not item.texts:
        if not item.faults:
            yield _("nothing of it was understood")
        return
    text = item.texts.get("zh")
    if text is None:
        yield _("it has no Chinese text; write one, for every question here has one")
    elif not text.stem:
        yield _("it has no stem")
    elif not _has_answer(text):
        yield _("it does not say what is right")


def _has_answer(text: Text) -> bool:
    return bool(text.accept if isinstance(text, Fill) else text.answer)


def _written(item: Item, picture: BankPicture | None, stage: BankStage, topic_key: str) -> Written:
    head, kind = item.head, item.kind or Kind.SINGLE
    return Written(
        topic_key=topic_key, kind=kind, stage=stage, difficulty=head.get("difficulty", MIDDLE),
        pool=head.get("pool", Pool.OPEN), core=head.get("core", False),
        objective=head.get("objective", ""), sources=head.get("source", []),
        as_of=head.get("as_of"), review_by=head.get("review_by"),
        text={lang: text.plain() for lang, text in item.texts.items()},
        answer=item.texts["zh"].answer, picture=picture,
    )  # fmt: skip


def _bank(session: Session) -> _Bank:
    last = (
        select(Revision.question_id, func.max(Revision.number).label("number"))
        .group_by(Revision.question_id)
        .subquery()
    )
    rows = session.execute(
        select(
            Question.id,
            Question.key,
            Revision.kind,
            Revision.text,
            Revision.answer,
            Revision.picture_sha256,
        )
        .join(Revision, Revision.question_id == Question.id)
        .join(last, (last.c.question_id == Question.id) & (last.c.number == Revision.number))
        .order_by(Question.key)
    ).all()
    topics: Sequence[Topic] = queries.topics(session)
    faces = {row.key: _face(row.kind, row.text["zh"], row.answer, row.picture_sha256 or "")
             for row in rows}  # fmt: skip
    return _Bank(
        topics={name.casefold(): topic.key for topic in topics
                for name in (topic.key, *topic.names.values())},
        faces={face: key for key, face in faces.items()},
        known=Known({row.key: _asked(row.text["zh"]) for row in rows}),
        stems={row.key: (row.id, row.text["zh"]["stem"]) for row in rows},
    )  # fmt: skip


def _asked(text: Mapping[str, Any]) -> str:
    return f"{text.get('scene', '')} {text['stem']}"


def _face(kind: Kind, text: Mapping[str, Any], answer: Sequence[int], picture: str) -> Hashable:
    """Return what is equal for two items that ask the same with the same answers and picture."""
    options = [
        (bare(option["text"]), bare(option.get("pair", "")), number in answer)
        for number, option in enumerate(text.get("options", ()))
    ]
    words = sorted(map(bare, text.get("accept", ())))
    ordered = options if kind is Kind.ORDER else sorted(options)
    return kind, bare(_asked(text)), tuple(ordered), tuple(words), picture


def _near(bank: _Bank, said: Written) -> Near | None:
    found = nearest(_asked(said.text["zh"]), bank.known)
    if found is None or found[1] < ALIKE:
        return None
    key, share = found
    return Near(key, *bank.stems[key], share)
