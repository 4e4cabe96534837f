"""What accounts store of a pupil: how it is told to the pupil, and forgotten at an erasure."""

import secrets
from collections.abc import Iterable
from datetime import datetime

from flask import Flask
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from quizapp.accounts.models import (
    Card,
    ClassWindow,
    Consent,
    Enrolment,
    ExtraTime,
    Leaving,
    Pupil,
    PupilSignIn,
    WindowTry,
)
from quizapp.core.i18n import lazy
from quizapp.core.ids import new_id
from quizapp.orgs.models import Unit
from quizapp.privacy import consent, holdings, requests
from quizapp.privacy.holdings import Forget, Holding, Told
from quizapp.privacy.models import ConsentEntry, DataRequest, Wish, WishState
from quizapp.rosters import forgetting
from quizapp.rosters.models import ChangeKind, RosterChange, Transfer

CONSENTS = {
    Consent.NONE: lazy("nothing has come back yet"),
    Consent.GIVEN: lazy("the guardian agrees"),
    Consent.REFUSED: lazy("the guardian does not agree"),
    Consent.WITHDRAWN: lazy("withdrawn"),
    Consent.OF_AGE: lazy("14 or older: the pupil's own"),
}
LEAVINGS = {
    Leaving.MOVED: lazy("moved to another class"),
    Leaving.PROMOTED: lazy("promoted"),
    Leaving.GRADUATED: lazy("graduated"),
    Leaving.TRANSFERRED: lazy("went to another school"),
    Leaving.LEFT: lazy("left the school"),
}
EXTRA = {
    ExtraTime.LEARNS_ALONG: lazy("learns along (随班就读)"),
    ExtraTime.MEDICAL: lazy("for medical reasons"),
    ExtraTime.OTHER: lazy("for another reason"),
}
CHANGES = {
    ChangeKind.LIST: lazy("a class list"),
    ChangeKind.PROMOTION: lazy("promotion of the school"),
    ChangeKind.GRADUATION: lazy("graduation"),
    ChangeKind.TRANSFER: lazy("a transfer"),
    ChangeKind.EDIT: lazy("a change by hand"),
}
WISHES = {Wish.CORRECTION: lazy("Correct something"), Wish.DELETION: lazy("Delete my data")}
WISH_STATES = {
    WishState.OPEN: lazy("waits for the school"),
    WishState.DONE: lazy("done"),
    WishState.REFUSED: lazy("not done"),
}


def init_app(app: Flask) -> None:
    holdings.hold(app, *HOLDINGS)


def own(table: type, pupil: Pupil) -> ColumnElement[bool]:
    """Return the condition for the rows of a table that are the pupil's."""
    found: ColumnElement[bool] = (table.school_id == pupil.school_id) & (  # type: ignore[attr-defined]
        table.pupil_id == pupil.id  # type: ignore[attr-defined]
    )
    return found


def _who(session: Session, pupil: Pupil, _now: datetime) -> list[Told]:
    return [
        {
            "school": session.get_one(Unit, pupil.school_id).name,
            "name": pupil.name,
            "spelling": pupil.pinyin,
            "login": pupil.login,
            "number": pupil.number,
            "own_secret": pupil.secret_hash is not None,
            "picture_pin": pupil.pin_hash is not None,
            "consent": str(CONSENTS[pupil.consent]),
            "extra_percent": pupil.extra_percent,
            "extra_why": str(EXTRA[pupil.extra_why]) if pupil.extra_why else None,
            "extra_until": pupil.extra_until,
            "child": str(pupil.child_id),
        }
    ]


def _forget_who(_session: Session, pupil: Pupil) -> None:
    """Put nothing where something told who it was; a login that nobody can sign in with stays."""
    pupil.child_id = new_id()
    pupil.login = f"x{secrets.token_hex(9)}"
    pupil.name = pupil.pinyin = ""
    pupil.number = pupil.secret_hash = pupil.pin_hash = None
    pupil.consent = Consent.NONE
    pupil.extra_percent, pupil.extra_why, pupil.extra_until = 0, None, None


def _classes(session: Session, pupil: Pupil, _now: datetime) -> list[Told]:
    rows = session.scalars(
        select(Enrolment).where(own(Enrolment, pupil)).order_by(Enrolment.from_on)
    )
    return [
        {
            "class": row.school_class.unit.name,
            "seat": row.seat,
            "from": row.from_on,
            "until": row.until_on,
            "why": str(LEAVINGS[row.until_why]) if row.until_why else None,
            "first_sign_in": row.signed_in_at,
        }
        for row in rows
    ]


def _forget_seats(session: Session, pupil: Pupil) -> None:
    session.execute(update(Enrolment).where(own(Enrolment, pupil)).values(seat=None))


def _consents(session: Session, pupil: Pupil, _now: datetime) -> list[Told]:
    return [
        {
            "said": str(CONSENTS[row.said]),
            "said_on": row.said_on,
            "on_paper": row.on_paper,
            "recorded": row.recorded_at,
        }
        for row in consent.entries(session, pupil)
    ]


def _cards(session: Session, pupil: Pupil, _now: datetime) -> list[Told]:
    rows = session.scalars(select(Card).where(own(Card, pupil)).order_by(Card.id))
    return [
        {"issued": c.issued_at, "expires": c.expires_at, "used": c.used_at, "revoked": c.revoked_at}
        for c in rows
    ]


def _sign_ins(session: Session, pupil: Pupil, _now: datetime) -> list[Told]:
    rows = session.scalars(
        select(PupilSignIn).where(own(PupilSignIn, pupil)).order_by(PupilSignIn.id)
    )
    return [
        {
            "began": row.started_at,
            "at_latest": row.expires_at,
            "ended": row.ended_at,
            "device": row.device_id,
        }
        for row in rows
    ]


def _window_tries(session: Session, pupil: Pupil, _now: datetime) -> list[Told]:
    rows = session.execute(
        select(WindowTry.wrong, ClassWindow.opened_at)
        .join(
            ClassWindow,
            (ClassWindow.school_id == WindowTry.school_id)
            & (ClassWindow.id == WindowTry.window_id),
        )
        .where(own(WindowTry, pupil))
        .order_by(ClassWindow.opened_at)
    )
    return [{"opened": opened, "wrong": wrong} for wrong, opened in rows]


def _requests(session: Session, pupil: Pupil, _now: datetime) -> list[Told]:
    return [
        {
            "wish": str(WISHES[row.wish]),
            "words": row.words,
            "state": str(WISH_STATES[row.state]),
            "asked": row.asked_at,
            "decided": row.decided_at,
            "answer": row.answer,
        }
        for row in requests.wishes(session, pupil)
    ]


def _forget_words(session: Session, pupil: Pupil) -> None:
    """That there was a request stays, for the school's own count of them."""
    session.execute(update(DataRequest).where(own(DataRequest, pupil)).values(words="", answer=""))


def _transfers(session: Session, pupil: Pupil, _now: datetime) -> list[Told]:
    rows = session.scalars(select(Transfer).where(own(Transfer, pupil)).order_by(Transfer.id))
    return [
        {
            "made": row.made_at,
            "expires": row.expires_at,
            "to": session.get_one(Unit, row.to_school_id).name if row.to_school_id else None,
            "taken": row.taken_at,
            "called_off": row.called_off_at,
        }
        for row in rows
    ]


def _roster_changes(session: Session, pupil: Pupil, _now: datetime) -> list[Told]:
    ids = forgetting.ids_of(session, [pupil])
    rows = session.scalars(
        select(RosterChange)
        .where(RosterChange.school_id == pupil.school_id, forgetting.touches(ids))
        .order_by(RosterChange.id)
    )
    return [{"kind": str(CHANGES[row.kind]), "at": row.decided_at or row.asked_at} for row in rows]


def _forgets(table: type) -> Forget:
    """Return what deletes the pupil's rows of the table: nothing is counted from them."""

    def forget(session: Session, pupil: Pupil) -> None:
        session.execute(delete(table).where(own(table, pupil)))

    return forget


HOLDINGS: Iterable[Holding] = (
    Holding(
        lazy("Who you are"), (Pupil,),
        {
            "school": lazy("School"), "name": lazy("Name"),
            "spelling": lazy("Spelling to be found by"), "login": lazy("Sign-in name"),
            "number": lazy("Number given by the school"),
            "own_secret": lazy("An own secret is set (only its hash is kept)"),
            "picture_pin": lazy("A picture PIN is set (only its hash is kept)"),
            "consent": lazy("Consent"), "extra_percent": lazy("More time in quizzes, per cent"),
            "extra_why": lazy("Why more time"), "extra_until": lazy("More time until"),
            "child": lazy("Mark that ties your rows at several schools"),
        },
        _who, _forget_who,
    ),
    Holding(
        lazy("Your classes"), (Enrolment,),
        {
            "class": lazy("Class"), "seat": lazy("Seat"), "from": lazy("From"),
            "until": lazy("Until"), "why": lazy("Why it ended"),
            "first_sign_in": lazy("First sign-in of the school year"),
        },
        _classes, _forget_seats,
    ),
    Holding(
        lazy("What was said about consent"), (ConsentEntry,),
        {
            "said": lazy("Said"), "said_on": lazy("Said on"), "on_paper": lazy("On paper"),
            "recorded": lazy("Recorded"),
        },
        _consents, _forgets(ConsentEntry),
    ),
    Holding(
        lazy("Login cards"), (Card,),
        {
            "issued": lazy("Issued"), "expires": lazy("Valid until"), "used": lazy("Used"),
            "revoked": lazy("Replaced by a newer one"),
        },
        _cards, _forgets(Card),
    ),
    Holding(
        lazy("Sign-ins"), (PupilSignIn,),
        {
            "began": lazy("Began"), "at_latest": lazy("Ends at the latest"),
            "ended": lazy("Ended"), "device": lazy("Mark of the device"),
        },
        _sign_ins, _forgets(PupilSignIn),
    ),
    Holding(
        lazy("Wrong pictures in a class window"), (WindowTry,),
        {"opened": lazy("Window opened"), "wrong": lazy("Wrong tries")},
        _window_tries, _forgets(WindowTry),
    ),
    Holding(
        lazy("What you asked for"), (DataRequest,),
        {
            "wish": lazy("Wish"), "words": lazy("Your words"), "state": lazy("State"),
            "asked": lazy("Asked"), "decided": lazy("Answered"), "answer": lazy("Answer"),
        },
        _requests, _forget_words,
    ),
    Holding(
        lazy("Transfers to another school"), (Transfer,),
        {
            "made": lazy("Let go"), "expires": lazy("Valid until"), "to": lazy("To the school"),
            "taken": lazy("Taken over"), "called_off": lazy("Called off"),
        },
        _transfers, _forgets(Transfer),
    ),
    Holding(
        lazy("Changes of the roster that can still be undone"), (RosterChange,),
        {"kind": lazy("Kind of change"), "at": lazy("When")},
        _roster_changes, forgetting.forget,
    ),
)  # fmt: skip
