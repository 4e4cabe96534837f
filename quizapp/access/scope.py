"""The policy as SQL: the same answer as `allows`, for a whole list at once."""

from sqlalchemy import ColumnElement, false, or_
from sqlalchemy.orm import InstrumentedAttribute

from quizapp.access.policy import OFFERED, Actor, ActorKind, Permission, reach

Path = InstrumentedAttribute[str]


def within(path: Path, actor: Actor, permission: Permission) -> ColumnElement[bool]:
    """Return the WHERE clause that keeps what the actor holds the permission for."""
    tops = list(reach(actor, permission))
    beneath = [path.startswith(top, autoescape=True) for top in tops]
    if permission not in OFFERED:
        return or_(false(), *beneath)
    above = path.in_([step for top in tops for step in steps(top)])
    return or_(above, *beneath) if actor.kind is ActorKind.STAFF else above


def steps(path: str) -> list[str]:
    """Return the path of the unit and of all above it: "/a/b/" gives "/", "/a/", "/a/b/"."""
    return [path[: i + 1] for i, sign in enumerate(path) if sign == "/"]
