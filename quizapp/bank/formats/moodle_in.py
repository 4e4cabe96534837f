"""A question of Moodle XML becomes one of ours, or says why not.

Types that are no question of ours are told by name; nothing is guessed.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

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
    of_tags,
    pictured,
    quoted,
    with_scene,
    within_top,
)
from quizapp.bank.formats.moodle_out import ANYTHING, ATTACHED, UNSAID
from quizapp.bank.formats.texts import from_base64
from quizapp.bank.kinds.choices import JUDGED
from quizapp.bank.kinds.fill import GAP, GAPS
from quizapp.bank.rules import Kind
from quizapp.core.i18n import _
from quizapp.core.trees import PICTURES, Element, shown

TAG = re.compile(rf"{OURS}:({'|'.join(Kind)}):({'|'.join(LANGUAGES)})")
PLAIN, MARKDOWN, AUTO = "plain_text", "markdown", "moodle_auto_format"
WHOLE = 100.0
MOST_KEY = 80
UNPLACED = ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback")
SAYING = ("questiontext", "generalfeedback", "answer", "feedback", "subquestion", "hint", *UNPLACED)

Said = dict[str, Any]


@dataclass
class _Reading:
    """One question being read, and what has been told of it so far.

    `own_kind` and `own_lang` are "" where others wrote it. `placed`: the names of those feedbacks
    for the whole question that have found their place. `htmls`: its HTML texts, flattened.
    """

    question: Element
    htmls: Mapping[str, Flat]
    own_kind: str = ""
    own_lang: str = ""
    flats: list[Flat] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    placed: set[str] = field(default_factory=set)

    def flat(self, element: Element | None) -> Flat:
        """Flatten the text of an element, in the format that it names, and remember the losses."""
        text = element and element.element("text")
        if element is None or text is None:
            return Flat()
        self.flats.append(_flat(text, _form(element), self.htmls))
        return self.flats[-1]

    def word(self, element: Element | None) -> str:
        """Return the text of an element that Moodle never shows as HTML."""
        text = element and element.element("text")
        return tidy(text.text) if text else ""

    def said(self, element: Element | None) -> str:
        return self.flat(element).text

    def remark(self, name: str) -> Flat:
        """Return a feedback for the whole question, that now has its place."""
        self.placed.add(name)
        return self.flat(self.question.element(name))


def is_category(question: Element) -> bool:
    """Whether it only says into which category the questions after it belong."""
    return question.attributes.get("type") == "category"


def category(question: Element) -> str:
    """Return the category that it names, outermost step first, parted by "/"."""
    text = question.element("category", "text")
    return within_top(text.text.strip()) if text else ""


def htmls(question: Element) -> Iterator[str]:
    """Yield the HTML texts of a question, as `item` wants them flattened."""
    for element in question.all(*SAYING):
        text, form = element.element("text"), _form(element)
        if (
            text
            and not text.elements()
            and form not in (PLAIN, MARKDOWN)
            and flattened.fits(text.text)
        ):
            yield _html(text.text, form)


def item(ref: str, question: Element, htmls: Mapping[str, Flat], category: str) -> Item:
    """Return the item of a question; `htmls` are its HTML texts, flattened."""
    name = question.attributes.get("type", "")
    reading = _Reading(question, htmls, *_own(question))
    try:
        if name not in READERS:
            raise Unfit(_unread(name))
        kind, said = READERS[name](reading)
        asked = reading.flat(question.element("questiontext"))
        said |= with_scene(kind, "\n".join(asked.scene), asked.text)
        said["explain"] = reading.said(question.element("generalfeedback"))
        lang = reading.own_lang or language(said["stem"] + said.get("scene", ""))
        if kind is Kind.FILL:
            said["stem"] = GAPS.sub(GAP, said["stem"])
        if name == "truefalse":
            said["options"] = [
                {**option, "text": JUDGED[lang][0 if option["text"] == "true" else 1]}
                for option in said["options"]
            ]
        if kind is Kind.SINGLE:
            kind, renamed = judged(said, lang)
            reading.dropped += renamed
    except Unfit as why:
        return refused(ref, str(why))
    _unplaced(reading)
    named = [_name(address) for flat in reading.flats for address, _alt in flat.pictures]
    files, unread = _files(reading, named)
    picture, words, unseen = pictured(
        asked, reading.flats, lambda address: files.get(_name(address), b""),
        is_ours=bool(reading.own_kind),
    )  # fmt: skip
    dropped = [*reading.dropped, *flattened.told(reading.flats), *unread, *unseen]
    said |= words
    key = _key(reading)
    head = of_tags(_tags(question))
    return made(ref, kind, lang, said, key=key, dropped=dropped, picture=picture, head=head,
                category=category)  # fmt: skip


def _own(question: Element) -> tuple[str, str]:
    """Return kind and language of a question that we wrote, else two empty texts."""
    for said in _tags(question):
        if found := TAG.fullmatch(said):
            return found[1], found[2]
    return "", ""


def _tags(question: Element) -> list[str]:
    return [each.text.strip() for each in question.all("tag")]


def _unread(name: str) -> str:
    if name == "description":
        return _("it is a description, and asks for nothing")
    return _("the type “%(name)s” is not read here; read are %(known)s",
             name=shown(name), known=", ".join(READERS))  # fmt: skip


def _form(element: Element) -> str:
    return element.attributes.get("format", "html")


def _html(said: str, form: str) -> str:
    """Return the HTML of a text in which a line end may be meant as one."""
    return said.replace("\n", "<br>") if form == AUTO else said


def _flat(text: Element, form: str, htmls: Mapping[str, Flat]) -> Flat:
    if text.elements():  # XHTML that was not made into text.
        return flattened.of_parts(text.within)
    said = text.text
    if not flattened.fits(said):
        raise Unfit(flattened.too_much())
    if form in (PLAIN, MARKDOWN):
        plain = tidy(said)
        return Flat([plain] if plain else [], marks=[MARKDOWN] if form == MARKDOWN else [])
    return htmls[_html(said, form)]


def _fraction(answer: Element) -> float:
    try:
        return float(answer.attributes.get("fraction", "0"))
    except ValueError:
        raise Unfit(_("the fraction of an answer is no number")) from None


def _feedback(reading: _Reading, answer: Element) -> str:
    return reading.said(answer.element("feedback"))


def _choice(reading: _Reading) -> tuple[Kind, Said]:
    single = reading.question.element("single")
    several = single is not None and single.text.strip().lower() in ("false", "0")
    options = []
    for number, answer in enumerate(reading.question.elements("answer"), 1):
        worth = _fraction(answer)
        right = worth > 0 if several else worth >= WHOLE
        if 0 < worth < WHOLE and not several:
            reading.dropped.append(_("option %(number)s was worth %(worth)s %%; here it is wrong",
                                     number=number, worth=f"{worth:g}"))  # fmt: skip
        options.append(
            {"text": reading.said(answer), "right": right, "feedback": _feedback(reading, answer)}
        )
    return marked(options, several=several, own=reading.own_kind), {"options": options}


def _judge(reading: _Reading) -> tuple[Kind, Said]:
    """Read a judge; its options are "true" and "false" until the language is known."""
    options: list[Said] = [
        {
            "text": reading.word(answer).lower(),
            "right": _fraction(answer) >= WHOLE,
            "feedback": _feedback(reading, answer),
        }
        for answer in reading.question.elements("answer")
    ]
    if sorted(option["text"] for option in options) != ["false", "true"]:
        raise Unfit(_("its answers are not true and false"))
    marked(options, several=False, own="")
    return Kind.JUDGE, {"options": options}


def _order(reading: _Reading) -> tuple[Kind, Said]:
    steps = [{"text": reading.said(each)} for each in reading.question.elements("answer")]
    return Kind.ORDER, {"options": steps, "feedback": reading.remark("incorrectfeedback").text}


def _match(reading: _Reading) -> tuple[Kind, Said]:
    pairs = [
        (reading.said(each), reading.word(each.element("answer")))
        for each in reading.question.elements("subquestion")
    ]
    partners = [pair for _text, pair in pairs]
    if len({pair.casefold() for pair in partners}) < len(pairs) or "" in partners:
        raise Unfit(_("not every option has exactly one partner of its own"))
    options = [{"text": text, "pair": pair} for text, pair in pairs if text]
    said: Said = {"options": options, "others": [pair for text, pair in pairs if not text]}
    if reading.own_kind == Kind.MATCH:
        told = reading.remark("incorrectfeedback").blocks
        if len(told) == len(options):
            said["options"] = [
                {**option, "feedback": "" if each == UNSAID else each}
                for option, each in zip(options, told, strict=True)
            ]
    return Kind.MATCH, said


def _fill(reading: _Reading) -> tuple[Kind, Said]:
    accept, wrong, parts, other = [], [], [], ""
    for answer in reading.question.elements("answer"):
        word, worth, told = reading.word(answer), _fraction(answer), _feedback(reading, answer)
        if word == ANYTHING and worth <= 0:
            other = told
        elif worth >= WHOLE:
            accept.append(_word(word))
            if told:
                reading.dropped.append(_("feedback on what is right was left out: “%(said)s”",
                                         said=quoted(told)))  # fmt: skip
        elif worth > 0:
            parts.append(word)
        else:
            wrong.append({"text": _word(word), "feedback": told})
    if not accept:
        raise Unfit(_("it does not say which answer is right; mark one"))
    if parts:
        reading.dropped.append(_("words that are worth a part of the points were left out: "
                                 "%(words)s", words=quoted(", ".join(parts))))  # fmt: skip
    usecase = reading.question.element("usecase")
    if usecase is not None and usecase.text.strip() in ("1", "true"):
        reading.dropped.append(_("capital letters counted there; here they do not"))
    return Kind.FILL, {"accept": accept, "wrong": wrong, "feedback": other}


def _word(said: str) -> str:
    """Return a word without the signs that make its stars plain. Unfit: a star stands for many."""
    plain = said.replace(f"\\{ANYTHING}", "")
    if ANYTHING in plain:
        raise Unfit(_("“%(word)s” stands for many words (*); write out those that are meant",
                      word=quoted(said)))  # fmt: skip
    return said.replace(f"\\{ANYTHING}", ANYTHING)


READERS: Mapping[str, Callable[[_Reading], tuple[Kind, Said]]] = {
    "multichoice": _choice,
    "truefalse": _judge,
    "matching": _match,
    "shortanswer": _fill,
    "ordering": _order,
}


def _unplaced(reading: _Reading) -> None:
    """Tell of what is said about the whole question and has no place here."""
    for name in UNPLACED:
        element = reading.question.element(name)
        if name not in reading.placed and (said := reading.said(element)):
            reading.dropped.append(_("feedback that belongs to no single option was left out: "
                                     "“%(said)s”", said=quoted(said)))  # fmt: skip
    for hint in reading.question.elements("hint"):
        if said := reading.said(hint):
            reading.dropped.append(_("a hint was left out: “%(said)s”", said=quoted(said)))


def _files(reading: _Reading, shown_in: Iterable[str]) -> tuple[dict[str, bytes], list[str]]:
    """Return the pictures attached to the stem by name, and a sentence for each file that stands
    in no text.

    Each text has files of its own, and pasted pictures are called image.png in all of them.
    """
    files: dict[str, bytes] = {}
    told = []
    asked = reading.question.element("questiontext")
    around = [asked, reading.question] if asked else [reading.question]
    of_stem = {id(attached) for each in around for attached in each.elements("file")}
    for attached in reading.question.all("file"):
        name = shown(attached.attributes.get("name", "").replace("\\", "/").rpartition("/")[2])
        raw = from_base64(attached.text) if name.lower().endswith(PICTURES) else b""
        if not raw:
            told.append(_("the file %(name)s was left out; only pictures are read", name=name))
        elif name not in shown_in:
            told.append(_("the file %(name)s was left out; it stands in no text", name=name))
        if id(attached) in of_stem:
            files.setdefault(name, raw)
    return files, told


def _name(address: str) -> str:
    return unquote(address.removeprefix(ATTACHED))


def _key(reading: _Reading) -> str:
    said = reading.question.element("idnumber")
    key = said.text.strip() if said and reading.own_kind else ""
    return key if re.fullmatch(KEY, key) and len(key) <= MOST_KEY else ""
