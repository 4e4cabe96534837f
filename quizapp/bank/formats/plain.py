"""Plain text as Chinese schools paste it: `1. …（ ） A. … B. … 答案：C 解析：…`.

Lines are understood one by one; what is not clear is told and never guessed. Answers may stand
behind each question, in the brackets of its stem, or in a list at the end (`1-5 ABCDA`). What
`write` adds for ourselves: a kind in 【】, 反馈A：, 易错：, 另有： and 编号：.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from quizapp.bank.exchange import MAX_ITEMS, Item, refused, too_many
from quizapp.bank.formats.plain_kinds import KIND_WORDS, Sheet, item_of
from quizapp.bank.formats.plain_out import lines_of
from quizapp.bank.formats.texts import (
    capped,
    decoded,
    lost_head,
    lost_of_spoken,
    spoken,
)
from quizapp.core.i18n import _

# Signs of full width are read as their narrow ones; a line keeps its length.
NARROW: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | str.maketrans(
    "　【】〔〕［］✓✔☑✗✘✕", " [][][]√√√×××"
)
ORDINAL: Final = r"[一二三四五六七八九十]{1,3}"
SECTION: Final = re.compile(rf"({ORDINAL})\s*[.、]\s*(.*)|(\S{{0,6}}[题])\s*(?:[(:].*)?")
START: Final = re.compile(
    r"(?:(\d{1,4})\s*(?:[.、)]|\.、)|\((\d{1,4})\)\s*[.、]?|第(\d{1,4})题\s*[:.、]?)\s*"
)
OPTION: Final = re.compile(r"\(?([A-H])\s*(?:[.、):]|\.、)\s*")
# The first option behind a stem, where a second one follows; "( A )" is an answer in brackets.
FIRST: Final = re.compile(r"(?<=[\s)?。:_])(?<!\()(?<!\(\s)A\s*[.、:)]\s*\S|\s\(A\)\s*\S")
SECOND: Final = re.compile(r"(?<![A-Za-z])B\s*[.、:)]")
WITHIN: Final = re.compile(r"\s+\(?([A-H])\s*[.、):]\s*|\(([A-H])\)\s*|([A-H])[.)]\s*")
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
OWN: Final = re.compile(r"(?:反馈([A-H])?|(易错)|(另有)|(编号))\s*:\s*")
LIST_HEAD: Final = re.compile(rf"(?:{WORD})(?:[与及和]?解析)?\s*:?")
VALUE: Final = r"(?:[A-H]+(?:\s*[,、]\s*[A-H]+)*|正确|错误|对|错|√|×)"
UNDER: Final = re.compile(rf"({ORDINAL})\s*[.、:]\s*")  # The ordinal of a section before a list.
ENTRY: Final = re.compile(rf"(\d{{1,4}})\s*[.、:)]?\s*({VALUE})(?=$|[\s,;.、])[\s,;.、]*")
SPAN: Final = re.compile(
    r"(\d{1,4})\s*[-–—~至到]{1,2}\s*(\d{1,4})\s*[:.、)]?\s*((?:[A-H]\s*)+|(?:[对错√×]\s*)+)[\s,;.、]*"
)
NUMBERED: Final = re.compile(r"(\d{1,4})\s*[.、:)]\s*")
BLANKS: Final = re.compile(r"[ \t\u3000]{3,}")
LONGEST: Final = 4000  # Signs of a line.
SHORT: Final = 30  # Signs of a line that may be a heading without an ordinal.


@dataclass
class Reader:
    """What was read so far; `line` is the number of the line that is being read."""

    sheets: list[Sheet] = field(default_factory=list)
    section: str = ""
    kind: str = ""  # A word of KIND_WORDS, or "".
    listing: bool = False  # Whether the answers at the end have begun.
    listed: dict[tuple[str, int], list[str]] = field(default_factory=dict)
    why: dict[tuple[str, int], list[str]] = field(default_factory=dict)
    stray: list[tuple[int, str]] = field(default_factory=list)  # Lines that mean nothing.
    wrong: list[tuple[int, str]] = field(default_factory=list)  # Faults of the list, by line.
    last: tuple[str, int] | None = None  # Whose explanation a line of the list goes on with.
    gap: bool = False  # Whether the line before was blank.


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
    reader, last = Reader(), 0
    for place, (number, line) in enumerate(filled):
        reader.gap, last = number > last + 1, number
        following = filled[place + 1][1] if place + 1 < len(filled) else ""
        _take(reader, number, line, following)
        if max(len(reader.sheets), len(reader.wrong), len(reader.stray)) > MAX_ITEMS:
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


def _take(reader: Reader, number: int, line: str, following: str) -> None:
    """Take one line that is not blank; `following` is the next such one."""
    flat = line.translate(NARROW)
    if _begins_list(flat, following.translate(NARROW)) or reader.listing:
        reader.listing = True
        _take_listed(reader, number, line, flat)
    elif (heading := _heading(flat)) is not None:
        reader.section, reader.kind = heading
    elif _is_list(flat):
        reader.listing = True
        _take_listed(reader, number, line, flat)
    elif start := _start(reader, flat):
        told = int(next(filter(None, start.groups())))
        reader.sheets.append(Sheet(number, told, reader.section, reader.kind))
        _go_on(reader, number, line[start.end() :], flat[start.end() :])
    else:
        _go_on(reader, number, line, flat)


def _start(reader: Reader, flat: str) -> re.Match[str] | None:
    """Return where a numbered question begins; "1.5 克" is only one if its number comes next."""
    found = START.match(flat)
    if found and flat[found.end() - 1] in ".、)" and flat[found.end() :][:1].isdigit():
        last = reader.sheets[-1] if reader.sheets else None
        wanted = 1 if last is None or last.section != reader.section else (last.number or 0) + 1
        return found if found[1] and int(found[1]) == wanted else None
    return found


def _heading(flat: str) -> tuple[str, str] | None:
    """Return ordinal and kind of a section, None if the line is no heading."""
    found = SECTION.fullmatch(flat)
    if not found or (not found[1] and len(flat) > SHORT):
        return None
    said = found[2] if found[1] else found[3]
    kind = next((word for word in KIND_WORDS if word in said), None)
    if kind is None and "选择" not in said and not (found[1] and "题" in said):
        return None
    return found[1] or said, kind or ""


def _go_on(reader: Reader, number: int, line: str, flat: str) -> None:
    """Take the rest of a question's line: options, answer and explanation may all stand in it."""
    sheet = reader.sheets[-1] if reader.sheets else None
    if sheet is None or (sheet.number is None and reader.gap and sheet.answers):
        if OPTION.match(flat) or KEYED.match(flat):
            reader.stray.append((number, line))
            return
        sheet = Sheet(number, None, reader.section, reader.kind)
        reader.sheets.append(sheet)
    if found := EXPLAINED.match(flat):
        sheet.add("explain", line[found.end() :])
    elif found := KEYED.match(flat):
        _answer(sheet, line[found.end() :], flat[found.end() :])
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
    first = OPTION.match(flat)
    cuts = [(first.start(), first.end(), first[1])] if first else []
    for found in WITHIN.finditer(flat, cuts[0][1], end):
        letter = next(filter(None, found.groups()))
        if letter == chr(ord(cuts[-1][2]) + 1):
            cuts.append((found.start(), found.end(), letter))
    for n, (_from, text_from, letter) in enumerate(cuts):
        to = cuts[n + 1][0] if n + 1 < len(cuts) else end
        sheet.options.append((letter, line[text_from:to].strip()))
    sheet.now = "options"
    return end


def _answer(sheet: Sheet, line: str, flat: str) -> None:
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


# The list at the end


def _is_list(flat: str) -> bool:
    """Whether the line is nothing but numbers with their answers, two at least or a span."""
    section = UNDER.match(flat)
    at, entries = section.end() if section else 0, 0
    while at < len(flat):
        found = SPAN.match(flat, at) or ENTRY.match(flat, at)
        if not found or found.end() == at:
            return False
        entries += 2 if found.re is SPAN else 1
        at = found.end()
    return entries > 1


def _begins_list(flat: str, following: str) -> bool:
    """Whether 答案 stands above a list, or before one in the same line."""
    head = LIST_HEAD.match(flat)
    if not head:
        return False
    rest = flat[head.end() :].strip()
    if rest:
        return _is_list(rest)
    return bool(_is_list(following) or _heading(following) or NUMBERED.match(following))


def _take_listed(reader: Reader, number: int, line: str, flat: str) -> None:
    """Take a line of the list at the end."""
    at = head.end() if (head := LIST_HEAD.match(flat)) else 0
    line, flat = line[at:].strip(), flat[at:].strip()
    if (heading := _heading(flat)) is not None:
        reader.section = heading[0]
        return
    if ordinal := UNDER.match(flat):
        reader.section, flat, line = ordinal[1], flat[ordinal.end() :], line[ordinal.end() :]
    if _is_list(flat):
        _take_entries(reader, number, flat)
    elif found := NUMBERED.match(flat):
        _listed_line(reader, int(found[1]), line[found.end() :], flat[found.end() :])
    elif reader.last and (why := EXPLAINED.match(flat)):
        reader.why.setdefault(reader.last, []).append(line[why.end() :])
    elif reader.last and reader.last in reader.why:
        reader.why[reader.last].append(line)
    elif flat:
        told = _("this line of the answers is not understood: %(line)s", line=line[:60])
        reader.wrong.append((number, told))


def _take_entries(reader: Reader, number: int, flat: str) -> None:
    """Take a line that is nothing but numbers with their answers."""
    at = 0
    while at < len(flat):
        if span := SPAN.match(flat, at):
            _spanned(reader, number, span)
            at = span.end()
        elif entry := ENTRY.match(flat, at):
            _listed(reader, int(entry[1]), entry[2])
            at = entry.end()


def _spanned(reader: Reader, number: int, span: re.Match[str]) -> None:
    first, last = int(span[1]), int(span[2])
    said = re.findall(r"\S", span[3])
    if last - first + 1 != len(said):
        told = _("%(first)s to %(last)s has %(count)s answers; write one for each",
                 first=first, last=last, count=len(said))  # fmt: skip
        reader.wrong.append((number, told))
        return
    for n, word in enumerate(said):
        _listed(reader, first + n, word)


def _listed_line(reader: Reader, number: int, line: str, flat: str) -> None:
    """Take one number of the list with a line of its own: an answer, perhaps its reason."""
    sheet = Sheet(0, number, reader.section, "")
    keyed = KEYED.match(flat)
    at = keyed.end() if keyed else 0
    _answer(sheet, line[at:], flat[at:])
    for said in sheet.answers:
        _listed(reader, number, said)
    reader.last = (reader.section, number)
    if sheet.lines["explain"]:
        reader.why.setdefault(reader.last, []).extend(sheet.lines["explain"])


def _listed(reader: Reader, number: int, said: str) -> None:
    reader.last = (reader.section, number)
    reader.listed.setdefault(reader.last, []).append(said)


def _items(name: str, reader: Reader) -> Iterator[Item]:
    """Yield the questions with what the list says of them; then what of the list is left over."""
    unused = set(reader.listed)
    numbered = any(sheet.number is not None for sheet in reader.sheets)
    places = _Places(reader)
    for sheet in reader.sheets:
        if place := places.of(sheet):
            unused.discard(place)
            sheet.answers += reader.listed[place]
            sheet.lines["explain"] += reader.why.get(place, [])
        ref = f"{name} {sheet.number or sheet.line}"
        if sheet.number is None and numbered and not sheet.answers and not sheet.options:
            yield _stray(ref, sheet.said("stem"))
        else:
            yield item_of(ref, sheet)
    for number, line in reader.stray:
        yield _stray(f"{name} {number}", line)
    for number, told in reader.wrong:
        yield refused(f"{name} {number}", told)
    for _section, number in sorted(unused):
        told = _("the list of answers has a number %(number)s, but it is not clear which question "
                 "that is", number=number)  # fmt: skip
        yield refused(f"{name} {number}", told)


def _stray(ref: str, line: str) -> Item:
    return refused(ref, _("this line belongs to no question: %(line)s", line=line[:60]))


class _Places:
    """Finds where the list speaks of a question: in its section, or by a number met only once."""

    def __init__(self, reader: Reader) -> None:
        self.listed = reader.listed
        self.in_section = Counter((one.section, one.number) for one in reader.sheets)
        self.in_all = Counter(one.number for one in reader.sheets)
        self.by_number: dict[int, list[tuple[str, int]]] = defaultdict(list)
        for place in reader.listed:
            self.by_number[place[1]].append(place)

    def of(self, sheet: Sheet) -> tuple[str, int] | None:
        if sheet.number is None:
            return None
        place = (sheet.section, sheet.number)
        if place in self.listed and self.in_section[place] == 1:
            return place
        found = self.by_number[sheet.number]
        return found[0] if len(found) == 1 and self.in_all[sheet.number] == 1 else None
