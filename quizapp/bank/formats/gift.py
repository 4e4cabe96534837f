"""GIFT, the text format of Moodle: docs.moodle.org, "GIFT format".

A kind that GIFT does not know, stage and difficulty are kept in a comment that Moodle reads too:
`// [id:key] [tag:situation] [tag:stage:junior]`, the topic as category. A situation has its scene
before the stem, a blank line between.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from quizapp.bank.exchange import MAX_ITEMS, Item, drafted, refused
from quizapp.bank.faults import KEY
from quizapp.bank.formats import flattened
from quizapp.bank.formats.flattening import Flat
from quizapp.bank.formats.foreign import of_tags, within_top
from quizapp.bank.formats.gift_out import ANYTHING, ARROW, SCENE, WEIGHT, WHOLE, lost, write
from quizapp.bank.formats.texts import (
    capped,
    decoded,
    kind_of_choice,
)
from quizapp.bank.kinds.choices import JUDGED
from quizapp.bank.kinds.fill import GAP, GAPS
from quizapp.bank.rules import Kind
from quizapp.core.i18n import _
from quizapp.core.trees import says

__all__ = ["lost", "read", "write"]

# An escaped sign is read as one of these, so that it divides nothing, and put back at the end.
SIGNS: Final = "\\~=#{}:n"
STAND_INS: Final = "\ue000\ue001\ue002\ue003\ue004\ue005\ue006\ue007"
ESCAPED: Final = re.compile(r"\\([\\~=#{}:n])")
HEAD: Final = re.compile(
    r"\s*(?:::(?P<title>[^\n]*?)::)?\s*(?:\[(?P<format>html|moodle|plain|markdown)\])?", re.DOTALL
)
ID: Final = re.compile(rf"\[id:({KEY})\]")
TAG: Final = re.compile(r"\[tag:([a-z]+(?::[a-z0-9]+)?)\]")
TRUTH: Final = re.compile(
    r"(T|TRUE|F|FALSE)\s*(?:#(?P<wrong>[^#]*))?(?:#(?P<right>.*))?", re.DOTALL
)
ANSWER: Final = re.compile(r"([=~])([^=~]*)")
TAGS: Final = re.compile(r"<[a-zA-Z/!][^<>]*>")


@dataclass(frozen=True)
class Answer:
    """One answer between the braces. `weight` in per cent, None where there is none."""

    right: bool
    weight: float | None
    text: str
    feedback: str


@dataclass(frozen=True)
class Block:
    """The lines of one question, and what comments said just before."""

    line: int
    text: str
    key: str
    tags: frozenset[str]
    category: str


@dataclass(frozen=True)
class Opened:
    """A block with its title apart. `body`: the rest, with stand-ins for signs that are escaped.

    `fault`: why it is not looked at any further.
    """

    block: Block
    title: str = ""
    body: str = ""
    is_html: bool = False
    fault: str = ""


def read(name: str, raw: bytes) -> list[Item]:
    text, faults = decoded(name, raw)
    if faults:
        return faults
    blocks = [_read(block) for block in islice(_blocks(text), MAX_ITEMS + 1)]
    flats = flattened.of_htmls(said.body for said in blocks if said.is_html)
    if flats is None:
        return [refused(name, says("heavy", name))]
    return capped(name, (_item(name, said, flats) for said in blocks))


# Reading


def _blocks(text: str) -> Iterator[Block]:
    """Yield the questions: lines until a blank one, comments taken out."""
    lines: list[str] = []
    start, category, key, tags = 0, "", "", frozenset[str]()
    for number, line in enumerate([*text.split("\n"), ""], 1):
        said = line.strip()
        if said.startswith("//"):
            found = ID.search(said)
            key = found[1] if found else key
            tags |= frozenset(TAG.findall(said))
        elif said.startswith("$CATEGORY:"):
            category = within_top(said.removeprefix("$CATEGORY:").strip())
        elif said:
            start = start if lines else number
            lines.append(line)
        elif lines:
            yield Block(start, "\n".join(lines), key, tags, category)
            lines, key, tags = [], "", frozenset()


def _read(block: Block) -> Opened:
    """Return the block with its title apart; what is too long is not looked at."""
    if len(block.text) > flattened.MOST_SIGNS:
        told = _("it is longer than a question can be; is a blank line missing?")
        return Opened(block, fault=told)
    text = block.text.translate(dict.fromkeys(map(ord, STAND_INS)))
    text = ESCAPED.sub(lambda sign: STAND_INS[SIGNS.index(sign[1])], text)
    head = HEAD.match(text)
    title, form = (head["title"] or "", head["format"] or "") if head else ("", "")
    body = text[head.end() :] if head else text
    is_html = form in ("html", "moodle") and bool(TAGS.search(body))
    if is_html and not flattened.fits(body):
        return Opened(block, fault=flattened.too_much())
    return Opened(block, title, body, is_html)


def _item(name: str, opened: Opened, flats: Mapping[str, Flat]) -> Item:
    block, body = opened.block, opened.body
    ref, dropped = f"{name} {block.line}", list[str]()
    if opened.fault:
        return refused(ref, opened.fault)
    if opened.is_html:
        flat = flats[body]
        dropped += flattened.told([flat])
        body = "\n".join([*flat.scene, flat.text])
    stem, brace, rest = body.partition("{")
    inside, closed, tail = rest.partition("}")
    if not brace:
        return refused(ref, _("it has no answers in braces; it is a text and no question"),
                       dropped=dropped)  # fmt: skip
    if not closed or "{" in tail:
        return refused(ref, _("the braces around its answers do not fit together"), dropped=dropped)
    kind, said, told, wrong = _understood(_plain(stem), inside.strip(), _plain(tail), block.tags)
    if kind is None:
        return refused(ref, wrong, dropped=[*dropped, *told])
    made, faults = drafted(kind, said)
    if made is None:
        return refused(ref, *faults, dropped=[*dropped, *told])
    key = block.key or (opened.title if re.fullmatch(KEY, _plain(opened.title)) else "")
    return Item(ref, kind, {"zh": made}, key[:80], dropped=(*dropped, *told),
                head=of_tags(block.tags), category=block.category)  # fmt: skip


Understood = tuple[Kind | None, dict[str, Any], list[str], str]
"""Kind, what a file would say, what was left out, and why there is no kind."""


def _understood(  # noqa: PLR0911 - one kind after the other reads best.
    stem: str, inside: str, tail: str, tags: frozenset[str]
) -> Understood:
    answers, _mark, general = inside.partition("####")
    answers = answers.strip()
    said: dict[str, Any] = {"stem": stem, "explain": _plain(general)}
    if tail:
        said["stem"] = f"{stem} {GAP} {tail}".strip()
    if truth := TRUTH.fullmatch(answers):
        return Kind.JUDGE, said | {"options": list(_judged(truth))}, [], ""
    if not answers:
        return None, {}, [], _("it asks for a free text; nobody could mark that here")
    if answers.startswith("#"):
        return None, {}, [], _("it is a numerical question with a range; that kind is not known")
    if answers[0] not in "=~":
        return None, {}, [], _("its answers do not begin with = or ~")
    found = [_answer(*each) for each in ANSWER.findall(answers)]
    if any(not answer.right for answer in found):
        return _choice(said, found, tags)
    if all(ARROW in answer.text for answer in found):
        return _match(said, found)
    return _fill(said, found)


def _answer(mark: str, text: str) -> Answer:
    weight = WEIGHT.match(text)
    words, _sign, feedback = text[weight.end() if weight else 0 :].partition("#")
    return Answer(mark == "=", float(weight[1]) if weight else None, _plain(words),
                  _plain(feedback))  # fmt: skip


def _judged(truth: re.Match[str]) -> Iterator[dict[str, Any]]:
    """Yield the two options; the feedback of GIFT is that of who is wrong, then who is right."""
    is_true = truth[1].startswith("T")
    for word, right in zip(JUDGED["zh"], (is_true, not is_true), strict=True):
        feedback = _plain(truth["right" if right else "wrong"] or "")
        yield _option(word, right, feedback)


def _option(text: str, right: bool, feedback: str) -> dict[str, Any]:
    return {"text": text, "right": right} | ({"feedback": feedback} if feedback else {})


def _choice(said: dict[str, Any], found: Sequence[Answer], tags: frozenset[str]) -> Understood:
    told: list[str] = []
    right = [answer.right for answer in found]
    if right.count(True) > 1:
        return None, {}, [], _("each of several answers is right by itself; that is not known here")
    if True not in right:
        right = [(answer.weight or 0) > 0 for answer in found]
    elif any(not answer.right and (answer.weight or 0) > 0 for answer in found):
        told.append(_("Part marks for single answers are left out."))
    if True not in right:
        return None, {}, [], _("none of its answers is marked as right")
    options = [
        _option(a.text, is_right, a.feedback) for a, is_right in zip(found, right, strict=True)
    ]
    kind = kind_of_choice([answer.text for answer in found], right.count(True))
    if kind is Kind.SINGLE and Kind.SITUATION in tags:
        scene, _gap, stem = said["stem"].rpartition(SCENE)
        return Kind.SITUATION, said | {"scene": scene, "stem": stem, "options": options}, told, ""
    return kind, said | {"options": options}, told, ""


def _match(said: dict[str, Any], found: Sequence[Answer]) -> Understood:
    pairs = [tuple(map(str.strip, answer.text.split(ARROW, 1))) for answer in found]
    options = [{"text": text, "pair": pair} for text, pair in pairs if text]
    others = [pair for text, pair in pairs if not text]
    return Kind.MATCH, said | {"options": options, "others": others}, [], ""


def _fill(said: dict[str, Any], found: Sequence[Answer]) -> Understood:
    told = []
    weights = [WHOLE if answer.weight is None else answer.weight for answer in found]
    if any(0 < weight < WHOLE for weight in weights):
        told.append(_("Answers with part marks are left out."))
    both = list(zip(found, weights, strict=True))
    wrong = [answer for answer, weight in both if weight <= 0]
    if not GAPS.search(said["stem"]):
        said["stem"] = f"{said['stem']} {GAP}".strip()
        told.append(_("It had no gap; one was put at the end of the stem."))
    said["accept"] = [answer.text for answer, weight in both if weight >= WHOLE]
    said["wrong"] = [
        {"text": answer.text, "feedback": answer.feedback}
        for answer in wrong
        if answer.text != ANYTHING
    ]
    said["feedback"] = next((a.feedback for a in wrong if a.text == ANYTHING), "")
    return Kind.FILL, said, told, ""


def _plain(text: str) -> str:
    """Return a text as it is meant: stand-ins become signs, line ends of the file are spaces."""
    text = " ".join(line.strip() for line in text.strip().split("\n"))
    signs = dict(zip(STAND_INS, SIGNS[:-1] + "\n", strict=True))
    return "".join(signs.get(sign, sign) for sign in text).strip()
