"""Who has given the password and still owes the code: five minutes long, in the signed cookie."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import flask
from sqlalchemy.orm import Session

from quizapp.accounts import credentials
from quizapp.accounts.models import Person

KEY: Final = "half_in"
LASTS: Final = timedelta(minutes=5)


def remember(person: Person, *, next_page: str | None, now: datetime) -> None:
    flask.session[KEY] = [str(person.id), _mark(person), now.isoformat(), next_page or ""]


def remembered(session: Session, *, now: datetime) -> Person | None:
    """Return the person; None after five minutes, after a new password, or when disabled."""
    person_id, mark, at, _next = flask.session.get(KEY) or ["", "", "", ""]
    if not person_id or now - datetime.fromisoformat(at) > LASTS:
        return None
    found = session.get(Person, UUID(person_id))
    if found is None or found.disabled_at or mark != _mark(found):
        return None
    return found


def next_page() -> str:
    """Return where the person wanted to go."""
    return str((flask.session.get(KEY) or [""])[-1])


def _mark(person: Person) -> str:
    """Return what changes with the password."""
    return credentials.digest(person.password_hash or "")[:16]
