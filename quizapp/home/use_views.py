"""The page that tells where a question of the bank is used."""

from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import Permission
from quizapp.bank import queries as bank
from quizapp.core.db import database
from quizapp.core.i18n import current_locale
from quizapp.home import use_queries as queries
from quizapp.web.doors import current_actor, needs

bp = Blueprint("uses", __name__, url_prefix="/bank")
LEAST = 10  # Below so many sittings a count tells too much of a few pupils.


@bp.get("/questions/<uuid:question_id>/uses")
@needs(Permission.BANK_READ)
def show(question_id: UUID) -> Answer:
    session = database.session
    question = bank.question(session, current_actor(), question_id)
    uses = queries.uses(session, question, current_locale())
    return render_template("uses/show.html", question=question, uses=uses, least=LEAST)
