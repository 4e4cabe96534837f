"""Knocks: how a class window hears pictures, so that a prankster closes no names.

A browser in which a few were wrong is shut out of the window, at whatever names they were; a name
has tries left when others have used up what anybody may try. The rules are in docs/decisions/0017.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, and_, delete, select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts import ceilings, credentials, pins, throttle
from quizapp.accounts.models import ClassWindow, Pupil, WindowBrowser, WindowTry
from quizapp.audit.actions import record
from quizapp.core.db import changed, insert
from quizapp.orgs.models import SchoolClass, Unit

WRONG = 4  # In one browser, for all names of a window: then it is shut out.


class Knock(StrEnum):
    """How a try with pictures ended."""

    RIGHT = "right"
    WRONG = "wrong"
    CLOSED = "closed"  # Not looked at: the name hears nobody whose browser is not its own.
    SHUT = "shut"  # Not looked at: too much was wrong in this browser.


@dataclass(frozen=True)
class ShutOut:
    """A browser that is shut out of a window: its mark, and the number that stands on it."""

    browser: str
    number: int


def knock(
    session: Session, window: ClassWindow, child: Pupil, pin: str, *, device: str, key: str,
    now: datetime,
) -> Knock:  # fmt: skip
    """Look at the pictures, each try counted first and the right one taken back.

    The rows of browser and name stay locked until the transaction ends: tries at the same moment
    queue up.
    """
    browser = ceilings.browser(device, key)
    wrong = _count(session, window, browser)
    if wrong is None:
        return Knock.SHUT
    school = session.get_one(Unit, window.school_id).code
    account = throttle.account_of_pupil(school, child.login, key)
    counter = _shared(session, account, now=now)
    if counter is None:
        is_clean = wrong == 1 and not ceilings.has_erred(session, browser, now=now)
        own = throttle.own_browser(
            session, account, school=school, login=child.login, device=device, now=now
        )
        reserves = _reserves(session, window, child, account, own=own, is_clean=is_clean)
        counter = throttle.first_that_hears(session, reserves, now=now)
        if counter is None:
            return _turned_away(session, window, child, browser, is_clean=is_clean)
    given = pins.sealed(pin, pupil_id=child.id, key=key)
    if child.pin_hash is None or not credentials.same(child.pin_hash, given):
        _note(session, window, child, wrong=1)
        return Knock.WRONG
    throttle.forgive(session, counter)
    _uncount(session, window, browser)
    return Knock.RIGHT


def free(
    session: Session,
    school_class: SchoolClass,
    *,
    pupil_id: UUID | None = None,
    by: Actor,
    now: datetime,
) -> int:
    """Open a name of the class again, or all that are closed; return how many.

    An opened name hears one more wrong try in the hour.
    """
    opened = (
        update(WindowTry)
        .where(WindowTry.school_id == school_class.school_id, WindowTry.is_closed)
        .where(WindowTry.window_id.in_(_windows(school_class)))
        .values(is_closed=False, was_opened=True)
    )
    if pupil_id:
        opened = opened.where(WindowTry.pupil_id == pupil_id)
    names = changed(session, opened)
    record(
        session, "window.freed", by=by, now=now, path=school_class.path, names=names,
        **({"pupil": pupil_id} if pupil_id else {}),
    )  # fmt: skip
    return names


def let_in(
    session: Session, school_class: SchoolClass, browser: str, *, by: Actor, now: datetime
) -> None:
    """Let a browser that was shut out of the window of the class show pictures again."""
    mine = and_(
        WindowBrowser.school_id == school_class.school_id,
        WindowBrowser.window_id.in_(_windows(school_class)),
        WindowBrowser.browser == browser,
    )
    if changed(session, delete(WindowBrowser).where(mine)):
        ceilings.pardon(session, browser)
        record(session, "window.let-in", by=by, now=now, path=school_class.path)


def shut_out(session: Session, window: ClassWindow) -> list[ShutOut]:
    """Return the browsers that are shut out of the window, by number."""
    marks = session.scalars(
        select(WindowBrowser.browser)
        .where(WindowBrowser.school_id == window.school_id)
        .where(WindowBrowser.window_id == window.id, WindowBrowser.wrong >= WRONG)
    )
    return sorted((ShutOut(mark, number(mark)) for mark in marks), key=lambda one: one.number)


def is_shut(session: Session, window: ClassWindow, browser: str) -> bool:
    row = session.get(WindowBrowser, (window.school_id, window.id, browser), populate_existing=True)
    return row is not None and row.wrong >= WRONG


def has_closed(session: Session, window: ClassWindow, pupil_id: UUID) -> bool:
    """Whether the name hears only browsers of its own."""
    row = session.get(WindowTry, (window.school_id, window.id, pupil_id), populate_existing=True)
    return row is not None and row.is_closed


def number(browser: str) -> int:
    """Return the three digits by which a pupil tells the teacher which browser it is."""
    return 100 + int(browser[:12], 16) % 900


def _shared(session: Session, account: str, *, now: datetime) -> str | None:
    """Count the try with what is for anybody; None if that has been used up."""
    hears = throttle.hears(session, account, throttle.ANYBODY, now=now, is_paced=False)
    return account if hears else None


def _reserves(
    session: Session, window: ClassWindow, child: Pupil, account: str, *, own: str | None,
    is_clean: bool,
) -> Iterator[str]:  # fmt: skip
    """Yield the counters that may hear a try when what is for anybody has been used up."""
    if own:
        yield own
    if is_clean:
        yield throttle.window_of(account)
    row = session.get(WindowTry, (window.school_id, window.id, child.id), populate_existing=True)
    if row and row.was_opened:
        yield throttle.opened_of(account)


def _turned_away(
    session: Session, window: ClassWindow, child: Pupil, browser: str, *, is_clean: bool
) -> Knock:
    """Close the name if even a browser in which nothing was wrong is not heard; else shut it out.

    Whoever has used up the tries of a name must not be able to close it as well.
    """
    if is_clean:
        _uncount(session, window, browser)
        _note(session, window, child, is_closed=True)
        return Knock.CLOSED
    mine = _of_browser(window, browser)
    changed(session, update(WindowBrowser).where(mine).values(wrong=WRONG))
    return Knock.SHUT


def _count(session: Session, window: ClassWindow, browser: str) -> int | None:
    """Count a try of the browser, and return how many there are; None if it is shut out."""
    row = {"school_id": window.school_id, "window_id": window.id, "browser": browser}
    counted = insert(session, WindowBrowser).values(**row, wrong=1)
    counted = counted.on_conflict_do_update(
        index_elements=list(row),
        set_={"wrong": WindowBrowser.wrong + 1},
        where=WindowBrowser.wrong < WRONG,
    )
    wrong: int | None = session.scalar(counted.returning(WindowBrowser.wrong))
    return wrong


def _uncount(session: Session, window: ClassWindow, browser: str) -> None:
    """Take a try of the browser back."""
    mine = _of_browser(window, browser)
    if not changed(session, delete(WindowBrowser).where(mine, WindowBrowser.wrong <= 1)):
        less = {"wrong": WindowBrowser.wrong - 1}
        changed(session, update(WindowBrowser).where(mine).values(less))


def _note(
    session: Session, window: ClassWindow, child: Pupil, *, wrong: int = 0, is_closed: bool = False
) -> None:
    """Write down at the name what has happened there in this window."""
    row = {"school_id": window.school_id, "window_id": window.id, "pupil_id": child.id}
    noted = insert(session, WindowTry).values(**row, wrong=wrong, is_closed=is_closed)
    more = {"is_closed": True} if is_closed else {"wrong": WindowTry.wrong + wrong}
    session.execute(noted.on_conflict_do_update(index_elements=list(row), set_=more))


def _of_browser(window: ClassWindow, browser: str) -> ColumnElement[bool]:
    return and_(
        WindowBrowser.school_id == window.school_id,
        WindowBrowser.window_id == window.id,
        WindowBrowser.browser == browser,
    )


def _windows(school_class: SchoolClass) -> ScalarSelect[UUID]:
    """Return the windows of the class, as a subquery."""
    return (
        select(ClassWindow.id)
        .where(ClassWindow.school_id == school_class.school_id)
        .where(ClassWindow.class_id == school_class.unit_id)
        .scalar_subquery()
    )
