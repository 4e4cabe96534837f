"""The door of every view. A view is given what it is about only after the policy said yes.

There are five: `needs` (a permission on a thing), `mine` (a pupil's own row), `own_by_statement`
(the same, asked by the statement that writes it), `signed_in` (anybody with an account) and
`public` (anybody at all). A test walks the routes.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from flask_login import current_user

from quizapp.access.policy import (
    EVERYWHERE,
    Actor,
    ActorKind,
    Permission,
    Placed,
    require,
)
from quizapp.core.db import database
from quizapp.core.errors import NotAllowed, SignedOut
from quizapp.core.i18n import _

View = Callable[..., Any]


def actor_or_none() -> Actor | None:
    """Return who is signed in, or None."""
    return cast(Actor, current_user.actor) if current_user.is_authenticated else None


def current_actor() -> Actor:
    """Return who is signed in; SignedOut if nobody is."""
    if actor := actor_or_none():
        return actor
    raise SignedOut(_("Please sign in first."))


def needs(
    permission: Permission, *, on: Callable[..., Placed] | None = None
) -> Callable[[View], View]:
    """Load the thing that the URL names, ask the policy, and only then open.

    Without `on` the thing is no single one (a list, the bank): the permission must be held
    anywhere, and the view keeps to `access.scope.within`.
    """

    def door(view: View) -> View:
        @wraps(view)
        def enter(**keys: Any) -> Any:
            actor = current_actor()
            require(actor, permission, EVERYWHERE)  # Before it is told what there is.
            if on is None:
                return view(**keys)
            thing = on(database.session, **keys)
            require(actor, permission, thing)
            return view(thing)

        return _marked(enter, permission.value)

    return door


def mine(own: Callable[..., object]) -> Callable[[View], View]:
    """Give a pupil the own row, loaded by the pupil and the keys of the URL; Missing otherwise."""

    def door(view: View) -> View:
        @wraps(view)
        def enter(**keys: Any) -> Any:
            actor = current_actor()
            if actor.kind is not ActorKind.PUPIL:
                raise NotAllowed(_("This page is for pupils."))
            return view(own(database.session, actor, **keys))

        return _marked(enter, "mine")

    return door


def own_by_statement(view: View) -> View:
    """Open to whoever asks: the statement that writes asks by itself whose cookie and row it is.

    For what a whole city does in the same minute: who is asking is not looked up first.
    """
    return _marked(view, "mine")


def signed_in(view: View) -> View:
    """Open to everybody with an account; the view shows only what is the actor's own."""

    @wraps(view)
    def enter(**keys: Any) -> Any:
        current_actor()
        return view(**keys)

    return _marked(enter, "signed in")


def public(view: View) -> View:
    """Open to all the world, and say so."""
    return _marked(view, "public")


def _marked(view: View, door: str) -> View:
    view.__dict__["door"] = door
    return view
