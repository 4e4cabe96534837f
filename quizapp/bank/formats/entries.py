"""Our own questions as plain entries: what a [[question]] of a TOML file and JSON say alike."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from quizapp.bank.drafts import LANGUAGES
from quizapp.bank.exchange import Item, drafted, refused, unpictured
from quizapp.bank.faults import KEY, nearest
from quizapp.bank.kinds.choices import Choices
from quizapp.bank.kinds.text import Text
from quizapp.bank.rules import BankStage, Kind, Pool
from quizapp.core.i18n import _

# In the order in which a file writes them.
FIELDS = (
    "key", "kind", "topic", "stage", "difficulty", "pool", "core", "objective", "source", "as_of",
    "review_by",
)  # fmt: skip
MOST = {"key": 80, "topic": 40, "objective": 200}
MOST_SOURCES, MOST_REF = 20, 121
UNFIT = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")  # Written as escapes, for mischief.
DEPTH = 5  # Of tables and lists within an entry; there is no more in one.


def item_of(ref: str, entry: Any, picture_of: Callable[[str], bytes] = lambda _said: b"") -> Item:
    """Return the item that an entry makes; what of it is not understood is told.

    `picture_of` gives the bytes for what `picture` says, b"" where there are none.
    """
    entry = _fit(entry)
    if not isinstance(entry, Mapping):
        return refused(ref, _("this is no table with fields; write one for each question"))
    named = entry.get("picture")
    picture = picture_of(named) if isinstance(named, str) else b""
    head, dropped = headed({name: entry[name] for name in FIELDS if name in entry})
    key, wrong_key = keyed(entry.get("key", ""))
    dropped += wrong_key
    dropped += [
        _("%(field)s is not a field; %(words)s", field=str(name)[:40], words=nearest(name, FIELDS))
        for name in map(str, entry)
        if name not in (*FIELDS, *LANGUAGES, "picture")
    ]
    if named and not picture:
        dropped.append(_("Its picture is left out: it is not in the file."))
    kind = _member(Kind, entry.get("kind"))
    if kind is None:
        return refused(ref, _("kind is %(kind)s; say one of: %(kinds)s",
                              kind=_short(entry.get("kind")), kinds=", ".join(Kind)),
                       dropped=dropped)  # fmt: skip
    texts, wrong = _texts(kind, entry)
    if wrong:
        return refused(ref, *wrong, dropped=dropped)
    item = Item(ref, kind, texts, key, dropped=tuple(dropped), picture=picture, head=head)
    return unpictured(item) if named and not picture else item


def keyed(said: Any) -> tuple[str, list[str]]:
    """Return the key, or "" and a sentence if it cannot be one."""
    if not said:
        return "", []
    if isinstance(said, str) and len(said) <= MOST["key"] and re.fullmatch(KEY, said):
        return said, []
    return "", [_("The key %(key)s is left out: use small letters, digits and hyphens.",
                  key=_short(said))]  # fmt: skip


def headed(said: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the fields that hold what they should, and a sentence for each other one."""
    head: dict[str, Any] = {}
    dropped = []
    for name, value in said.items():
        if name in ("key", "kind") or value is None:
            continue
        good = _good(name, value)
        if good is None:
            dropped.append(_("%(field)s is left out: %(value)s cannot be one",
                             field=name, value=_short(value)))  # fmt: skip
        else:
            head[name] = good
    return head, dropped


def entry_of(item: Item) -> dict[str, Any]:
    """Return the entry of an item, its fields in the order of a file; dates are dates.

    Its picture is not in it: files name it, each in its own way.
    """
    said: dict[str, Any] = {"key": item.key, "kind": item.kind and item.kind.value, **item.head}
    entry = {name: said[name] for name in FIELDS if said.get(name) not in (None, "", [], False)}
    return entry | {lang: text_of(text) for lang, text in item.texts.items()}


def text_of(text: Text) -> dict[str, Any]:
    """Return a text as a file writes it: right options are marked, defaults are not said."""
    said = text.plain()
    if isinstance(text, Choices):
        right = set(text.answer)
        said["options"] = [
            {"text": option["text"], **({"right": True} if n in right else {}), **option}
            for n, option in enumerate(said["options"])
        ]
    return said


def marked(kind: Kind, plain: Mapping[str, Any], answer: Sequence[int]) -> dict[str, Any]:
    """Return what a file says for the text and the answer that a revision keeps."""
    if "options" not in plain or kind in (Kind.ORDER, Kind.MATCH):
        return dict(plain)
    options = [
        {**option, "right": True} if n in answer else option
        for n, option in enumerate(plain["options"])
    ]
    return {**plain, "options": options}


def _fit(said: Any, depth: int = DEPTH) -> Any:
    """Return the same without signs that no database takes; what lies deeper is None."""
    if isinstance(said, str):
        return UNFIT.sub("", said)
    if isinstance(said, Mapping):
        return {_fit(name): _fit(each, depth - 1) for name, each in said.items()} if depth else None
    if isinstance(said, list):
        return [_fit(each, depth - 1) for each in said] if depth else None
    return said


def _texts(kind: Kind, entry: Mapping[str, Any]) -> tuple[dict[str, Text], list[str]]:
    texts, wrong = {}, []
    for lang in LANGUAGES:
        said = entry.get(lang)
        if said is None:
            continue
        if not isinstance(said, Mapping) or not isinstance(said.get("options", []), list):
            wrong.append(_("%(lang)s is no text of a question; give it stem, options and explain",
                           lang=lang))  # fmt: skip
            continue
        text, told = drafted(kind, said)
        if text:
            texts[lang] = text
        wrong += told
    if "zh" not in texts and not wrong:
        wrong.append(_("zh is missing; write the question in Chinese"))
    if len(texts) == len(LANGUAGES):
        wrong += texts["en"].unlike(texts["zh"])
    return texts, wrong


def _good(name: str, value: Any) -> Any:
    """Return the value of a field as a draft keeps it, None if it cannot be one."""
    good: Any
    match name:
        case "topic" | "objective":
            good = value if isinstance(value, str) and 0 < len(value) <= MOST[name] else None
        case "stage":
            good = _member(BankStage, value)
        case "pool":
            good = _member(Pool, value)
        case "difficulty":
            good = value if type(value) is int and 1 <= value <= 3 else None
        case "core":
            good = value if isinstance(value, bool) else None
        case "source":
            good = list(value) if isinstance(value, list) and all(_refs(value)) else None
        case _:
            good = _day(value)
    return good


def _refs(value: Sequence[Any]) -> Iterator[bool]:
    yield len(value) <= MOST_SOURCES
    yield from (isinstance(ref, str) and len(ref) <= MOST_REF for ref in value)


def _day(value: Any) -> date | None:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return value if type(value) is date else None


def _member(of: Any, value: Any) -> Any:
    return of(value) if isinstance(value, str) and value in list(of) else None


def _short(value: Any) -> str:
    return repr(value)[:60]
