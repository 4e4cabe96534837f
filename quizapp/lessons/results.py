"""What a class has come to in its lessons, as counts; and who should look at one again."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, Permission, allows
from quizapp.accounts.models import Enrolment
from quizapp.accounts.queries import Seat
from quizapp.bank import marking
from quizapp.bank import queries as bank
from quizapp.bank.asked import Asked
from quizapp.bank.models import Revision
from quizapp.bank.rules import Kind
from quizapp.core.i18n import in_language
from quizapp.lessons import courses, queries
from quizapp.lessons.classes import ClassLesson
from quizapp.lessons.models import Checkpoint, CheckpointAnswer, Lesson, LessonText, Visit
from quizapp.lessons.queries import CURRENT, Card
from quizapp.orgs.models import SchoolClass

ALIKE = 2  # So many have the same wrong answer before it is told: one slip is nobody's business.


@dataclass(frozen=True)
class Mistake:
    """The wrong answer that most of the class give; `count` pupils have it."""

    told: str
    count: int


@dataclass(frozen=True)
class Stop:
    """A checkpoint: how many answered it, were right at the first try, and are right now."""

    number: int
    stem: str
    lang: str
    answered: int
    first_right: int
    right: int
    mistake: Mistake | None


@dataclass(frozen=True)
class Results:
    """A lesson in a class. Counted are the pupils who sit there today.

    `needs_help`, like the `mistake` of a stop, is None for who does not teach the class.
    """

    title: str
    lang: str
    pupils: int
    begun: int
    done: int
    needs_help: int | None
    stops: Sequence[Stop]
    has_scenario: bool


@dataclass(frozen=True)
class Row:
    """A lesson in the list of a class."""

    card: Card
    begun: int
    done: int


@dataclass(frozen=True)
class Shelf:
    """The lessons of a course, or those beside it."""

    title: str
    lang: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class Again:
    """A pupil who should look at some lessons again."""

    seat: Seat
    lessons: Sequence[tuple[str, str, str]]  # Key, title and its language.


def of_lesson(session: Session, of: ClassLesson, locale: str, *, reader: Actor) -> Results:
    """Return how the class is doing in the lesson."""
    school_class, lesson = of.school_class, of.lesson
    text = queries.text(session, lesson)
    pupils = _pupils(session, school_class)
    teaches = allows(reader, Permission.PROGRESS_READ, school_class)
    worried = courses.needing_help(session, school_class.school_id, pupils) if teaches else set()
    begun, done = _visits(session, school_class.school_id, pupils, [lesson.id])[lesson.id]
    answers = session.scalars(
        select(CheckpointAnswer)
        .where(CheckpointAnswer.school_id == school_class.school_id)
        .where(CheckpointAnswer.pupil_id.in_(pupils), CheckpointAnswer.lesson_id == lesson.id)
    ).all()
    words = in_language(text.text, locale)
    return Results(
        title=words["title"],
        lang=words["lang"],
        pupils=len(pupils),
        begun=begun,
        done=done,
        needs_help=sum(one == lesson.id for _pupil, one in worried) if teaches else None,
        stops=_stops(session, text.checkpoints, answers, locale, with_mistakes=teaches),
        has_scenario=text.scenario is not None,
    )


def of_class(session: Session, of: SchoolClass, locale: str) -> list[Shelf]:
    """Return the lessons of the class, the own course first, with how many began and finished."""
    shelves = queries.class_shelves(session, of, None, locale)
    lessons = [card.id for shelf in shelves for card in shelf.cards]
    counts = _visits(session, of.school_id, _pupils(session, of), lessons)
    return [
        Shelf(shelf.title, shelf.lang, [Row(card, *counts[card.id]) for card in shelf.cards])
        for shelf in shelves
    ]


def again(session: Session, of: SchoolClass, seats: Sequence[Seat], locale: str) -> list[Again]:
    """Return who of these should look at lessons again, by seat."""
    worried = courses.needing_help(session, of.school_id, [seat.pupil_id for seat in seats])
    texts = session.scalars(
        select(LessonText)
        .join(Lesson, CURRENT)
        .where(Lesson.id.in_({lesson_id for _pupil, lesson_id in worried}))
        .where(Lesson.retired_at.is_(None))
        .order_by(Lesson.position, Lesson.key)
    ).all()
    found = []
    for seat in seats:
        own = [text for text in texts if (seat.pupil_id, text.lesson_id) in worried]
        if own:
            found.append(Again(seat, [_named(text, locale) for text in own]))
    return found


def _named(text: LessonText, locale: str) -> tuple[str, str, str]:
    words = in_language(text.text, locale)
    return text.lesson.key, words["title"], words["lang"]


def _pupils(session: Session, of: SchoolClass) -> Sequence[UUID]:
    return session.scalars(
        select(Enrolment.pupil_id).where(
            Enrolment.school_id == of.school_id,
            Enrolment.class_id == of.unit_id,
            Enrolment.until_on.is_(None),
        )
    ).all()


def _visits(
    session: Session, school_id: UUID, pupils: Collection[UUID], lessons: Collection[UUID]
) -> Mapping[UUID, tuple[int, int]]:
    """Return by lesson how many of the pupils have begun it, and how many of them finished."""
    rows = session.execute(
        select(Visit.lesson_id, Visit.finished_at)
        .where(Visit.school_id == school_id)
        .where(Visit.pupil_id.in_(pupils), Visit.lesson_id.in_(lessons))
    )
    found: dict[UUID, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for lesson_id, finished_at in rows:
        begun, done = found[lesson_id]
        found[lesson_id] = (begun + 1, done + bool(finished_at))
    return found


def _stops(
    session: Session,
    checkpoints: Sequence[Checkpoint],
    answers: Iterable[CheckpointAnswer],
    locale: str,
    *,
    with_mistakes: bool,
) -> list[Stop]:
    asked = bank.current(session, [checkpoint.question_id for checkpoint in checkpoints])
    given = defaultdict(list)
    for answer in answers:
        given[answer.question_id].append(answer)
    stops = [
        _stop(stop.position + 1, asked[stop.question_id], given[stop.question_id], locale)
        for stop in checkpoints
    ]
    return stops if with_mistakes else [replace(stop, mistake=None) for stop in stops]


def _stop(number: int, revision: Revision, given: Sequence[CheckpointAnswer], locale: str) -> Stop:
    words = Asked(revision, 0).words(locale)
    return Stop(
        number=number,
        stem=words["stem"],
        lang=words["lang"],
        answered=len(given),
        first_right=sum(answer.first_right for answer in given),
        right=sum(answer.right for answer in given),
        mistake=_mistake(revision, given, locale),
    )


def _mistake(revision: Revision, given: Sequence[CheckpointAnswer], locale: str) -> Mistake | None:
    """Return what most have wrong at their last try, of the question as it is today.

    Not of a gap: what children wrote in their own words is not put before anybody.
    """
    wrong = Counter(
        answer.choice for answer in given if not answer.right and answer.revision_id == revision.id
    )
    if revision.kind is Kind.FILL or not wrong:
        return None
    choice, count = max(wrong.items(), key=lambda pair: (pair[1], pair[0]))
    if count < ALIKE:
        return None
    told = Asked(revision, 0).told(marking.read(revision.kind, choice), locale)
    return Mistake(" · ".join(told), count)
