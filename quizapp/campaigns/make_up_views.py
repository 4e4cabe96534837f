"""A make-up window: the quiz of a campaign once more, for those of a class who have missed it."""

from datetime import UTC
from uuid import UUID

from flask import Blueprint, Flask, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import Permission, allows
from quizapp.accounts import queries as accounts
from quizapp.accounts.models import Pupil
from quizapp.accounts.queries import Seat
from quizapp.campaigns import contents
from quizapp.campaigns.contents import Missed
from quizapp.campaigns.forms import MakeUpForm
from quizapp.core.clock import now
from quizapp.core.db import database, transaction
from quizapp.core.errors import Invalid
from quizapp.core.i18n import _
from quizapp.quizzes import make_ups
from quizapp.web.doors import current_actor, needs
from quizapp.web.named import names_pupils

bp = Blueprint("make_ups", __name__, url_prefix="/classes")


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/<uuid:unit_id>/campaigns/<uuid:campaign_id>/make-up")
@needs(Permission.CAMPAIGN_EDIT, on=contents.missed)
def show(missed: Missed) -> Answer:
    form = MakeUpForm()
    form.propose(closes=missed.quiz.closes_at, now=now())
    return _page(missed, form)


@bp.post("/<uuid:unit_id>/campaigns/<uuid:campaign_id>/make-up")
@needs(Permission.CAMPAIGN_EDIT, on=contents.missed)
def create(missed: Missed) -> Answer:
    form = MakeUpForm()
    form.offer(_seats(missed))
    if not form.validate_on_submit():
        return _page(missed, form), 422
    assert form.opens_at.data  # noqa: S101 - the form is valid.
    assert form.closes_at.data  # noqa: S101
    try:
        with transaction() as session:
            school_id = missed.school_class.school_id
            chosen = [UUID(one) for one in form.pupils.data or ()]
            make_ups.give(
                session, missed.quiz, missed.school_class,
                pupils=[session.get_one(Pupil, (school_id, one)) for one in chosen],
                opens_at=form.opens_at.data.astimezone(UTC),
                closes_at=form.closes_at.data.astimezone(UTC), by=current_actor(), now=now(),
            )  # fmt: skip
    except Invalid as wrong:
        form.blame(wrong)
        return _page(missed, form), 422
    flash(_("Done: they find it among their quizzes in that time, and it counts."), "good")
    campaign_id, unit_id = missed.campaign.id, missed.school_class.unit_id
    return redirect(url_for(".show", campaign_id=campaign_id, unit_id=unit_id), 303)


def _seats(missed: Missed) -> list[Seat]:
    """Return who sits in the class, for those who may read names; nobody otherwise."""
    if not allows(current_actor(), Permission.PUPIL_READ, missed.school_class):
        return []
    of = missed.school_class
    return accounts.seats(database.session, of, now=now(), reader=current_actor())


def _page(missed: Missed, form: MakeUpForm) -> str:
    seats = _seats(missed)
    form.offer(seats)
    given = make_ups.given(database.session, missed.quiz, missed.school_class)
    names = {seat.pupil_id: seat.name for seat in seats}
    names_pupils("pupil.seen", missed.school_class.path, len(seats))
    return render_template(
        "make_ups/show.html", missed=missed, form=form, given=given, names=names, now=now()
    )
