"""Pages of the staff: who is there, what they hold, their links, who comes and who goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue as Answer
from flask_babel import force_locale

from quizapp.access.policy import Permission, Role, require
from quizapp.accounts import actions, qr, signin
from quizapp.accounts.models import Invitation
from quizapp.core import pdf
from quizapp.core.clock import local_day, now, this_school_year
from quizapp.core.db import database, transaction
from quizapp.core.errors import Invalid, Missing
from quizapp.core.i18n import _, lazy
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import Unit
from quizapp.orgs.rules import UnitKind
from quizapp.staff import people
from quizapp.staff import postings as staff
from quizapp.staff.forms import ROLES, InviteForm, PostingForm
from quizapp.staff.postings import Member
from quizapp.web import nav
from quizapp.web.doors import current_actor, needs
from quizapp.web.forms import text

bp = Blueprint("people", __name__, url_prefix="/people")


@dataclass(frozen=True)
class Places:
    """Where a posting may stand: the unit that was chosen and its classes, and where else to go."""

    chosen: Sequence[Unit]
    roles: Sequence[Role]
    above: Sequence[Unit]
    others: Sequence[Unit]
    wanted: str


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    nav.offer(app, nav.Offer("people.index", lazy("Staff"), "person", Permission.PERSON_APPOINT))


@bp.get("/")
@needs(Permission.PERSON_APPOINT)
def index() -> Answer:
    actor, after = current_actor(), request.args.get("after", type=UUID)
    wanted = request.args.get("q", "").strip()[:40]
    page = staff.members(database.session, actor, wanted=wanted, after=after)
    today = local_day(now())
    lines = [
        (one, staff.near(actor, Member(one, tuple(one.postings)).held(today))) for one in page.rows
    ]
    older = url_for(".index", q=wanted or None, after=page.after) if page.after else None
    return render_template(
        "people/index.html", lines=lines, roles=ROLES, wanted=wanted,
        pages={"newer_url": url_for(".index", q=wanted or None) if after else None,
               "older_url": older},
    )  # fmt: skip


@bp.get("/new")
@needs(Permission.PERSON_APPOINT)
def new() -> Answer:
    places = _places(request.args.get("at"))
    return _new_page(InviteForm(), places)


@bp.post("/")
@needs(Permission.PERSON_APPOINT)
def create() -> Answer:
    """Answer with the link itself: it is never shown again."""
    form, actor, at = InviteForm(), current_actor(), now()
    places = _places(request.form.get("unit"))
    form.offer(places.chosen, places.roles)
    if not form.validate_on_submit():
        return _new_page(form, places), 422
    try:
        with transaction() as session:
            unit = orgs.by_code(session, form.unit.data)
            person = people.add(
                session, name=text(form.name), login=text(form.login), role=Role(form.role.data),
                unit=unit, until_on=form.until_on.data, by=actor, now=at,
            )  # fmt: skip
            found = staff.of(session, person)
            token = people.new_link(session, found, by=actor, now=at)
    except Invalid as fault:
        _tell(form, fault)
        return _new_page(form, places), 422
    return _link_page(found, token, at=at)


@bp.get("/<uuid:person_id>")
@needs(Permission.PERSON_APPOINT)
def show(person_id: UUID) -> Answer:
    return _person_page(_member(person_id))


@bp.get("/<uuid:person_id>/postings/new")
@needs(Permission.PERSON_APPOINT)
def new_posting(person_id: UUID) -> Answer:
    found = _member(person_id)
    return _posting_page(found, PostingForm(), _places(request.args.get("at")))


@bp.post("/<uuid:person_id>/postings")
@needs(Permission.PERSON_APPOINT)
def appoint(person_id: UUID) -> Answer:
    found, form, actor = _member(person_id), PostingForm(), current_actor()
    places = _places(request.form.get("unit"))
    form.offer(places.chosen, places.roles)
    if not form.validate_on_submit():
        return _posting_page(found, form, places), 422
    try:
        with transaction() as session:
            unit = orgs.by_code(session, form.unit.data)
            people.appoint(
                session, found.person, Role(form.role.data), unit,
                until_on=form.until_on.data, by=actor, now=now(),
            )  # fmt: skip
    except Invalid as fault:
        _tell(form, fault)
        return _posting_page(found, form, places), 422
    flash(_("%(name)s holds the role from now on.", name=found.person.name), "good")
    return redirect(url_for(".show", person_id=person_id), 303)


@bp.post("/<uuid:person_id>/postings/<uuid:posting_id>/end")
@needs(Permission.PERSON_APPOINT)
def end_posting(person_id: UUID, posting_id: UUID) -> Answer:
    found = _member(person_id)
    with transaction() as session:
        posting = staff.posting(found, posting_id)
        people.end_posting(session, found, posting, by=current_actor(), now=now())
    flash(_("The posting is over, with the next page that %(name)s opens.",
            name=found.person.name), "good")  # fmt: skip
    return redirect(url_for(".show", person_id=person_id), 303)


@bp.post("/<uuid:person_id>/link")
@needs(Permission.PERSON_APPOINT)
def new_link(person_id: UUID) -> Answer:
    """Answer with the link itself: it is never shown again."""
    found, at = _member(person_id), now()
    with transaction() as session:
        token = people.new_link(session, found, by=current_actor(), now=at)
    return _link_page(found, token, at=at)


@bp.post("/<uuid:person_id>/invitation.pdf")
@needs(Permission.PERSON_APPOINT)
def print_link(person_id: UUID) -> Answer:
    """The same link on paper; the page that shows it sends it here."""
    found, token = _member(person_id), request.form.get("token", "")
    kept = signin.invitation(database.session, token=token, now=now())
    if kept.person_id != person_id:
        raise Missing(_("There is no such page for you."))
    made = pdf.render("invitation", _paper(found, kept, token))
    answer = Response(made, mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename="invitation.pdf")
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.post("/<uuid:person_id>/disable")
@needs(Permission.PERSON_APPOINT)
def disable(person_id: UUID) -> Answer:
    found = _member(person_id)
    with transaction() as session:
        people.disable(session, found, by=current_actor(), now=now())
    flash(_("%(name)s is signed out everywhere and comes in no more.",
            name=found.person.name), "good")  # fmt: skip
    return redirect(url_for(".show", person_id=person_id), 303)


@bp.post("/<uuid:person_id>/enable")
@needs(Permission.PERSON_APPOINT)
def enable(person_id: UUID) -> Answer:
    found = _member(person_id)
    with transaction() as session:
        people.enable(session, found, by=current_actor(), now=now())
    flash(_("%(name)s can sign in again.", name=found.person.name), "good")
    return redirect(url_for(".show", person_id=person_id), 303)


@bp.post("/<uuid:person_id>/second-factor/end")
@needs(Permission.PERSON_APPOINT)
def end_second_factor(person_id: UUID) -> Answer:
    found = _member(person_id)
    with transaction() as session:
        people.end_second_factor(session, found, by=current_actor(), now=now())
    flash(_("The second factor is gone. %(name)s sets up a new one after the password.",
            name=found.person.name), "good")  # fmt: skip
    return redirect(url_for(".show", person_id=person_id), 303)


def _member(person_id: UUID) -> Member:
    return staff.member(database.session, current_actor(), person_id)


def _places(code: str | None) -> Places:
    """Return what can be chosen at the unit; without one, at the only or highest own unit."""
    session, actor = database.session, current_actor()
    tops = staff.tops(session, actor)
    unit = orgs.by_code(session, code) if code else tops[0]
    require(actor, Permission.PERSON_APPOINT, unit)
    if unit.kind is UnitKind.CLASS and unit.parent_id:  # Classes are chosen beside their school.
        unit = orgs.unit(session, unit.parent_id)
    wanted = request.args.get("q", "").strip()[:40]
    chosen = staff.places(session, unit, school_year=this_school_year())
    return Places(
        chosen, staff.roles_at(actor, chosen),
        above=[u for u in orgs.line_up(session, unit) if u.id != unit.id and _is_own(tops, u)],
        others=staff.units_like(session, actor, wanted) if wanted
        else [*(top for top in tops if top.id != unit.id), *staff.beneath(session, unit)],
        wanted=wanted,
    )  # fmt: skip


def _is_own(tops: Sequence[Unit], unit: Unit) -> bool:
    return any(unit.path.startswith(top.path) for top in tops)


def _new_page(form: InviteForm, places: Places) -> str:
    form.offer(places.chosen, places.roles)
    return render_template("people/new.html", form=form, places=places)


def _posting_page(found: Member, form: PostingForm, places: Places) -> str:
    form.offer(places.chosen, places.roles)
    return render_template(
        "people/posting.html", person=found.person, form=form, places=places,
    )  # fmt: skip


def _person_page(found: Member) -> str:
    actor, today = current_actor(), local_day(now())
    held = found.held(today)
    mine = staff.near(actor, found.postings)
    return render_template(
        "people/show.html", person=found.person, roles=ROLES,
        held=[(one, staff.may_take(actor, one)) for one in mine if one in held],
        past=[one for one in mine if one not in held],
        elsewhere=any(one not in mine for one in held),
        is_own=found.person.id == actor.id,
        may_manage=staff.may_manage(actor, found, on=today),
    )  # fmt: skip


def _tell(form: PostingForm, fault: Invalid) -> None:
    """Put what the action found wrong to its field."""
    for name, says in fault.fields.items():
        form[name].errors = [says]


def _link_page(found: Member, token: str, *, at: datetime) -> str:
    link = _link(token)
    return render_template(
        "people/link.html", person=found.person, token=token, link=link, code=qr.svg(link),
        posts=_posts(found), host=urlsplit(link).netloc, until=at + actions.INVITATION_LIFE,
    )  # fmt: skip


def _paper(found: Member, kept: Invitation, token: str) -> dict[str, object]:
    """Return what stands on a printed invitation, which is Chinese whatever the reader's language
    is, with English beneath."""
    link, last = _link(token), local_day(kept.expires_at)
    with force_locale("zh"):
        posts = _posts(found)
    return {
        "site": current_app.config["QUIZAPP"].site_name, "name": found.person.name,
        "login": found.person.login, "posts": posts, "link": link, "qr": qr.drawing(link),
        "until": {"zh": f"{last.year}年{last.month}月{last.day}日",
                  "en": f"{last.day} {last:%B %Y}"},
    }  # fmt: skip


def _posts(found: Member) -> list[str]:
    held = found.held(local_day(now()))
    return [f"{one.unit.name} · {ROLES[one.role]}" for one in held]


def _link(token: str) -> str:
    base = current_app.config["QUIZAPP"].base_url or request.host_url.rstrip("/")
    return f"{base}{url_for('signin.show_invitation', token=token)}"
