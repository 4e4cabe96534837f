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
    met: set[str] = field(default_factory=set)  # Sections of questions, and their kinds.
    answers: AnswerList = field(default_factory=AnswerList)
    is_listing: bool = False  # Whether a list of answers is being read.
    stray: list[tuple[int, str]] = field(default_factory=list)  # Lines that mean nothing.
    gap: bool = False  # Whether the line before was blank.

    @property
    def last(self) -> Sheet | None:
        return self.sheets[-1] if self.sheets else None

    @property
    def outermost(self) -> int:
        """The rank of the numbers of questions; 一、 is further out than any other."""
        return plain_numbers.OUTERMOST if self.by_ordinals else self.rank

    @property
    def wanted(self) -> int:
        """The number that comes next."""
        is_first = self.last is None or self.last.section != self.section
        return 1 if is_first or self.last is None else (self.last.number or 0) + 1

    def begin(self, section: str, kind: str) -> None:
        """Begin a section; its numbers are written as they like."""
        self.section, self.kind, self.rank = section, kind, 0

    def add(self, line: int, number: int | None) -> Sheet:
        """Begin a question."""
        self.sheets.append(Sheet(line, number, self.section, self.kind))
        self.met |= {self.section, self.kind}
        return self.sheets[-1]


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
    by_ordinals, last = _is_by_ordinals(flats), 0
    reader = Reader(by_ordinals, answers=AnswerList(by_ordinals))
    for (number, line), (flat, following) in zip(filled, pairwise([*flats, ""]), strict=True):
        reader.gap, last = number > last + 1, number
        _take(reader, number, line, flat, following)
        if max(len(reader.sheets), len(reader.answers.wrong), len(reader.stray)) > MAX_ITEMS:
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
    if reader.is_listing and (section := _section_behind(reader, flat, following)):
        reader.is_listing = False
        reader.begin(*section)
        return
    if not reader.is_listing and _begins_list(reader, flat, following):
        if (parted := reader.last) and _is_for_parts(reader, parted, flat, following):
            parted.is_parted, parted.now = True, "answer"
            return
        reader.is_listing, reader.answers.section = True, reader.section
    if reader.is_listing:
        reader.answers.take(number, line, flat)
    elif (heading := plain_numbers.heading(flat)) is not None:
        reader.begin(*heading)
    elif start := _start(reader, flat, following):
        reader.rank = max(reader.rank, start.rank)
        reader.add(number, start.number)
        _go_on(reader, number, line[start.end :], flat[start.end :])
    elif (title := plain_numbers.title(flat)) and _is_between(reader):
        reader.begin(title, "")
    else:
        _go_on(reader, number, line, flat)


def _begins_list(reader: Reader, flat: str, following: str) -> bool:
    return plain_answers.begins_list(flat, following, by_ordinals=reader.by_ordinals) or (
        plain_numbers.heading(flat) is None and plain_answers.is_list(flat)
    )


def _is_for_parts(reader: Reader, last: Sheet, flat: str, following: str) -> bool:
    """Whether what looks like a list may speak of the parts of the last question: （1）√（2）×.

    Such numbers are those of questions if these have no others, or if none of this question is
    numbered and the list ends with its own.
    """
    listed = plain_answers.opening(flat, following)
    rank = plain_numbers.inner_rank(listed)
    if not rank or last.section != reader.section or rank >= reader.outermost:
        return False
    *others, end = plain_answers.numbers(listed) or [0]
    return last.is_parted or not others or end != last.number or last.has_parts


def _section_behind(reader: Reader, flat: str, following: str) -> tuple[str, str] | None:
    """Return section and kind that a line begins behind a list, None where the list goes on.

    A list has the headings of questions that were there, and answers below them.
    """
    title = plain_numbers.title(flat)
    section = plain_numbers.heading(flat) or ((title, "") if title else None)
    if section is None or reader.by_ordinals:
        return None
    name, kind = section
    is_met = name in reader.met or (not title and kind in reader.met)
    is_listed = plain_answers.is_answers(flat) or plain_answers.is_answers(following)
    return None if is_met or is_listed else section


def _start(reader: Reader, flat: str, following: str) -> Start | None:
    """Return the number by which a line begins a question.

    What is numbered within a question, ① under 1., belongs to it until it has its answer.
    """
    if reader.by_ordinals:
        return plain_numbers.item(flat, following, is_option=bool(OPTION.match(following)))
    found, last = plain_numbers.start(flat, reader.wanted), reader.last
    is_within = (
        found
        and found.rank < reader.rank
        and last
        and (last.is_parted or last.now not in ("answer", "key"))
    )
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
        sheet = reader.add(number, None)
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
    glued = [cut for cut in found if cut.at and flat[cut.at] == cut.letter]
    sheet.is_glued |= bool(glued)
    sheet.is_joined |= any(flat[cut.at + 1] in "、:" for cut in glued)
    sheet.is_unclear |= is_unclear
    sheet.now = "options"
    return end


def _items(name: str, reader: Reader) -> Iterator[Item]:
    """Yield the questions with what the list says of them; then what of the list is left over."""
    answers = reader.answers
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
    """Mark answers that may be those of several questions: 1.110 2.120.

    A last answer may be a list without numbers, with as many letters as there are questions.
    """
    answered = {(sheet.section, sheet.number) for sheet in sheets if has_answer(sheet)}
    there = {(sheet.section, sheet.number) for sheet in sheets}
    for sheet in sheets:
        numbers = plain_answers.numbers_within(sheet.answers)
        others = {(sheet.section, number) for number in numbers if number != sheet.number}
        sheet.is_several = len(numbers) > 1 or bool((others & there) - answered)
    if len(sheets) > 1 and len(sheets[-1].answers) == 1 and not any(map(has_answer, sheets[:-1])):
        said = sheets[-1].answers[0].translate(NARROW)
        sheets[-1].may_be_list = bool(LIST.fullmatch(said)) and len(said) == len(sheets)


def _stray(ref: str, line: str) -> Item:
    return refused(ref, _("this line belongs to no question: %(line)s", line=line[:60]))
