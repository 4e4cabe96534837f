"""Pages of the review: what waits for whom, and one revision with all that is said of it."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import Permission, holds
from quizapp.bank import queries, review_queries, reviews, written
from quizapp.bank.models import Revision
from quizapp.bank.review_forms import RemarkForm, ReturnForm, SignForm, SubmitForm
from quizapp.bank.words import ASPECTS
from quizapp.core.clock import now
from quizapp.core.db import database, transaction
from quizapp.core.errors import Invalid
from quizapp.core.i18n import _
from quizapp.web.doors import current_actor, needs
from quizapp.web.forms import text

bp = Blueprint("reviews", __name__, url_prefix="/bank")


@bp.get("/reviews")
@needs(Permission.BANK_READ)
def index() -> Answer:
    actor, after = current_actor(), request.args.get("after", type=UUID)
    desk = review_queries.desk(database.session, actor, after=after)
    more = url_for(".index", after=desk.to_sign.after) if desk.to_sign.after else None
    return render_template(
        "bank/reviews.html", desk=desk, aspects=ASPECTS,
        signs=holds(actor, Permission.BANK_REVIEW), writes=holds(actor, Permission.BANK_EDIT),
        pages={"newer_url": url_for(".index") if after else None, "older_url": more},
    )  # fmt: skip


@bp.get("/revisions/<uuid:revision_id>")
@needs(Permission.BANK_READ)
def show(revision_id: UUID) -> Answer:
    return _page(_revision(revision_id))


@bp.post("/revisions/<uuid:revision_id>/submission")
@needs(Permission.BANK_EDIT)
def submit(revision_id: UUID) -> Answer:
    revision, form = _revision(revision_id), SubmitForm()
    if not form.validate_on_submit():
        return _page(revision, submit_form=form), 422
    try:
        with transaction() as session:
            reviews.submit(session, revision, text=text(form.note), by=current_actor(), now=now())
    except Invalid:  # The page itself lists what is wrong.
        return _page(revision, submit_form=form), 422
    flash(_("It is in review now."), "good")
    return _back(revision)


@bp.post("/revisions/<uuid:revision_id>/sign-offs")
@needs(Permission.BANK_REVIEW)
def sign(revision_id: UUID) -> Answer:
    revision, form = _revision(revision_id), SignForm()
    if not form.validate_on_submit():
        return _page(revision), 422
    with transaction() as session:
        is_last = reviews.sign(session, revision, form.signed, by=current_actor(), now=now())
    flash(_("Signed by all three: it is in use now.") if is_last else _("Signed."), "good")
    return _back(revision)


@bp.post("/revisions/<uuid:revision_id>/return")
@needs(Permission.BANK_REVIEW)
def send_back(revision_id: UUID) -> Answer:
    revision, form = _revision(revision_id), ReturnForm()
    if not form.validate_on_submit():
        return _page(revision, return_form=form), 422
    with transaction() as session:
        reviews.send_back(session, revision, text=text(form.why), by=current_actor(), now=now())
    flash(_("It is a draft again, with your words."), "good")
    return _back(revision)


@bp.post("/revisions/<uuid:revision_id>/remarks")
@needs(Permission.BANK_READ)
def say(revision_id: UUID) -> Answer:
    revision, form = _revision(revision_id), RemarkForm()
    if not form.validate_on_submit():
        return _page(revision, remark_form=form), 422
    with transaction() as session:
        reviews.say(session, revision, text=text(form.text), by=current_actor(), now=now())
    return _back(revision)


def _revision(revision_id: UUID) -> Revision:
    return queries.revision(database.session, current_actor(), revision_id)


def _back(revision: Revision) -> Answer:
    return redirect(url_for(".show", revision_id=revision.id), 303)


def _page(
    revision: Revision,
    *,
    submit_form: SubmitForm | None = None,
    return_form: ReturnForm | None = None,
    remark_form: RemarkForm | None = None,
) -> str:
    session, actor = database.session, current_actor()
    history, said = queries.history(session, revision.question), written.of(revision)
    return render_template(
        "bank/revision.html", revision=revision, question=revision.question,
        writer=revision.writer, history=history, is_newest=history[0].number == revision.number,
        cited=queries.sources(session, revision.sources),
        said=said, judged=reviews.judged(session, said, revision.question.key),
        signed={one.aspect: one for one in reviews.sign_offs(session, revision)},
        signable=reviews.signable(session, revision, actor), aspects=ASPECTS,
        remarks=reviews.remarks(session, revision),
        writes=holds(actor, Permission.BANK_EDIT), signs=holds(actor, Permission.BANK_REVIEW),
        submit_form=submit_form or SubmitForm(formdata=None),
        return_form=return_form or ReturnForm(formdata=None),
        remark_form=remark_form or RemarkForm(formdata=None),
    )  # fmt: skip
