"""Questions about one class: its campaigns, and who has come how far in them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, Permission
from quizapp.access.scope import within
from quizapp.accounts.models import Enrolment
from quizapp.accounts.queries import Seat
from quizapp.campaigns import contents
from quizapp.campaigns import queries as campaigns
from quizapp.campaigns.contents import LessonCard
from quizapp.campaigns.models import Campaign
from quizapp.core.errors import Missing
from quizapp.core.i18n import _
from quizapp.home import rules
from quizapp.home.rules import Attempt, Band, Step
from quizapp.lessons.models import Visit
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.quizzes.models import Quiz, Sitting, SittingState


@dataclass(frozen=True)
class Assigned:
    """A campaign as it concerns one class."""

    school_class: SchoolClass
    campaign: Campaign

    @property
    def path(self) -> str:
        return self.school_class.path


@dataclass(frozen=True)
class Reached:
    """How far one pupil has come. `share` (0–1) is the score of the attempt that counts."""

    seat: Seat
    step: Step
    share: float | None
    lessons: Sequence[Step]  # In the order of the campaign's lessons.


@dataclass(frozen=True)
class Progress:
    """How far the class has come in a campaign, pupils by seat."""

    campaign: Campaign
    lessons: Sequence[LessonCard]
    pupils: Sequence[Reached]

    def at(self, step: str) -> list[Reached]:
        return [one for one in self.pupils if one.step == step]

    @property
    def shares(self) -> list[float]:
        return [one.share for one in self.pupils if one.share is not None]

    @property
    def mean(self) -> float | None:
        return rules.mean(self.shares)

    @property
    def bands(self) -> list[Band]:
        return rules.bands(self.shares)

    def done(self, lesson: int) -> int:
        """Return how many have finished the lesson at this place, from 0."""
        return sum(one.lessons[lesson] is Step.FINISHED for one in self.pupils)


@dataclass(frozen=True)
class Line:
    """A class in a list: how many are on its roster, how many of them have signed in."""

    school_class: SchoolClass
    school: str
    roster: int
    signed_in: int


def own_classes(session: Session, actor: Actor, *, school_year: int) -> list[Line]:
    """Return the classes of the year whose pupils the actor sees, by school and grade."""
    school = select(Unit.id, Unit.name).subquery()
    rows = session.execute(
        select(SchoolClass, school.c.name)
        .join(Unit, Unit.id == SchoolClass.unit_id)
        .join(school, school.c.id == SchoolClass.school_id)
        .where(within(Unit.path, actor, Permission.PUPIL_READ))
        .where(SchoolClass.school_year == school_year)
        .order_by(school.c.name, SchoolClass.grade, SchoolClass.stage, SchoolClass.number)
    ).all()
    counted = rosters(session, [school_class for school_class, _name in rows])
    return [Line(one, name, *counted[one.unit_id]) for one, name in rows]


def rosters(session: Session, classes: Sequence[SchoolClass]) -> Mapping[UUID, tuple[int, int]]:
    """Return by class how many are on the roster today, and how many of them have signed in."""
    rows = session.execute(
        select(Enrolment.class_id, func.count(), func.count(Enrolment.signed_in_at))
        .where(
            Enrolment.school_id.in_({one.school_id for one in classes}),
            Enrolment.class_id.in_([one.unit_id for one in classes]),
            Enrolment.until_on.is_(None),
        )
        .group_by(Enrolment.class_id)
    )
    counted = dict.fromkeys((one.unit_id for one in classes), (0, 0))
    return counted | {class_id: (roster, signed_in) for class_id, roster, signed_in in rows}


def assigned(session: Session, unit_id: UUID, campaign_id: UUID) -> Assigned:
    """Return the campaign of the class; Missing if it is not for that class."""
    found = Assigned(orgs.school_class(session, unit_id), campaigns.campaign(session, campaign_id))
    if not contents.is_for(found.campaign, found.school_class):
        raise Missing(_("There is no such campaign here."))
    return found


def campaigns_of(session: Session, of: SchoolClass) -> list[Campaign]:
    """Return the campaigns and assignments that the class takes part in, newest first."""
    return [one for one in campaigns.at(session, of.unit) if contents.is_for(one, of)]


def progress(
    session: Session,
    of: SchoolClass,
    wanted: Sequence[Campaign],
    seats: Sequence[Seat],
    locale: str,
) -> list[Progress]:
    """Return the progress in each campaign of those who sit in the class today.

    A child who has finished in another class has finished: nobody is asked twice.
    """
    pupils = [seat.pupil_id for seat in seats]
    lessons = {one.id: contents.lessons_for(one, of.stage) for one in wanted}
    every = {lesson.id: lesson for found in lessons.values() for lesson in found}
    cards = {card.id: card for card in contents.cards(session, list(every.values()), locale)}
    attempts = _attempts(session, of.school_id, pupils, [one.quiz.id for one in wanted if one.quiz])
    visits = _visits(session, of.school_id, pupils, list(every))
    return [
        Progress(
            one,
            [cards[lesson.id] for lesson in lessons[one.id]],
            [
                _reached(
                    seat,
                    one.quiz,
                    attempts[one.quiz.id, seat.pupil_id] if one.quiz else (),
                    [visits[lesson.id, seat.pupil_id] for lesson in lessons[one.id]],
                )
                for seat in seats
            ],
        )
        for one in wanted
    ]


def _reached(
    seat: Seat, quiz: Quiz | None, attempts: Sequence[Attempt], lessons: Sequence[Step]
) -> Reached:
    """A campaign's ladder is that of its quiz; without one, that of its lessons."""
    if quiz is None:
        return Reached(seat, rules.lessons_step(lessons), None, lessons)
    share = rules.counted_share(attempts, quiz.counts)
    return Reached(seat, rules.quiz_step(attempts), share, lessons)


def _attempts(
    session: Session, school_id: UUID, pupils: Sequence[UUID], quizzes: Sequence[UUID]
) -> Mapping[tuple[UUID, UUID], list[Attempt]]:
    """Return the attempts by quiz and pupil, the first one first."""
    rows = session.execute(
        select(
            Sitting.quiz_id, Sitting.pupil_id, Sitting.state, Sitting.finished,
            Sitting.score, Sitting.maximum,
        )
        .where(
            Sitting.school_id == school_id,
            Sitting.pupil_id.in_(pupils),
            Sitting.quiz_id.in_(quizzes),
        )
        .order_by(Sitting.attempt)
    )  # fmt: skip
    found: dict[tuple[UUID, UUID], list[Attempt]] = defaultdict(list)
    for quiz_id, pupil_id, state, finished, score, maximum in rows:
        share = None if score is None else score / maximum
        attempt = Attempt(state is SittingState.OPEN, bool(finished), share)
        found[quiz_id, pupil_id].append(attempt)
    return found


def _visits(
    session: Session, school_id: UUID, pupils: Sequence[UUID], lessons: Sequence[UUID]
) -> Mapping[tuple[UUID, UUID], Step]:
    """Return how far each pupil is, by lesson and pupil."""
    rows = session.execute(
        select(Visit.lesson_id, Visit.pupil_id, Visit.finished_at).where(
            Visit.school_id == school_id,
            Visit.pupil_id.in_(pupils),
            Visit.lesson_id.in_(lessons),
        )
    )
    found: dict[tuple[UUID, UUID], Step] = defaultdict(lambda: Step.NOT_BEGUN)
    for lesson_id, pupil_id, finished_at in rows:
        found[lesson_id, pupil_id] = Step.FINISHED if finished_at else Step.UNDER_WAY
    return found
