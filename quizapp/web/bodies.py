"""What is sent to us as JSON, read strictly."""

from typing import Any, TypeVar

from flask import request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from quizapp.core.errors import Invalid
from quizapp.core.i18n import _

Body = TypeVar("Body", bound=BaseModel)


def read(shape: type[Body]) -> Body:
    """Return the body of the request; 415 and 400 for what is no JSON, Invalid for wrong fields."""
    if holds_nul(_whole()):
        raise BadRequest
    try:
        return shape.model_validate_json(request.get_data())
    except ValidationError as fault:
        raise _wrong(fault) from None


def outline(shape: type[Body]) -> Body:
    """Return the body as `read` does, where the shape looks at each part of a list later, alone."""
    try:
        return shape.model_validate(_whole())
    except ValidationError as fault:
        raise _wrong(fault) from None


def holds_nul(told: object) -> bool:
    """Whether the one character that no database text can hold stands anywhere in it."""
    parts = [told]
    for part in parts:  # It grows as it is read: what is deep must not need a deep stack.
        if isinstance(part, str) and "\0" in part:
            return True
        if isinstance(part, dict):
            parts += [*part, *part.values()]
        elif isinstance(part, list):
            parts += part
    return False


def _whole() -> dict[str, Any]:
    if not request.is_json:
        raise UnsupportedMediaType
    try:
        whole = request.get_json(silent=True)
    except RecursionError:  # Nested to do harm.
        raise BadRequest from None
    if not isinstance(whole, dict):
        raise BadRequest
    return whole


def _wrong(fault: ValidationError) -> Invalid:
    fields = {".".join(str(step) for step in e["loc"]): e["msg"] for e in fault.errors()}
    return Invalid(_("Some fields of the request are wrong."), fields=fields)
