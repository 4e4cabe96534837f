"""Writing the log."""

from datetime import datetime
from uuid import UUID

from flask import current_app
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.audit import seals
from quizapp.audit.models import AuditEntry
from quizapp.core.ids import new_id


def record(
    session: Session,
    event: str,
    *,
    by: Actor,
    now: datetime,
    path: str = "/",
    **about: UUID | str | int | None,
) -> None:
    """Add an entry to the transaction that does the deed; `about` takes ids, codes and counts."""
    told = {name: str(v) if isinstance(v, UUID) else v for name, v in about.items()}
    entry = AuditEntry(
        id=new_id(), at=now, actor_id=by.id, actor_kind=by.kind, event=event, path=path, about=told
    )
    entry.mark = seals.mark(entry.written, current_app.config["QUIZAPP"].audit_key)
    session.add(entry)
