"""Names of pupils on a page for staff: that somebody saw them is written down first."""

from uuid import UUID

from flask import request

from quizapp.audit.actions import record
from quizapp.core.clock import now
from quizapp.core.db import transaction
from quizapp.web.doors import current_actor


def names_pupils(event: str, path: str, count: int, *, pupil: UUID | None = None) -> None:
    """Write down that the actor is about to see so many names at a unit; none: nothing.

    `pupil` is the one of whom a page is, so that the others are not told of it.

    The one write of a GET, in a transaction of its own: a page that cannot be written down is not
    shown. Call it when all that the page needs has been read.
    """
    if not count:
        return
    one = {"pupil": pupil} if pupil else {}
    with transaction() as session:
        record(
            session, event, by=current_actor(), now=now(), path=path,
            pupils=count, page=request.endpoint, **one,
        )  # fmt: skip
