"""Reading the log."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, Permission
from quizapp.access.scope import within
from quizapp.audit.models import AuditEntry
from quizapp.core.paging import Page, newest_first


def entries(
    session: Session, actor: Actor, *, after: UUID | None, event: str | None = None
) -> Page[AuditEntry]:
    """Return what happened at and beneath the actor's units, newest first."""
    seen = select(AuditEntry).where(within(AuditEntry.path, actor, Permission.AUDIT_READ))
    if event:
        seen = seen.where(AuditEntry.event == event)
    return newest_first(session, seen, AuditEntry.id, after=after)
