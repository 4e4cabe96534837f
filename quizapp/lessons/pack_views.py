"""The pack of a lesson as a PDF to print, for those who teach."""

from flask import Blueprint, Flask, Response, current_app, request
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import ActorKind, Permission
from quizapp.core import pdf
from quizapp.core.db import database
from quizapp.core.errors import NotAllowed
from quizapp.core.i18n import LOCALES, _, current_locale
from quizapp.lessons import packs, queries
from quizapp.lessons.models import Lesson
from quizapp.web.doors import current_actor, needs

bp = Blueprint("packs", __name__, url_prefix="/lessons")


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/<key>/pack.pdf")
@needs(Permission.LESSON_READ, on=queries.lesson)
def show(lesson: Lesson) -> Answer:
    """Send all of the pack, or its `part`, in `lang` or the reader's language.

    It holds answers and notes for those who teach, so it is not for pupils.
    """
    if current_actor().kind is ActorKind.PUPIL:
        raise NotAllowed(_("This is for teachers."))
    named = request.args.get("part")
    part = packs.part(named) if named else None
    asked = request.args.get("lang", "")
    lang = asked if asked in LOCALES else current_locale()
    told = packs.pack(database.session, lesson, part, lang)
    site = current_app.config["QUIZAPP"].site_name
    answer = Response(pdf.render("pack", {**told, "site": site}), mimetype="application/pdf")
    name = f"{part or 'pack'}-{lesson.key}.pdf"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
