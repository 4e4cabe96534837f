"""Pages, JSON and drawings go out compressed to those who take it: school lines are slow."""

import gzip

from flask import Flask, Response, request

KINDS = ("text/html", "application/json", "image/svg+xml")
LEAST = 1024  # Bytes: below it nothing is gained.


def init_app(app: Flask) -> None:
    @app.after_request
    def compress(answer: Response) -> Response:
        takes = "gzip" in request.headers.get("Accept-Encoding", "")
        if not takes or answer.mimetype not in KINDS or answer.is_streamed:
            return answer
        plain = answer.get_data()
        if len(plain) >= LEAST:
            answer.set_data(gzip.compress(plain, compresslevel=5, mtime=0))
            answer.headers["Content-Encoding"] = "gzip"
            answer.vary.add("Accept-Encoding")
        return answer
