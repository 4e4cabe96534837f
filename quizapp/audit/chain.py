"""The chain of the log: made shortly after the entries, checked from end to end, cut when old."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Row, Select, delete, func, insert, select
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM
from quizapp.audit import seals
from quizapp.audit.actions import record
from quizapp.audit.models import AuditEntry, AuditLink
from quizapp.core.db import lock

BATCH = 5000
# No transaction of the site is under way for longer; older entries are looked for by `verify`.
SLACK = timedelta(days=2)
CUT = "log.cut"


@dataclass(frozen=True)
class Head:
    """The number and the seal of a link. Kept elsewhere it shows that nothing after it is gone."""

    number: int
    seal: str

    def __str__(self) -> str:
        return f"{self.number}:{self.seal}"


@dataclass(frozen=True)
class Finding:
    """A place at which the log is not what the site has written. `number` is that of the link."""

    number: int | None
    entry_id: UUID | None
    says: str

    def __str__(self) -> str:
        place = "not in the chain" if self.number is None else f"link {self.number}"
        return f"{place}, entry {self.entry_id or '-'}: {self.says}"


def link(session: Session, key: str, *, since: datetime | None = None) -> int:
    """Link what waits, at most a batch, and return how much; `since` spares looking at all.

    One does it at a time; who writes entries waits for nobody.
    """
    lock(session, AuditLink)
    waiting = (
        select(AuditEntry)
        .where(~select(AuditLink.number).where(AuditLink.entry_id == AuditEntry.id).exists())
        .order_by(AuditEntry.id)
        .limit(BATCH)
    )
    if since:
        waiting = waiting.where(AuditEntry.id >= _first_id(since - SLACK))
    last, made = head(session), []
    for entry in session.scalars(waiting):
        last = Head(last.number + 1, seals.seal(last.seal, entry.written, key))
        made.append({"number": last.number, "entry_id": entry.id, "seal": last.seal})
    if made:
        session.execute(insert(AuditLink), made)
    return len(made)


def head(session: Session) -> Head:
    """Return the last link; when all have been cut off, the one that was the last of them."""
    last = session.execute(_links().order_by(AuditLink.number.desc()).limit(1)).first()
    if last:
        return Head(last.number, last.seal)
    cuts = session.scalars(_cuts().limit(1)).all()
    return _told(cuts[0]) if cuts else Head(0, seals.START)


def faults(session: Session, key: str, *, known: Head | None = None) -> list[Finding]:
    """Return every place that was changed, removed, inserted or swapped, the first one first.

    `known` is a head that was kept elsewhere: links up to it must still be there, as they were.
    An empty list is what should be.
    """
    found: list[Finding] = []
    try:
        found.extend(_chain_faults(session, key))
    except (ValueError, LookupError, TypeError) as fault:  # What no site has ever written.
        found.append(Finding(None, None, f"a row cannot be read at all: {fault}"))
    if known and (wrong := _against(session, known, key)):
        found.append(wrong)
    return found


def cut(session: Session, *, before: datetime, now: datetime) -> int:
    """Take away the links and entries at the beginning that are older; return how many.

    The last seal that goes is written into the log: what is left goes on from there.
    """
    lock(session, AuditLink)
    first_kept = session.scalar(
        select(func.min(AuditLink.number))
        .join(AuditEntry, AuditEntry.id == AuditLink.entry_id)
        .where(AuditEntry.at >= before)
    )
    end = head(session) if first_kept is None else _link(session, first_kept - 1)
    if end is None or end.number == 0:
        return 0
    old = select(AuditLink.entry_id).where(AuditLink.number <= end.number)
    ids = session.scalars(old).all()
    if not ids:
        return 0
    # Written first: its place in the log is after all that goes.
    record(
        session, CUT, by=SYSTEM, now=now, entries=len(ids), number=end.number, seal=end.seal
    )  # fmt: skip
    session.execute(delete(AuditLink).where(AuditLink.number <= end.number))
    for start in range(0, len(ids), BATCH):
        session.execute(delete(AuditEntry).where(AuditEntry.id.in_(ids[start : start + BATCH])))
    return len(ids)


def _chain_faults(session: Session, key: str) -> Iterator[Finding]:
    before: Head | None = None
    rows = session.execute(
        select(AuditLink.number, AuditLink.entry_id, AuditLink.seal, AuditEntry)
        .outerjoin(AuditEntry, AuditEntry.id == AuditLink.entry_id)
        .order_by(AuditLink.number)
        .execution_options(yield_per=1000, populate_existing=True)
    )
    for row in rows:
        if before is None:
            before = _anchor(session, row.number, key)
            if before is None:
                yield Finding(
                    row.number,
                    row.entry_id,
                    "the log does not begin here: links are missing before it",
                )
        elif row.number != before.number + 1:
            missing = row.number - before.number - 1
            yield Finding(row.number, row.entry_id, f"{missing} links are missing before it")
        yield from _entry_faults(row, before, key)
        before = Head(row.number, row.seal)
    unlinked = select(AuditEntry).where(
        ~select(AuditLink.number).where(AuditLink.entry_id == AuditEntry.id).exists()
    )
    for entry in session.scalars(unlinked.order_by(AuditEntry.id)):
        if not seals.same(entry.mark, seals.mark(entry.written, key)):
            yield Finding(None, entry.id, "it was not written by the site, or changed since")


def _entry_faults(
    row: Row[int, UUID, str, AuditEntry], before: Head | None, key: str
) -> Iterator[Finding]:
    number, entry_id, kept, entry = row
    if entry is None:
        yield Finding(number, entry_id, "the entry has been removed")
        return
    if not seals.same(entry.mark, seals.mark(entry.written, key)):
        yield Finding(number, entry_id, "it was not written by the site, or changed since")
    if before and not seals.same(kept, seals.seal(before.seal, entry.written, key)):
        yield Finding(number, entry_id, "the seal does not fit: changed, moved or put in")


def _against(session: Session, known: Head, key: str) -> Finding | None:
    last = head(session)
    if known.number > last.number:
        gone = known.number - last.number
        return Finding(last.number, None, f"{gone} links at the end are missing against the head")
    kept = _link(session, known.number)
    if kept is None:  # Cut off by age: then it says so.
        anchors = [_told(entry) for entry in _sound_cuts(session, key)]
        if any(anchor.number > known.number or anchor == known for anchor in anchors):
            return None
    if kept is None or not seals.same(kept.seal, known.seal):
        return Finding(known.number, None, "the link is not the one of the head")
    return None


def _anchor(session: Session, first: int, key: str) -> Head | None:
    """Return from where the chain begins: the start, or what the log says of its last cut."""
    if first == 1:
        return Head(0, seals.START)
    anchors = (_told(entry) for entry in _sound_cuts(session, key))
    return next((anchor for anchor in anchors if anchor.number == first - 1), None)


def _sound_cuts(session: Session, key: str) -> list[AuditEntry]:
    return [
        entry
        for entry in session.scalars(_cuts())
        if seals.same(entry.mark, seals.mark(entry.written, key))
    ]


def _cuts() -> Select[AuditEntry]:
    return select(AuditEntry).where(AuditEntry.event == CUT).order_by(AuditEntry.id.desc())


def _told(cut_off: AuditEntry) -> Head:
    return Head(int(cut_off.about["number"]), str(cut_off.about["seal"]))


def _links() -> Select[int, str]:
    return select(AuditLink.number, AuditLink.seal)


def _link(session: Session, number: int) -> Head | None:
    row = session.execute(_links().where(AuditLink.number == number)).first()
    return Head(row.number, row.seal) if row else None


def _first_id(at: datetime) -> UUID:
    """Return the lowest UUIDv7 of that instant."""
    return UUID(int=int(at.timestamp() * 1000) << 80)
