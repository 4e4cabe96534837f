"""Questions on their way in or out: what every format of bank/formats reads and writes.

A format is a module with

    read(name, raw) -> list[Item]    a file that cannot be read is one Item with its fault
    write(items) -> bytes            what `lost` names is left out
    lost(item) -> list[str]          sentences: what the format cannot hold of this item
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from quizapp.bank import faults
from quizapp.bank.kinds.table import TEXTS
from quizapp.bank.kinds.text import HINTS, Text
from quizapp.bank.lettering import LETTERS
from quizapp.bank.rules import Kind
from quizapp.core.i18n import _

LATER = frozenset({"missing", "string_too_short", "too_short"})
"""What a draft may leave open: an editor adds it before the question goes to review."""


MAX_ITEMS = 5000


@dataclass(frozen=True)
class Item:
    """One question as a format holds it.

    `ref`: what a reader of the file would call it, file and number. `texts`: by language, Chinese
    first; {} where it was not understood, and `faults` says why. `dropped`: sentences, each tells
    something that was left out and why. `key`: ours, or "" where the file gives none. `picture`:
    the bytes of the one beside the stem, not yet looked at; b"" for none. `head`: the topic and the
    fields of drafts.Head (stage, difficulty, pool, source …) as far as the file says them.
    `category`: where another program keeps it, outermost step first, parted by "/"; one may be the
    name of a topic.
    """

    ref: str
    kind: Kind | None = None
    texts: Mapping[str, Text] = field(default_factory=dict)
    key: str = ""
    dropped: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    picture: bytes = b""
    head: Mapping[str, Any] = field(default_factory=dict)
    category: str = ""


def refused(ref: str, *faults: str, dropped: Sequence[str] = ()) -> Item:
    """Return an item, or a whole file, that cannot be taken in, and why."""
    return Item(ref, dropped=tuple(dropped), faults=faults)


def unpictured(item: Item) -> Item:
    """Return the item without its picture and the words for it."""
    texts = {lang: text.model_copy(update={"picture_alt": None})
             for lang, text in item.texts.items()}  # fmt: skip
    return replace(item, texts=texts, picture=b"")


def too_many(name: str) -> Item:
    """Return what is said of a file with more than MAX_ITEMS questions."""
    told = _("there are more than %(most)s questions; split it into several files", most=MAX_ITEMS)
    return refused(name, told)


def drafted(kind: Kind, said: Mapping[str, Any]) -> tuple[Text | None, list[str]]:
    """Return the text that a file gives, or None and why it is none.

    `said` has the fields of the kind's text, as question_bank/README.md names them. What is absent
    or empty is "" (or an empty list) in the text: formats know no feedback on every option, and a
    draft may wait for it. `Text.faults` tells what is still missing; other faults are told here.
    """
    if len(said.get("options", ())) > len(LETTERS):
        return None, [_("there are more than %(most)s options; take some out", most=len(LETTERS))]
    model = TEXTS[kind]
    try:
        return model.model_validate(said), []
    except ValidationError as error:
        later = [each["type"] in LATER for each in error.errors()]
    if all(later):
        return _left_open(model, said), []
    _text, wrong = faults.strictly(model, said, HINTS)
    return None, [told for told, open_ in zip(wrong, later, strict=True) if not open_]


def _left_open(model: type[Any], said: Mapping[str, Any]) -> Any:
    """Return the model with these values, unchecked; what is absent is its default, or empty."""
    values: dict[str, Any] = {}
    for name, kind in model.model_fields.items():
        value, inner = said.get(name), _inner(kind.annotation)
        if not value:
            values[name] = _nothing(kind)
        elif inner:
            values[name] = [_left_open(inner, each) for each in value]
        else:
            values[name] = value.strip() if isinstance(value, str) else value
    return model.model_construct(**values)


def _nothing(kind: Any) -> Any:
    if not kind.is_required():
        return kind.get_default(call_default_factory=True)
    return [] if get_origin(kind.annotation) is list else ""


def _inner(annotation: Any) -> type[BaseModel] | None:
    """Return the model of which a field holds a list, None where it holds something else."""
    (first, *_others) = get_args(annotation) or (None,)
    is_model = isinstance(first, type) and issubclass(first, BaseModel)
    return first if get_origin(annotation) is list and is_model else None
