"""Whose name is shown to whom, by what guardians and pupils said."""

from quizapp.access.policy import Actor, Permission, Placed, allows
from quizapp.accounts.models import Consent
from quizapp.core.i18n import _

UNNAMED = frozenset({Consent.REFUSED, Consent.WITHDRAWN})
LAST_YOUNG_GRADE = 8  # Under 14 is taken from the grade: no birthday is stored.


def is_young(grade: int) -> bool:
    """Whether pupils of the grade are under 14, so that their guardians decide."""
    return grade <= LAST_YOUNG_GRADE


def may_leave(consent: Consent, grade: int) -> bool:
    """Whether the name may leave the school in a file: nobody has said no, and of a child under 14
    the guardian has said yes. Inside the school a name is shown until somebody says no."""
    return consent not in UNNAMED and not (consent is Consent.NONE and is_young(grade))


def shown_name(name: str, consent: Consent, seat: int | None, *, of: Placed, reader: Actor) -> str:
    """Return the name of a pupil of the class as the reader may see it.

    Where consent was refused or withdrawn, only who teaches the class reads it: the same who see
    how far each pupil of it has come.
    """
    if consent not in UNNAMED or allows(reader, Permission.PROGRESS_READ, of):
        return name
    if seat is None:
        return _("(no consent to show the name)")
    return _("(no consent to show the name) seat %(seat)s", seat=seat)
