"""What of signing in has been kept long enough."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, or_
from sqlalchemy.orm import Session

from quizapp.accounts.models import BackOff, Card, ClassWindow, PupilSignIn, StaffSignIn
from quizapp.core.db import changed

WRONG_SECRETS = timedelta(days=1)  # They are forgotten after an hour; their rows after a day.


def forget_sign_ins(session: Session, *, before: datetime, now: datetime) -> dict[str, int]:
    """Delete sign-ins, cards and class windows that ended before; return how many of each."""
    done = {
        "sign_ins": delete(PupilSignIn).where(_over(PupilSignIn, before)),
        "staff_sign_ins": delete(StaffSignIn).where(_over(StaffSignIn, before)),
        "cards": delete(Card).where(
            or_(Card.used_at < before, Card.revoked_at < before, Card.expires_at < before)
        ),
        "windows": delete(ClassWindow).where(
            func.coalesce(ClassWindow.closed_at, ClassWindow.closes_at) < before
        ),
        "wrong_secrets": delete(BackOff).where(BackOff.last_at < now - WRONG_SECRETS),
    }
    return {name: changed(session, statement) for name, statement in done.items()}


def _over(table: type[PupilSignIn | StaffSignIn], before: datetime) -> ColumnElement[bool]:
    return func.coalesce(table.ended_at, table.expires_at) < before
