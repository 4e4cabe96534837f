"""What approved revisions say, as plain values: they never change, so they stay in memory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.bank.models import BankPicture, Revision, RevisionState
from quizapp.bank.rules import Kind
from quizapp.core.kept import Kept

MOST = 500  # Some 10 kB each.


@dataclass(frozen=True)
class Picture:
    """The name of a picture's bytes, and its size in pixels."""

    sha256: str
    width: int
    height: int


@dataclass(frozen=True)
class Said:
    """A revision as far as it is asked and explained; all as Revision keeps it."""

    id: UUID
    kind: Kind
    text: Any
    answer: Any
    sources: Sequence[str]
    picture: Picture | None


_kept: Kept[Said] = Kept("questions", MOST)


def said(session: Session, ids: Iterable[UUID]) -> dict[UUID, Said]:
    """Return what these revisions say, by id; one that is not approved is left out."""
    return _kept.get(ids, lambda missing: _read(session, missing))


def _read(session: Session, ids: Iterable[UUID]) -> dict[UUID, Said]:
    words = (Revision.id, Revision.kind, Revision.text, Revision.answer, Revision.sources)
    picture = (BankPicture.sha256, BankPicture.width, BankPicture.height)
    rows = session.execute(
        select(*words, *picture)
        .outerjoin(Revision.picture)
        .where(Revision.id.in_(ids), Revision.state == RevisionState.APPROVED)
    )
    return {
        row.id: Said(
            id=row.id,
            kind=row.kind,
            text=row.text,
            answer=row.answer,
            sources=row.sources,
            picture=Picture(row.sha256, row.width, row.height) if row.sha256 else None,
        )
        for row in rows
    }
