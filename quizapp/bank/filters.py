"""Saved filters: what is looked for in the bank, kept as a rule by which quizzes draw."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.audit.actions import record
from quizapp.bank.models import SavedFilter
from quizapp.bank.rules import Pool
from quizapp.bank.search import Filters, QuestionState
from quizapp.core.errors import Conflict, Invalid, Missing
from quizapp.core.i18n import _


def saved(session: Session) -> Sequence[SavedFilter]:
    """Return all of them by name."""
    return session.scalars(select(SavedFilter).order_by(SavedFilter.name)).all()


def one(session: Session, filter_id: UUID) -> SavedFilter:
    """Return the saved filter; Missing if there is none."""
    if found := session.get(SavedFilter, filter_id):
        return found
    raise Missing(_("There is no such saved filter."))


def held(session: Session, filter_id: UUID, *, to_read: bool = False) -> SavedFilter:
    """Return the saved filter as it stands, and nobody changes it before the transaction ends.

    Several may hold one at once `to_read` it. Conflict: it was deleted in the meantime.
    """
    lock = {"read": True} if to_read else True
    found = session.get(SavedFilter, filter_id, with_for_update=lock, populate_existing=True)
    if found is None:
        raise Conflict(_("The saved filter was deleted in the meantime. Nothing was changed."))
    return found


def save(session: Session, name: str, wanted: Filters, *, by: Actor, now: datetime) -> SavedFilter:
    """Keep what is looked for under a name.

    Invalid: it is no rule of a draw, or the name is taken.
    """
    _must_draw(wanted)
    _must_be_free(session, name)
    made = SavedFilter(name=name, rule=wanted.arguments, made_by=by.id, made_at=now)
    session.add(made)
    session.flush()
    record(session, "filter.saved", by=by, now=now, filter=made.id)
    return made


def rename(session: Session, of: SavedFilter, name: str, *, by: Actor, now: datetime) -> None:
    """Call it something else; Invalid if that name is taken."""
    if name != of.name:
        _must_be_free(session, name)
        of.name = name
        session.flush()
        record(session, "filter.renamed", by=by, now=now, filter=of.id)


def change(session: Session, of: SavedFilter, wanted: Filters, *, by: Actor, now: datetime) -> None:
    """Let it look for something else, in quizzes to come; Invalid if that is no rule of a draw."""
    _must_draw(wanted)
    of.rule = wanted.arguments
    record(session, "filter.changed", by=by, now=now, filter=of.id)


def delete(session: Session, of: SavedFilter, *, by: Actor, now: datetime) -> None:
    """Take it away. Whether a quiz still draws by it is asked before, by quizzes.actions."""
    record(session, "filter.deleted", by=by, now=now, filter=of.id)
    session.delete(of)


def _must_draw(wanted: Filters) -> None:
    if wanted == Filters():
        raise Invalid(_("Choose something to look for first."), fields={"name": "empty"})
    if wanted.state not in (None, QuestionState.IN_USE):
        says = _("Only questions in use are drawn: look for no other state, then save it.")
        raise Invalid(says, fields={"name": "state"})
    if wanted.pool is Pool.ANCHOR:
        says = _("Questions of surveys are never drawn: look in another pool, then save it.")
        raise Invalid(says, fields={"name": "pool"})


def _must_be_free(session: Session, name: str) -> None:
    if session.scalar(select(SavedFilter.id).where(SavedFilter.name == name)):
        raise Invalid(
            _("There is a saved filter with this name already."), fields={"name": "taken"}
        )
