"""Pages of the review of lessons: one version, as it reads and as it is written, and what is said
of it."""

from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import Permission
from quizapp.bank import step_views
from quizapp.bank.signing import Judged
from quizapp.core import markup
from quizapp.core.db import database
from quizapp.core.errors import Missing
from quizapp.core.i18n import _, current_locale
from quizapp.lessons import judging, review_queries, reviews, teaching
from quizapp.lessons.judging import PARTS
from quizapp.lessons.models import LessonRevision
from quizapp.lessons.reviews import LESSONS
from quizapp.web.doors import current_actor, needs
from quizapp.web.forms import Form

bp = Blueprint("lesson_reviews", __name__, url_prefix="/bank/lesson-revisions/<uuid:revision_id>")


@bp.get("")
@needs(Permission.BANK_READ)
def show(revision_id: UUID) -> Answer:
    return _page(_revision(revision_id))


@bp.get("/preview")
@needs(Permission.BANK_READ)
def preview(revision_id: UUID) -> Answer:
    """The lesson as its readers would see it, and what those who teach it are told."""
    session, revision = database.session, _revision(revision_id)
    made = reviews.read(session, revision)
    lang = request.args.get("lang", current_locale())
    page = judging.page(
        session, current_actor(), revision.lesson, made, lang, path=request.args.get("path", "")
    )
    if page is None:
        raise Missing(_("There is nothing to be seen of this version yet."))
    told = made.notes.get(page.lang)
    letter = told["letter"] if told else ""
    return render_template(
        "lesson_reviews/preview.html", revision=revision, lesson=revision.lesson, page=page,
        languages=list(made.pages), is_sound=made.draft is not None,
        notes=teaching.notes_of(made.notes, page.lang) if told else None,
        letter=markup.markdown(letter) if letter and not markup.faults(letter) else None,
    )  # fmt: skip


def _revision(revision_id: UUID) -> LessonRevision:
    return review_queries.revision(database.session, revision_id)


def _page(revision: LessonRevision, **forms: Form) -> str:
    session = database.session
    history = review_queries.history(session, revision.lesson)
    made = reviews.read(session, revision)
    told = [reviews.told(made, wrong) for wrong in made.faults]
    return render_template(
        "lesson_reviews/show.html", revision=revision, lesson=revision.lesson, history=history,
        is_newest=history[0].number == revision.number, judged=Judged(told, []),
        names=made.names, parts=PARTS, files=revision.files,
        **step_views.said(LESSONS, revision, **forms),
    )  # fmt: skip


step_views.add(bp, "", LESSONS, find=_revision, page=_page)
