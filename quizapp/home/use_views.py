"""The pages that tell where a question of the bank, or a saved filter, is used."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import Permission, holds
from quizapp.bank import filters, search
from quizapp.bank import queries as bank
from quizapp.bank.filter_forms import NameForm
from quizapp.bank.models import SavedFilter
from quizapp.core.clock import now
from quizapp.core.db import database, transaction
from quizapp.core.errors import Invalid
from quizapp.core.i18n import _, current_locale
from quizapp.home import use_queries as queries
from quizapp.quizzes import actions as quizzes
from quizapp.web.doors import current_actor, needs
from quizapp.web.forms import text

bp = Blueprint("uses", __name__, url_prefix="/bank")
LEAST = 10  # Below so many sittings a count tells too much of a few pupils.


@bp.get("/questions/<uuid:question_id>/uses")
@needs(Permission.BANK_READ)
def show(question_id: UUID) -> Answer:
    session = database.session
    question = bank.question(session, current_actor(), question_id)
    return render_template(
        "uses/show.html", question=question, least=LEAST,
        uses=queries.uses(session, question, current_locale()),
        may_draw=queries.may_draw(session, question, now=now()),
    )  # fmt: skip


@bp.get("/filters/<uuid:filter_id>")
@needs(Permission.BANK_READ)
def saved_filter(filter_id: UUID) -> Answer:
    saved = filters.one(database.session, filter_id)
    return _page(saved, NameForm(name=saved.name))


@bp.post("/filters/<uuid:filter_id>/name")
@needs(Permission.BANK_EDIT)
def rename_filter(filter_id: UUID) -> Answer:
    saved, form = filters.one(database.session, filter_id), NameForm()
    if not form.validate_on_submit():
        return _page(saved, form), 422
    try:
        with transaction() as session:
            held = filters.held(session, filter_id)
            filters.rename(session, held, text(form.name), by=current_actor(), now=now())
    except Invalid as fault:
        form.name.errors = [str(fault)]
        return _page(saved, form), 422
    flash(_("It has its new name."), "good")
    return redirect(url_for(".saved_filter", filter_id=filter_id), 303)


@bp.post("/filters/<uuid:filter_id>/deletion")
@needs(Permission.BANK_EDIT)
def delete_filter(filter_id: UUID) -> Answer:
    filters.one(database.session, filter_id)  # Missing, if it never was.
    with transaction() as session:
        quizzes.drop_filter(
            session, filters.held(session, filter_id), by=current_actor(), now=now()
        )
    flash(_("It is deleted."), "good")
    return redirect(url_for("filters.index"), 303)


def _page(saved: SavedFilter, form: NameForm) -> str:
    session, wanted = database.session, search.Filters.read(saved.rule)
    return render_template(
        "uses/saved_filter.html", saved=saved, wanted=wanted, form=form,
        counts=search.counts(session, {0: wanted}, bank.DRAWN_FROM)[0],
        uses=queries.drawing_by(session, saved, now=now()),
        topics=bank.topic_names(session, current_locale()), sources=bank.source_titles(session),
        writes=holds(current_actor(), Permission.BANK_EDIT),
    )  # fmt: skip
