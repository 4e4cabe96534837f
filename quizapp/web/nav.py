"""The menu: each feature says which pages it offers, and to whom."""

from dataclasses import dataclass

from flask import Flask, current_app, request, url_for

from quizapp.access.policy import Actor, ActorKind, Permission, holds


@dataclass(frozen=True)
class Offer:
    """A page of the menu, for those who hold the permission. `label` is translated when shown."""

    endpoint: str
    label: object
    icon: str
    permission: Permission
    kinds: frozenset[ActorKind] = frozenset({ActorKind.STAFF})


@dataclass(frozen=True)
class Entry:
    url: str
    label: str
    icon: str
    current: bool


def init_app(app: Flask) -> None:
    app.extensions["nav"] = []


def offer(app: Flask, *offers: Offer) -> None:
    app.extensions["nav"].extend(offers)


def entries(actor: Actor | None) -> tuple[Entry, ...]:
    """Return the menu of the actor, in the order in which the features were registered."""
    if actor is None:
        return ()
    offers: list[Offer] = current_app.extensions["nav"]
    mine = [o for o in offers if actor.kind in o.kinds and holds(actor, o.permission)]
    here = request.blueprint
    return tuple(
        Entry(url_for(o.endpoint), str(o.label), o.icon, here == o.endpoint.split(".")[0])
        for o in mine
    )
