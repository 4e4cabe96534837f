"""The mark under which a browser keeps what is a pupil's own: it says nothing about who it is."""

import hmac

from flask import current_app

from quizapp.access.policy import Actor, ActorKind

LENGTH = 16


def mark(actor: Actor | None) -> str | None:
    """Return the mark of a pupil, the same at every sign-in; None for anybody else."""
    if actor is None or actor.kind is not ActorKind.PUPIL:
        return None
    key = current_app.config["QUIZAPP"].secret_key.encode()
    return hmac.digest(key, b"kept for " + actor.id.bytes, "sha256").hex()[:LENGTH]
