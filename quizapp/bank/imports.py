"""Taking questions in: what would become of each item of a file, and the drafts that it makes."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.audit.actions import record
from quizapp.bank import editing, queries
from quizapp.bank.exchange import Item
from quizapp.bank.kinds.fill import Fill
from quizapp.bank.kinds.text import Text
from quizapp.bank.likeness import Known, nearest
from quizapp.bank.marking import bare
from quizapp.bank.models import Question, Revision, Topic
from quizapp.bank.rules import BankStage, Kind, Pool
from quizapp.bank.survey import ALIKE
from quizapp.bank.written import Written
from quizapp.core.i18n import _

MIDDLE: Final = 2  # The difficulty of what says none.
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
    """

    number: int
    item: Item
    said: Written | None
    faults: Sequence[str] = ()
    missing: Sequence[str] = ()
    near: Near | None = None
    same: str = ""

    @property
    def dropped(self) -> Sequence[str]:
        """What is left out of it, sentence by sentence."""
        if not self.item.pictures:
            return self.item.dropped
        return *self.item.dropped, _("Its pictures are not taken in.")

    @property
    def fits(self) -> bool:
        """Whether it may be taken in at all."""
        return self.said is not None and not self.same

    @property
    def is_advised(self) -> bool:
        """Whether it is ticked to begin with."""
        return self.fits and self.near is None

    @property
    def shown(self) -> Revision | None:
        """A revision only to be looked at."""
        return self.said.revision() if self.said else None


@dataclass(frozen=True)
class _Bank:
    """What the bank says today, in the newest text of each question."""

    topics: Mapping[str, str]  # Key or name: key.
    keys: Mapping[str, Hashable]  # Key: face.
    faces: Mapping[Hashable, str]
    known: Known
    stems: Mapping[str, tuple[UUID, str]]


def looked_at(session: Session, items: Sequence[Item], defaults: Defaults) -> list[Found]:
    """Say of every item what would become of it. Nothing is written."""
    bank, sources = _bank(session), queries.known_sources(session)
    found: list[Found] = []
    met: dict[Hashable, str] = {}
    for number, item in enumerate(items, 1):
        said, faults = _said(item, defaults, bank)
        if said is None:
            found.append(Found(number, item, None, faults))
            continue
        face = _face(said.kind, said.text["zh"], said.answer)
        same = bank.faces.get(face) or met.get(face, "")
        met.setdefault(face, item.ref)
        _draft, missing = said.drafted(item.key or NEW, sources)
        found.append(Found(number, item, said, (), missing, _near(bank, said), same))
    return found


def take_in(session: Session, found: Sequence[Found], *, by: Actor, now: datetime) -> int:
    """Make a draft of each that fits, in one go, and return how many there are now.

    Invalid: a key was taken meanwhile.
    """
    made = 0
    for one in found:
        if one.said and one.fits:
            editing.make(session, one.said, key=one.item.key, by=by, now=now)
            made += 1
    if made:
        record(session, "question.imported", by=by, now=now, questions=made)
    return made


def _said(item: Item, defaults: Defaults, bank: _Bank) -> tuple[Written | None, list[str]]:
    """Return the item as an editor would have written it, or None and why it cannot be that."""
    if item.kind is None or not item.texts:
        return None, list(item.faults) or [_("nothing of it was understood")]
    faults = [*item.faults, *_unsaid(item)]
    topic, stage = item.head.get("topic"), item.head.get("stage") or defaults.stage
    topic = topic or defaults.topic_key
    topic_key = bank.topics.get(topic) if topic else None
    if not stage:
        faults.append(_("its stage is not said; choose one for all that say none"))
    if topic and not topic_key:
        faults.append(_("there is no topic %(topic)s; choose one of the list", topic=topic))
    elif not topic_key:
        faults.append(_("its topic is not said; choose one for all that say none"))
    if _is_another(item, bank):
        faults.append(_("%(key)s is a question of the bank with other words; edit it there, or "
                        "take the key out of the file", key=item.key))  # fmt: skip
    if faults or not stage or not topic_key:
        return None, faults
    return _written(item, stage, topic_key), []


def _unsaid(item: Item) -> Iterator[str]:
    """Yield what an item lacks that even a draft needs."""
    text = item.texts.get("zh")
    if text is None:
        yield _("it has no Chinese text; write one, for every question here has one")
    elif not text.stem:
        yield _("it has no stem")
    elif not _has_answer(text):
        yield _("it does not say what is right")


def _is_another(item: Item, bank: _Bank) -> bool:
    """Whether its key is that of a question with other words."""
    text = item.texts.get("zh")
    if item.kind is None or text is None or item.key not in bank.keys:
        return False
    return bank.keys[item.key] != _face(item.kind, text.plain(), text.answer)


def _has_answer(text: Text) -> bool:
    return bool(text.accept if isinstance(text, Fill) else text.answer)


def _written(item: Item, stage: BankStage, topic_key: str) -> Written:
    head, kind = item.head, item.kind or Kind.SINGLE
    return Written(
        topic_key=topic_key, kind=kind, stage=stage, difficulty=head.get("difficulty", MIDDLE),
        pool=head.get("pool", Pool.OPEN), core=head.get("core", False),
        objective=head.get("objective", ""), sources=head.get("source", []),
        as_of=head.get("as_of"), review_by=head.get("review_by"),
        text={lang: text.plain() for lang, text in item.texts.items()},
        answer=item.texts["zh"].answer,
    )  # fmt: skip


def _bank(session: Session) -> _Bank:
    last = (
        select(Revision.question_id, func.max(Revision.number).label("number"))
        .group_by(Revision.question_id)
        .subquery()
    )
    rows = session.execute(
        select(Question.id, Question.key, Revision.kind, Revision.text, Revision.answer)
        .join(Revision, Revision.question_id == Question.id)
        .join(last, (last.c.question_id == Question.id) & (last.c.number == Revision.number))
        .order_by(Question.key)
    ).all()
    topics: Sequence[Topic] = queries.topics(session)
    faces = {key: _face(kind, text["zh"], answer) for _id, key, kind, text, answer in rows}
    return _Bank(
        topics={name: topic.key for topic in topics
                for name in (topic.key, *topic.names.values())},
        keys=faces,
        faces={face: key for key, face in faces.items()},
        known=Known({key: _asked(text["zh"]) for _id, key, _kind, text, _answer in rows}),
        stems={key: (id_, text["zh"]["stem"]) for id_, key, _kind, text, _answer in rows},
    )  # fmt: skip


def _asked(text: Mapping[str, Any]) -> str:
    return f"{text.get('scene', '')} {text['stem']}"


def _face(kind: Kind, text: Mapping[str, Any], answer: Sequence[int]) -> Hashable:
    """Return what is equal for two items that ask the same with the same answers."""
    options = [
        (bare(option["text"]), bare(option.get("pair", "")), number in answer)
        for number, option in enumerate(text.get("options", ()))
    ]
    words = sorted(map(bare, text.get("accept", ())))
    ordered = options if kind is Kind.ORDER else sorted(options)
    return kind, bare(_asked(text)), tuple(ordered), tuple(words)


def _near(bank: _Bank, said: Written) -> Near | None:
    found = nearest(_asked(said.text["zh"]), bank.known)
    if found is None or found[1] < ALIKE:
        return None
    key, share = found
    return Near(key, *bank.stems[key], share)
