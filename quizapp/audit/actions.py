"""Writing the log."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.audit.models import AuditEntry


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
    session.add(
        AuditEntry(at=now, actor_id=by.id, actor_kind=by.kind, event=event, path=path, about=told)
    )
