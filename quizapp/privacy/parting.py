"""Parting old answers from the children who gave them: they stay counted, and are nobody's.

Reports of a past year keep their figures; who of those still at school answered what goes. The
log, which is kept longer, names pupils beside ids and instants: so whatever is given to nobody
gets a new id, and of its instants the local day alone is left (`holdings.day_of`).
"""

import secrets
from collections.abc import Sequence
from datetime import date, datetime
from random import SystemRandom
from uuid import uuid4

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from quizapp.accounts.models import Pupil
from quizapp.privacy import holdings


def with_old_answers(session: Session, *, until_on: date, most: int) -> Sequence[Pupil]:
    """Return, in any order, pupils who can be told by something that was over by that day."""
    found: list[Pupil] = []
    for parting in _partings():
        whose = tuple_(Pupil.school_id, Pupil.id).in_(parting.whose(until_on))
        rows = select(Pupil).where(whose, Pupil.erased_at.is_(None)).limit(most)
        found += session.scalars(rows)
    found = list(dict.fromkeys(found))[:most]
    SystemRandom().shuffle(found)  # Or the order in which rows are made would tell whose they are.
    return found


def part(session: Session, pupil: Pupil, *, until_on: date, now: datetime) -> None:
    """Give what the pupil did, and what was over by that day, to somebody without a name.

    That row has an id by chance alone, no time in it, and no link back. What belongs together of
    one child stays together, so that it is counted as one.
    """
    session.refresh(pupil, with_for_update=True)
    nobody = Pupil(
        school_id=pupil.school_id,
        id=uuid4(),
        child_id=uuid4(),
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
