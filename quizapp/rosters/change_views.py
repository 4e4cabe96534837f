"""Pages of a school's changes of the roster: what was done, the way back, the second person."""

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer
from sqlalchemy.orm import Session

from quizapp.access.policy import Permission
from quizapp.core.clock import now
from quizapp.core.db import database, transaction
from quizapp.core.i18n import _
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import Unit
from quizapp.rosters import applying, changes, plans
from quizapp.rosters.change_words import KINDS, STATES, counted
from quizapp.rosters.difference import difference
from quizapp.rosters.forms import DecideForm, UndoForm
from quizapp.rosters.models import ChangeKind, ChangeState, RosterChange
from quizapp.web.doors import current_actor, needs
from quizapp.web.named import names_pupils

bp = Blueprint("changes", __name__, url_prefix="/schools/<uuid:unit_id>/roster/changes")


@dataclass(frozen=True)
class Of:
    """A change, and the school whose roster it is of."""

    school: Unit
    change: RosterChange

    @property
    def path(self) -> str:
        return self.school.path


def _change(session: Session, unit_id: UUID, change_id: UUID) -> Of:
    school = orgs.school(session, unit_id)
    return Of(school, changes.change_of(session, school.id, change_id))


@bp.get("/")
@needs(Permission.ROSTER_EDIT, on=orgs.school)
def index(school: Unit) -> Answer:
    session, after = database.session, request.args.get("after", type=UUID)
    page = changes.changes(session, school.id, after=after)
    older = url_for(".index", unit_id=school.id, after=page.after) if page.after else None
    return render_template(
        "changes/index.html", school=school, rows=page.rows, kinds=KINDS, states=STATES,
        counted=counted, names=changes.names_of(session, (row.asked_by for row in page.rows)),
        asked={row.id for row in page.rows if changes.waits_for_undoing(row, now=now())},
        pages={"newer_url": url_for(".index", unit_id=school.id) if after else None,
               "older_url": older},
    )  # fmt: skip


@bp.get("/<uuid:change_id>")
@needs(Permission.ROSTER_EDIT, on=_change)
def show(of: Of) -> Answer:
    return _page(of, UndoForm())


@bp.post("/<uuid:change_id>/undoing")
@needs(Permission.ROSTER_EDIT, on=_change)
def undo(of: Of) -> Answer:
    """Undo it, or ask for that where a second person must agree."""
    form = UndoForm()
    if not form.validate_on_submit():
        return _page(of, form), 422
    with transaction() as session:
        change = changes.change_of(session, of.school.id, of.change.id)
        done = changes.take_back(session, change, percent=_percent(), by=current_actor(), now=now())
    here = redirect(url_for(".show", unit_id=of.school.id, change_id=of.change.id), 303)
    if done is None:
        flash(_("Nothing is undone yet: a second person of the school must agree."), "near")
        return here
    flash(_("The change is undone: %(rows)s entries are as they were.", rows=done.rows), "good")
    if done.left:
        flash(
            _("%(left)s entries were changed since and stay as they are.", left=done.left), "near"
        )
    if done.kept:
        says = _(
            "%(kept)s pupils have signed in or hold a card since. They are kept, and are in no "
            "class any more.",
            kept=done.kept,
        )
        flash(says, "near")
    return here


@bp.post("/<uuid:change_id>/undoing/refusal")
@needs(Permission.ROSTER_EDIT, on=_change)
def leave_done(of: Of) -> Answer:
    with transaction() as session:
        change = changes.change_of(session, of.school.id, of.change.id)
        changes.leave_done(session, change, by=current_actor(), now=now())
    flash(_("The change stays as it was made."), "good")
    return redirect(url_for(".show", unit_id=of.school.id, change_id=of.change.id), 303)


@bp.post("/<uuid:change_id>/approval")
@needs(Permission.ROSTER_EDIT, on=_change)
def approve(of: Of) -> Answer:
    """Apply what somebody else has proposed, if it still is what the page has shown."""
    form = DecideForm()
    with transaction() as session:
        change = changes.change_of(session, of.school.id, of.change.id)
        done = applying.approve(
            session, of.school, change, seen=form.seen.data or "", by=current_actor(), now=now()
        )
    if done:
        flash(_("The list is on the roster: %(counts)s.", counts=counted(change.counts)), "good")
        return redirect(url_for("roster.done", unit_id=of.school.id, change=change.id), 303)
    flash(_("The roster has changed meanwhile. Look again: this is the difference now."), "near")
    return redirect(url_for(".show", unit_id=of.school.id, change_id=change.id), 303)


@bp.post("/<uuid:change_id>/refusal")
@needs(Permission.ROSTER_EDIT, on=_change)
def refuse(of: Of) -> Answer:
    with transaction() as session:
        change = changes.change_of(session, of.school.id, of.change.id)
        changes.refuse(session, change, by=current_actor(), now=now())
    flash(_("The change is refused. Nothing was written."), "good")
    return redirect(url_for(".show", unit_id=of.school.id, change_id=of.change.id), 303)


def _page(of: Of, undo_form: UndoForm) -> str:
    """Return the page of a change; of a list that waits, with what it would change today."""
    session, change, actor = database.session, of.change, current_actor()
    waits = change.state is ChangeState.PROPOSED
    plan = shown = None
    if waits and change.kind is ChangeKind.LIST:
        plan = plans.plan_of(session, of.school, applying.proposed(change))
        shown = difference(plan)
    names = changes.names_of(
        session, (change.asked_by, change.decided_by, change.undo_asked_by, change.undone_by)
    )
    if shown:
        names_pupils("pupil.seen", of.school.path, shown.named)
    return render_template(
        "changes/show.html", school=of.school, change=change, kinds=KINDS, states=STATES,
        counted=counted, names=names, waits=waits, plan=plan, difference=shown,
        undo_form=undo_form if changes.can_undo(change, now=now()) else None,
        undoing=undoing(session, change),
        decide_form=DecideForm(seen=plan.digest) if plan else None,
        is_own=changes.is_same(session, change.asked_by, actor),
        # The turn of the year is looked at and decided about on its own page.
        decide_url=url_for("terms.show", unit_id=of.school.id) if waits and not plan else None,
    )  # fmt: skip


def undoing(session: Session, change: RosterChange) -> str:
    """Return what the actor can do towards undoing: "alone", "ask", "agree" or "wait"."""
    actor = current_actor()
    if change.undo_asked_by:
        return "wait" if changes.is_same(session, change.undo_asked_by, actor) else "agree"
    second = changes.undoing_needs_second(session, change, percent=_percent(), by=actor, now=now())
    return "ask" if second else "alone"


def _percent() -> int:
    return int(current_app.config["QUIZAPP"].second_person_percent)
