"""Headers that every answer bears, pages of errors among them."""

from flask import Flask, Response, request, session

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "media-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
    )
)
FIXED = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


PUBLIC = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
NOBODY_KEEPS = {"Cache-Control": "no-store"}


def headers_for(app: Flask) -> dict[str, str]:
    """Return what every answer bears that is for one reader alone."""
    return FIXED | NOBODY_KEEPS | (PUBLIC if app.config["QUIZAPP"].is_public else {})


def init_app(app: Flask) -> None:
    fixed = FIXED | (PUBLIC if app.config["QUIZAPP"].is_public else {})

    @app.after_request
    def add(answer: Response) -> Response:
        for name, value in fixed.items():
            answer.headers.setdefault(name, value)
        # A shared PC must not show a page again after its reader has signed out.
        if request.endpoint and "Cache-Control" not in answer.headers:
            # Asked of the cookie, for the database may be the very thing that is away.
            personal = "_user_id" in session or request.method != "GET"
            answer.headers["Cache-Control"] = "no-store" if personal else "no-cache"
        return answer
