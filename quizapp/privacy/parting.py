"""Parting old answers from the children who gave them: they stay counted, and are nobody's.

Reports of a past year keep their figures; who of those still at school answered what goes.
"""

import secrets
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from quizapp.accounts.models import Pupil
from quizapp.core.ids import new_id
from quizapp.privacy import holdings


def with_old_answers(session: Session, *, until_on: date, most: int) -> Sequence[Pupil]:
    """Return pupils who can be told by something that was over by that day."""
    found: list[Pupil] = []
    for parting in _partings():
        whose = tuple_(Pupil.school_id, Pupil.id).in_(parting.whose(until_on))
        rows = select(Pupil).where(whose, Pupil.erased_at.is_(None)).limit(most)
        found += session.scalars(rows)
    return list(dict.fromkeys(found))[:most]


def part(session: Session, pupil: Pupil, *, until_on: date, now: datetime) -> None:
    """Give what the pupil did, and what was over by that day, to somebody without a name.

    That row has an id by chance and no link back: nobody can say any more whose it was. What
    belongs together of one child stays together, so that it is counted as one.
    """
    session.refresh(pupil, with_for_update=True)
    nobody = Pupil(
        school_id=pupil.school_id,
        id=new_id(),
        child_id=new_id(),
        name="",
        login=f"x{secrets.token_hex(9)}",
        erased_at=now,
    )
    session.add(nobody)
    session.flush()
    for parting in _partings():
        parting.move(session, pupil, nobody, until_on)


def _partings() -> list[holdings.Parting]:
    return [one.parting for one in holdings.every() if one.parting]
