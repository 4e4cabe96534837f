"""A blueprint whose routes say their shapes, so that openapi.json cannot differ from the code."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from flask import Blueprint, Response, jsonify
from pydantic import BaseModel

from quizapp.api.shapes import Given, Refusal

View = Callable[..., Any]
SHAPES = "__shapes__"


def answers(
    status: int,
    shape: Any = None,
    *,
    takes: type[BaseModel] | None = None,
    asks: Sequence[str] = (),
) -> Callable[[View], View]:
    """Say what the view takes and gives; what it returns becomes JSON of that shape.

    A view returns the shape, or the shape and another status. `asks` names what may stand behind
    the question mark of the address.
    """

    def say(view: View) -> View:
        @wraps(view)
        def call(*things: Any, **keys: Any) -> Response:
            result = view(*things, **keys)
            told, code = result if isinstance(result, tuple) else (result, status)
            return _json(told, code)

        call.__dict__[SHAPES] = (status, shape, takes, asks)
        return call

    return say


def document(bp: Blueprint, rules: Any, views: dict[str, View]) -> dict[str, Any]:
    """Return the OpenAPI description of the blueprint's routes."""
    schemas: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for rule in rules:
        view = views[rule.endpoint]
        if not rule.endpoint.startswith(f"{bp.name}.") or not hasattr(view, SHAPES):
            continue
        status, shape, takes, asks = view.__dict__[SHAPES]
        path = rule.rule.replace("<uuid:", "{").replace(">", "}")
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            told: dict[str, Any] = {
                "operationId": rule.endpoint.split(".")[1],
                "summary": (view.__doc__ or "").split("\n")[0],
                "parameters": [
                    {"name": name, "in": "path", "required": True,
                     "schema": {"type": "string", "format": "uuid"}}
                    for name in sorted(rule.arguments)
                ] + [
                    {"name": name, "in": "query", "schema": {"type": "string"}} for name in asks
                ],
                "responses": {
                    str(status): _answer("done", shape, schemas),
                    "4XX": _answer("refused", Refusal, schemas),
                },
            }  # fmt: skip
            if takes:
                told["requestBody"] = {"required": True, "content": _content(takes, schemas)}
            paths.setdefault(path, {})[method.lower()] = told
    return {
        "openapi": "3.1.0",
        "info": {"title": "quizapp", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _json(told: Any, code: int) -> Response:
    if told is None:
        return Response(status=code)
    if isinstance(told, Response):
        return told
    if isinstance(told, list):
        answer = jsonify([one.model_dump(mode="json", by_alias=True) for one in told])
    elif isinstance(told, BaseModel):
        answer = jsonify(told.model_dump(mode="json", by_alias=True, exclude=_empty(told)))
    else:
        answer = jsonify(told)
    answer.status_code = code
    return answer


def _empty(told: BaseModel) -> set[str]:
    """Leave out the half of an answer that does not apply: `pupil` or `person`."""
    return {name for name in ("pupil", "person") if getattr(told, name, ...) is None}


def _answer(says: str, shape: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    return {"description": says} | ({"content": _content(shape, schemas)} if shape else {})


def _content(shape: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    many = isinstance(shape, list)
    one: type[Given] = shape[0] if many else shape
    made = one.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    schemas.update(made.pop("$defs", {}))
    schemas[one.__name__] = made
    ref: dict[str, Any] = {"$ref": f"#/components/schemas/{one.__name__}"}
    return {"application/json": {"schema": {"type": "array", "items": ref} if many else ref}}
