"""Each fault has a short form, in every run of the tests, and a long one, before a release."""

import os
import sys

LONG = os.environ.get("QUIZAPP_LONG") == "1"


def extent(short: int, long: int) -> int:
    """Return how often something is done in this run."""
    return long if LONG else short


def report(what: str, **counts: float) -> None:
    """Tell what the long form has counted, for docs/RELIABILITY.md."""
    if LONG:
        told = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in counts.items())
        sys.stdout.write(f"\n{what}: {told}\n")
        sys.stdout.flush()
