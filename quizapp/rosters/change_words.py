"""What changes of the roster are called on pages."""

from collections.abc import Mapping

from quizapp.core.i18n import _, lazy
from quizapp.rosters.models import ChangeKind, ChangeState

KINDS = {
    ChangeKind.LIST: lazy("Class list"),
    ChangeKind.PROMOTION: lazy("Turn of the school year"),
    ChangeKind.GRADUATION: lazy("Graduation"),
    ChangeKind.TRANSFER: lazy("Transfer"),
    ChangeKind.EDIT: lazy("By hand"),
}
STATES = {
    ChangeState.PROPOSED: (lazy("Waits for a second person"), "near"),
    ChangeState.APPLIED: (lazy("Done"), "good"),
    ChangeState.UNDONE: (lazy("Undone"), "plain"),
    ChangeState.REFUSED: (lazy("Turned down"), "plain"),
}
"""The word for a state, and the tone of its badge."""

COUNTS = {
    "added": lazy("%(count)s new"),
    "returned": lazy("%(count)s back again"),
    "moved": lazy("%(count)s moved"),
    "changed": lazy("%(count)s changed"),
    "left": lazy("%(count)s left"),
    "promoted": lazy("%(count)s gone up"),
    "graduated": lazy("%(count)s graduated"),
    "classes": lazy("%(count)s new classes"),
}


def counted(counts: Mapping[str, int]) -> str:
    """Return "2 new, 1 moved": what is not nothing, in the order above."""
    told = [str(word) % {"count": counts[key]} for key, word in COUNTS.items() if counts.get(key)]
    return _(", ").join(told) or _("nothing changed")
