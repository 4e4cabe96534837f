"""Pages of saved filters: the list, and what is looked for kept as one of them.

One of them with the quizzes that draw by it stands in home/use_views.py.
"""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import Permission, holds
from quizapp.bank import filters, queries, search
from quizapp.bank.filter_forms import ChangeForm, NameForm
from quizapp.bank.search import Filters
from quizapp.core.clock import now
from quizapp.core.db import database, transaction
from quizapp.core.errors import Invalid
from quizapp.core.i18n import _, current_locale
from quizapp.web.doors import current_actor, needs
from quizapp.web.forms import text

bp = Blueprint("filters", __name__, url_prefix="/bank/filters")


@bp.get("/")
@needs(Permission.BANK_READ)
def index() -> Answer:
    session = database.session
    saved = filters.saved(session)
    rules = {one.id: Filters.read(one.rule) for one in saved}
    return render_template(
        "filters/index.html", saved=saved, rules=rules, sources=queries.source_titles(session),
        counts=search.counts(session, rules, queries.DRAWN_FROM),
        topics=queries.topic_names(session, current_locale()),
        writes=holds(current_actor(), Permission.BANK_EDIT),
    )  # fmt: skip


@bp.get("/new")
@needs(Permission.BANK_EDIT)
def new() -> Answer:
    """What the address looks for, to be kept under a name or in place of another."""
    return _page(Filters.read(request.args), NameForm(), ChangeForm())


@bp.post("/")
@needs(Permission.BANK_EDIT)
def create() -> Answer:
    wanted, form = Filters.read(request.args), NameForm()
    if not form.validate_on_submit():
        return _page(wanted, form, ChangeForm(None)), 422
    try:
        with transaction() as session:
            made = filters.save(session, text(form.name), wanted, by=current_actor(), now=now())
    except Invalid as fault:
        form.name.errors = [str(fault)]
        return _page(wanted, form, ChangeForm(None)), 422
    flash(_("It is kept. Quizzes can draw by it from now on."), "good")
    return redirect(url_for("uses.saved_filter", filter_id=made.id), 303)


@bp.post("/rule")
@needs(Permission.BANK_EDIT)
def change() -> Answer:
    """Let one of them look for what the address says."""
    wanted, form = Filters.read(request.args), ChangeForm()
    form.offer(_names())
    if not form.validate_on_submit():
        return _page(wanted, NameForm(None), form), 422
    try:
        with transaction() as session:
            saved = filters.held(session, UUID(form.saved.data))
            filters.change(session, saved, wanted, by=current_actor(), now=now())
    except Invalid as fault:
        form.saved.errors = [str(fault)]
        return _page(wanted, NameForm(None), form), 422
    flash(_("Changed for quizzes to come. Those that are made stay as they are."), "good")
    return redirect(url_for("uses.saved_filter", filter_id=saved.id), 303)


def _names() -> dict[str, str]:
    return {str(one.id): one.name for one in filters.saved(database.session)}


def _page(wanted: Filters, form: NameForm, changing: ChangeForm) -> str:
    session = database.session
    changing.offer(_names())
    return render_template(
        "filters/new.html", wanted=wanted, form=form, changing=changing,
        counts=search.counts(session, {0: wanted}, queries.DRAWN_FROM)[0],
        topics=queries.topic_names(session, current_locale()),
        sources=queries.source_titles(session),
    )  # fmt: skip
