"""The way of a revision through review, whatever it is of: draft → in review → approved.

Questions and lessons both take it. Three people sign, and none of them wrote it: decision 0023.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from quizapp.access.policy import Actor, Aspect, signed_for
from quizapp.audit.actions import record
from quizapp.bank.models import RemarkKind, Reviewed, RevisionState, Said, Signed, Thing
from quizapp.bank.rules import Origin
from quizapp.core.db import changed
from quizapp.core.errors import Conflict, Invalid
from quizapp.core.i18n import _

R = TypeVar("R", bound=Reviewed)


@dataclass(frozen=True)
class Judged:
    """What the rules of the files say of a text: what must be mended, and what a person weighs."""

    faults: Sequence[str]
    advice: Sequence[str]


@dataclass
class Past:
    """What became of a thing so far, in numbers of its revisions; 0: none such."""

    last: int = 0
    last_file_digest: str = ""
    last_loaded: int = 0  # Of a file, and approved.
    last_edited: int = 0  # On the site.
    of_file: bool = False

    @property
    def was_edited(self) -> bool:
        """Whether the site ever wrote something."""
        return self.last_edited > 0

    @property
    def is_edited(self) -> bool:
        """Whether the site wrote something that no file has followed since."""
        return self.last_edited > self.last_loaded

    def add(self, number: int, origin: Origin, state: RevisionState, digest: str) -> None:
        """Take the next revision; the oldest comes first."""
        self.last = number
        if origin is Origin.SITE:
            self.last_edited = number
            return
        self.of_file, self.last_file_digest = True, digest
        if state is RevisionState.APPROVED:
            self.last_loaded = number


def pasts(
    session: Session, revisions: type[Reviewed], of: InstrumentedAttribute[UUID]
) -> dict[UUID, Past]:
    """Return the past of everything that has revisions, by its id; `of` is the column that names
    it."""
    found: dict[UUID, Past] = defaultdict(Past)
    columns = (of, revisions.number, revisions.origin, revisions.state, revisions.digest)
    rows = session.execute(select(*columns).order_by(of, revisions.number))
    for thing_id, number, origin, state, digest in rows:
        found[thing_id].add(number, origin, state, digest)
    return found


@dataclass(frozen=True)
class Way(Generic[R]):
    """The review of one kind of thing: its tables, and what differs from kind to kind.

    `noun` is what the log calls it, `of` the column by which a revision names it. `faults` returns
    a sentence for everything that keeps a revision out of review; `adopt` brings into use what all
    three have signed.
    """

    noun: str
    revisions: type[R]
    of: InstrumentedAttribute[UUID]
    signed: type[Signed]
    said: type[Said]
    faults: Callable[[Session, R], Sequence[str]]
    adopt: Callable[[Session, R, datetime], None]

    def submit(self, session: Session, revision: R, *, text: str, by: Actor, now: datetime) -> None:
        """Put a draft into review; an older version that waits there is taken back.

        Invalid: it breaks a rule of the files. Conflict: it is no draft, or older than the one in
        use.
        """
        if found := self.faults(session, revision):
            raise Invalid(_("This version breaks rules. Mend it first: %(first)s", first=found[0]))
        self._must_be_newest(session, revision)
        self.take_back(session, revision.thing)
        self._move(session, revision, RevisionState.DRAFT, RevisionState.IN_REVIEW)
        self._remark(session, revision, RemarkKind.SUBMITTED, text, by=by, now=now)
        self._note(session, "submitted", revision, by=by, now=now)

    def sign(
        self, session: Session, revision: R, aspect: Aspect, *, by: Actor, now: datetime
    ) -> bool:
        """Sign for one aspect and return whether that was the last one, so that it is in use now.

        Invalid: it is not theirs to sign. Conflict: it is not in review, or that is signed already.
        """
        # Whoever signs at the same moment waits here, and then counts this one too.
        self._move(session, revision, RevisionState.IN_REVIEW, RevisionState.IN_REVIEW)
        given = self.sign_offs(session, revision)
        if any(one.aspect is aspect for one in given):
            raise Conflict(_("Somebody has signed that already."))
        if aspect not in self.signable(session, revision, by):
            raise Invalid(_("This is not yours to sign: nobody signs own words, or twice."))
        session.add(self.signed(revision_id=revision.id, aspect=aspect, by_id=by.id, at=now))
        session.flush()
        self._note(session, "signed", revision, by=by, now=now, aspect=aspect.value)
        is_last = len(given) + 1 == len(Aspect)
        if is_last:
            self._approve(session, revision, by=by, now=now)
        return is_last

    def send_back(
        self, session: Session, revision: R, *, text: str, by: Actor, now: datetime
    ) -> None:
        """Make it a draft again and say why; what was signed is void. Conflict: not in review."""
        self._move(session, revision, RevisionState.IN_REVIEW, RevisionState.DRAFT)
        self._void(session, revision)
        self._remark(session, revision, RemarkKind.RETURNED, text, by=by, now=now)
        self._note(session, "returned", revision, by=by, now=now)

    def say(self, session: Session, revision: R, *, text: str, by: Actor, now: datetime) -> None:
        self._remark(session, revision, RemarkKind.SAID, text, by=by, now=now)
        self._note(session, "commented", revision, by=by, now=now)

    def take_back(self, session: Session, thing: Thing) -> None:
        """Make what waits for review a draft again: a newer version has come."""
        waiting = select(self.revisions).where(
            self.of == thing.id, self.revisions.state == RevisionState.IN_REVIEW
        )
        for revision in session.scalars(waiting).all():
            self._move(session, revision, RevisionState.IN_REVIEW, RevisionState.DRAFT)
            self._void(session, revision)

    def next_after(self, session: Session, thing: Thing, base: R) -> int:
        """Return the number of a version that was written over `base`. Conflict: `base` is not the
        newest."""
        mine = select(func.max(self.revisions.number)).where(self.of == thing.id)
        last = session.scalar(mine) or 0
        if last != base.number:
            raise Conflict(_("Somebody has written version %(number)s meanwhile. Yours is not "
                             "saved: copy what you need, and edit the newest.",
                             number=last))  # fmt: skip
        return last + 1

    def retire(self, session: Session, thing: Thing, *, by: Actor, now: datetime) -> None:
        """Take it out of use; what was made with it stays. Conflict: it is out."""
        session.refresh(thing)
        if thing.retired_at:
            raise Conflict(_("This is taken out already."))
        thing.retired_at, thing.retired_by = now, by.id
        record(session, f"{self.noun}.retired", by=by, now=now, **{self.noun: thing.key})

    def bring_back(self, session: Session, thing: Thing, *, by: Actor, now: datetime) -> None:
        """Let it be used again, if it has an approved text. Conflict: it is not out."""
        session.refresh(thing)
        if not thing.retired_at:
            raise Conflict(_("This is in use."))
        thing.retired_at = thing.retired_by = None
        record(session, f"{self.noun}.restored", by=by, now=now, **{self.noun: thing.key})

    def sign_offs(self, session: Session, revision: R) -> Sequence[Signed]:
        """Return what has been signed of the revision, the first one first."""
        mine = select(self.signed).where(self.signed.revision_id == revision.id)
        return session.scalars(mine.order_by(self.signed.at)).all()

    def remarks(self, session: Session, revision: R) -> Sequence[Said]:
        """Return what was said of the revision, the first word first."""
        mine = select(self.said).where(self.said.revision_id == revision.id)
        return session.scalars(mine.order_by(self.said.id)).all()

    def signable(self, session: Session, revision: R, by: Actor) -> frozenset[Aspect]:
        """Return the aspects for which the actor may sign now.

        None of what stands on own words: of all that was written since the version in use.
        """
        given = self.sign_offs(session, revision)
        own = by.id in self._writers(session, revision) or any(one.by_id == by.id for one in given)
        if own or revision.state is not RevisionState.IN_REVIEW:
            return frozenset()
        return signed_for(by) - {one.aspect for one in given}

    def _writers(self, session: Session, revision: R) -> set[UUID | None]:
        rows = select(self.revisions.written_by).where(
            self.of == revision.thing.id,
            self.revisions.number > (revision.thing.current or 0),
            self.revisions.number <= revision.number,
        )
        return set(session.scalars(rows))

    def _approve(self, session: Session, revision: R, *, by: Actor, now: datetime) -> None:
        self._must_be_newest(session, revision)
        self._move(session, revision, RevisionState.IN_REVIEW, RevisionState.APPROVED)
        self.adopt(session, revision, now)
        session.flush()
        self._note(session, "approved", revision, by=by, now=now)

    def _must_be_newest(self, session: Session, revision: R) -> None:
        session.refresh(revision.thing)
        if revision.number <= (revision.thing.current or 0):
            raise Conflict(_("A newer version is in use already."))

    def _move(self, session: Session, revision: R, old: RevisionState, new: RevisionState) -> None:
        """Change the state, unless somebody was faster: then Conflict."""
        table = self.revisions
        mine = update(table).where(table.id == revision.id, table.state == old)
        if not changed(session, mine.values(state=new)):
            raise Conflict(_("This version has moved on meanwhile. Please look again."))
        session.refresh(revision, ["state"])

    def _void(self, session: Session, revision: R) -> None:
        changed(session, delete(self.signed).where(self.signed.revision_id == revision.id))

    def _remark(
        self,
        session: Session,
        revision: R,
        kind: RemarkKind,
        text: str,
        *,
        by: Actor,
        now: datetime,
    ) -> None:
        session.add(self.said(revision_id=revision.id, kind=kind, text=text, by_id=by.id, at=now))
        session.flush()

    def _note(
        self, session: Session, event: str, revision: R, *, by: Actor, now: datetime,
        **more: str,
    ) -> None:  # fmt: skip
        about: dict[str, Any] = {self.noun: revision.thing.key, "number": revision.number, **more}
        record(session, f"{self.noun}.{event}", by=by, now=now, **about)
