"""Pages that take questions in: choose a file, see what became of each question, take some in.

Teachers propose questions in the same way as editors take them in; they are not told what the bank
says, and decide nothing that is for editors.
"""

from collections.abc import Sequence
from pathlib import PurePath
from typing import Final
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import Permission, holds
from quizapp.bank import carried, imports, queries, review_queries
from quizapp.bank.exchange import Item
from quizapp.bank.formats import sheet
from quizapp.bank.formats.table import FORMATS
from quizapp.bank.import_forms import ImportForm, TickForm
from quizapp.bank.imports import Defaults, Found
from quizapp.bank.rules import BankStage
from quizapp.core.clock import now
from quizapp.core.db import database, transaction
from quizapp.core.errors import Conflict, Invalid
from quizapp.core.i18n import _, current_locale
from quizapp.web.doors import current_actor, needs

bp = Blueprint("imports", __name__, url_prefix="/bank/import")
PREVIEWED: Final = 200  # So many are drawn as a pupil's page would; a longer list is only told.
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("")
@needs(Permission.BANK_PROPOSE)
def new() -> Answer:
    return _form_page(ImportForm(_topics()))


@bp.get("/mine")
@needs(Permission.BANK_PROPOSE)
def mine() -> Answer:
    """What became of what one has brought in."""
    after = request.args.get("after", type=UUID)
    page = review_queries.written_by(database.session, current_actor(), after=after)
    more = url_for(".mine", after=page.after) if page.after else None
    return render_template(
        "imports/mine.html", rows=page.rows,
        pages={"newer_url": url_for(".mine") if after else None, "older_url": more},
    )  # fmt: skip


@bp.get("/template")
@needs(Permission.BANK_PROPOSE)
def template() -> Answer:
    names = [topic.names["zh"] for topic in queries.topics(database.session)]
    answer = Response(sheet.template(names, created=now()), mimetype=XLSX)
    answer.headers.set("Content-Disposition", "attachment", filename="questions.xlsx")
    return answer


@bp.post("/check")
@needs(Permission.BANK_PROPOSE)
def check() -> Answer:
    """Say what would become of every question. Only its pictures are kept, for a day."""
    form = ImportForm(_topics())
    if not form.validate_on_submit():
        return _form_page(form), 422
    items = _read(form)
    for name in imports.said_nowhere(items):
        if not form[name].data:
            form[name].errors = [_("The questions do not say it. Choose one for all of them.")]
    if form.errors:
        return _form_page(form), 422
    stage = BankStage(form.stage.data) if form.stage.data else None
    defaults = Defaults(stage, form.topic.data or None)
    found = imports.looked_at(database.session, items, defaults)
    ticks = TickForm(formdata=None)
    ticks.items.data = carried.packed(found, defaults, by=current_actor().id, key=_key())
    if len(ticks.items.data) > carried.LONGEST:
        form.file.errors = [_("There are too many questions for one page. Split the file.")]
        return _form_page(form), 422
    if any(one.picture for one in found):
        with transaction() as session:
            imports.keep_pictures(session, found, now=now())
    status = 200 if any(one.fits for one in found) else 422
    return _check_page(found, ticks), status


@bp.post("")
@needs(Permission.BANK_PROPOSE)
def create() -> Answer:
    """Take in what was ticked, all of it or nothing."""
    form = TickForm()
    form.validate_on_submit()
    read = carried.unpacked(
        form.items.data or "", by=current_actor().id, key=_key(), picture_of=_picture_of, now=now()
    )
    if read is None:
        flash(_("The look at the file was too long ago. Nothing was changed; choose it again."),
              "near")  # fmt: skip
        return redirect(url_for(".new"), 303)
    seen, defaults = read
    ticked = [seen[int(n)] for n in form.take.data or () if n.isdecimal() and int(n) in seen]
    if not ticked:
        flash(_("Nothing was ticked, and nothing was changed."), "near")
        return redirect(url_for(".new"), 303)
    try:
        with transaction() as session:
            found = imports.looked_at(session, [one.item for one in ticked], defaults)
            imports.check_unchanged(found, [one.over for one in ticked])
            taken = imports.take_in(session, found, by=current_actor(), now=now())
    except (Conflict, Invalid) as fault:
        flash(str(fault), "near")
        return redirect(url_for(".new"), 303)
    made = taken.new + taken.revised
    told = _("%(made)s questions were taken in as drafts.", made=made)
    if taken.revised:
        told += _(" %(revised)s of them are new versions of questions of the bank.",
                  revised=taken.revised)  # fmt: skip
    if left := len(ticked) - made:
        told += _(" %(left)s were there already.", left=left)
    flash(told, "good" if made else "near")
    return redirect(url_for("reviews.index" if _edits() else ".mine"), 303)


def _edits() -> bool:
    return holds(current_actor(), Permission.BANK_EDIT)


def _read(form: ImportForm) -> Sequence[Item]:
    if form.file.data:
        name, raw = PurePath(form.file.data.filename or "").name[:80], form.file.data.read()
    else:
        name, raw = _("Pasted"), (form.pasted.data or "").encode()
    items = FORMATS[form.format].read(name, raw)
    return items if _edits() else imports.proposed(items)


def _picture_of(name: str) -> bytes:
    picture = queries.picture(database.session, name)
    return picture.raw if picture else b""


def _form_page(form: ImportForm) -> str:
    return render_template("imports/new.html", form=form, edits=_edits())


def _check_page(found: Sequence[Found], form: TickForm) -> str:
    return render_template(
        "imports/check.html", found=found, form=form, fit=[one for one in found if one.fits],
        advised=[one for one in found if one.is_advised], previewed=PREVIEWED, edits=_edits(),
    )  # fmt: skip


def _topics() -> dict[str, str]:
    locale = current_locale()
    return {
        topic.key: topic.names.get(locale) or topic.names["zh"]
        for topic in queries.topics(database.session)
    }


def _key() -> str:
    return str(current_app.config["QUIZAPP"].secret_key)
