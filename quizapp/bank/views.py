"""Pages of the bank, for those who write and review it."""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import Permission, holds
from quizapp.bank import (
    edit_views,
    filter_views,
    import_views,
    picture_views,
    queries,
    review_views,
    search,
    words,
    written,
)
from quizapp.bank.history import changes
from quizapp.bank.models import Revision
from quizapp.bank.search import Filters
from quizapp.bank.words import DIFFICULTIES, KINDS, POOLS, STAGES, STATES
from quizapp.core.db import database
from quizapp.core.i18n import lazy
from quizapp.web import nav
from quizapp.web.doors import current_actor, needs

bp = Blueprint("bank", __name__, url_prefix="/bank")


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(bank_words=words)  # Macros see globals only.
    for part in (edit_views, filter_views, import_views, picture_views, review_views):
        app.register_blueprint(part.bp)
    app.register_blueprint(bp)
    nav.offer(
        app,
        nav.Offer("bank.index", lazy("Question bank"), "journal-text", Permission.BANK_READ),
        nav.Offer("reviews.index", lazy("Reviews"), "clipboard-check", Permission.BANK_READ),
        nav.Offer("imports.mine", lazy("Own questions"), "pencil", Permission.BANK_PROPOSE),
    )


@bp.get("/")
@needs(Permission.BANK_READ)
def index() -> Answer:
    """How much there is; or, with any filter, what is found by it."""
    session, actor = database.session, current_actor()
    pools, wanted = queries.pools(actor), Filters.read(request.args)
    after = request.args.get("after", "")[:80]
    found = search.found(session, wanted, pools, after=after) if wanted != Filters() else None
    kept, more = wanted.arguments, found.after if found else None
    return render_template(
        "bank/index.html", topics=queries.topics(session), wanted=wanted, found=found,
        counted=search.COUNTED, counts=[] if found else queries.counts(session),
        sources=queries.source_titles(session),
        words={"stage": STAGES, "kind": KINDS, "difficulty": DIFFICULTIES, "state": STATES,
               "pool": {pool: says for pool, says in POOLS.items() if pool in pools}},
        writes=holds(actor, Permission.BANK_EDIT),
        pages={"newer_url": url_for(".index", **kept) if after else None,
               "older_url": url_for(".index", after=more, **kept) if more else None},
    )  # fmt: skip


@bp.get("/questions/<uuid:question_id>")
@needs(Permission.BANK_READ)
def show(question_id: UUID) -> Answer:
    session, actor = database.session, current_actor()
    question = queries.question(session, actor, question_id)
    history = queries.history(session, question)
    shown = next((r for r in history if r.number == question.current), history[0])
    cited = queries.sources(session, shown.sources)
    return render_template(
        "bank/show.html", question=question, history=history, shown=shown, cited=cited,
        writes=holds(actor, Permission.BANK_EDIT),
    )  # fmt: skip


@bp.get("/questions/<uuid:question_id>/difference")
@needs(Permission.BANK_READ)
def difference(question_id: UUID) -> Answer:
    """What changed between two versions; without numbers, between the last two."""
    session = database.session
    question = queries.question(session, current_actor(), question_id)
    history = queries.history(session, question)
    new = _numbered(history, "new") or history[0]
    old = _numbered(history, "old") or history[min(1, len(history) - 1)]
    lines = changes(written.of(old), written.of(new))
    return render_template("bank/difference.html", question=question, old=old, new=new, lines=lines)


def _numbered(history: Sequence[Revision], name: str) -> Revision | None:
    wanted = request.args.get(name, type=int)
    return next((one for one in history if one.number == wanted), None)
