"""What is wrong with a content file: where, in which entry, and what to do about it."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from quizapp.core.i18n import _, lazy

KEY = r"[a-z0-9]+(-[a-z0-9]+)*"
LISTED = 12  # So many words are still read; a longer list is not.
LIKE = 0.7  # Share of equal signs from which on a word may be a slip of another.
# Names in a row with dots between them, where a key can begin: its reader takes the square of them.
NAMED = r"""(?:[A-Za-z0-9_-]{1,80}|"[^"\n]{0,80}"|'[^'\n]{0,80}')"""
LONG_KEY = re.compile(rf"(?:^|[\[{{,])[ \t]*{NAMED}(?:[ \t]*\.[ \t]*{NAMED}){{9}}", re.MULTILINE)
AT_LINE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
# What a value of the wrong type should have been, and sentences, by pydantic's name of the fault.
TYPES = {
    "string_type": lazy("a text in quotation marks"),
    "int_type": lazy("a whole number"),
    "bool_type": lazy("true or false"),
    "date_type": lazy("a date like 2026-11-21, without quotation marks"),
    "list_type": lazy("a list in square brackets"),
    "dict_type": lazy("a table of its own"),
    "model_type": lazy("a table in braces"),
}
SENTENCES = {
    "missing": lazy("%(field)s is missing; %(hint)s"),
    "extra_forbidden": lazy("%(field)s is not a field; %(words)s"),
    "enum": lazy("%(field)s is %(value)r; %(words)s"),
    "string_pattern_mismatch": lazy(
        "%(field)s is %(value)r; use small letters, digits and single hyphens"
    ),
    "string_too_short": lazy("%(field)s is empty; %(hint)s"),
    "too_short": lazy("%(field)s is empty; %(hint)s"),
    "string_too_long": lazy("%(field)s is longer than %(max_length)s characters; shorten it"),
    "too_long": lazy("%(field)s has more than %(max_length)s entries; take some out"),
    "greater_than_equal": lazy("%(field)s is %(value)r; it must be %(ge)s or more"),
    "less_than_equal": lazy("%(field)s is %(value)r; it must be %(le)s or less"),
    **dict.fromkeys(TYPES, lazy("%(field)s must be %(type)s")),
}


@dataclass(frozen=True, order=True)
class Fault:
    """One thing to mend. `line` counts from 1; `key` is "" where no entry is meant."""

    file: str
    line: int
    key: str
    says: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: " + (f"{self.key}: " if self.key else "") + self.says


class Strict(BaseModel):
    """The base of everything that a content file may say: no other field, no other type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def to(most: int) -> StringConstraints:
    """Return what holds of a text that is not empty and not longer than this."""
    return StringConstraints(strip_whitespace=True, min_length=1, max_length=most)


Draft = TypeVar("Draft", bound=Strict)
Key = Annotated[str, StringConstraints(pattern=f"^{KEY}$", max_length=80)]


def toml(said: str) -> tuple[dict[str, Any], list[tuple[int, str]]]:
    """Return what a TOML text says, and line and sentence of the fault that makes it unreadable."""
    if found := LONG_KEY.search(said):
        line = said[: found.start()].count("\n") + 1
        return {}, [(line, _("a key has more than eight dots; make it flatter"))]
    try:
        return tomllib.loads(said), []
    except tomllib.TOMLDecodeError as error:
        place = AT_LINE.search(str(error))
        last = len(said.splitlines()) or 1
        line = int(place[1]) if place and place[1] else last
        told = AT_LINE.sub("", str(error))
        return {}, [(line, _("this is not TOML: %(told)s", told=told))]
    except RecursionError:
        return {}, [(1, _("this is nested too deep to be read; make it flatter"))]


def contents(file: Path) -> tuple[str, list[tuple[int, str]]]:
    """Return the text of a file, or "" and what makes it unreadable."""
    raw = file.read_bytes()
    try:
        return raw.decode("utf-8"), []
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return "", [(line, _("this is not UTF-8; save the file in that encoding"))]


def toml_file(file: Path) -> tuple[str, dict[str, Any], list[tuple[int, str]]]:
    """Return the text of a file, what it says, and line and sentence of what stops its reader."""
    said, wrong = contents(file)
    raw, more = toml(said)
    return said, raw, wrong or more


def strictly(
    model: type[Draft], said: object, hints: Mapping[str, object], within: str = ""
) -> tuple[Draft | None, list[str]]:
    """Return the draft, or None and a sentence for each fault of its shape.

    `hints` say what to write into a field that is missing; `within` names the place in all
    sentences.
    """
    try:
        return model.model_validate(said), []
    except ValidationError as error:
        start = f"{within}: " if within else ""
        return None, [start + _sentence(model, hints, dict(e)) for e in error.errors()]


def nearest(wrong: str, known: Sequence[str]) -> str:
    """Return the end of a sentence about a word that is not known: the likeliest one, or all."""
    if close := get_close_matches(wrong, known, n=1, cutoff=LIKE):
        return str(_("did you mean %(word)s?", word=close[0]))
    if not 0 < len(known) <= LISTED:
        return str(_("add it, or name one that is there"))
    return str(_("choose one of: %(words)s", words=", ".join(known)))


def _sentence(model: type[Strict], hints: Mapping[str, object], told: Mapping[str, Any]) -> str:
    kind, ctx, loc = told["type"], told.get("ctx", {}), told["loc"]
    loc = loc[:-1] if loc and loc[-1] == "[key]" else loc
    name = str(loc[-1]) if loc else ""
    known: list[str] = []
    if kind == "extra_forbidden":
        known = _fields(model, loc[:-1])
    elif kind == "enum":
        known = [word.strip("' ") for word in re.split(r",| or ", ctx["expected"])]
    words = {
        **ctx,
        "field": place(loc),
        "hint": hints.get(name) or _("fill it in"),
        "type": TYPES.get(kind),
        "value": told["input"],
        "words": nearest(name if kind == "extra_forbidden" else str(told["input"]), known),
    }
    return str(SENTENCES.get(kind, "%(field)s: " + told["msg"].replace("%", "%%"))) % words


def place(loc: tuple[str | int, ...]) -> str:
    """Return the field in words: ("options", 1, "feedback") is "option 2: feedback"."""
    words: list[str] = []
    for step in loc:
        if isinstance(step, int):
            words[-1] = f"{words[-1].removesuffix('s')} {step + 1}"
        else:
            words.append(step)
    return ": ".join(words)


def _fields(model: type[BaseModel], loc: tuple[str | int, ...]) -> list[str]:
    """Return the fields that may stand at this place of the model."""
    for step in loc:
        if isinstance(step, str):
            inner = model.model_fields[step].annotation
            model = next((a for a in (inner, *get_args(inner)) if _is_model(a)), model)
    return list(model.model_fields)


def _is_model(found: object) -> bool:
    return isinstance(found, type) and issubclass(found, BaseModel)
