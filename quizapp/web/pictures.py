"""Pictures that are content: how they are sent, so that nothing in one can do more than be seen."""

from flask import Response

HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",  # Its address names its content.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
}


def sent(raw: bytes, media_type: str) -> Response:
    return Response(raw, mimetype=media_type, headers=HEADERS)
