"""What a cell of a class list means by itself: a name, a seat, a number of the school.

Values only, for the list and for the form of one pupil.
"""

import re
import unicodedata

from quizapp.core.i18n import _
from quizapp.core.sheets import LOST_DIGITS

NAME_LENGTHS, SEATS, NUMBER_LENGTH = range(2, 41), range(1, 100), 20
FILLERS = {"", "/", "\\", "-", "--", "—", "——", "无", "暂无", "空"}
IDENTITY = re.compile(
    r"(?:[GL]?[1-9]\d{5}(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]"
    r"|[GL]\d{17}[\dX]"
    r"|[1-9]\d{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3})",
    re.IGNORECASE,
)
"""The shape of an ID card number, 18 or 15 signs, and of a 学籍号, which may hold one."""
HANZI = "〇\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
ANY_HANZI = re.compile(f"[{HANZI}]")
# Blanks are single ones by then: runs of them would be searched again from each of their signs.
DOTS = re.compile(rf" ?[·‧•・∙⋅●]+ ?|(?<=[{HANZI}])[.。]+(?=[{HANZI}])")
BLANK_BY_HANZI = re.compile(rf" (?=[{HANZI}])|(?<=[{HANZI}]) ")
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]")
LOST_SIGNS = set("?□■�")  # What programs put where a character was lost.


def folded(text: str) -> str:
    return compact(text).lower()


def compact(text: str) -> str:
    """Return a cell without blanks, full-width letters, digits and brackets made plain."""
    return "".join(visible(text).split())


def visible(text: str) -> str:
    if text.isascii():  # Most cells of a long list are digits; nothing is to be done for them.
        return text
    return INVISIBLE.sub("", unicodedata.normalize("NFKC", text))


def shown(text: str) -> str:
    """Return a cell for a sentence. What may be a phone or identity number is not repeated."""
    return "“…”" if re.search(r"\d{5}", text) else f"“{text[:20]}”"


def neat_name(text: str) -> str:
    """Return a name as it is kept: one middle dot "·", no blanks by hanzi, else single ones."""
    name = visible(text).replace("’", "'")
    return DOTS.sub("·", BLANK_BY_HANZI.sub("", " ".join(name.split())))


def name_fault(name: str) -> tuple[str, str] | None:
    """Return code and sentence of what is wrong with a neat name, the most telling first."""
    if name in FILLERS:
        says = _("The name is missing. Fill it in, or clear the whole row.")
        return "name_missing", says
    if any(sign in LOST_SIGNS or unicodedata.category(sign) == "Co" for sign in name):
        says = _(
            "The name holds a character that cannot be shown on other machines. Type it again "
            "with a current input method, or write it as the school roll does."
        )
        return "name_lost_character", says
    if not _is_name(name):
        says = _(
            "The name holds digits or signs. Leave only the name; two pupils of the same name "
            "are told apart by seat or number."
        )
        return "name_signs", says
    if len(name) not in NAME_LENGTHS:
        says = _(
            "The name must have %(least)s to %(most)s characters. Write it in full.",
            least=NAME_LENGTHS[0],
            most=NAME_LENGTHS[-1],
        )
        return "name_length", says
    return None


def _is_name(name: str) -> bool:
    """Whether it is letters, with middle dots between; Latin names have a few signs more."""
    between = "· " if ANY_HANZI.search(name) else "· '-."
    ends = _is_letter(name[0]) and (_is_letter(name[-1]) or name[-1] in between.strip("· '-"))
    return ends and all(_is_letter(sign) or sign in between for sign in name)


def _is_letter(sign: str) -> bool:
    # The rarest hanzi are younger than Python's tables, so their planes are let in as they are.
    return unicodedata.category(sign)[0] in "LM" or ANY_HANZI.match(sign) is not None


def seat_of(text: str) -> int | None:
    found = re.fullmatch(r"(\d{1,3})号?", text, re.ASCII)
    return int(found[1]) if found and int(found[1]) in SEATS else None


def number_fault(text: str) -> tuple[str, str] | None:
    """Return code and sentence of what is wrong with a number; no sentence repeats any of it."""
    if text == LOST_DIGITS:
        says = _(
            "The spreadsheet program has cut the last digits of this long number. Use the number "
            "that the school gave, in a column formatted as text; no identity number."
        )
        return "number_lost_digits", says
    if IDENTITY.fullmatch(text.replace("-", "")):
        says = _(
            "This looks like an identity number, which is not stored here. Use the number that "
            "the school gave, or leave it empty."
        )
        return "number_identity", says
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", text) or len(text) > NUMBER_LENGTH:
        says = _(
            "The number must have at most %(most)s letters, digits and hyphens.",
            most=NUMBER_LENGTH,
        )
        return "number_unread", says
    return None
