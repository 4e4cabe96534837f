"""The device a request comes from: a random mark in a cookie, which says nothing about anybody."""

import secrets

from flask import Flask, Response, current_app, g, request

COOKIE = "device"
LENGTH = 22  # 128 bits in URL-safe base64.
TWO_YEARS = 63_072_000


def init_app(app: Flask) -> None:
    @app.after_request
    def remember(answer: Response) -> Response:
        if made := g.get("new_device"):
            secure = current_app.config["QUIZAPP"].is_public
            answer.set_cookie(
                COOKIE, made, max_age=TWO_YEARS, httponly=True, samesite="Lax", secure=secure
            )
        return answer


def device_id() -> str:
    """Return the mark of this device; a new device is given one with the answer."""
    known = request.cookies.get(COOKIE, "")
    if len(known) == LENGTH and known.isascii():
        return known
    if "new_device" not in g:
        g.new_device = secrets.token_urlsafe(16)
    return str(g.new_device)
