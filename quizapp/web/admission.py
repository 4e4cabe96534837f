"""Who may come in while the site is full: newcomers wait in line, who has begun a quiz never does.

It stands before everything else. Refusing somebody opens no session, asks no database and draws no
page: a page that was drawn once is sent with two numbers in it.
"""

import json
import random
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask_babel import force_locale
from itsdangerous import BadSignature
from werkzeug.http import parse_cookie

from quizapp.core import i18n
from quizapp.core.i18n import LOCALES, _
from quizapp.web import tickets
from quizapp.web.cookies import Sessions
from quizapp.web.headers import headers_for
from quizapp.web.line import Line, Turn, returns_in
from quizapp.web.tickets import Kind, Ticket, Used

Environ = dict[str, Any]
Respond = Callable[..., Any]
Wsgi = Callable[[Environ, Respond], Iterable[bytes]]

STARTS = 3  # So many begin a quiz in the time in which one comes in: it costs a third.
ROOM = 12  # Newcomers' requests inside at a time, of sixteen threads; the rest is for who sits.
ID = "[0-9a-f-]{36}"
STARTING = re.compile(rf"(?:/api/v1)?/quizzes/{ID}/sittings")
# What a newcomer asks for on the way to a quiz. All else is let through: sittings above all, and
# the pages of staff. The door of staff is no door of the crowd.
ENTERING = re.compile(
    rf"/|/sign-in|/card(?:/use)?|/window(?:/.*)?|/quizzes/(?:{ID})?|/api/v1/(?:sign-in|quizzes)"
)


def init_app(app: Flask) -> None:
    """Put the line before the site, unless the settings let in everybody at once."""
    if app.config["QUIZAPP"].newcomers:
        app.wsgi_app = Admission(app, app.wsgi_app)  # type: ignore[assignment, method-assign]


def kind_of(method: str, path: str) -> Kind | None:
    """Return for what a request waits when the site is full; None: it never waits."""
    if method == "POST" and STARTING.fullmatch(path):
        return Kind.STARTING
    if method in ("GET", "HEAD", "POST") and ENTERING.fullmatch(path):
        return Kind.ENTERING
    return None


class Admission:
    """The line in front of one process. `clock` gives seconds since 1970."""

    def __init__(
        self, app: Flask, inner: Wsgi, *, clock: Callable[[], float] = time.time, room: int = ROOM
    ) -> None:
        settings = app.config["QUIZAPP"]
        self._app, self._inner, self._clock, self._room = app, inner, clock, room
        self._key = tickets.key_of(settings.secret_key)
        self._locale, self._is_public = settings.locale, settings.is_public
        self._headers = headers_for(app).items()
        self._lines = {
            Kind.ENTERING: Line(settings.newcomers),
            Kind.STARTING: Line(settings.newcomers * STARTS),
        }
        self._used, self._inside, self._turn = Used(), 0, threading.Lock()
        self._pages: dict[str, str] = {}

    def __call__(self, environ: Environ, respond: Respond) -> Iterable[bytes]:
        kind = kind_of(environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""))
        if kind is None:
            return self._inner(environ, respond)
        now, cookies = self._clock(), parse_cookie(environ.get("HTTP_COOKIE", ""))
        held = tickets.read(cookies.get(tickets.COOKIE, ""), self._key, now)
        with self._turn:
            turn, given = self._ask(kind, held, now)
            self._inside += turn.comes_in
        if turn.comes_in:
            return self._let_in(environ, respond, given)
        if environ["PATH_INFO"] == "/" and self._is_staff(cookies):
            return self._inner(environ, respond)
        return self._refuse(environ, respond, cookies, turn, given, now)

    def _ask(self, kind: Kind, held: Ticket | None, now: float) -> tuple[Turn, Ticket | None]:
        """Return whose turn it is, and the ticket to be handed out; None: the old one is good."""
        if held and self._used.is_up(held):
            held = None
        if kind is Kind.ENTERING and held and not held.waits:
            self._used.use(held, now)
            return Turn(True, now), None
        if kind is Kind.ENTERING and held and held.kind is Kind.STARTING:
            # The way to the button; the slot is used by pressing it.
            wait = self._lines[Kind.STARTING].waits(now, held.time)
            return (wait, held) if wait else (Turn(True, now), None)
        own = held if held and held.kind is kind else None
        has_room = self._inside < self._room
        turn = self._lines[kind].ask(now, own.time if own else None, has_room=has_room)
        if not turn.comes_in:
            return turn, own or tickets.new(kind, turn.slot)
        if own:
            self._used.use(own, now)
        if kind is Kind.STARTING:
            return turn, tickets.new(Kind.STARTED, now + tickets.STARTED)
        return turn, tickets.new(Kind.INSIDE, now + tickets.INSIDE)

    def _let_in(self, environ: Environ, respond: Respond, given: Ticket | None) -> Iterable[bytes]:
        def with_ticket(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            if given and (given.kind is Kind.INSIDE or _has_begun(status, headers)):
                headers = [*headers, self._cookie(given)]
            return respond(status, headers, *rest)

        try:
            return self._inner(environ, with_ticket)
        finally:
            with self._turn:
                self._inside -= 1

    def _refuse(
        self,
        environ: Environ,
        respond: Respond,
        cookies: Mapping[str, str],
        turn: Turn,
        given: Ticket | None,
        now: float,
    ) -> Iterable[bytes]:
        again = returns_in(turn, now, chance=random.random())  # noqa: S311 - spreads, hides nothing.
        is_json = environ["PATH_INFO"].startswith("/api/")
        page = self._page(_language(cookies, self._locale), is_json)
        wait = max(1, round(turn.slot - now))
        body = page.replace("{place}", str(turn.place)).replace("{wait}", str(wait))
        if not is_json:
            body = body.replace("{again}", str(again)).replace("{back}", escape(_back(environ)))
        sent = body.encode()
        headers = [
            ("Content-Type", "application/json" if is_json else "text/html; charset=utf-8"),
            ("Content-Length", str(len(sent))),
            ("Retry-After", str(again)),
            *self._headers,
        ]
        if given:
            headers.append(self._cookie(given))
        respond("503 Service Unavailable", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [sent]

    def _cookie(self, ticket: Ticket) -> tuple[str, str]:
        lasts = max(1, round(ticket.ends - self._clock()))
        secure = "; Secure" if self._is_public else ""
        told = tickets.write(ticket, self._key)
        return (
            "Set-Cookie",
            f"{tickets.COOKIE}={told}; Max-Age={lasts}; Path=/; HttpOnly; SameSite=Lax{secure}",
        )

    def _page(self, language: str, is_json: bool) -> str:
        """Return what is sent in the language, drawn when the first has to wait."""
        name = f"{language} {is_json}"
        if name not in self._pages:
            with self._app.app_context(), force_locale(language):
                self._pages[name] = _as_json() if is_json else self._drawn(language)
        return self._pages[name]

    def _drawn(self, language: str) -> str:
        template = self._app.jinja_env.get_template("waiting.html")
        name = self._app.config["QUIZAPP"].site_name
        return str(template.render(language=language, site_name=name))

    def _is_staff(self, cookies: Mapping[str, str]) -> bool:
        """Whether the session is one of staff: they come by the first page, too, and are few."""
        serializer = Sessions().get_signing_serializer(self._app)
        try:
            told = serializer.loads(cookies.get(self._app.config["SESSION_COOKIE_NAME"], ""))  # type: ignore[union-attr]
        except BadSignature:
            return False
        return str(told.get("_user_id", "")).startswith("s.")


def _has_begun(status: str, headers: list[tuple[str, str]]) -> bool:
    """Whether a start was granted: who was refused, or sent to sign in, has not begun."""
    where = next((value for name, value in headers if name.lower() == "location"), "")
    return status[0] == "2" or (status[0] == "3" and "/sittings/" in where)


def _as_json() -> str:
    says = _("Many are coming in right now. Your place in line is kept; please try again soon.")
    told = {"code": "waiting", "message": says, "fields": {}, "place": 0}
    return json.dumps({"error": told}).replace('"place": 0', '"place": {place}')


def _language(cookies: Mapping[str, str], usual: str) -> str:
    chosen = cookies.get(i18n.COOKIE, "")
    return chosen if chosen in LOCALES else usual


def _back(environ: Environ) -> str:
    """Return where the page of the line leads when it is one's turn.

    What was typed into a form is not kept here; its page comes again. Only own paths are taken.
    """
    if environ["REQUEST_METHOD"] != "POST":
        query = environ.get("QUERY_STRING", "")
        return f"{environ['PATH_INFO']}?{query}" if query else str(environ["PATH_INFO"])
    came = urlsplit(environ.get("HTTP_REFERER", ""))
    own = came.netloc == environ.get("HTTP_HOST") and kind_of("GET", came.path)
    return came.path if own else "/"
