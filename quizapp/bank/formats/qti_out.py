"""One of our questions becomes an assessmentItem, in the words of QTI 2.x.

`toolName` says that the file is ours, `label` gives our kind, `identifier` our key. A scene is a
block of the class "scene" before the question. What is said about an option stands within it as
inline feedback; everything else is modal feedback: EXPLAIN, OTHER, and WRONG1, WRONG2 … for the
words that are often given.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from quizapp.bank.exchange import Item
from quizapp.bank.formats.flattened import tidied
from quizapp.bank.formats.flattening import SCENE
from quizapp.bank.formats.foreign import OURS
from quizapp.bank.formats.qti_names import tag
from quizapp.bank.formats.texts import spoken
from quizapp.bank.kinds.fill import GAP
from quizapp.bank.rules import Kind
from quizapp.core.trees import Element

RESPONSE, SCORE, FEEDBACK, REMARK = "RESPONSE", "SCORE", "FEEDBACK", "REMARK"
EXPLAIN, OTHER, WRONG = "EXPLAIN", "OTHER", "WRONG"
PICTURES = "pictures"
TITLE = 60

Said = Mapping[str, Any]


def element(item: Item, identifier: str, pictures: Sequence[str] = ()) -> Element:
    """Return the item; `pictures` has the address of its picture in the package, if it has one.

    Identifier is what the file calls it: see `identifier_of` in qti.py.
    """
    said = tidied(spoken(item))
    makes = {Kind.ORDER: _order, Kind.MATCH: _match, Kind.FILL: _fill}
    declared, body, processing, remarks = makes.get(item.kind or Kind.SINGLE, _choice)(
        said, item.kind or Kind.SINGLE
    )
    head = {
        "identifier": identifier,
        "title": " ".join(said["stem"].split())[:TITLE],
        "label": str(item.kind),
        "xml:lang": next(lang for lang in ("zh", *item.texts) if lang in item.texts),
        "adaptive": "false",
        "timeDependent": "false",
        "toolName": OURS,
        "toolVersion": "1",
    }
    alt = said["picture_alt"] or ""
    shown = [tag("p", {}, tag("img", {"src": at, "alt": alt})) for at in pictures]
    explained = [_remark(EXPLAIN, EXPLAIN, said["explain"])] if said["explain"] else []
    return tag(
        "assessmentItem",
        head,
        declared,
        *_outcomes(item.kind, said),
        tag("itemBody", {}, *_scene(said), *shown, *body),
        tag(
            "responseProcessing", {}, *processing, *([_set(EXPLAIN, EXPLAIN)] if explained else [])
        ),
        *remarks,
        *explained,
    )


def _scene(said: Said) -> list[Element]:
    scene = said.get("scene")
    return [tag("div", {"class": SCENE}, tag("p", {}, *_lines(scene)))] if scene else []


def _lines(said: str) -> list[Element | str]:
    """Return a text with its line ends as elements."""
    first, *others = said.split("\n")
    return [first, *(part for line in others for part in (tag("br", {}), line))]


Parts = tuple[Element, list[Element], list[Element], list[Element]]
"""Declaration of the response, what stands in the body, response processing, modal feedback."""


def _choice(said: Said, kind: Kind) -> Parts:
    options = said["options"]
    names = [_letter(n) for n in range(len(options))]
    several = kind is Kind.MULTIPLE
    choices = [
        tag("simpleChoice", {"identifier": name}, *_with_feedback(name, option))
        for name, option in zip(names, options, strict=True)
    ]
    interaction = tag(
        "choiceInteraction",
        {
            "responseIdentifier": RESPONSE,
            "shuffle": _bool(kind is not Kind.JUDGE),
            "maxChoices": "0" if several else "1",
        },
        tag("prompt", {}, *_lines(said["stem"])),
        *choices,
    )
    right = [name for name, option in zip(names, options, strict=True) if option["right"]]
    declared = _declared("multiple" if several else "single", "identifier", right)
    processing = [
        _scored(_all_right()),
        _set_to(FEEDBACK, tag("variable", {"identifier": RESPONSE})),
    ]
    return declared, [interaction], processing, []


def _order(said: Said, _kind: Kind) -> Parts:
    steps = said["options"]
    names = [_letter(n) for n in range(len(steps))]
    interaction = tag(
        "orderInteraction",
        {"responseIdentifier": RESPONSE, "shuffle": "true"},
        tag("prompt", {}, *_lines(said["stem"])),
        *(
            tag("simpleChoice", {"identifier": name}, *_lines(step["text"]))
            for name, step in zip(names, steps, strict=True)
        ),
    )
    declared = _declared("ordered", "identifier", names)
    remarks = [_remark(REMARK, OTHER, said["feedback"])] if said["feedback"] else []
    processing = [_scored(_all_right(), *([_set(REMARK, OTHER)] if remarks else []))]
    return declared, [interaction], processing, remarks


def _match(said: Said, _kind: Kind) -> Parts:
    options = said["options"]
    partners = [option["pair"] for option in options] + said["others"]
    pairs = [f"L{n} R{n}" for n in range(1, len(options) + 1)]
    left = [
        tag(
            "simpleAssociableChoice",
            {"identifier": f"L{n}", "matchMax": "1"},
            *_with_feedback(f"L{n}", option),
        )
        for n, option in enumerate(options, 1)
    ]
    right = [
        tag("simpleAssociableChoice", {"identifier": f"R{n}", "matchMax": "1"}, *_lines(partner))
        for n, partner in enumerate(partners, 1)
    ]
    interaction = tag(
        "matchInteraction",
        {
            "responseIdentifier": RESPONSE,
            "shuffle": "true",
            "maxAssociations": str(len(options)),
        },
        tag("prompt", {}, *_lines(said["stem"])),
        tag("simpleMatchSet", {}, *left),
        tag("simpleMatchSet", {}, *right),
    )
    wrongly = [
        tag(
            "responseCondition",
            {},
            tag(
                "responseIf",
                {},
                tag("not", {}, tag("member", {}, _value("directedPair", pair), _response())),
                _set_to(
                    FEEDBACK,
                    tag(
                        "multiple",
                        {},
                        tag("variable", {"identifier": FEEDBACK}),
                        _value("identifier", pair.partition(" ")[0]),
                    ),
                ),
            ),
        )
        for pair, option in zip(pairs, options, strict=True)
        if option["feedback"]
    ]
    declared = _declared("multiple", "directedPair", pairs)
    return declared, [interaction], [_scored(_all_right()), *wrongly], []


def _fill(said: Said, _kind: Kind) -> Parts:
    before, _gap, after = said["stem"].partition(GAP)
    entry = tag("textEntryInteraction", {"responseIdentifier": RESPONSE, "expectedLength": "20"})
    declared = _declared("single", "string", said["accept"][:1])
    words = [*said["accept"], *(wrong["text"] for wrong in said["wrong"])]
    entries = [
        tag(
            "mapEntry",
            {
                "mapKey": word,
                "mappedValue": "1" if n < len(said["accept"]) else "0",
                "caseSensitive": "false",
            },
        )
        for n, word in enumerate(words)
    ]
    mapping = tag("mapping", {"defaultValue": "0"}, *entries)
    remarks = [
        _remark(REMARK, f"{WRONG}{n}", wrong["feedback"])
        for n, wrong in enumerate(said["wrong"], 1)
    ]
    conditions = [
        tag("responseElseIf", {}, _same(wrong["text"]), _set(REMARK, f"{WRONG}{n}"))
        for n, wrong in enumerate(said["wrong"], 1)
    ]
    if said["feedback"]:
        remarks.append(_remark(REMARK, OTHER, said["feedback"]))
        conditions.append(tag("responseElse", {}, _set(REMARK, OTHER)))
    right = tag("responseIf", {}, tag("or", {}, *map(_same, said["accept"])), _points("1"))
    return (
        tag(declared.name, declared.attributes, *declared.within, mapping),
        [tag("p", {}, *_lines(before), entry, *_lines(after))],
        [tag("responseCondition", {}, right, *conditions)],
        remarks,
    )


def _letter(number: int) -> str:
    return chr(ord("A") + number)


def _bool(said: bool) -> str:
    return "true" if said else "false"


def _with_feedback(name: str, option: Said) -> list[Element | str]:
    """Return the text of an option and, within it, what is told to who chose it."""
    feedback = option["feedback"]
    attributes = {"outcomeIdentifier": FEEDBACK, "identifier": name, "showHide": "show"}
    told = [tag("feedbackInline", attributes, *_lines(feedback))] if feedback else []
    return [*_lines(option["text"]), *told]


def _declared(cardinality: str, base: str, right: Sequence[str]) -> Element:
    values = [tag("value", {}, each) for each in right]
    return tag(
        "responseDeclaration",
        {"identifier": RESPONSE, "cardinality": cardinality, "baseType": base},
        tag("correctResponse", {}, *values),
    )


def _outcomes(kind: Kind | None, said: Said) -> list[Element]:
    score = {"identifier": SCORE, "cardinality": "single", "baseType": "float"}
    named = {"baseType": "identifier"}
    several = "multiple" if kind in (Kind.MULTIPLE, Kind.MATCH) else "single"
    found = [
        tag("outcomeDeclaration", score, tag("defaultValue", {}, tag("value", {}, "0"))),
    ]
    if kind in (Kind.ORDER, Kind.FILL):
        one = {"identifier": REMARK, "cardinality": "single", **named}
        found.append(tag("outcomeDeclaration", one))
    else:
        one = {"identifier": FEEDBACK, "cardinality": several, **named}
        found.append(tag("outcomeDeclaration", one))
    if said["explain"]:
        one = {"identifier": EXPLAIN, "cardinality": "single", **named}
        found.append(tag("outcomeDeclaration", one))
    return found


def _remark(outcome: str, identifier: str, said: str) -> Element:
    attributes = {"outcomeIdentifier": outcome, "identifier": identifier, "showHide": "show"}
    return tag("modalFeedback", attributes, tag("p", {}, *_lines(said)))


def _response() -> Element:
    return tag("variable", {"identifier": RESPONSE})


def _value(base: str, said: str) -> Element:
    return tag("baseValue", {"baseType": base}, said)


def _set_to(outcome: str, value: Element) -> Element:
    return tag("setOutcomeValue", {"identifier": outcome}, value)


def _set(outcome: str, identifier: str) -> Element:
    return _set_to(outcome, _value("identifier", identifier))


def _points(points: str) -> Element:
    return _set_to(SCORE, _value("float", points))


def _all_right() -> Element:
    return tag("match", {}, _response(), tag("correct", {"identifier": RESPONSE}))


def _same(word: str) -> Element:
    return tag("stringMatch", {"caseSensitive": "false"}, _response(), _value("string", word))


def _scored(right: Element, *otherwise: Element) -> Element:
    """Return the condition that gives a point for what is right, and does the rest otherwise."""
    wrong = [tag("responseElse", {}, *otherwise)] if otherwise else []
    return tag("responseCondition", {}, tag("responseIf", {}, right, _points("1")), *wrong)
