"""A list between its check and its import: the page carries it, signed; the site keeps nothing."""

import hashlib
from collections.abc import Collection
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from itsdangerous import BadData, URLSafeTimedSerializer

from quizapp.accounts.class_lists import ClassList, Listed
from quizapp.orgs.rules import Stage

LONGEST: Final = 700_000  # Signs: a form may hold a megabyte in all.
LASTS: Final = timedelta(hours=2)


@dataclass(frozen=True)
class Checked:
    """The rows without a fault, and what it takes to plan with them as the check did."""

    pupils: tuple[Listed, ...]
    left_out: int  # Rows with a fault.
    school_year: int
    stages: tuple[Stage, ...]

    @property
    def listed(self) -> ClassList:
        return ClassList(self.pupils, ())


def checked(listed: ClassList, *, school_year: int, stages: Collection[Stage]) -> Checked:
    faulty = {fault.row for fault in listed.faults}
    return Checked(listed.pupils, len(faulty), school_year, tuple(sorted(stages)))


def packed(what: Checked, *, school_id: UUID, key: str) -> str:
    """Return the list as text for a form of this school, compressed and signed."""
    pupils = [list(astuple(pupil)) for pupil in what.pupils]
    told = [str(school_id), what.left_out, what.school_year, list(what.stages), pupils]
    return _signer(key).dumps(told)


def unpacked(text: str, *, school_id: UUID, key: str, now: datetime) -> Checked | None:
    """Return the list; None if it is older than two hours, another school's or not from here."""
    try:
        told, signed_at = _signer(key).loads(text, return_timestamp=True)
    except BadData:
        return None
    school, left_out, school_year, stages, pupils = told
    if school != str(school_id) or now - signed_at > LASTS:
        return None
    listed = tuple(Listed(*pupil) for pupil in pupils)
    return Checked(listed, left_out, school_year, tuple(Stage(stage) for stage in stages))


def _signer(key: str) -> URLSafeTimedSerializer:
    how = {"digest_method": hashlib.sha256}
    return URLSafeTimedSerializer(key, salt="checked-class-list", signer_kwargs=how)
