"""Pages on which a school records what guardians said on paper, and the form to hand out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
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

from quizapp.access.policy import Permission, allows
from quizapp.accounts import queries
from quizapp.accounts.models import Consent
from quizapp.accounts.names import is_young
from quizapp.core import pdf
from quizapp.core.clock import local_day, now, this_school_year
from quizapp.core.db import database, transaction
from quizapp.core.errors import Invalid
from quizapp.core.i18n import ngettext
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.privacy import consent
from quizapp.privacy.consent import Line
from quizapp.privacy.forms import ConsentForm
from quizapp.privacy.personal import CONSENTS
from quizapp.web.doors import current_actor, needs
from quizapp.web.named import names_pupils

bp = Blueprint("consent", __name__)
SAID = {"yes": True, "no": False}


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/classes/<uuid:unit_id>/consent")
@needs(Permission.CONSENT_EDIT, on=orgs.school_class)
def show(school_class: SchoolClass) -> Answer:
    form = ConsentForm(said_on=local_day(now()))
    return _sheet_page(school_class, form)


@bp.post("/classes/<uuid:unit_id>/consent")
@needs(Permission.CONSENT_EDIT, on=orgs.school_class)
def update(school_class: SchoolClass) -> Answer:
    form = ConsentForm()
    if not form.validate_on_submit() or form.said_on.data is None:
        return _sheet_page(school_class, form), 422
    at = now()
    try:
        with transaction() as session:
            new = consent.write_down(
                session, school_class, answers(request.form), said_on=form.said_on.data,
                today=local_day(at), by=current_actor(), now=at,
            )  # fmt: skip
    except Invalid as fault:
        form.said_on.errors = [str(fault)]
        return _sheet_page(school_class, form), 422
    flash(ngettext("Recorded for %(num)s pupil.", "Recorded for %(num)s pupils.", new), "good")
    return redirect(url_for(".show", unit_id=school_class.unit_id), 303)


@bp.get("/classes/<uuid:unit_id>/consent/forms")
@needs(Permission.CONSENT_EDIT, on=orgs.school_class)
def forms(school_class: SchoolClass) -> Answer:
    """The paper form, once for each pupil of the class for whom nothing has come back."""
    lines = consent.sheet(database.session, school_class, reader=current_actor())
    wanted = [line for line in lines if line.consent is Consent.NONE] or lines
    school = orgs.school(database.session, school_class.school_id)
    made = _paper(school, school_class.unit.name, wanted, at=now())
    names_pupils("pupil.seen", school_class.path, len(wanted))
    return _file(made, f"consent-{school_class.unit.code}.pdf")


@bp.get("/schools/<uuid:unit_id>/consent")
@needs(Permission.CONSENT_EDIT, on=orgs.school)
def school(school: Unit) -> Answer:
    """How many have said what, by class: no names."""
    session = database.session
    classes = orgs.classes(session, school.id, school_year=this_school_year())
    return render_template(
        "privacy/school.html", school=school, classes=classes, words=list(Consent),
        counts=consent.counts(session, classes),
    )  # fmt: skip


@bp.get("/schools/<uuid:unit_id>/consent/form")
@needs(Permission.CONSENT_EDIT, on=orgs.school)
def form(school: Unit) -> Answer:
    """The paper form without a name, for any class."""
    made = _paper(school, "", [], at=now())
    return _file(made, f"consent-{school.code}.pdf")


def answers(sent: Mapping[str, str]) -> dict[UUID, bool]:
    """Return yes and no by pupil from the fields "said-<id>"; everything else says nothing."""
    found = {}
    for name, value in sent.items():
        prefix, _dash, key = name.partition("-")
        if prefix == "said" and value in SAID:
            try:
                found[UUID(key)] = SAID[value]
            except ValueError:
                continue
    return found


def _sheet_page(school_class: SchoolClass, form: ConsentForm) -> str:
    actor, session = current_actor(), database.session
    lines = consent.sheet(session, school_class, reader=actor)
    school = orgs.school(session, school_class.school_id)
    names_pupils("pupil.seen", school_class.path, len(lines))
    return render_template(
        "privacy/sheet.html", school_class=school_class, school=school, lines=lines, form=form,
        words=CONSENTS, is_young=is_young(school_class.grade),
        sent={str(key): word for key, word in answers(request.form).items()},
        sees_school=allows(actor, Permission.CONSENT_EDIT, school),
    )  # fmt: skip


def _paper(school: Unit, class_name: str, lines: Sequence[Line], *, at: datetime) -> bytes:
    settings = current_app.config["QUIZAPP"]
    blank = {"name": "", "seat": ""}
    children = [
        {"name": line.name, "seat": str(line.seat or "")} for line in lines
    ] or [blank]  # fmt: skip
    return pdf.render(
        "consent",
        {
            "site": settings.site_name, "school": school.name, "class": class_name,
            "children": children, "contacts": queries.administrators(database.session, school,
                                                                     on=local_day(at)),
            "sign_in_days": settings.keep_sign_ins_days,
            "answer_months": settings.keep_answers_months,
            "audit_years": settings.keep_audit_years,
            "printed": local_day(at).isoformat(),
        },
    )  # fmt: skip


def _file(made: bytes, name: str) -> Response:
    answer = Response(made, mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
