"""What is right, in plain text: told behind a question, or in a list at the end (`1-5 ABCDA`)."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from quizapp.bank.formats.plain_kinds import Sheet
from quizapp.bank.formats.plain_letters import NARROW
from quizapp.bank.formats.plain_numbers import CIRCLED, ORDINAL, heading, number_of
from quizapp.core.i18n import _

WORD: Final = r"(?:参考|正确|标准|本题)?答案"
KEYED: Final = re.compile(
    rf"(?:\[{WORD}\]|\({WORD}\)|{WORD}\s*(?:[:是为]|$|(?=[A-H√×])))\s*[:]?\s*"
)
WHY: Final = r"(?:答案|试题|题目)?(?:解析|分析|解释|详解|点评)"
EXPLAINED: Final = re.compile(rf"(?:\[{WHY}\]|\({WHY}\)|{WHY}\s*:)\s*:?\s*")
REASON: Final = re.compile(rf"(?:^|[\s。;,.])\s*(?:\[{WHY}\]|\({WHY}\)|{WHY}\s*:)|\[{WHY}\]")
# An answer or an explanation behind something else in the same line.
BEHIND: Final = re.compile(
    rf"([\s。?!;)])\s*(?=\[{WORD}\]|{WORD}\s*(?::|(?=[A-H√×]))|\[{WHY}\]|{WHY}\s*:)"
)
LIST_HEAD: Final = re.compile(rf"\[?{WORD}(?:[与及和]?解析)?\]?\s*:?")
VALUE: Final = r"(?:[A-H]+(?:\s*[,、]\s*[A-H]+)*|正确|错误|对|错|√|×)"
UNDER: Final = re.compile(rf"({ORDINAL})\s*[.、:]\s*")  # The ordinal of a section before a list.
NEXT: Final = rf"(?=$|[\s,;.、(\d{CIRCLED}])[\s,;.、]*"
ENTRY: Final = re.compile(
    rf"(?:(\d{{1,4}})\s*[.、:)]?|\((\d{{1,4}})\)\s*:?|([{CIRCLED}])\s*[.、:]?)\s*({VALUE}){NEXT}"
)
SPAN: Final = re.compile(
    r"(\d{1,4})\s*[-–—~至到]{1,2}\s*(\d{1,4})\s*[:.、)]?\s*"
    r"((?:[A-H]+[\s,、]*)+|(?:[对错√×][\s,、]*)+)[\s,;.、]*"
)
ORDINALS: Final = re.compile(rf"({ORDINAL})\s*[.、:]\s*({VALUE})(?=$|[\s,;.、])[\s,;.、]*")
NUMBERED: Final = re.compile(rf"(?:(\d{{1,4}})\s*[.、:)]|\((\d{{1,4}})\)|([{CIRCLED}]))\s*")
ANSWER: Final = re.compile(
    rf"(?:{NUMBERED.pattern})(?:{KEYED.pattern}|{VALUE}(?=$|[\s。.;,、]|[(\[]?{WHY}))"
)
WITHIN: Final = re.compile(
    rf"(?:^|[\s,;、。])(\d{{1,4}})\s*[.、)](?=[^、.])|\((\d{{1,2}})\)|([{CIRCLED}])(?![{CIRCLED}])"
)
TITLED: Final = re.compile(r"(\S{0,6}题)\s*:\s*(?=\d)")  # 单选题：1-5 ABCDA

Place = tuple[str, int]  # Section and number.


def take(sheet: Sheet, line: str, flat: str) -> None:
    """Take what stands behind 答案, and an explanation in the same line."""
    behind = REASON.search(flat)
    said = line[: behind.start()] if behind else line
    sheet.now = "answer"
    if said.strip():
        sheet.answers.append(said.strip().rstrip("。.;；"))
    else:
        sheet.now = "awaited"
    if behind and (why := EXPLAINED.search(flat, behind.start())):
        sheet.add("explain", line[why.end() :])


def is_list(flat: str) -> bool:
    """Whether the line is nothing but numbers with their answers, two at least or a span."""
    return len(numbers(flat)) > 1


def numbers(flat: str) -> list[int]:
    """Return the numbers of a line that is nothing but these with their answers, else nothing.

    Of a span they are its first and its last one.
    """
    section = UNDER.match(flat)
    at, found = section.end() if section else 0, list[int]()
    while at < len(flat):
        if entry := SPAN.match(flat, at):
            found += [int(entry[1]), int(entry[2])]
        elif entry := ENTRY.match(flat, at):
            found.append(number_of(entry[1] or entry[2] or entry[3]))
        else:
            return []
        at = entry.end()
    return found


def numbers_within(answers: Sequence[str]) -> list[int]:
    """Return the numbers in answers of which one begins with such: 1.110 2.120."""
    flats = [said.translate(NARROW) for said in answers]
    return [
        number_of(next(filter(None, found.groups())))
        for flat in flats
        if WITHIN.match(flat)
        for found in WITHIN.finditer(flat)
    ]


def is_answers(flat: str) -> bool:
    """Whether a line, as far as it can be told from itself, belongs to a list."""
    under = UNDER.match(flat)
    rest = flat[under.end() :] if under else flat
    return bool(is_list(rest) or TITLED.match(flat) or LIST_HEAD.match(flat) or ANSWER.match(rest))


def opening(flat: str, following: str) -> str:
    """Return what stands behind 答案, or behind nothing, in the same line or in the next one."""
    head = LIST_HEAD.match(flat)
    return (flat[head.end() :].strip() if head else flat) or following


def begins_list(flat: str, following: str, *, by_ordinals: bool) -> bool:
    """Whether 答案 stands above a list, or before one in the same line.

    `by_ordinals`: whether 一、 is the number of a question, not of a section.
    """
    head = LIST_HEAD.match(flat)
    if not head:
        return False
    rest = flat[head.end() :].strip()
    if rest:
        is_first = bool(ENTRY.fullmatch(rest) and ENTRY.fullmatch(following))
        return is_first or is_list(rest) or (by_ordinals and len(_ordinals(rest)) > 1)
    return bool(
        is_list(following)
        or (by_ordinals and _ordinals(following))
        or heading(following)
        or NUMBERED.match(following)
        or TITLED.match(following)
    )


@dataclass
class AnswerList:
    """The list at the end, as far as it was read."""

    by_ordinals: bool = False  # Whether 一、 is the number of a question, not of a section.
    section: str = ""
    listed: dict[Place, list[str]] = field(default_factory=dict)
    why: dict[Place, list[str]] = field(default_factory=dict)
    wrong: list[tuple[int, str]] = field(default_factory=list)  # Faults, by line.
    last: Place | None = None  # Whose explanation a line goes on with.
    line: int = 0  # That is being read,
    lines: dict[Place, int] = field(default_factory=dict)  # and where a place was read last.

    def take(self, number: int, line: str, flat: str) -> None:
        """Take one line of it; `number` is that of the line."""
        self.line = number
        at = head.end() if (head := LIST_HEAD.match(flat)) else 0
        line, flat = line[at:].strip(), flat[at:].strip()
        if titled := TITLED.match(flat):
            self.section = titled[1]
            line, flat = line[titled.end() :], flat[titled.end() :]
        elif (found := heading(flat)) is not None:
            self.section = found[0]
            return
        if self.by_ordinals and (ordinals := _ordinals(flat)):
            for ordinal, said in ordinals:
                self._add(number_of(ordinal), said)
            return
        if under := UNDER.match(flat):
            self.section = under[1]
            line, flat = line[under.end() :], flat[under.end() :]
        self._take_rest(number, line, flat)

    def _take_rest(self, number: int, line: str, flat: str) -> None:
        if is_list(flat):
            self._entries(number, flat)
        elif found := NUMBERED.match(flat):
            told, at = number_of(next(filter(None, found.groups()))), found.end()
            if _goes_on(told + 1, flat[at:]):
                said = _("this line has answers for several questions; put each on a line of its "
                         "own: %(line)s", line=line[:60])  # fmt: skip
                self.wrong.append((number, said))
            else:
                self._line(told, line[at:], flat[at:])
        elif self.last and (why := EXPLAINED.match(flat)):
            self.why.setdefault(self.last, []).append(line[why.end() :])
        elif self.last and self.last in self.why:
            self.why[self.last].append(line)
        elif flat:
            said = _("this line of the answers is not understood: %(line)s", line=line[:60])
            self.wrong.append((number, said))

    def _entries(self, number: int, flat: str) -> None:
        """Take a line that is nothing but numbers with their answers."""
        at = 0
        while at < len(flat):
            if span := SPAN.match(flat, at):
                self._span(number, span)
                at = span.end()
            elif entry := ENTRY.match(flat, at):
                self._add(number_of(entry[1] or entry[2] or entry[3]), entry[4])
                at = entry.end()

    def _span(self, number: int, span: re.Match[str]) -> None:
        first, last = int(span[1]), int(span[2])
        count = last - first + 1
        apart = re.findall(r"[^\s,、]+", span[3])  # AB、C、D: of three questions, one has two.
        said = apart if len(apart) == count else re.findall(r"[^\s,、]", span[3])
        if count != len(said):
            told = _("%(first)s to %(last)s has %(count)s answers; write one for each",
                     first=first, last=last, count=len(said))  # fmt: skip
            self.wrong.append((number, told))
            return
        for n, word in enumerate(said):
            self._add(first + n, word)

    def _line(self, number: int, line: str, flat: str) -> None:
        """Take one number with a line of its own: an answer, perhaps its reason."""
        sheet = Sheet(0, number, self.section, "")
        keyed = KEYED.match(flat)
        at = keyed.end() if keyed else 0
        take(sheet, line[at:], flat[at:])
        for said in sheet.answers:
            self._add(number, said)
        self.last = (self.section, number)
        if sheet.lines["explain"]:
            self.why.setdefault(self.last, []).extend(sheet.lines["explain"])

    def _add(self, number: int, said: str) -> None:
        self.last = (self.section, number)
        self.listed.setdefault(self.last, []).append(said)
        self.lines[self.last] = self.line


class Places:
    """Finds where the list speaks of a question: in its section, or by a number met only once.

    A list behind a section says nothing of questions that come after it.
    """

    def __init__(self, listed: AnswerList, sheets: Sequence[Sheet]) -> None:
        self.listed, self.lines = listed.listed, listed.lines
        self.in_section = Counter((one.section, one.number) for one in sheets)
        self.in_all = Counter(one.number for one in sheets)
        self.by_number: dict[int, list[Place]] = defaultdict(list)
        for place in self.listed:
            self.by_number[place[1]].append(place)

    def of(self, sheet: Sheet) -> Place | None:
        if sheet.number is None:
            return None
        place = (sheet.section, sheet.number)
        if place in self.listed and self.in_section[place] == 1:
            return place
        found = [one for one in self.by_number[sheet.number] if self.lines[one] > sheet.line]
        return found[0] if len(found) == 1 and self.in_all[sheet.number] == 1 else None


def _goes_on(number: int, flat: str) -> bool:
    """Whether the next number stands behind an answer, before its reason."""
    reason = REASON.search(flat)
    end = reason.start() if reason else len(flat)
    behind = (found for found in WITHIN.finditer(flat, 0, end) if found.start())
    return any(number_of(next(filter(None, found.groups()))) == number for found in behind)


def _ordinals(flat: str) -> list[tuple[str, str]]:
    """Return ordinals with their answers, if the line is nothing but these."""
    found, at = [], 0
    while at < len(flat):
        entry = ORDINALS.match(flat, at)
        if not entry:
            return []
        found.append((entry[1], entry[2]))
        at = entry.end()
    return found
