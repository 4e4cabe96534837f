"""Pages on which questions are written; they show what a pupil would see of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import Permission
from quizapp.bank import editing, pictures, queries, reviews, written
from quizapp.bank.asked import Asked, Posed
from quizapp.bank.drafts import SourceDraft
from quizapp.bank.edit_forms import QuestionForm, form_of
from quizapp.bank.models import BankPicture, Question, Revision
from quizapp.bank.rules import Choice, Kind
from quizapp.bank.signing import Judged
from quizapp.bank.words import KINDS
from quizapp.bank.written import Written
from quizapp.core.clock import now
from quizapp.core.db import database, transaction
from quizapp.core.errors import Conflict, DomainError, Invalid
from quizapp.core.i18n import _, current_locale
from quizapp.core.pictures import examine
from quizapp.web.doors import current_actor, needs

bp = Blueprint("editing", __name__, url_prefix="/bank")
UNNAMED = "new"  # Stands for the key of a question that has none yet.


@dataclass(frozen=True)
class Looked:
    """What a pupil would see of it, in each language, and what the rules say of it."""

    posed: Sequence[Posed]
    judged: Judged | None  # None while nothing is asked.


@bp.get("/questions/new")
@needs(Permission.BANK_EDIT)
def new() -> Answer:
    """First its kind, then the form of that kind."""
    asked = request.args.get("kind")
    if asked not in list(Kind):
        return render_template("bank/new.html", kinds=KINDS)
    form = form_of(Kind(asked))
    for name in ("topic_key", "stage"):
        form[name].data = request.args.get(name)
    return _page(form, Kind(asked))


@bp.post("/questions")
@needs(Permission.BANK_EDIT)
def create() -> Answer:
    asked = request.form.get("kind")
    if asked not in list(Kind):
        return redirect(url_for(".new"), 303)
    kind, form = Kind(str(asked)), form_of(Kind(str(asked)))
    unfit = _take_picture(form)
    if not _is_to_be_saved(form):
        return _page(form, kind, problems=unfit)
    if found := unfit or _problems(form):
        return _page(form, kind, problems=found), 422
    try:
        with transaction() as session:
            made = editing.make(
                session, _written(form, kind), key=form.key.data or "", by=current_actor(),
                now=now(),
            )  # fmt: skip
    except Invalid as fault:
        return _page(form, kind, problems=[("key", str(fault))]), 422
    return _saved(made)


@bp.get("/questions/<uuid:question_id>/copy")
@needs(Permission.BANK_EDIT)
def copy(question_id: UUID) -> Answer:
    """The form of a new question that says the same so far."""
    base = _newest(_question(question_id))
    return _page(form_of(base.kind, written.of(base)), base.kind)


@bp.get("/questions/<uuid:question_id>/edit")
@needs(Permission.BANK_EDIT)
def edit(question_id: UUID) -> Answer:
    question = _question(question_id)
    base = _newest(question)
    form = form_of(base.kind, written.of(base), key=question.key, base=base.number)
    return _page(form, base.kind, question=question, base=base)


@bp.post("/questions/<uuid:question_id>/revisions")
@needs(Permission.BANK_EDIT)
def update(question_id: UUID) -> Answer:
    question = _question(question_id)
    base = _base(question, request.form.get("base", ""))
    form = form_of(base.kind)
    unfit = _take_picture(form)
    if not _is_to_be_saved(form):
        return _page(form, base.kind, question=question, base=base, problems=unfit)
    if found := unfit or _problems(form):
        return _page(form, base.kind, question=question, base=base, problems=found), 422
    try:
        with transaction() as session:
            made = editing.edit(
                session, question, _written(form, base.kind), base=base, by=current_actor(),
                now=now(),
            )  # fmt: skip
    except (Invalid, Conflict) as fault:
        return _told(fault, form, question, base)
    return _saved(made)


@bp.post("/questions/<uuid:question_id>/retirement")
@needs(Permission.BANK_EDIT)
def retire(question_id: UUID) -> Answer:
    question = _question(question_id)
    with transaction() as session:
        editing.retire(session, question, by=current_actor(), now=now())
    flash(_("It is drawn no more. What was drawn before stays as it is."), "good")
    return redirect(url_for("bank.show", question_id=question_id), 303)


@bp.post("/questions/<uuid:question_id>/retirement/end")
@needs(Permission.BANK_EDIT)
def bring_back(question_id: UUID) -> Answer:
    question = _question(question_id)
    with transaction() as session:
        editing.bring_back(session, question, by=current_actor(), now=now())
    flash(_("It is back."), "good")
    return redirect(url_for("bank.show", question_id=question_id), 303)


def _question(question_id: UUID) -> Question:
    return queries.question(database.session, current_actor(), question_id)


def _newest(question: Question) -> Revision:
    return queries.history(database.session, question)[0]


def _base(question: Question, said: str) -> Revision:
    """Return the version over which somebody has written; the first one, if that is not told.

    An older one than the newest is refused when it comes to saving.
    """
    history = queries.history(database.session, question)
    return next((one for one in history if str(one.number) == said), history[-1])


def _is_to_be_saved(form: QuestionForm) -> bool:
    """Whether that was the button; the others only add a row, or show what it looks like."""
    do = request.form.get("do", "save")
    if do.startswith("add "):
        form.grow(do.removeprefix("add "))
    return do == "save"


def _take_picture(form: QuestionForm) -> list[tuple[str, str]]:
    """Keep the picture that was sent, and name it in the form; return what is wrong with it."""
    if form.no_picture.data:
        form.picture_sha256.data, form.no_picture.data = "", False
    if not form.picture.data:
        return []
    ((picture, told),) = examine([form.picture.data.read()])
    if picture is None:
        return [("picture", says) for _line, says in told[:1]]
    with transaction() as session:
        pictures.keep(session, picture, now=now())
    form.picture_sha256.data = picture.sha256
    return []


def _written(form: QuestionForm, kind: Kind) -> Written:
    return replace(form.written(kind), picture=_picture(form))


def _picture(form: QuestionForm) -> BankPicture | None:
    return queries.picture(database.session, form.picture_sha256.data or "")


def _problems(form: QuestionForm) -> list[tuple[str, str]]:
    """Return what keeps the form from being saved at all."""
    form.offer(_topics())
    form.validate_on_submit()
    found = form.problems()
    if not found and not form.data["zh"]["stem"]:
        found = [("zh-stem", _("Write the question itself, in Chinese."))]
    if form.picture_sha256.data and not _picture(form):
        found.append(("picture", _("The picture is kept no longer. Choose it again.")))
    return found


def _told(fault: DomainError, form: QuestionForm, question: Question, base: Revision) -> Answer:
    told = [("base", str(fault))]
    page = _page(form, base.kind, question=question, base=base, problems=told)
    return page, fault.status


def _saved(made: Revision) -> Answer:
    flash(_("Version %(number)s is kept as a draft.", number=made.number), "good")
    return redirect(url_for("reviews.show", revision_id=made.id), 303)


def _page(
    form: QuestionForm,
    kind: Kind,
    *,
    question: Question | None = None,
    base: Revision | None = None,
    problems: Sequence[tuple[str, str]] = (),
) -> str:
    form.offer(_topics())
    known = queries.known_sources(database.session)
    key = question.key if question else form.key.data or UNNAMED
    return render_template(
        "bank/edit.html", form=form, kind=kind, question=question, base=base, problems=problems,
        kind_said=KINDS[kind], passages=_passages(known), looked=_looked(form, kind, key),
    )  # fmt: skip


def _looked(form: QuestionForm, kind: Kind, key: str) -> Looked | None:
    """Return the preview; None as long as the form itself cannot be read."""
    if not form.topic_key.data or form.problems():
        return None
    try:
        said = _written(form, kind)
    except (TypeError, ValueError):
        return None
    asked, nothing = Asked(said.revision(), 0), _nothing(kind)
    posed = [asked.posed(nothing, lang) for lang in said.text]
    judged = reviews.judged(database.session, said, key) if said.text["zh"]["stem"] else None
    return Looked(posed, judged)


def _nothing(kind: Kind) -> Choice:
    return "" if kind is Kind.FILL else []


def _passages(known: Mapping[str, SourceDraft]) -> list[tuple[str, str]]:
    """Return "source:passage" and what it says, to choose from."""
    return [
        (f"{key}:{passage}", f"{source.title}: {says[:60]}")
        for key, source in known.items()
        for passage, says in source.passages.items()
    ]


def _topics() -> dict[str, str]:
    locale = current_locale()
    found: Sequence[Any] = queries.topics(database.session)
    return {topic.key: topic.names.get(locale) or topic.names["zh"] for topic in found}
