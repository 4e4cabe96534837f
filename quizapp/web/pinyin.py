"""Pinyin over the pages of grades 5 and 6: who is offered it, who wants it, the filter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from flask import request
from markupsafe import Markup

from quizapp.access.policy import Actor
from quizapp.core import pinyin, ruby

COOKIE = "pinyin"
ON, OFF = "on", "off"
GRADES = range(5, 7)
KEPT = 10_000  # Runs of signs; a few hundred bytes each.


@dataclass(frozen=True)
class Shown:
    """Whether the reader is offered pinyin, and has it switched on."""

    is_offered: bool
    is_on: bool


def shown(actor: Actor | None) -> Shown:
    """Return what holds for whoever asks for this page."""
    is_offered = actor is not None and actor.grade in GRADES
    return Shown(is_offered, is_offered and request.cookies.get(COOKIE) == ON)


def sounded(html: Markup, is_on: bool, known: Mapping[str, str]) -> Markup:
    """The filter: put pinyin over the hanzi. `known` is what was kept with the text, by run."""
    if not is_on:
        return html

    def sounds(run: str) -> Sequence[str]:
        kept = known.get(run, "").split()
        return kept if len(kept) == len(run) else _sounds(run)

    return ruby.over(html, sounds)


@lru_cache(KEPT)
def _sounds(run: str) -> Sequence[str]:
    return pinyin.sounds(run, pinyin.own_words())
