"""An assessmentItem, in the words of QTI 2.x, becomes one of our questions, or says why not.

Only what a question here can be is read: one interaction of those in READERS. Others are told by
name; nothing is guessed.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from quizapp.bank.drafts import LANGUAGES
from quizapp.bank.exchange import Item, refused
from quizapp.bank.faults import KEY
from quizapp.bank.formats import flattened
from quizapp.bank.formats.flattened import tidy
from quizapp.bank.formats.flattening import Flat
from quizapp.bank.formats.foreign import (
    OURS,
    Unfit,
    judged,
    language,
    made,
    marked,
    pictured,
    quoted,
    with_scene,
)
from quizapp.bank.formats.qti_names import BODY
from quizapp.bank.formats.qti_out import EXPLAIN, OTHER, WRONG
from quizapp.bank.kinds.fill import GAP
from quizapp.bank.rules import Kind
from quizapp.core.i18n import _
from quizapp.core.trees import Element, shown

FEEDBACKS = ("feedbackInline", "feedbackBlock")
ASIDE = (*FEEDBACKS, "rubricBlock", "templateBlock", "templateInline", "printedVariable",
         "infoControl", "stylesheet")  # fmt: skip
DRAWN = ("templateDeclaration", "templateProcessing")
SHARED = ("stimulusRef", "assessmentStimulusRef", "include")
NUMBERS = ("float", "integer")
MOST_KEY = 80
LISTED = 5

Said = dict[str, Any]


@dataclass
class _Reading:
    """One item being read: what it is, and what has been told of it so far."""

    root: Element
    body: Element
    interaction: Element
    flats: list[Flat] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    remarks: dict[str, str] = field(default_factory=dict)  # By identifier: what is told later.
    used: set[str] = field(default_factory=set)  # Which of them have found their place.

    @property
    def is_ours(self) -> bool:
        return self.root.attributes.get("toolName") == OURS

    @property
    def own_kind(self) -> str:
        return self.root.attributes.get("label", "") if self.is_ours else ""

    @property
    def response(self) -> Element | None:
        wanted = self.interaction.attributes.get("responseIdentifier", "")
        declared = self.root.elements("responseDeclaration")
        return next(
            (each for each in declared if each.attributes.get("identifier") == wanted), None
        )

    @property
    def correct(self) -> list[str]:
        """What is right, as the file writes it. Unfit: it does not say."""
        right = self.response and self.response.element("correctResponse")
        values = [tidy(each.text) for each in right.elements("value")] if right else []
        if not values:
            raise Unfit(_("it does not say which answer is right (correctResponse)"))
        return values

    def remark(self, name: str) -> str:
        """Return what is told later under this identifier, "" for nothing."""
        self.used.add(name)
        return self.remarks.get(name, "")

    def flat(self, *parts: Element | str) -> Flat:
        """Flatten parts and remember what was lost of them."""
        self.flats.append(flattened.of_parts(parts))
        return self.flats[-1]


def item(
    ref: str,
    root: Element,
    picture_at: Callable[[str], bytes],
    head: Mapping[str, Any],
    category: str,
) -> Item:
    """Return the item of an assessmentItem; its manifest gives `head` and `category`.

    `picture_at` gives the bytes of a picture by the address that the item names, b"" for one that
    is not there.
    """
    try:
        reading = _begun(root)
        kind, said = READERS[reading.interaction.name](reading)
        asked = reading.flat(*_asked(reading.body, reading.interaction).within)
        said |= _stem(reading, kind, asked)
        explain, told = _explained(reading)
        said["explain"] = explain
        lang = _language(reading, said)
        if kind is Kind.SINGLE:
            kind, renamed = judged(said, lang)
            told += renamed
    except Unfit as why:
        return refused(ref, str(why))
    picture, words, unseen = pictured(asked, reading.flats, picture_at, is_ours=reading.is_ours)
    dropped = [*reading.dropped, *flattened.told(reading.flats), *told, *unseen]
    said |= words
    return made(ref, kind, lang, said, key=_key(reading), dropped=dropped, picture=picture,
                head=head, category=category)  # fmt: skip


def _language(reading: _Reading, said: Said) -> str:
    declared = reading.root.attributes.get("lang", "")
    if reading.is_ours and declared in LANGUAGES:
        return declared
    return language(said["stem"] + said.get("scene", ""), declared)


def _begun(root: Element) -> _Reading:
    """Find the one interaction. Unfit: there is another number, or another kind of them."""
    body = root.element("itemBody")
    if root.name != "assessmentItem" or body is None:
        raise Unfit(_("it is “%(name)s” and no question (assessmentItem)", name=shown(root.name)))
    for elements, why in (
        (DRAWN, _("its values are drawn by a template, which is not read here")),
        (SHARED, _("it rests on a text in another file, which is not read here")),
    ):
        if next(root.all(*elements), None):
            raise Unfit(why)
    found = [each for each in _within(body) if each.name.endswith("Interaction")]
    names = Counter(shown(each.name) for each in found)
    unknown = [name for name in names if name not in READERS]
    if unknown:
        raise Unfit(_("%(names)s is not read here; read are %(known)s",
                      names=", ".join(unknown[:LISTED]), known=", ".join(READERS)))  # fmt: skip
    if len(found) != 1:
        told = ", ".join(f"{count} × {name}" for name, count in names.items()) or "0"
        raise Unfit(_("it asks for %(told)s; a question here asks for one thing", told=told))
    reading = _Reading(root, body, found[0])
    reading.remarks = _remarks(reading)
    return reading


def _within(element: Element) -> list[Element]:
    return [deeper for each in element.elements() for deeper in (each, *_within(each))]


def _stem(reading: _Reading, kind: Kind, asked: Flat) -> Said:
    """Return scene and stem: all of the body but the answers and what is told later."""
    aside = Counter(each.name for each in _within(reading.body) if each.name in ASIDE)
    for name in FEEDBACKS:  # These are read with the options, or told by _explained.
        aside.pop(name, None)
    if aside:
        reading.dropped.append(_("left out, for there is no place for it here: %(names)s",
                                 names=", ".join(aside)))  # fmt: skip
    stem = [block for block, _same in groupby(asked.blocks)]  # Some write it before and as prompt.
    return dict(with_scene(kind, "\n".join(asked.scene), "\n".join(stem)))


def _asked(element: Element, interaction: Element) -> Element:
    """Return the element with the interaction's prompt, or a gap, in its place."""
    within: list[Element | str] = []
    for each in element.within:
        if each is interaction:
            prompt = interaction.element("prompt")
            is_gap = interaction.name == "textEntryInteraction"
            within.append(GAP if is_gap else Element("prompt", "", {}, _said(prompt)))
        elif isinstance(each, str):
            within.append(each)
        elif each.name not in ASIDE:
            within.append(_asked(each, interaction))
    return Element(element.name, element.space, element.attributes, within)


def _said(element: Element | None) -> list[Element | str]:
    """Return what stands within an element, without what is told later."""
    if element is None:
        return []
    return [
        each if isinstance(each, str)
        else Element(each.name, each.space, each.attributes, _said(each))
        for each in element.within
        if isinstance(each, str) or each.name not in ASIDE
    ]  # fmt: skip


def _choices(reading: _Reading, within: Element, name: str) -> dict[str, tuple[str, str]]:
    """Return text and feedback of the choices right within an element, by identifier."""
    found = {}
    for choice in within.elements(name):
        identifier = choice.attributes.get("identifier", "")
        inline = [each for each in _within(choice) if each.name in FEEDBACKS]
        told = [reading.flat(*each.within).text for each in inline]
        told.append(reading.remark(identifier))
        found[identifier] = (
            reading.flat(*_said(choice)).text,
            "\n".join(dict.fromkeys(filter(None, told))),
        )
    if len(found) != len(within.elements(name)) or "" in found:
        raise Unfit(_("two of its options have one name (identifier), so it is not clear which is "
                      "right"))  # fmt: skip
    return found


def _known(names: Sequence[str], known: Mapping[str, object]) -> None:
    strange = [name for name in names if name not in known]
    if strange:
        raise Unfit(_("it says that “%(name)s” is right, but there is no such option",
                      name=shown(strange[0])))  # fmt: skip


def _choice(reading: _Reading) -> tuple[Kind, Said]:
    choices = _choices(reading, reading.interaction, "simpleChoice")
    right = reading.correct
    _known(right, choices)
    response = reading.response
    several = bool(response and response.attributes.get("cardinality") == "multiple")
    if response and response.element("mapping"):
        reading.dropped.append(_("points for a part of the answer (mapping) were left out; here "
                                 "only all of it counts"))  # fmt: skip
    options = [
        {"text": text, "right": name in right, "feedback": feedback}
        for name, (text, feedback) in choices.items()
    ]
    return marked(options, several=several, own=reading.own_kind), {"options": options}


def _order(reading: _Reading) -> tuple[Kind, Said]:
    choices = _choices(reading, reading.interaction, "simpleChoice")
    right = reading.correct
    _known(right, choices)
    if sorted(right) != sorted(choices):
        raise Unfit(_("its right order does not name every option once"))
    if any(feedback for _text, feedback in choices.values()):
        reading.dropped.append(_("feedback on single options was left out; an order has one for "
                                 "all"))  # fmt: skip
    feedback = reading.remark(OTHER) if reading.is_ours else ""
    return Kind.ORDER, {"options": [{"text": choices[n][0]} for n in right], "feedback": feedback}


def _match(reading: _Reading) -> tuple[Kind, Said]:
    sets = reading.interaction.elements("simpleMatchSet")
    if len(sets) != 2:
        raise Unfit(_("it has %(sets)s sets to match, not two", sets=len(sets)))
    left, right = (_choices(reading, each, "simpleAssociableChoice") for each in sets)
    return Kind.MATCH, _paired(reading, left, right, right)


def _associate(reading: _Reading) -> tuple[Kind, Said]:
    """Read pairs out of one set: the first of each is the option, the second its partner."""
    choices = _choices(reading, reading.interaction, "simpleAssociableChoice")
    firsts = [pair.partition(" ")[0] for pair in reading.correct]
    left = {name: said for name, said in choices.items() if name in firsts}
    right = {name: said for name, said in choices.items() if name not in firsts}
    return Kind.MATCH, _paired(reading, left, right, choices)


def _paired(
    reading: _Reading,
    left: Mapping[str, tuple[str, str]],
    right: Mapping[str, tuple[str, str]],
    known: Mapping[str, object],
) -> Said:
    pairs = [pair.split() for pair in reading.correct]
    if any(len(pair) != 2 for pair in pairs):
        raise Unfit(_("its right answer holds what is no pair"))
    _known([first for first, _second in pairs], left)
    _known([second for _first, second in pairs], known)
    partner = dict(pairs)
    if len(set(partner.values())) < len(pairs) or set(partner) != set(left) or not (
        set(partner.values()) <= set(right)
    ):  # fmt: skip
        raise Unfit(_("not every option has exactly one partner of its own"))
    if any(feedback for _text, feedback in right.values()):
        reading.dropped.append(_("feedback on partners was left out; it stands with the options"))
    return {
        "options": [
            {"text": text, "pair": right[partner[name]][0], "feedback": feedback}
            for name, (text, feedback) in left.items()
        ],
        "others": [text for name, (text, _f) in right.items() if name not in set(partner.values())],
    }


def _fill(reading: _Reading) -> tuple[Kind, Said]:
    accept, wrong = reading.correct[:1], []
    mapping = reading.response and reading.response.element("mapping")
    if reading.response and reading.response.attributes.get("baseType") in NUMBERS:
        reading.dropped.append(_("a number is compared by its signs here; add the other ways in "
                                 "which it may be written"))  # fmt: skip
    elif mapping:
        worth = {
            tidy(each.attributes.get("mapKey", "")): _points(each)
            for each in mapping.elements("mapEntry")
        }
        full = max(worth.values(), default=0)
        accept += [word for word, points in worth.items() if points == full > 0]
        wrong = [word for word, points in worth.items() if points <= 0]
        parts = [word for word, points in worth.items() if 0 < points < full]
        if parts:
            reading.dropped.append(_("words that are worth a part of the points were left out: "
                                     "%(words)s", words=quoted(", ".join(parts))))  # fmt: skip
    said: Said = {"accept": list(dict.fromkeys(accept))}
    if reading.is_ours:
        said["wrong"] = [
            {"text": word, "feedback": reading.remark(f"{WRONG}{n}")}
            for n, word in enumerate(wrong, 1)
        ]
        said["feedback"] = reading.remark(OTHER)
    elif wrong:
        reading.dropped.append(_("words that are wrong were left out, for their feedback is not "
                                 "known: %(words)s", words=quoted(", ".join(wrong))))  # fmt: skip
    return Kind.FILL, said


def _points(entry: Element) -> float:
    try:
        return float(entry.attributes.get("mappedValue", ""))
    except ValueError:
        raise Unfit(_("the points of a word are no number")) from None


READERS: Mapping[str, Callable[[_Reading], tuple[Kind, Said]]] = {
    "choiceInteraction": _choice,
    "orderInteraction": _order,
    "matchInteraction": _match,
    "associateInteraction": _associate,
    "textEntryInteraction": _fill,
}


def _remarks(reading: _Reading) -> dict[str, str]:
    """Return the feedback that is shown beside the question, by its identifier.

    In 3.0 the words of modal feedback stand in a body of their own.
    """
    found: dict[str, str] = {}
    within = {id(each) for each in _within(reading.interaction)}
    blocks = [each for each in _within(reading.body)
              if each.name in FEEDBACKS and id(each) not in within]  # fmt: skip
    for each in [*reading.root.elements("modalFeedback"), *blocks]:
        name = each.attributes.get("identifier", "")
        told = reading.flat(*(each.element(BODY) or each).within).text
        if told and each.attributes.get("showHide", "show") == "show":
            found[name] = "\n".join(filter(None, (found.get(name), told)))
    return found


def _explained(reading: _Reading) -> tuple[str, list[str]]:
    """Return the explanation, and a sentence for each feedback that found no place.

    A single one that is tied to nothing else explains the answer; which of several does is not
    guessed.
    """
    left = {name: said for name, said in reading.remarks.items() if name not in reading.used}
    if reading.is_ours and EXPLAIN in left:
        explain = left.pop(EXPLAIN)
    else:
        explain = left.popitem()[1] if len(left) == 1 else ""
    return explain, [
        _("feedback that belongs to no single option was left out: “%(said)s”", said=quoted(said))
        for said in left.values()
    ]


def _key(reading: _Reading) -> str:
    key = reading.root.attributes.get("identifier", "").removeprefix("_")
    is_key = reading.is_ours and re.fullmatch(KEY, key) and len(key) <= MOST_KEY
    return key if is_key else ""
