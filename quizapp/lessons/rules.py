"""How far a pupil has come."""

from enum import StrEnum


class Progress(StrEnum):
    NOT_STARTED = "not_started"
    UNDER_WAY = "under_way"
    DONE = "done"
