"""Plain text as Chinese schools paste it: `1. …（ ） A. … B. … 答案：C 解析：…`.

Lines are understood one by one; what is not clear is told and never guessed. Answers may stand
behind each question, in the brackets of its stem, or in a list at the end (`1-5 ABCDA`). What
`write` adds for ourselves: a kind in 【】, 反馈A：, 易错：, 另有： and 编号：.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from quizapp.bank.exchange import MAX_ITEMS, Item, refused, too_many
from quizapp.bank.formats import plain_answers, plain_numbers
from quizapp.bank.formats.plain_answers import BEHIND, EXPLAINED, KEYED, AnswerList, Places
from quizapp.bank.formats.plain_kinds import Sheet, has_answer, item_of
from quizapp.bank.formats.plain_letters import FIRST, NARROW, OPTION, SECOND, cuts
from quizapp.bank.formats.plain_numbers import Start
from quizapp.bank.formats.plain_out import lines_of
from quizapp.bank.formats.texts import (
    capped,
    decoded,
    lost_head,
    lost_of_spoken,
    spoken,
)
from quizapp.core.i18n import _

OWN: Final = re.compile(r"(?:反馈([A-H])?|(易错)|(另有)|(编号))\s*:\s*")
LIST: Final = re.compile(r"[A-H]+")
BLANKS: Final = re.compile(r"[ \t\u3000]{3,}")
LONGEST: Final = 4000  # Signs of a line.


@dataclass
class Reader:
    """What was read so far. `by_ordinals`: 一、 numbers questions, for nothing else does."""

    by_ordinals: bool
    sheets: list[Sheet] = field(default_factory=list)
    section: str = ""
    kind: str = ""  # A word of KIND_WORDS, or "".
    rank: int = 0  # Of the outermost numbers in this section; see plain_numbers.RANKS.
    answers: AnswerList | None = None  # Once the list at the end has begun.
    stray: list[tuple[int, str]] = field(default_factory=list)  # Lines that mean nothing.
    gap: bool = False  # Whether the line before was blank.

    @property
    def last(self) -> Sheet | None:
        return self.sheets[-1] if self.sheets else None

    @property
    def wanted(self) -> int:
        """The number that comes next."""
        is_first = self.last is None or self.last.section != self.section
        return 1 if is_first or self.last is None else (self.last.number or 0) + 1


def read(name: str, raw: bytes) -> list[Item]:
    text, faults = decoded(name, raw)
    if faults:
        return faults
    lines = [BLANKS.sub("  ", line).strip() for line in text.split("\n")]
    if max(map(len, lines)) > LONGEST:
        told = _("a line is longer than %(most)s signs; put every question on its own lines",
                 most=LONGEST)  # fmt: skip
        return [refused(name, told)]
    filled = [(number, line) for number, line in enumerate(lines, 1) if line]
    flats = [line.translate(NARROW) for _number, line in filled]
    reader, last = Reader(_is_by_ordinals(flats)), 0
    for (number, line), (flat, following) in zip(filled, pairwise([*flats, ""]), strict=True):
        reader.gap, last = number > last + 1, number
        _take(reader, number, line, flat, following)
        wrong = reader.answers.wrong if reader.answers else ()
        if max(len(reader.sheets), len(wrong), len(reader.stray)) > MAX_ITEMS:
            return [too_many(name)]
    return capped(name, _items(name, reader))


def write(items: Sequence[Item]) -> bytes:
    told = ["\n".join(lines_of(number, item)) for number, item in enumerate(items, 1)]
    return ("\n\n".join(told) + "\n").encode()


def lost(item: Item) -> list[str]:
    found = [*lost_of_spoken(item), *lost_head(item)]
    (back, *more) = read("", write([item]))
    if (
        more
        or back.kind is not item.kind
        or back.key != item.key
        or spoken_of(back) != spoken(item)
    ):
        found.append(_("Some of its lines mean something else in plain text; read it over."))
    return found


def spoken_of(item: Item) -> dict[str, Any]:
    return spoken(item) if item.texts else {}


# Reading


def _is_by_ordinals(flats: Sequence[str]) -> bool:
    """Whether no line begins with another number than 一、, up to the list of answers."""
    for flat, following in pairwise([*flats, ""]):
        if plain_answers.begins_list(flat, following, by_ordinals=True):
            break
        if plain_numbers.START.match(flat) and not plain_answers.is_list(flat):
            return False
    return True


def _take(reader: Reader, number: int, line: str, flat: str, following: str) -> None:
    """Take one line that is not blank; `following` is the next such one."""
    if reader.answers is None and (
        plain_answers.begins_list(flat, following, by_ordinals=reader.by_ordinals)
        or (plain_numbers.heading(flat) is None and plain_answers.is_list(flat))
    ):
        reader.answers = AnswerList(reader.by_ordinals, reader.section)
    if reader.answers:
        reader.answers.take(number, line, flat)
    elif (heading := plain_numbers.heading(flat)) is not None:
        reader.section, reader.kind = heading
        reader.rank = 0
    elif start := _start(reader, flat, following):
        reader.rank = max(reader.rank, start.rank)
        reader.sheets.append(Sheet(number, start.number, reader.section, reader.kind))
        _go_on(reader, number, line[start.end :], flat[start.end :])
    elif (title := plain_numbers.title(flat)) and _is_between(reader):
        reader.section, reader.kind, reader.rank = title, "", 0
    else:
        _go_on(reader, number, line, flat)


def _start(reader: Reader, flat: str, following: str) -> Start | None:
    """Return the number by which a line begins a question.

    What is numbered within a question, ① under 1., belongs to it until it has its answer.
    """
    if reader.by_ordinals:
        return plain_numbers.item(flat, following, is_option=bool(OPTION.match(following)))
    found, last = plain_numbers.start(flat, reader.wanted), reader.last
    is_within = found and found.rank < reader.rank and last and last.now not in ("answer", "key")
    return None if is_within else found


def _is_between(reader: Reader) -> bool:
    """Whether a section may begin here: no stem and no explanation is being read."""
    return reader.last is None or reader.last.now in ("options", "answer", "key")


def _go_on(reader: Reader, number: int, line: str, flat: str) -> None:
    """Take the rest of a question's line: options, answer and explanation may all stand in it."""
    sheet = reader.last
    if sheet is None or (sheet.number is None and reader.gap and sheet.answers):
        if OPTION.match(flat) or KEYED.match(flat):
            reader.stray.append((number, line))
            return
        sheet = Sheet(number, None, reader.section, reader.kind)
        reader.sheets.append(sheet)
    if found := EXPLAINED.match(flat):
        sheet.add("explain", line[found.end() :])
    elif found := KEYED.match(flat):
        plain_answers.take(sheet, line[found.end() :], flat[found.end() :])
    elif found := OWN.match(flat):
        sheet.own(found, line[found.end() :])
    elif OPTION.match(flat) and sheet.now in ("stem", "options"):
        end = _options(sheet, line, flat)
        if end < len(line):
            _go_on(reader, number, line[end:], flat[end:])
    elif sheet.now == "stem" and (cut := _inline(flat)):
        sheet.add("stem", line[:cut])
        _go_on(reader, number, line[cut:].strip(), flat[cut:].strip())
    elif sheet.now in ("answer", "key") and line:
        sheet.is_doubled |= bool(OPTION.match(flat))
        sheet.told.append(_("This line is not read: %(line)s", line=line[:60]))
    else:
        sheet.add(sheet.now, line)


def _inline(flat: str) -> int:
    """Return where the options, the answer or the explanation begin behind a stem; 0: nowhere."""
    found = FIRST.search(flat)
    places = [found.start()] if found and SECOND.search(flat, found.end()) else []
    if behind := BEHIND.search(flat):
        places.append(behind.end(1))
    return min(places, default=0)


def _options(sheet: Sheet, line: str, flat: str) -> int:
    """Take a line of one option or of several; return where what stands behind them begins."""
    behind = BEHIND.search(flat)
    end = behind.end(1) if behind else len(line)
    found, is_unclear = cuts(flat, end, glued=sheet.is_glued)
    for n, cut in enumerate(found):
        to = found[n + 1].at if n + 1 < len(found) else end
        sheet.options.append((cut.letter, line[cut.text_at : to].strip()))
    sheet.is_glued |= any(cut.at and not flat[cut.at - 1].isspace() for cut in found)
    sheet.is_unclear |= is_unclear
    sheet.now = "options"
    return end


def _items(name: str, reader: Reader) -> Iterator[Item]:
    """Yield the questions with what the list says of them; then what of the list is left over."""
    answers = reader.answers or AnswerList()
    unused = set(answers.listed)
    numbered = any(sheet.number is not None for sheet in reader.sheets)
    places = Places(answers, reader.sheets)
    _doubt(reader.sheets)
    for sheet in reader.sheets:
        if place := places.of(sheet):
            unused.discard(place)
            sheet.answers += answers.listed[place]
            sheet.lines["explain"] += answers.why.get(place, [])
        ref = f"{name} {sheet.number or sheet.line}"
        if sheet.number is None and numbered and not sheet.answers and not sheet.options:
            yield _stray(ref, sheet.said("stem"))
        else:
            yield item_of(ref, sheet)
    for number, line in reader.stray:
        yield _stray(f"{name} {number}", line)
    for number, told in answers.wrong:
        yield refused(f"{name} {number}", told)
    for _section, number in sorted(unused):
        told = _("the list of answers has a number %(number)s, but it is not clear which question "
                 "that is", number=number)  # fmt: skip
        yield refused(f"{name} {number}", told)


def _doubt(sheets: Sequence[Sheet]) -> None:
    """Mark a last answer that may be a list without numbers: as many letters as questions."""
    if len(sheets) > 1 and len(sheets[-1].answers) == 1 and not any(map(has_answer, sheets[:-1])):
        said = sheets[-1].answers[0].translate(NARROW)
        sheets[-1].may_be_list = bool(LIST.fullmatch(said)) and len(said) == len(sheets)


def _stray(ref: str, line: str) -> Item:
    return refused(ref, _("this line belongs to no question: %(line)s", line=line[:60]))
