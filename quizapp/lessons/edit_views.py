"""Pages on which lessons are written, as files are; they show what a pupil would see of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import Permission, holds
from quizapp.bank import queries as bank
from quizapp.bank.rules import BankStage
from quizapp.bank.words import ASPECTS
from quizapp.core.clock import local_day, now
from quizapp.core.db import database, transaction
from quizapp.core.errors import Conflict, DomainError, Invalid
from quizapp.core.i18n import _
from quizapp.lessons import editing, history, judging, reading, review_queries
from quizapp.lessons.edit_forms import BeginForm, LessonForm, NewLessonForm
from quizapp.lessons.judging import PARTS, Read
from quizapp.lessons.models import Lesson, LessonRevision
from quizapp.web.doors import current_actor, needs

bp = Blueprint("lesson_edits", __name__, url_prefix="/bank/lessons")
QUOTED = 40  # Signs of a line that are shown beside what is wrong with it.


@dataclass(frozen=True)
class Told:
    """A rule that is broken, with the beginning of the line that breaks it."""

    part: str
    line: int
    says: str
    quoted: str


@dataclass(frozen=True)
class Looked:
    """What a pupil would see of it, None if nothing can be read, and what the rules say of it."""

    page: reading.Page | None
    faults: Sequence[Told]


@bp.get("/")
@needs(Permission.BANK_READ)
def index() -> Answer:
    """Every lesson, and what waits for whom."""
    actor = current_actor()
    return render_template(
        "lesson_edits/index.html", rows=review_queries.rows(database.session, actor),
        aspects=ASPECTS, writes=holds(actor, Permission.BANK_EDIT),
        signs=holds(actor, Permission.BANK_REVIEW),
    )  # fmt: skip


@bp.get("/new")
@needs(Permission.BANK_EDIT)
def new() -> Answer:
    """First what it is called for ever, then a text to begin with."""
    begin = BeginForm(request.args if "slug" in request.args else None, meta={"csrf": False})
    begin.offer()
    if "slug" not in request.args or not begin.validate() or not _is_free(begin):
        return render_template("lesson_edits/new.html", form=begin)
    form = NewLessonForm(formdata=None, stage=begin.stage.data, slug=begin.slug.data)
    form.fill(_beginning(form))
    return _page(form, _planned(form))


@bp.post("/")
@needs(Permission.BANK_EDIT)
def create() -> Answer:
    form = NewLessonForm()
    sound = form.validate_on_submit()
    if form.stage.errors or form.slug.errors:
        return redirect(url_for(".new"), 303)
    lesson = _planned(form)
    if not _is_to_be_saved():
        return _page(form, lesson)
    if not sound:
        return _page(form, lesson), 422
    try:
        with transaction() as session:
            made = editing.make(
                session, lesson.stage, lesson.slug, form.files(), by=current_actor(), now=now()
            )
    except (Invalid, Conflict) as fault:
        return _page(form, lesson, told=fault), fault.status
    return _saved(made)


@bp.get("/<key>")
@needs(Permission.BANK_READ)
def show(key: str) -> Answer:
    session, lesson = database.session, _lesson(key)
    versions = review_queries.history(session, lesson)
    return render_template(
        "lesson_edits/show.html", lesson=lesson, history=versions,
        courses=review_queries.courses(session, lesson),
        writes=holds(current_actor(), Permission.BANK_EDIT),
    )  # fmt: skip


@bp.get("/<key>/edit")
@needs(Permission.BANK_EDIT)
def edit(key: str) -> Answer:
    """The newest version, or the one that is asked for; what is saved comes after the newest."""
    lesson = _lesson(key)
    versions = review_queries.history(database.session, lesson)
    form = LessonForm(formdata=None, base=str(versions[0].number))
    form.fill((_numbered(versions, "version") or versions[0]).files)
    return _page(form, lesson, base=versions[0])


@bp.post("/<key>/revisions")
@needs(Permission.BANK_EDIT)
def update(key: str) -> Answer:
    lesson, form = _lesson(key), LessonForm()
    base = _base(lesson, form.base.data or "")
    sound = form.validate_on_submit()
    if not _is_to_be_saved():
        return _page(form, lesson, base=base)
    if not sound:
        return _page(form, lesson, base=base), 422
    try:
        with transaction() as session:
            made = editing.edit(
                session, lesson, form.files(), base=base, by=current_actor(), now=now()
            )
    except (Invalid, Conflict) as fault:
        return _page(form, lesson, base=base, told=fault), fault.status
    return _saved(made)


@bp.get("/<key>/difference")
@needs(Permission.BANK_READ)
def difference(key: str) -> Answer:
    """What changed between two versions; without numbers, between the last two."""
    lesson = _lesson(key)
    versions = review_queries.history(database.session, lesson)
    new = _numbered(versions, "new") or versions[0]
    old = _numbered(versions, "old") or versions[min(1, len(versions) - 1)]
    return render_template(
        "lesson_edits/difference.html", lesson=lesson, old=old, new=new,
        changes=history.changes(old.files, new.files, PARTS),
    )  # fmt: skip


@bp.post("/<key>/retirement")
@needs(Permission.BANK_EDIT)
def retire(key: str) -> Answer:
    lesson = _lesson(key)
    with transaction() as session:
        editing.retire(session, lesson, by=current_actor(), now=now())
    flash(_("Pupils do not see it any more. What they did in it stays."), "good")
    return redirect(url_for(".show", key=key), 303)


@bp.post("/<key>/retirement/end")
@needs(Permission.BANK_EDIT)
def bring_back(key: str) -> Answer:
    lesson = _lesson(key)
    with transaction() as session:
        editing.bring_back(session, lesson, by=current_actor(), now=now())
    flash(_("It is back."), "good")
    return redirect(url_for(".show", key=key), 303)


def _lesson(key: str) -> Lesson:
    return review_queries.lesson(database.session, key)


def _planned(form: NewLessonForm) -> Lesson:
    stage = BankStage(form.stage.data or "")
    return editing.planned(database.session, stage, form.slug.data or "")


def _is_free(begin: BeginForm) -> bool:
    """Tell at the field, before anything is written, if there can be no such lesson."""
    session = database.session
    planned = editing.planned(session, BankStage(begin.stage.data), begin.slug.data or "")
    try:
        editing.must_be_free(session, planned)
    except Invalid as fault:
        begin.slug.errors = [str(fault)]
    return not begin.errors


def _beginning(form: NewLessonForm) -> dict[str, str]:
    """Return the files with which a lesson begins: one of each directive, and what it is for."""
    words = {"stage": form.stage.data, "slug": form.slug.data, "today": local_day(now())}
    files = {"zh": "lesson.md", "notes": "notes.toml", "scenario": "scenario.toml"}
    return {
        part: render_template(f"lesson_edits/beginning/{name}", **words) + "\n"
        for part, name in files.items()
    }


def _base(lesson: Lesson, said: str) -> LessonRevision:
    """Return the version over which somebody has written; the first one, if that is not told.

    An older one than the newest is refused when it comes to saving.
    """
    versions = review_queries.history(database.session, lesson)
    return next((one for one in versions if str(one.number) == said), versions[-1])


def _is_to_be_saved() -> bool:
    """Whether that was the button; the others only show what it looks like."""
    return request.form.get("do", "save") == "save"


def _numbered(versions: Sequence[LessonRevision], name: str) -> LessonRevision | None:
    wanted = request.args.get(name, type=int)
    return next((one for one in versions if one.number == wanted), None)


def _saved(made: LessonRevision) -> Answer:
    flash(_("Version %(number)s is kept as a draft.", number=made.number), "good")
    return redirect(url_for("lesson_reviews.show", revision_id=made.id), 303)


def _page(
    form: LessonForm,
    lesson: Lesson,
    *,
    base: LessonRevision | None = None,
    told: DomainError | None = None,
) -> str:
    session = database.session
    versions = review_queries.history(session, lesson) if base else []
    return render_template(
        "lesson_edits/edit.html", form=form, lesson=lesson, base=base, told=told,
        begun=_numbered(versions, "version") or base,
        looked=_looked(form, lesson), pictures=judging.pictures(lesson.stage),
        passages=bank.known_sources(session), asked=request.form.get("do", ""),
    )  # fmt: skip


def _looked(form: LessonForm, lesson: Lesson) -> Looked | None:
    """Return the preview; None where the form itself is at fault."""
    if form.errors:
        return None
    files = form.files()
    made = judging.read(database.session, lesson, files)
    lang = "en" if request.form.get("do") == "preview-en" else "zh"
    page = judging.page(database.session, current_actor(), lesson, made, lang)
    return Looked(page, list(_quoted(made, files)))


def _quoted(made: Read, files: Mapping[str, str]) -> Iterator[Told]:
    lines = {part: said.splitlines() for part, said in files.items()}
    for wrong in made.faults:
        line = lines.get(wrong.part, [])[wrong.line - 1 : wrong.line]
        quoted = line[0].strip()[:QUOTED] if line and wrong.line > 1 else ""
        yield Told(wrong.part, wrong.line, wrong.says, quoted)
