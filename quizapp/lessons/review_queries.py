"""What editors and reviewers see of lessons: every one with its newest version, and for whom it
waits."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased, joinedload

from quizapp.access.policy import Actor, Aspect, signed_for
from quizapp.bank.models import RemarkKind, RevisionState
from quizapp.bank.rules import BankStage
from quizapp.core.errors import Missing
from quizapp.core.i18n import _
from quizapp.lessons.models import (
    Course,
    CourseLine,
    Lesson,
    LessonRemark,
    LessonRevision,
    LessonSignOff,
)

OTHER = aliased(LessonRevision)
LATER = Lesson.current.is_(None) | (LessonRevision.number > Lesson.current)


@dataclass(frozen=True)
class Row:
    """A lesson with its newest version. `returned` is why that came back, None if it did not.

    `waits`: the version in review, None if there is none; after a load it need not be the newest.
    `signed`: for what, of that. `is_to_sign`: whether it waits for the one who looks at the list.
    """

    lesson: Lesson
    newest: LessonRevision
    returned: LessonRemark | None
    waits: LessonRevision | None
    signed: frozenset[Aspect]
    is_to_sign: bool


def rows(session: Session, actor: Actor) -> list[Row]:
    """Return every lesson that was ever written down as files, by stage and place."""
    newest = _newest(session)
    waiting = _in_review(session)
    signed, returned = _signed(session, waiting.values()), _returned(session, newest)
    writers = _writers(session)
    found = []
    for one in newest:
        waits = waiting.get(one.lesson_id)
        given = signed[waits.id] if waits else {}
        wrote = writers[waits.id] if waits else set()
        is_own = actor.id in wrote or actor.id in given.values()
        found.append(
            Row(
                lesson=one.lesson,
                newest=one,
                returned=returned.get(one.id) if one.state is RevisionState.DRAFT else None,
                waits=waits,
                signed=frozenset(given),
                is_to_sign=bool(waits and not is_own and signed_for(actor) - given.keys()),
            )
        )
    places = list(BankStage)
    return sorted(found, key=lambda row: (places.index(row.lesson.stage), row.lesson.position))


def lesson(session: Session, key: str) -> Lesson:
    """Return the lesson, also one that is not in use; Missing if there is none."""
    found = session.scalar(select(Lesson).where(Lesson.key == key))
    if found is None:
        raise Missing(_("There is no such lesson."))
    return found


def revision(session: Session, revision_id: UUID) -> LessonRevision:
    """Return the revision; Missing if there is none."""
    found = session.get(LessonRevision, revision_id)
    if found is None:
        raise Missing(_("There is no such version."))
    return found


def history(session: Session, of: Lesson) -> Sequence[LessonRevision]:
    """Return every revision of the lesson with its writer, the newest first.

    Missing: it was never written down as files.
    """
    mine = select(LessonRevision).where(LessonRevision.lesson_id == of.id)
    mine = mine.options(joinedload(LessonRevision.writer))
    found = session.scalars(mine.order_by(LessonRevision.number.desc())).all()
    if not found:
        raise Missing(_("There is no such lesson."))
    return found


def courses(session: Session, of: Lesson) -> Sequence[Course]:
    """Return the courses in which the lesson stands, in their order."""
    rows = select(Course).join(CourseLine).where(CourseLine.lesson_id == of.id)
    return session.scalars(rows.order_by(Course.position, Course.key)).all()


def _newest(session: Session) -> Sequence[LessonRevision]:
    newer = exists().where(
        OTHER.lesson_id == LessonRevision.lesson_id, OTHER.number > LessonRevision.number
    )
    rows = select(LessonRevision).where(~newer).options(joinedload(LessonRevision.writer))
    return session.scalars(rows).all()


def _in_review(session: Session) -> Mapping[UUID, LessonRevision]:
    """Return what waits to be signed, by the lesson's id: at most one version of each.

    One that a release has overtaken can come into use no more: nobody is asked to sign it.
    """
    rows = select(LessonRevision).join(Lesson).where(
        LessonRevision.state == RevisionState.IN_REVIEW, LATER
    )  # fmt: skip
    return {one.lesson_id: one for one in session.scalars(rows)}


def _signed(session: Session, of: Iterable[LessonRevision]) -> Mapping[UUID, dict[Aspect, UUID]]:
    found: dict[UUID, dict[Aspect, UUID]] = defaultdict(dict)
    rows = select(LessonSignOff).where(LessonSignOff.revision_id.in_({one.id for one in of}))
    for given in session.scalars(rows):
        found[given.revision_id][given.aspect] = given.by_id
    return found


def _returned(session: Session, of: Iterable[LessonRevision]) -> dict[UUID, LessonRemark]:
    """Return the last word with which each was sent back, by the id of the revision."""
    rows = select(LessonRemark).where(
        LessonRemark.revision_id.in_({one.id for one in of}),
        LessonRemark.kind == RemarkKind.RETURNED,
    )
    return {one.revision_id: one for one in session.scalars(rows.order_by(LessonRemark.id))}


def _writers(session: Session) -> Mapping[UUID, set[UUID | None]]:
    """Return who wrote what is in review, from the version in use on, by the id of the revision."""
    found: dict[UUID, set[UUID | None]] = defaultdict(set)
    rows = (
        select(OTHER.id, LessonRevision.written_by)
        .select_from(LessonRevision)
        .join(Lesson)
        .join(OTHER, OTHER.lesson_id == Lesson.id)
        .where(OTHER.state == RevisionState.IN_REVIEW)
        .where(LATER, LessonRevision.number <= OTHER.number)
    )
    for revision_id, writer in session.execute(rows):
        found[revision_id].add(writer)
    return found
