"""What guardians, and pupils of 14 and older, say to the keeping of names, and what follows.

Under 14 the guardian decides (个人信息保护法 28, 31), from 14 on the pupil. Who refuses takes part
in everything (未成年人网络保护条例 32): only the teachers of the class read the name.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts.models import Consent, Enrolment, Pupil
from quizapp.accounts.names import LAST_YOUNG_GRADE, is_young, shown_name
from quizapp.audit.actions import record
from quizapp.core.db import changed
from quizapp.core.errors import Conflict, Invalid
from quizapp.core.i18n import _
from quizapp.orgs.models import SchoolClass
from quizapp.privacy.models import ConsentEntry

_YOUNG: Mapping[Consent, frozenset[Consent]] = {
    Consent.NONE: frozenset({Consent.GIVEN, Consent.REFUSED}),
    Consent.GIVEN: frozenset({Consent.WITHDRAWN}),
    Consent.REFUSED: frozenset({Consent.GIVEN}),
    Consent.WITHDRAWN: frozenset({Consent.GIVEN}),
    Consent.OF_AGE: frozenset({Consent.GIVEN, Consent.REFUSED}),  # The class was put right.
}
_GROWN: Mapping[Consent, frozenset[Consent]] = {
    Consent.NONE: frozenset({Consent.OF_AGE, Consent.WITHDRAWN}),
    Consent.GIVEN: frozenset({Consent.OF_AGE, Consent.WITHDRAWN}),
    Consent.REFUSED: frozenset({Consent.OF_AGE}),
    Consent.WITHDRAWN: frozenset({Consent.OF_AGE}),
    Consent.OF_AGE: frozenset({Consent.WITHDRAWN}),
}


def may_become(consent: Consent, grade: int) -> frozenset[Consent]:
    """Return what the consent of a pupil of the grade may turn into."""
    return (_YOUNG if is_young(grade) else _GROWN)[consent]


def becomes(consent: Consent, grade: int, *, agrees: bool) -> Consent | None:
    """Return what a yes or a no makes of it; None: that was said before."""
    wanted = {Consent.GIVEN, Consent.OF_AGE} if agrees else {Consent.REFUSED, Consent.WITHDRAWN}
    return next(iter(may_become(consent, grade) & wanted), None)


@dataclass(frozen=True)
class Line:
    """A pupil on the sheet of a class; `said_on` is the day of the last word, if there is one."""

    pupil_id: UUID
    name: str
    seat: int | None
    consent: Consent
    said_on: date | None


def sheet(session: Session, of: SchoolClass, *, reader: Actor) -> list[Line]:
    """Return what was said for each pupil of the class today, by seat."""
    said = (
        select(ConsentEntry.pupil_id, func.max(ConsentEntry.said_on).label("said_on"))
        .where(ConsentEntry.school_id == of.school_id)
        .group_by(ConsentEntry.pupil_id)
        .subquery()
    )
    rows = session.execute(
        select(Pupil.id, Pupil.name, Pupil.consent, Enrolment.seat, said.c.said_on)
        .join(
            Enrolment,
            (Enrolment.school_id == Pupil.school_id) & (Enrolment.pupil_id == Pupil.id),
        )
        .outerjoin(said, said.c.pupil_id == Pupil.id)
        .where(Enrolment.school_id == of.school_id, Enrolment.class_id == of.unit_id)
        .where(Enrolment.until_on.is_(None))
    )
    lines = [
        Line(key, shown_name(name, word, seat, of=of, reader=reader), seat, word, said_on)
        for key, name, word, seat, said_on in rows
    ]
    return sorted(lines, key=lambda line: (line.seat is None, line.seat or 0, line.name))


def counts(session: Session, classes: Sequence[SchoolClass]) -> dict[UUID, Counter[Consent]]:
    """Return by class how many pupils of today stand at each word; no names."""
    found: dict[UUID, Counter[Consent]] = {one.unit_id: Counter() for one in classes}
    rows = session.execute(
        select(Enrolment.class_id, Pupil.consent, func.count())
        .join(
            Pupil,
            (Enrolment.school_id == Pupil.school_id) & (Enrolment.pupil_id == Pupil.id),
        )
        .where(
            Enrolment.school_id.in_({one.school_id for one in classes}),
            Enrolment.class_id.in_(list(found)),
            Enrolment.until_on.is_(None),
        )
        .group_by(Enrolment.class_id, Pupil.consent)
    )
    for class_id, word, pupils in rows:
        found[class_id][word] = pupils
    return found


def write_down(
    session: Session,
    of: SchoolClass,
    answers: Mapping[UUID, bool],
    *,
    said_on: date,
    today: date,
    by: Actor,
    now: datetime,
) -> int:
    """Record what came back on paper, by pupil of the class; return for how many it is new.

    Who is not of the class, or said the same before, is left alone. Invalid: a day to come.
    """
    if said_on > today:
        raise Invalid(_("This day is still to come."), fields={"said_on": "to come"})
    new: Counter[Consent] = Counter()
    for line in sheet(session, of, reader=by):
        agrees = answers.get(line.pupil_id)
        word = None if agrees is None else becomes(line.consent, of.grade, agrees=agrees)
        if word is None:
            continue
        entry = ConsentEntry(
            school_id=of.school_id, pupil_id=line.pupil_id, said=word, said_on=said_on,
            on_paper=True, recorded_by=by.id, recorded_at=now,
        )  # fmt: skip
        _turn(session, line.consent, entry)
        new[word] += 1
    if new:
        told = {word.value: pupils for word, pupils in new.items()}
        record(session, "consent.recorded", by=by, now=now, path=of.path, **told)
    return new.total()


def say(
    session: Session,
    child: Pupil,
    of: SchoolClass,
    *,
    agrees: bool,
    today: date,
    by: Actor,
    now: datetime,
) -> None:
    """Take the word of a pupil of 14 or older; Conflict for who is younger, or said it before."""
    word = becomes(child.consent, of.grade, agrees=agrees)
    if is_young(of.grade):
        raise Conflict(_("Until you are 14 your guardian decides this, on paper at your school."))
    if word is None:
        raise Conflict(_("You have said so before; nothing has changed."))
    entry = ConsentEntry(
        school_id=child.school_id, pupil_id=child.id, said=word, said_on=today,
        on_paper=False, recorded_by=by.id, recorded_at=now,
    )  # fmt: skip
    _turn(session, child.consent, entry)
    record(session, "consent.recorded", by=by, now=now, path=of.path, **{word.value: 1})


def come_of_age(session: Session, *, school_year: int) -> int:
    """Let those be of age who sit in a grade of 14-year-olds; return how many.

    A no of the guardian stands until the pupil says otherwise.
    """
    grown = (
        select(Enrolment.pupil_id)
        .join(SchoolClass, SchoolClass.unit_id == Enrolment.class_id)
        .where(Enrolment.school_id == Pupil.school_id, Enrolment.pupil_id == Pupil.id)
        .where(Enrolment.until_on.is_(None), SchoolClass.school_year == school_year)
        .where(SchoolClass.grade > LAST_YOUNG_GRADE)
    )
    return changed(
        session,
        update(Pupil)
        .where(Pupil.consent.in_([Consent.NONE, Consent.GIVEN]), Pupil.erased_at.is_(None))
        .where(grown.exists())
        .values(consent=Consent.OF_AGE),
    )


def entries(session: Session, child: Pupil) -> Sequence[ConsentEntry]:
    """Return what was said for the pupil, the oldest first."""
    return session.scalars(
        select(ConsentEntry)
        .where(ConsentEntry.school_id == child.school_id, ConsentEntry.pupil_id == child.id)
        .order_by(ConsentEntry.said_on, ConsentEntry.id)
    ).all()


def _turn(session: Session, before: Consent, entry: ConsentEntry) -> None:
    """Let what was said now hold, and keep it; Conflict if something else has been said since."""
    child = (Pupil.school_id == entry.school_id) & (Pupil.id == entry.pupil_id)
    turned = update(Pupil).where(child, Pupil.consent == before).values(consent=entry.said)
    if not changed(session, turned):
        raise Conflict(_("Somebody was faster. Please look again."))
    session.add(entry)
