"""Pages of the review: what waits for whom, and one revision with all that is said of it."""

from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import Permission, holds
from quizapp.bank import queries, review_queries, reviews, step_views, written
from quizapp.bank.models import Revision
from quizapp.bank.reviews import QUESTIONS
from quizapp.bank.words import ASPECTS
from quizapp.core.db import database
from quizapp.web.doors import current_actor, needs
from quizapp.web.forms import Form

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


def _revision(revision_id: UUID) -> Revision:
    return queries.revision(database.session, current_actor(), revision_id)


def _page(revision: Revision, **forms: Form) -> str:
    session = database.session
    history, text = queries.history(session, revision.question), written.of(revision)
    return render_template(
        "bank/revision.html", revision=revision, question=revision.question,
        writer=revision.writer, history=history, is_newest=history[0].number == revision.number,
        cited=queries.sources(session, revision.sources),
        said=text, judged=reviews.judged(session, text, revision.question.key),
        **step_views.said(QUESTIONS, revision, **forms),
    )  # fmt: skip


step_views.add(bp, "/revisions/<uuid:revision_id>", QUESTIONS, find=_revision, page=_page)
