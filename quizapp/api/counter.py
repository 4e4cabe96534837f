"""The counter at which answers are handed over: a save that is quite simple goes no further.

In a contest nine of ten calls are saves, and most of what one costs is the frame of a request. So
they are taken here, in front of the site, with the same checks: the signed cookie, its date, the
token, the shape of the body; who is asking is asked by the statement that writes. Nothing is
refused here: whatever is not quite simple goes on to the site as it came, and is answered there.
"""

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from uuid import UUID
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, g
from itsdangerous import BadData, URLSafeTimedSerializer
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError, TimeoutError
from werkzeug.http import parse_cookie

from quizapp.accounts import signin
from quizapp.accounts.signin import Claim
from quizapp.api import shapes
from quizapp.core.clock import now
from quizapp.quizzes import saving, timing
from quizapp.quizzes.sittings import Given
from quizapp.web import measuring, tempo
from quizapp.web.cookies import RENEWED
from quizapp.web.headers import headers_for

PATH = re.compile(r"/api/v1/sittings/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/answers")
LONGEST = 65_536  # Bytes of a body: far more than any quiz has answers.
KEPT = 20_000  # Cookies that were found to be signed by us, of some 300 bytes each.


@dataclass(frozen=True)
class Kept:
    """What a signed cookie holds, as far as it matters here."""

    claim: Claim
    csrf: str
    signed_at: datetime


class Counter:
    """A WSGI application in front of the site."""

    def __init__(self, app: Flask, site: WSGIApplication) -> None:
        self._app, self._site = app, site
        self._cookie = app.config["SESSION_COOKIE_NAME"]
        self._headers = [*headers_for(app).items(), ("Content-Type", "application/json")]
        self._tokens = URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="wtf-csrf-token")
        # What was signed once stays so; its date is looked at each time.
        self._opened = lru_cache(KEPT)(self._open)
        self._is_token = lru_cache(KEPT)(self._fits)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = PATH.fullmatch(environ["PATH_INFO"])
        if path and environ["REQUEST_METHOD"] == "PUT":
            with self._app.app_context():
                measuring.begin()
                if told := self._taken(UUID(path[1]), environ):
                    measuring.over("api.save", "PUT", 200)
                    start_response("200 OK", self._about(told))
                    return [told]
        return self._site(environ, start_response)

    def _about(self, told: bytes) -> list[tuple[str, str]]:
        own = ("Content-Length", str(len(told))), ("X-Request-ID", g.request_id)
        return [*self._headers, *own]

    def _taken(self, sitting_id: UUID, environ: WSGIEnvironment) -> bytes | None:
        """Save and return the acknowledgement; None, to be passed on, if it is not simple."""
        at, kept = now(), self._whose(environ)
        length = environ.get("CONTENT_LENGTH", "")
        if kept is None or not length.isdecimal() or int(length) > LONGEST:
            return None
        age = (at - kept.signed_at).total_seconds()
        if not 0 <= age < RENEWED or environ.get("CONTENT_TYPE") != "application/json":
            return None  # The site renews what is older.
        body = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = BytesIO(body)
        given = _read(body)
        try:
            saved = given and saving.save(sitting_id, kept.claim, given, now=at)
        except (OperationalError, TimeoutError):  # The site says that the database is away.
            return None
        if not saved:
            return None
        measuring.acknowledged(is_late=timing.is_late(saved.deadline, at))
        given_back = shapes.SavedGiven(
            saved=[shapes.Acknowledged(position=p, seq=s) for p, s in sorted(saved.seqs.items())],
            now=at,
            deadline=saved.deadline,
            save_every=tempo.save_every(),
        )
        return given_back.model_dump_json().encode()

    def _whose(self, environ: WSGIEnvironment) -> Kept | None:
        cookies = parse_cookie(environ.get("HTTP_COOKIE"))
        kept = self._opened(cookies.get(self._cookie, ""))
        token = environ.get("HTTP_X_CSRF_TOKEN", "")
        return kept if kept and self._is_token(kept.csrf, token) else None

    def _open(self, cookie: str) -> Kept | None:
        signer = self._app.session_interface.get_signing_serializer(self._app)  # type: ignore[attr-defined]
        try:
            told, signed_at = signer.loads(cookie, return_timestamp=True)
        except BadData:
            return None
        claim = signin.claimed(told.get("_user_id", ""))
        return Kept(claim, told.get("csrf_token", ""), signed_at) if claim else None

    def _fits(self, csrf: str, token: str) -> bool:
        try:
            told = self._tokens.loads(token)
        except BadData:
            return False
        return bool(csrf) and hmac.compare_digest(str(told), csrf)


def init_app(app: Flask) -> None:
    app.wsgi_app = Counter(app, app.wsgi_app)  # type: ignore[method-assign]


def _read(body: bytes) -> list[Given] | None:
    try:
        sent = shapes.AnswersTaken.model_validate_json(body).answers
    except ValidationError:
        return None
    if any("\0" in word for one in sent for word in one.choice):
        return None
    return [Given(one.position, one.choice, one.seq, one.at) for one in sent]
