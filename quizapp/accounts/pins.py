"""Picture PINs: three pictures out of twelve, in order.

1,728 orders are no password: they open only in a window that a teacher has opened, and few tries
are heard there (accounts/knocks.py). Kept is an HMAC with the key of the site.
"""

import hashlib
import hmac
from collections.abc import Sequence
from uuid import UUID

PICTURES = (
    "sun", "moon", "star", "tree", "flower", "apple",
    "fish", "bird", "cat", "house", "boat", "umbrella",
)  # fmt: skip
LENGTH = 3
LAST_GRADE = 6  # Up to it cards speak of pictures only; older pupils are offered a secret, too.


def spelled(chosen: Sequence[str | None]) -> str | None:
    """Return the pictures as one text; None unless all three are chosen."""
    known = [picture for picture in chosen if picture in PICTURES]
    return " ".join(known) if len(known) == len(chosen) == LENGTH else None


def is_weak(pin: str) -> bool:
    """Whether classmates would try it first: the same picture three times."""
    return len(set(pin.split())) == 1


def sealed(pin: str, *, pupil_id: UUID, key: str) -> str:
    """Return what is kept of a PIN: another text for each pupil, so that equal ones do not show."""
    told = f"pin {pupil_id} {pin}"
    return hmac.new(key.encode(), told.encode(), hashlib.sha256).hexdigest()
