"""The log: who did what, when, and whose names were looked at."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from quizapp.access.policy import ActorKind
from quizapp.audit.seals import Written
from quizapp.core.db import Document, Id, Instant, Model, enum


class AuditEntry(Model):
    """One act. Rows are only ever added; ids stand in it, names and answers never."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_event_at", "event", "at"),
        Index("ix_audit_entry_actor_id", "actor_id", "at"),
        Index("ix_audit_entry_path", "path", "event", "at"),
    )

    id: Mapped[Id]
    at: Mapped[Instant]
    actor_id: Mapped[UUID]
    actor_kind: Mapped[ActorKind] = mapped_column(enum(ActorKind))
    event: Mapped[str] = mapped_column(String(60))  # noun.past-tense
    path: Mapped[str] = mapped_column(String(200), default="/")  # Of the unit it happened at.
    about: Mapped[Document] = mapped_column(default=dict)  # Ids and counts by name.
    mark: Mapped[str] = mapped_column(String(64))  # HMAC: that the site itself wrote it.

    @property
    def written(self) -> Written:
        return Written(
            self.id, self.at, self.actor_id, self.actor_kind, self.event, self.path, self.about
        )

    @property
    def details(self) -> dict[str, Any]:
        return dict(self.about)


class AuditLink(Model):
    """The place of an entry in the chain: each link seals its entry and the link before.

    Entries are linked in the order in which they are found, shortly after they were written, so
    that no two acts wait for each other; until then their own mark guards them.
    """

    __tablename__ = "audit_link"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("audit_entry.id"), unique=True)
    seal: Mapped[str] = mapped_column(String(64))  # HMAC-SHA256 with the key of the log.
