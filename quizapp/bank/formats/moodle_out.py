"""One of our questions becomes a question of Moodle XML."""

import base64
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from quizapp.bank.exchange import Item
from quizapp.bank.formats.flattened import tidied
from quizapp.bank.formats.flattening import SCENE
from quizapp.bank.formats.foreign import OURS, tagged
from quizapp.bank.formats.qti_names import tag
from quizapp.bank.formats.texts import spoken
from quizapp.bank.kinds.choices import JUDGED
from quizapp.bank.rules import Kind
from quizapp.core.pictures import ending
from quizapp.core.trees import Element

TITLE = 60
ANYTHING = "*"  # The word that stands for every other one.
UNSAID = "–"  # Stands for a feedback that is missing, in a list of them.
ATTACHED, PICTURE = "@@PLUGINFILE@@/", "picture"

Said = Mapping[str, Any]


def category(path: str) -> Element:
    """Return what says where the questions behind it belong."""
    named = tag("category", {}, tag("text", {}, path))
    return tag("question", {"type": "category"}, named)


def element(item: Item) -> Element:
    said = tidied(spoken(item))
    kind = item.kind or Kind.SINGLE
    type_, parts = MAKERS[kind](kind, said)
    lang = next(lang for lang in ("zh", *item.texts) if lang in item.texts)
    tags = [f"{OURS}:{kind}:{lang}", *tagged(item.head)]
    return tag(
        "question",
        {"type": type_},
        tag("name", {}, tag("text", {}, " ".join(said["stem"].split())[:TITLE])),
        _asked(said, item.picture),
        _text("generalfeedback", said["explain"]),
        tag("defaultgrade", {}, "1"),
        tag("penalty", {}, "0"),
        tag("hidden", {}, "0"),
        tag("idnumber", {}, item.key),
        *parts,
        tag("tags", {}, *(tag("tag", {}, tag("text", {}, said)) for said in tags)),
    )


def _asked(said: Said, picture: bytes) -> Element:
    scene = said.get("scene")
    html = [f'<div class="{SCENE}">{_paragraph(scene)}</div>'] if scene else []
    html.append(_paragraph(said["stem"]))
    if not picture:
        return tag("questiontext", {"format": "html"}, tag("text", {}, "".join(html)))
    name = f"{PICTURE}.{ending(picture)}"
    html.append(f'<p><img src="{ATTACHED}{name}" alt="{escape(said["picture_alt"] or "")}"></p>')
    attributes = {"name": name, "path": "/", "encoding": "base64"}
    file = tag("file", attributes, base64.b64encode(picture).decode())
    return tag("questiontext", {"format": "html"}, tag("text", {}, "".join(html)), file)


def _paragraph(said: str) -> str:
    return f"<p>{escape(said, quote=False).replace(chr(10), '<br>')}</p>"


def _text(name: str, said: str) -> Element:
    return tag(name, {"format": "plain_text"}, tag("text", {}, said))


def _answer(fraction: str, said: str, feedback: str | None) -> Element:
    return tag(
        "answer",
        {"fraction": fraction, "format": "plain_text"},
        tag("text", {}, said),
        _text("feedback", feedback or ""),
    )


Parts = tuple[str, Sequence[Element]]
"""The type of the question, and what it has beside what all have."""


def _choice(kind: Kind, said: Said) -> Parts:
    options = said["options"]
    several = kind is Kind.MULTIPLE
    right = sum(option["right"] for option in options)
    # One wrong option takes all points: here, too, only all of it counts.
    wrong = "-100" if several else "0"
    answers = [
        _answer(_share(right) if option["right"] else wrong, option["text"], option["feedback"])
        for option in options
    ]
    return "multichoice", [
        tag("single", {}, "false" if several else "true"),
        tag("shuffleanswers", {}, "true"),
        tag("answernumbering", {}, "ABCD"),
        *answers,
    ]


def _share(of: int) -> str:
    """Return the per cents of one of so many, as Moodle's own list of them has it."""
    return f"{100 / of:.5f}".rstrip("0").rstrip(".")


def _judge(_kind: Kind, said: Said) -> Parts:
    true = {words[0] for words in JUDGED.values()}
    return "truefalse", [
        _answer(
            "100" if option["right"] else "0",
            "true" if option["text"] in true else "false",
            option["feedback"],
        )
        for option in said["options"]
    ]


def _order(_kind: Kind, said: Said) -> Parts:
    return "ordering", [
        tag("layouttype", {}, "VERTICAL"),
        tag("selecttype", {}, "ALL"),
        tag("selectcount", {}, "0"),
        tag("gradingtype", {}, "ALL_OR_NOTHING"),
        tag("showgrading", {}, "SHOW"),
        tag("numberingstyle", {}, "none"),
        _text("incorrectfeedback", said["feedback"]),
        *(_answer(str(n), step["text"], "") for n, step in enumerate(said["options"], 1)),
    ]


def _match(_kind: Kind, said: Said) -> Parts:
    told = [option["feedback"] or UNSAID for option in said["options"]]
    listed = "".join(
        f"<li>{escape(each, quote=False).replace(chr(10), '<br>')}</li>" for each in told
    )
    pairs = [(option["text"], option["pair"]) for option in said["options"]]
    return "matching", [
        tag("shuffleanswers", {}, "true"),
        tag("incorrectfeedback", {"format": "html"}, tag("text", {}, f"<ol>{listed}</ol>")),
        *(
            tag(
                "subquestion",
                {"format": "plain_text"},
                tag("text", {}, text),
                tag("answer", {}, tag("text", {}, pair)),
            )
            for text, pair in [*pairs, *(("", other) for other in said["others"])]
        ),
    ]


def _fill(_kind: Kind, said: Said) -> Parts:
    wrong = [_answer("0", _plain(one["text"]), one["feedback"]) for one in said["wrong"]]
    other = [_answer("0", ANYTHING, said["feedback"])] if said["feedback"] else []
    return "shortanswer", [
        tag("usecase", {}, "0"),
        *(_answer("100", _plain(word), "") for word in said["accept"]),
        *wrong,
        *other,
    ]


def _plain(word: str) -> str:
    """Return a word in which a star stands for itself."""
    return word.replace(ANYTHING, f"\\{ANYTHING}")


MAKERS: Mapping[Kind, Callable[[Kind, Said], Parts]] = {
    Kind.SINGLE: _choice,
    Kind.MULTIPLE: _choice,
    Kind.SITUATION: _choice,
    Kind.JUDGE: _judge,
    Kind.ORDER: _order,
    Kind.MATCH: _match,
    Kind.FILL: _fill,
}
