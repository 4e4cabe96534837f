"""Moodle XML: the questions of a category, in and out.

What Moodle has no place for is kept where it stays readable: our kind is a tag, our key the ID
number, a scene the first block of the question, and the feedback of a match a list in what is told
of a wrong answer.
"""

from collections.abc import Sequence

from quizapp.bank.exchange import MAX_ITEMS, Item, refused, too_many
from quizapp.bank.formats import moodle_in, moodle_out
from quizapp.bank.formats.flattened import tidy
from quizapp.bank.formats.qti_names import document, tag
from quizapp.bank.formats.texts import lost_head, lost_of_spoken, spoken
from quizapp.bank.params import strings
from quizapp.core import trees
from quizapp.core.i18n import _
from quizapp.core.trees import shown

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
    questions = [each for each in root.elements("question") if not moodle_in.is_category(each)]
    if not questions:
        return [refused(name, _("there is no question in it; was another format meant?"))]
    if len(questions) > MAX_ITEMS:
        return [too_many(name)]
    texts = [text.text for text in root.all("text")]
    if sum(map(len, texts)) > MOST_TEXT or sum(text.count("<") for text in texts) > MOST_TAGS:
        return [refused(name, trees.says("heavy", name))]
    return [
        moodle_in.item(f"{name}: {number}", question)
        for number, question in enumerate(questions, 1)
    ]


def write(items: Sequence[Item]) -> bytes:
    return document(tag(ROOT, {}, *map(moodle_out.element, items)))


def lost(item: Item) -> list[str]:
    if item.kind is None or not item.texts:
        return [_("It was not understood; it is left out whole.")]
    found = [*lost_of_spoken(Item(item.ref, item.kind, item.texts)), *lost_head(item)]
    if any(said != tidy(said) for said in strings(spoken(item))):
        found.append(_("Blanks in a row become one."))
    return found
