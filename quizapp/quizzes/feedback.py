"""What a pupil may be shown of an answer, and when. Pages, API and practice all ask here."""

from dataclasses import dataclass
from datetime import datetime

from quizapp.quizzes.rules import Release

ORDER = tuple(Release)


@dataclass(frozen=True)
class Feedback:
    """From when on marks, right answers and explanations are shown: a setting of the quiz."""

    marks: Release
    key: Release
    explanation: Release

    @property
    def is_in_order(self) -> bool:
        """Whether nothing tells what is still to be kept: a key tells the marks, an explanation
        tells the key."""
        soonest = [ORDER.index(one) for one in (self.marks, self.key, self.explanation)]
        return soonest == sorted(soonest)

    @property
    def is_during(self) -> bool:
        """Whether anything is told while the sitting is open."""
        return self.marks is Release.DURING


PRACTICE = Feedback(Release.DURING, Release.DURING, Release.DURING)


@dataclass(frozen=True)
class Shown:
    """What may be shown at a moment: points and right or wrong, what is right, and why."""

    marks: bool
    key: bool
    explanation: bool


NOTHING = Shown(marks=False, key=False, explanation=False)


def shown(
    feedback: Feedback, *, is_open: bool, is_told: bool = False, all_over: datetime, now: datetime
) -> Shown:
    """Return what may be shown of an item of a sitting.

    `is_told`: the pupil has asked for the feedback of this item, so that its answer is locked.
    `all_over`: when nobody can be answering any more.
    """
    if is_open and not is_told:
        return NOTHING
    reached = Release.DURING if is_open else Release.AFTER_SUBMISSION
    if not is_open and now >= all_over:
        reached = Release.AFTER_CLOSE
    return Shown(
        marks=_is_due(feedback.marks, reached),
        key=_is_due(feedback.key, reached),
        explanation=_is_due(feedback.explanation, reached),
    )


def _is_due(due: Release, reached: Release) -> bool:
    return ORDER.index(due) <= ORDER.index(reached)
