"""Pages of the review of lessons: one version, as it reads and as it is written, and what is said
of it."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import Permission, holds
from quizapp.bank.review_forms import RemarkForm, ReturnForm, SignForm, SubmitForm
from quizapp.bank.signing import Judged
from quizapp.bank.words import ASPECTS
from quizapp.core import markup
from quizapp.core.clock import now
from quizapp.core.db import database, transaction
from quizapp.core.errors import Invalid, Missing
from quizapp.core.i18n import _, current_locale
from quizapp.lessons import judging, review_queries, reviews, teaching
from quizapp.lessons.judging import PARTS
from quizapp.lessons.models import LessonRevision
from quizapp.web.doors import current_actor, needs
from quizapp.web.forms import text

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


@bp.post("/submission")
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


@bp.post("/sign-offs")
@needs(Permission.BANK_REVIEW)
def sign(revision_id: UUID) -> Answer:
    revision, form = _revision(revision_id), SignForm()
    if not form.validate_on_submit():
        return _page(revision), 422
    with transaction() as session:
        is_last = reviews.sign(session, revision, form.signed, by=current_actor(), now=now())
    flash(_("Signed by all three: it is in use now.") if is_last else _("Signed."), "good")
    return _back(revision)


@bp.post("/return")
@needs(Permission.BANK_REVIEW)
def send_back(revision_id: UUID) -> Answer:
    revision, form = _revision(revision_id), ReturnForm()
    if not form.validate_on_submit():
        return _page(revision, return_form=form), 422
    with transaction() as session:
        reviews.send_back(session, revision, text=text(form.why), by=current_actor(), now=now())
    flash(_("It is a draft again, with your words."), "good")
    return _back(revision)


@bp.post("/remarks")
@needs(Permission.BANK_READ)
def say(revision_id: UUID) -> Answer:
    revision, form = _revision(revision_id), RemarkForm()
    if not form.validate_on_submit():
        return _page(revision, remark_form=form), 422
    with transaction() as session:
        reviews.say(session, revision, text=text(form.text), by=current_actor(), now=now())
    return _back(revision)


def _revision(revision_id: UUID) -> LessonRevision:
    return review_queries.revision(database.session, revision_id)


def _back(revision: LessonRevision) -> Answer:
    return redirect(url_for(".show", revision_id=revision.id), 303)


def _page(
    revision: LessonRevision,
    *,
    submit_form: SubmitForm | None = None,
    return_form: ReturnForm | None = None,
    remark_form: RemarkForm | None = None,
) -> str:
    session, actor = database.session, current_actor()
    history, made = (
        review_queries.history(session, revision.lesson),
        reviews.read(session, revision),
    )
    told = [reviews.told(made, wrong) for wrong in made.faults]
    return render_template(
        "lesson_reviews/show.html", revision=revision, lesson=revision.lesson, history=history,
        is_newest=history[0].number == revision.number, judged=Judged(told, []),
        names=made.names, parts=PARTS, files=revision.files,
        signed={one.aspect: one for one in reviews.sign_offs(session, revision)},
        signable=reviews.signable(session, revision, actor), aspects=ASPECTS,
        remarks=reviews.remarks(session, revision),
        writes=holds(actor, Permission.BANK_EDIT), signs=holds(actor, Permission.BANK_REVIEW),
        submit_form=submit_form or SubmitForm(formdata=None),
        return_form=return_form or ReturnForm(formdata=None),
        remark_form=remark_form or RemarkForm(formdata=None),
    )  # fmt: skip
