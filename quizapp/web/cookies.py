"""Session cookies are dated by the site's own time: a step of the machine's clock signs nobody out.

One that is dated in the future would be refused, and so would one that seems to be too old. The
date says when somebody was here last; it is renewed every few minutes, and not with each answer.
"""

from flask import Flask, Request, g
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadSignature, TimestampSigner, URLSafeTimedSerializer

from quizapp.core.clock import now

RENEWED = 300  # Seconds: a younger date is good enough, and signing anew takes time.


class Dated(TimestampSigner):
    """Signs with the time of the site."""

    def get_timestamp(self) -> int:
        return int(now().timestamp())


class Sessions(SecureCookieSessionInterface):
    """The sessions of Flask, dated so."""

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        made = super().get_signing_serializer(app)
        if made is not None:
            made.signer = Dated
        return made

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        signer = self.get_signing_serializer(app)
        told = request.cookies.get(self.get_cookie_name(app))
        if signer is None:
            return None
        if not told:
            return self.session_class()
        idle = int(app.permanent_session_lifetime.total_seconds())
        try:
            kept, signed_at = signer.loads(told, max_age=idle, return_timestamp=True)
        except BadSignature:
            return self.session_class()
        g.session_age = (now() - signed_at).total_seconds()
        return self.session_class(kept)

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        is_old = session.permanent and g.get("session_age", RENEWED) >= RENEWED
        return session.modified or is_old


def init_app(app: Flask) -> None:
    app.session_interface = Sessions()
