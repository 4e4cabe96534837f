"""Pictures of questions: each is kept once, and what nothing names is swept."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from quizapp.bank.models import BankPicture, Revision
from quizapp.core.db import changed, insert
from quizapp.core.pictures import Picture

LASTS: Final = timedelta(days=1)  # Longer than anybody writes at one question.


def of(picture: Picture) -> BankPicture:
    """Return the row of a picture; it is only to be looked at until it is kept."""
    return BankPicture(
        sha256=picture.sha256, media_type=picture.media_type, width=picture.width,
        height=picture.height, raw=picture.raw,
    )  # fmt: skip


def keep(session: Session, picture: Picture | BankPicture, *, now: datetime) -> BankPicture:
    """Keep the picture, if it is not there, for LASTS or as long as a revision names it."""
    said = {
        "sha256": picture.sha256, "media_type": picture.media_type, "width": picture.width,
        "height": picture.height, "raw": picture.raw, "kept_at": now,
    }  # fmt: skip
    session.execute(
        insert(session, BankPicture)
        .values(said)
        .on_conflict_do_update(index_elements=["sha256"], set_={"kept_at": now})
    )
    return session.get_one(BankPicture, picture.sha256)


def sweep(session: Session, *, now: datetime) -> int:
    """Forget the pictures that no revision names, and return how many there were."""
    named = select(Revision.id).where(Revision.picture_sha256 == BankPicture.sha256)
    old = delete(BankPicture).where(BankPicture.kept_at < now - LASTS, ~named.exists())
    return changed(session, old)
