"""Moodle XML: the questions of a category, in and out.

What Moodle has no place for is kept where it stays readable: our kind, stage and difficulty are
tags, our topic is the category, our key the ID number, a scene the first block of the question, and
the feedback of a match a list in what is told of a wrong answer.
"""

from collections.abc import Iterator, Sequence
from itertools import chain

from quizapp.bank.exchange import MAX_ITEMS, Item, refused, too_many
from quizapp.bank.formats import flattened, moodle_in, moodle_out
from quizapp.bank.formats.flattened import tidy
from quizapp.bank.formats.foreign import by_category
from quizapp.bank.formats.qti_names import document, tag
from quizapp.bank.formats.texts import lost_of_spoken, lost_of_tagged, spoken
from quizapp.bank.params import strings
from quizapp.core import trees
from quizapp.core.i18n import _
from quizapp.core.trees import Element, shown

ROOT = "quiz"
MOST_TEXT, MOST_TAGS = 4 * 2**20, 200_000  # Of all texts together; pictures are not among them.


def read(name: str, raw: bytes) -> list[Item]:
    name = shown(name)
    try:
        root = trees.read(name, raw)
    except trees.Unreadable as fault:
        return [refused(name, str(fault))]
    if root.name != ROOT:
        return [
            refused(name, _("it is “%(root)s” and no Moodle XML (quiz)", root=shown(root.name)))
        ]
    return _items(name, root)


def _items(name: str, root: Element) -> list[Item]:
    questions = list(_placed(root))
    if not questions:
        return [refused(name, _("there is no question in it; was another format meant?"))]
    if len(questions) > MAX_ITEMS:
        return [too_many(name)]
    texts = [text.text for text in root.all("text")]
    if sum(map(len, texts)) > MOST_TEXT or sum(text.count("<") for text in texts) > MOST_TAGS:
        return [refused(name, trees.says("heavy", name))]
    asked = (moodle_in.htmls(question) for question, _category in questions)
    htmls = flattened.of_htmls(chain.from_iterable(asked))
    if htmls is None:
        return [refused(name, trees.says("heavy", name))]
    return [
        moodle_in.item(f"{name}: {number}", question, htmls, category)
        for number, (question, category) in enumerate(questions, 1)
    ]


def write(items: Sequence[Item]) -> bytes:
    return document(tag(ROOT, {}, *_elements(items)))


def lost(item: Item) -> list[str]:
    if item.kind is None or not item.texts:
        return [_("It was not understood; it is left out whole.")]
    found = [*lost_of_spoken(Item(item.ref, item.kind, item.texts)), *lost_of_tagged(item)]
    if any(said != tidy(said) for said in strings(spoken(item))):
        found.append(_("Blanks in a row become one."))
    return found


def _placed(root: Element) -> Iterator[tuple[Element, str]]:
    """Yield every question with its category: that which was named last before it."""
    category = ""
    for each in root.elements("question"):
        if moodle_in.is_category(each):
            category = moodle_in.category(each)
        else:
            yield each, category


def _elements(items: Sequence[Item]) -> Iterator[Element]:
    """Yield the questions, and a category wherever another topic begins."""
    for path, item in by_category(items):
        if path:
            yield moodle_out.category(path)
        yield moodle_out.element(item)
