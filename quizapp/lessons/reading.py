"""A lesson as its reader sees it: the text, and its checkpoints before and after an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from markupsafe import Markup
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, ActorKind
from quizapp.bank import marking
from quizapp.bank import queries as bank
from quizapp.bank.asked import Asked, Explained, Posed
from quizapp.bank.queries import Cited
from quizapp.core.i18n import in_language
from quizapp.core.markup import trusted
from quizapp.lessons import queries
from quizapp.lessons.models import Checkpoint, CheckpointAnswer, Lesson
from quizapp.lessons.rules import Progress, seed


@dataclass(frozen=True)
class Told(Explained):
    """What was right and why, beside the question as it was answered.

    `is_right` is None for staff, who choose nothing.
    """

    posed: Posed
    is_right: bool | None
    cited: Sequence[Cited]


@dataclass(frozen=True)
class Stop:
    """A checkpoint. `told` is for those who have answered it, and for staff."""

    position: int
    posed: Posed
    told: Told | None


@dataclass(frozen=True)
class Block:
    """A part of the page: text, or a checkpoint."""

    html: Markup | None = None
    stop: Stop | None = None


@dataclass(frozen=True)
class Page:
    """A lesson for one reader. `progress` is None for staff, who have none."""

    key: str
    title: str
    objective: str
    lang: str
    minutes: int
    blocks: Sequence[Block]
    progress: Progress | None
    answered: int
    checkpoints: int


def page(session: Session, actor: Actor, lesson: Lesson, locale: str) -> Page:
    """Return the lesson for the actor; Missing if it is not for the pupil's stage."""
    is_pupil = actor.kind is ActorKind.PUPIL
    if is_pupil:
        queries.seat(session, actor, lesson)
    said = queries.text(session, lesson)
    words = in_language(said.text, locale)
    given = queries.answers(session, actor, lesson) if is_pupil else {}
    stops = _stops(session, actor, said.checkpoints, given, locale)
    return Page(
        key=lesson.key,
        title=words["title"],
        objective=words["objective"],
        lang=words["lang"],
        minutes=said.minutes,
        blocks=[
            Block(stop=stops[block["checkpoint"]])
            if "checkpoint" in block
            else Block(html=trusted(block["html"]))
            for block in said.blocks[words["lang"]]
        ],
        progress=_progress(session, actor, lesson) if is_pupil else None,
        answered=sum(stop.told is not None for stop in stops) if is_pupil else 0,
        checkpoints=len(stops),
    )


def _progress(session: Session, actor: Actor, lesson: Lesson) -> Progress:
    visit = queries.visit(session, actor, lesson)
    if visit is None:
        return Progress.NOT_STARTED
    return Progress.DONE if visit.finished_at else Progress.UNDER_WAY


def _stops(
    session: Session,
    actor: Actor,
    checkpoints: Sequence[Checkpoint],
    given: Mapping[UUID, CheckpointAnswer],
    locale: str,
) -> list[Stop]:
    """Return the checkpoints in their order.

    A question that was edited since is asked as it is now and explained as it was answered.
    """
    asked = bank.current(session, [checkpoint.question_id for checkpoint in checkpoints])
    then = bank.revisions(session, [answer.revision_id for answer in given.values()])
    is_staff = actor.kind is ActorKind.STAFF
    cited = bank.sources_of(session, [*then.values(), *(asked.values() if is_staff else ())])
    stops = []
    for checkpoint in checkpoints:
        now, answer = asked[checkpoint.question_id], given.get(checkpoint.question_id)
        own = seed(actor.id, checkpoint.question_id)
        told = None
        if answer:
            told = _told(Asked(then[answer.revision_id], own), answer, cited, locale)
        elif is_staff:
            told = _told(Asked(now, own), None, cited, locale)
        stops.append(Stop(checkpoint.position, Asked(now, own).posed([], locale), told))
    return stops


def _told(
    asked: Asked,
    answer: CheckpointAnswer | None,
    cited: Mapping[UUID, Sequence[Cited]],
    locale: str,
) -> Told:
    chosen = marking.read(asked.kind, answer.choice) if answer else None
    return Told(
        **vars(asked.explained(chosen, locale)),
        posed=asked.posed(chosen or [], locale),
        is_right=answer.right if answer else None,
        cited=cited[asked.revision.id],
    )
