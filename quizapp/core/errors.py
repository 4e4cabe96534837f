"""Errors that the domain raises, as sentences fit to show; web/errors.py answers with them."""

from collections.abc import Mapping


class DomainError(Exception):
    """What happened, what is safe, what to do. `code` is for programs and never changes."""

    status = 400
    code = "refused"

    def __init__(
        self, says: str, *, code: str | None = None, fields: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(says)
        self.code = code or type(self).code
        self.fields = dict(fields or {})  # Field name: what is wrong with it.


class SignedOut(DomainError):
    """Nobody is signed in, or the sign-in was wrong."""

    status = 401
    code = "signed_out"


class NotAllowed(DomainError):
    """The actor may do this nowhere."""

    status = 403
    code = "not_allowed"


class Missing(DomainError):
    """It is not there, or it is only not theirs: the two must look the same."""

    status = 404
    code = "missing"


class Conflict(DomainError):
    """It was fine a moment ago; the world has moved on."""

    status = 409
    code = "conflict"


class Late(DomainError):
    """The time for it has passed."""

    status = 410
    code = "late"


class Invalid(DomainError):
    """The input has a fault that its sender can mend."""

    status = 422
    code = "invalid"


class TooMany(DomainError):
    """Too many tries; `retry_after` says after how many seconds the next one is heard."""

    status = 429
    code = "too_many"

    def __init__(self, says: str, *, retry_after: int) -> None:
        super().__init__(says)
        self.retry_after = retry_after
