"""Pages of the bank, for those who write and review it."""

from uuid import UUID

from flask import Blueprint, Flask, render_template, request
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import Permission
from quizapp.bank import queries
from quizapp.bank.rules import BankStage
from quizapp.core.db import database
from quizapp.core.i18n import lazy
from quizapp.web import nav
from quizapp.web.doors import needs

bp = Blueprint("bank", __name__, url_prefix="/bank")


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    label = lazy("Question bank")
    nav.offer(app, nav.Offer("bank.index", label, "journal-text", Permission.BANK_READ))


@bp.get("/")
@needs(Permission.BANK_READ)
def index() -> Answer:
    """One topic at a time; its questions of one stage or of all."""
    session, asked = database.session, request.args.get("stage")
    topics = queries.topics(session)
    topic = next((t for t in topics if t.key == request.args.get("topic")), None)
    stage = BankStage(asked) if asked in list(BankStage) else None
    listed = queries.listed(session, topic, stage) if topic else []
    counts = queries.counts(session)
    return render_template(
        "bank/index.html", topics=topics, topic=topic, stage=stage, listed=listed, counts=counts
    )


@bp.get("/questions/<uuid:question_id>")
@needs(Permission.BANK_READ)
def show(question_id: UUID) -> Answer:
    session = database.session
    question = queries.question(session, question_id)
    history = queries.history(session, question)
    shown = next((r for r in history if r.number == question.current), history[0])
    cited = queries.sources(session, shown.sources)
    return render_template(
        "bank/show.html", question=question, history=history, shown=shown, cited=cited
    )
