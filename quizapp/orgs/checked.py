"""A list of headcounts between its check and its entry: the page carries it, signed."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from itsdangerous import BadData, URLSafeTimedSerializer

from quizapp.orgs.roll_lists import Listed, RollList
from quizapp.orgs.rules import Exclusion, Stage

LASTS: Final = timedelta(hours=2)


@dataclass(frozen=True)
class Checked:
    """A list without faults, the day on which it was counted, and where it comes from."""

    listed: RollList
    counted_on: date
    source: str


def packed(what: Checked, *, unit_id: UUID, key: str) -> str:
    """Return the list as text for a form of this unit, compressed and signed."""
    lines = [
        [one.row, one.school, one.stage, one.grade, one.pupils, one.along, one.excluded]
        for one in what.listed.lines
    ]
    told = [str(unit_id), str(what.counted_on), what.source, what.listed.schools, lines]
    return _signer(key).dumps(told)


def unpacked(text: str, *, unit_id: UUID, key: str, now: datetime) -> Checked | None:
    """Return the list; None if it is older than two hours, another unit's or not from here."""
    try:
        told, signed_at = _signer(key).loads(text, return_timestamp=True)
    except BadData:
        return None
    unit, counted_on, source, schools, lines = told
    if unit != str(unit_id) or now - signed_at > LASTS:
        return None
    listed = RollList(tuple(_listed(*line) for line in lines), tuple(schools), ())
    return Checked(listed, date.fromisoformat(counted_on), source)


def _listed(
    row: int,
    school: str,
    stage: str,
    grade: int,
    pupils: int,
    along: int,
    excluded: Mapping[str, int],
) -> Listed:
    reasons = {Exclusion(reason): count for reason, count in excluded.items()}
    return Listed(row, school, Stage(stage), grade, pupils, along, reasons)


def _signer(key: str) -> URLSafeTimedSerializer:
    how = {"digest_method": hashlib.sha256}
    return URLSafeTimedSerializer(key, salt="checked-roll", signer_kwargs=how)
