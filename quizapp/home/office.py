"""What the office of a school finds on the first page: what waits, and where all the rest is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, Permission, allows
from quizapp.core.i18n import _, lazy, ngettext
from quizapp.home import roll_queries, school_queries
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import Unit

P = Permission
# The pages of one school, for those who may use them there.
PLACES = (
    (P.PUPIL_READ, "pupils.index", lazy("Pupils"), "people"),
    (P.ROSTER_EDIT, "changes.index", lazy("Changes of the roster"), "clock"),
    (P.ROSTER_EDIT, "roster.done", lazy("Login cards"), "qr-code"),
    (P.ROLL_READ, "school_rolls.show", lazy("Who should take part"), "clipboard-check"),
    (P.HOUR_EDIT, "hours.of_school", lazy("Hours taught"), "clock"),
    (P.CONSENT_EDIT, "consent.school", lazy("Consent"), "card-checklist"),
    (P.PRIVACY_DECIDE, "privacy.index", lazy("Requests about own data"), "shield-check"),
    (P.ROSTER_EDIT, "terms.show", lazy("Promotion and graduation"), "mortarboard"),
    (P.ROSTER_EDIT, "transfers.new", lazy("From another school"), "arrow-right"),
    (P.ROSTER_EDIT, "oneroster.show", lazy("Take the roster along"), "download"),
    (P.PERSON_APPOINT, "support.of_school", lazy("Support visits"), "eye"),
)


@dataclass(frozen=True)
class Way:
    """Where something is done, and what it is called."""

    label: str
    url: str
    icon: str


def places(actor: Actor, school: Unit) -> list[Way]:
    """Return the pages of the school that the actor may use there."""
    return [
        Way(str(label), url_for(endpoint, unit_id=school.id), icon)
        for permission, endpoint, label, icon in PLACES
        if allows(actor, permission, school)
    ]


def tasks(session: Session, actor: Actor, school: Unit, *, now: datetime) -> list[Way]:
    """Return what waits for the office, the most pressing first; nothing for other readers."""
    if not allows(actor, Permission.ROSTER_EDIT, school):
        return []
    return [*_of_roll(session, school), *_of_pupils(session, school, now=now)]


def _of_roll(session: Session, school: Unit) -> Iterator[Way]:
    roll = orgs.newest_roll(session, school)
    answer = roll_queries.answer(session, roll, school) if roll and not roll.signed_at else None
    if answer and not answer.confirmed_at and not answer.objection:
        yield Way(
            _("Please confirm how many pupils should take part"),
            url_for("school_rolls.show", unit_id=school.id),
            "clipboard-check",
        )


def _of_pupils(session: Session, school: Unit, *, now: datetime) -> Iterator[Way]:
    waits = school_queries.waiting(session, school, now=now)
    for one in waits.windows:
        yield Way(
            _("%(name)s: a window for signing in is open", name=one.name),
            url_for("windows.show", unit_id=one.id), "qr-code",
        )  # fmt: skip
    counted = (
        (waits.changes, "changes.index", "clock", ngettext(
            "%(num)s change of the roster waits for a second person",
            "%(num)s changes of the roster wait for a second person", waits.changes,
        )),
        (waits.requests, "privacy.index", "shield-check", ngettext(
            "%(num)s request about own data is not answered",
            "%(num)s requests about own data are not answered", waits.requests,
        )),
        (waits.cannot_sign_in, "roster.done", "qr-code", ngettext(
            "%(num)s pupil has nothing to sign in with: print a card",
            "%(num)s pupils have nothing to sign in with: print cards", waits.cannot_sign_in,
        )),
        (waits.unasked, "consent.school", "card-checklist", ngettext(
            "%(num)s pupil is without a guardian's answer",
            "%(num)s pupils are without a guardian's answer", waits.unasked,
        )),
    )  # fmt: skip
    for number, endpoint, icon, label in counted:
        if number:
            yield Way(label, url_for(endpoint, unit_id=school.id), icon)
