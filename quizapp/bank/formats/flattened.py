"""Text with marks, from XML or HTML, becomes the plain text of a question; what was lost is told.

Nothing of what comes in is ever shown as HTML: only its words are kept.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from quizapp.bank.formats.flattening import (
    ACTIVE,
    BLANKS,
    CONTROLS,
    FORMULAS,
    UNREAD,
    Flat,
    Walk,
)
from quizapp.core import child
from quizapp.core.i18n import _
from quizapp.core.trees import Element, shown

MOST_SIGNS, MOST_TAGS = 20_000, 500  # Of one text with its marks; ours have 1,000 signs.


def tidy(said: str) -> str:
    """Return a plain text as it comes back: lines stay, blanks in a row become one."""
    lines = CONTROLS.sub("", said.replace("\r\n", "\n")).split("\n")
    return "\n".join(BLANKS.sub(" ", line).strip(" ") for line in lines).strip("\n")


def tidied(said: Any) -> Any:
    """Return the same with all texts within tidied."""
    if isinstance(said, str):
        return tidy(said)
    if isinstance(said, Mapping):
        return {name: tidied(inner) for name, inner in said.items()}
    return [tidied(inner) for inner in said] if isinstance(said, list) else said


def fits(said: str) -> bool:
    """Whether an HTML text is small enough to be read; `too_much` says that it is not."""
    return len(said) <= MOST_SIGNS and said.count("<") <= MOST_TAGS


def too_much() -> str:
    return _("a text of it has more than %(signs)s signs or %(tags)s tags; is a picture hidden in "
             "it? Attach it as a file", signs=MOST_SIGNS, tags=MOST_TAGS)  # fmt: skip


def of_parts(parts: Iterable[Element | str]) -> Flat:
    """Flatten what stands within an XML element."""
    walk = Walk()
    for part in parts:
        _walk_part(walk, part)
    return walk.flat()


def of_htmls(texts: Iterable[str]) -> Mapping[str, Flat] | None:
    """Flatten HTML texts in a child with limits; None if they are more than it can do."""
    asked = list(dict.fromkeys(texts))
    if not asked:
        return {}
    told = child.ask("quizapp.bank.formats.flattening", json.dumps(asked).encode())
    if told is None:
        return None
    return {
        said: Flat(blocks, scene, marks, [(address, alt) for address, alt in pictures])
        for said, (blocks, scene, marks, pictures) in zip(asked, json.loads(told), strict=True)
    }


def told(flats: Iterable[Flat]) -> list[str]:
    """Return the sentences about what was left out of these texts; of pictures nothing."""
    marks = list(dict.fromkeys(mark for flat in flats for mark in flat.marks))
    active = [mark for mark in marks if mark in ACTIVE]
    sentences = []
    if active:
        sentences.append(
            _("left out, for it could run or load something: %(names)s", names=_list(active))
        )
    if FORMULAS & set(marks):
        sentences.append(_("a formula was left out; write it in words or as a picture"))
    if marks := [mark for mark in marks if mark not in UNREAD]:
        sentences.append(_("left out, for text here is plain: %(names)s", names=_list(marks)))
    return sentences


def _list(names: Iterable[str]) -> str:
    return ", ".join(shown(name) for name in names)


def _walk_part(walk: Walk, part: Element | str) -> None:
    if isinstance(part, str):
        walk.text(part)
    elif part.name in UNREAD:
        walk.marks[part.name] = None
    else:
        walk.start(part.name, dict(part.attributes))
        for inner in part.within:
            _walk_part(walk, inner)
        walk.end(part.name)
