"""The pictures of questions, called by the SHA-256 of their bytes.

They are open to all: a pupil in a sitting sees them whatever the browser, and a school's cache
sends one to a whole class. Nobody finds one by guessing, not that of an anchor either, and nothing
leads from a picture to its question.
"""

from flask import Blueprint
from flask.typing import ResponseReturnValue as Answer

from quizapp.bank import queries
from quizapp.core.db import database
from quizapp.core.errors import Missing
from quizapp.core.i18n import _
from quizapp.web.doors import public
from quizapp.web.pictures import sent

bp = Blueprint("pictures", __name__, url_prefix="/bank/pictures")


@bp.get("/<sha256>")
@public
def show(sha256: str) -> Answer:
    found = queries.picture(database.session, sha256)
    if found is None:
        raise Missing(_("There is no such picture."))
    return sent(found.raw, found.media_type)
