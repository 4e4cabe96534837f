"""A list between its check and its import: the page carries it, signed; the site keeps nothing.

Only where a second person must agree it is kept with the proposal until then.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from itsdangerous import BadData, URLSafeTimedSerializer

from quizapp.orgs.rules import Stage
from quizapp.rosters.class_lists import ClassList, Listed
from quizapp.rosters.matching import Reach

LONGEST: Final = 700_000  # Signs: a form may hold a megabyte in all.
LASTS: Final = timedelta(hours=2)


@dataclass(frozen=True)
class Checked:
    """The rows without a fault, and what it takes to plan with them as the check did."""

    pupils: tuple[Listed, ...]
    left_out: int  # Rows with a fault.
    school_year: int
    stages: tuple[Stage, ...]
    reach: Reach

    @property
    def listed(self) -> ClassList:
        return ClassList(self.pupils, ())


def checked(
    listed: ClassList, *, school_year: int, stages: Collection[Stage], reach: Reach
) -> Checked:
    """Return a list without its faulty rows. Where there are any, whose are they? Nobody leaves."""
    left_out = len({fault.row for fault in listed.faults})
    return Checked(
        listed.pupils, left_out, school_year, tuple(sorted(stages)),
        Reach.NONE if left_out else reach,
    )  # fmt: skip


def told(what: Checked) -> dict[str, Any]:
    """Return the list as JSON takes it."""
    return {
        "pupils": [list(astuple(pupil)) for pupil in what.pupils],
        "left_out": what.left_out,
        "school_year": what.school_year,
        "stages": [stage.value for stage in what.stages],
        "reach": what.reach.value,
    }


def from_told(what: Mapping[str, Any]) -> Checked:
    return Checked(
        pupils=tuple(Listed(*pupil) for pupil in what["pupils"]),
        left_out=what["left_out"],
        school_year=what["school_year"],
        stages=tuple(Stage(stage) for stage in what["stages"]),
        reach=Reach(what["reach"]),
    )


def packed(what: Checked, *, school_id: UUID, key: str) -> str:
    """Return the list as text for a form of this school, compressed and signed."""
    return _signer(key).dumps([str(school_id), told(what)])


def unpacked(text: str, *, school_id: UUID, key: str, now: datetime) -> Checked | None:
    """Return the list; None if it is older than two hours, another school's or not from here."""
    try:
        (school, what), signed_at = _signer(key).loads(text, return_timestamp=True)
    except BadData:
        return None
    if school != str(school_id) or now - signed_at > LASTS:
        return None
    return from_told(what)


def _signer(key: str) -> URLSafeTimedSerializer:
    how = {"digest_method": hashlib.sha256}
    return URLSafeTimedSerializer(key, salt="checked-class-list", signer_kwargs=how)
