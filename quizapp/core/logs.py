"""The log of the program: a line of JSON for each event, with nothing in it about anybody.

An error is told by its kind and by where it happened. Its own words stay out: drivers and parsers
put into them what was written, and that may be the name of a child.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

from flask import g, has_app_context


class Lines(logging.Formatter):
    """Writes a record as one line of JSON; what a caller gives as `told` stands beside the text."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "says": record.getMessage(),
        }
        if has_app_context() and (request := g.get("request_id")):
            line["request"] = request
        line |= getattr(record, "told", {})
        if record.exc_info and (error := record.exc_info[1]):
            line["error"] = type(error).__name__
            line["where"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(error.__traceback__)
            ]
        return json.dumps(line, ensure_ascii=False)


def to_standard_error() -> None:
    """Write the log, and those of the libraries, as lines to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("quizapp").setLevel(logging.INFO)
