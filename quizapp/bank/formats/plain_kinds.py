"""What the lines of one question in plain text make: its kind, its options, what is right."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from quizapp.bank.exchange import Item, drafted, refused
from quizapp.bank.faults import KEY
from quizapp.bank.formats.plain_letters import undotted
from quizapp.bank.kinds.choices import JUDGED, SEVERAL
from quizapp.bank.kinds.fill import GAP, GAPS
from quizapp.bank.lettering import LETTERS
from quizapp.bank.rules import Kind
from quizapp.core.i18n import _

ARROW: Final = "→"
# Words of headings and of brackets before a stem; the first of a kind is the one that we write.
# None: answered in words of one's own, which nobody could mark here.
KIND_WORDS: Final[dict[str, Kind | None]] = {
    "单选": Kind.SINGLE, "多选": Kind.MULTIPLE, "判断": Kind.JUDGE, "填空": Kind.FILL,
    "排序": Kind.ORDER, "配对": Kind.MATCH, "情境": Kind.SITUATION, "单项选择": Kind.SINGLE,
    "多项选择": Kind.MULTIPLE, "情景": Kind.SITUATION, "连线": Kind.MATCH, "匹配": Kind.MATCH,
    "是非": Kind.JUDGE, "简答": None, "问答": None, "论述": None, "名词解释": None, "材料": None,
    "案例": None, "作文": None,
}  # fmt: skip
FREE: Final = [word for word, kind in KIND_WORDS.items() if kind is None]
TAG: Final = re.compile(rf"\s*[【\[(（〔]({'|'.join(KIND_WORDS)})(?:选择)?题?[】\])）〕]\s*")
TRUE: Final = {"对", "√", "✓", "✔", "正确", "T", "TRUE", "Ｔ"}
FALSE: Final = {"错", "×", "✗", "✘", "错误", "F", "FALSE", "X", "Ｘ", "Ｆ"}
WIDE: Final = {0xFF21 + n: 0x41 + n for n in range(8)}  # Ａ to Ｈ.
LETTERED: Final = re.compile(r"[A-H](?:[\s,，、;；]*[A-H])*")
BRACKETS: Final = re.compile(r"[（(][\s　]*([^（()）]{0,15}?)[\s　]*[）)]")
MARKS: Final = re.compile(r"[（(\[【]\s*(?:本题)?\s*\d{1,3}(?:\.\d)?\s*分\s*[）)\]】]")
PART: Final = re.compile(r"[（(]\s*\d{1,2}\s*[）)]|[①-⑳⑴-⒇]")
EMPTY: Final = "（　）"
# What stands before the letter of a word that ends with one.
BEFORE_LETTERS: Final = ("维生素", "维他命", "血型", "方案", "选项")
FORMS: Final = re.compile(r"\s*[/／|]\s*")  # Between the forms of an answer in `fill`.


@dataclass
class Sheet:
    """The lines of one question, as they were sorted. `kind` is a word of KIND_WORDS or ""."""

    line: int
    number: int | None
    section: str
    kind: str
    now: str = "stem"  # What a line that says nothing of itself goes on with.
    options: list[tuple[str, str]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    lines: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    wrong: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    key: str = ""
    told: list[str] = field(default_factory=list)  # What was left out.
    is_glued: bool = False  # Options stand in a line without a blank between them.
    is_joined: bool = False  # And by 、 or a colon, as in 维生素B、糖.
    is_unclear: bool = False  # It cannot be told where each of them begins.
    is_doubled: bool = False  # Options stand behind its answer.
    may_be_list: bool = False  # Its answer may be one letter for each question.
    is_several: bool = False  # Its answer has numbers, perhaps those of other questions.
    is_parted: bool = False  # Its answer is told part by part.

    @property
    def has_parts(self) -> bool:
        """Whether anything in its stem is numbered （1） or ①."""
        return any(map(PART.search, self.lines["stem"]))

    def add(self, name: str, line: str) -> None:
        """Take a line for a field: stem, options (the last one), awaited, explain, feedback…"""
        self.now = name
        if name == "options":
            letter, text = self.options[-1]
            self.options[-1] = (letter, f"{text}\n{line}")
        elif name == "awaited":
            self.answers.append(line)
            self.now = "answer"
        elif name in ("wrong", "others"):
            lines = self.wrong if name == "wrong" else self.others
            lines[-1] += f"\n{line}"
        elif line.strip() or self.lines[name]:
            self.lines[name].append(line)

    def own(self, found: re.Match[str], line: str) -> None:
        """Take a line that only we write: feedback, a wrong answer, a partner of nobody, the key.

        Groups of `found`: the letter of a feedback, then one for each of the others.
        """
        if found[2]:
            self.now = "wrong"
            self.wrong.append(line)
        elif found[3]:
            self.now = "others"
            self.others.append(line)
        elif found[4]:
            self.now, self.key = "key", line.strip()
        else:
            self.add(f"feedback{found[1] or ''}", line)

    def said(self, name: str) -> str:
        return "\n".join(self.lines[name]).strip()


Made = tuple[Kind, dict[str, Any]]


def item_of(ref: str, sheet: Sheet) -> Item:  # noqa: PLR0911 - a list of faults reads best one after the other.
    """Return the item that the lines make, or why they make none."""
    word, stem = _tagged(sheet)
    if word in FREE:
        return _refused(ref, sheet, _("it asks for a free text; nobody could mark that here"))
    if not stem:
        return _refused(ref, sheet, _("it has no stem"))
    kind = KIND_WORDS.get(word)
    if not sheet.options:
        stem = _lettered(sheet, stem)
    stem, within = _bracketed(stem, has_options=bool(sheet.options) or sheet.is_unclear)
    if doubt := next(_doubts(sheet, within), ""):
        return _refused(ref, sheet, doubt)
    answers = list(dict.fromkeys(filter(None, map(_answer, [*sheet.answers, *within]))))
    if len(answers) > 1:
        return _refused(ref, sheet, _("it has different answers: %(answers)s",
                                      answers=", ".join(answers)))  # fmt: skip
    if not answers and kind is not Kind.MATCH:
        return _refused(ref, sheet, _("no answer was found; add a line 答案："))
    made = _made(sheet, kind, stem, answers[0] if answers else "")
    if isinstance(made, str):
        return _refused(ref, sheet, made)
    found, said = made
    text, faults = drafted(found, said | {"explain": sheet.said("explain")})
    if text is None:
        return _refused(ref, sheet, *faults)
    if sheet.key and not re.fullmatch(KEY, sheet.key):
        sheet.told.append(_("The key %(key)s is left out: use small letters, digits and hyphens.",
                            key=sheet.key[:80]))  # fmt: skip
        sheet.key = ""
    return Item(ref, found, {"zh": text}, sheet.key[:80], dropped=tuple(sheet.told))


def _lettered(sheet: Sheet, stem: str) -> str:
    """Take options without a sign behind their letters; return the stem without them.

    Only an answer of letters tells that there are any: A君 and B君 may be people.
    """
    found, options, is_unclear = undotted(stem)
    _stem, within = _bracketed(stem, has_options=True)
    if not any(LETTERED.fullmatch(_answer(said)) for said in (*sheet.answers, *within)):
        return stem
    sheet.options, sheet.is_unclear = options, is_unclear
    return found


def _doubts(sheet: Sheet, within: Sequence[str]) -> Iterator[str]:
    """Yield why it is not clear what belongs to the question."""
    if sheet.is_unclear or _may_be_split(sheet):
        yield _("it is not clear where each option begins; put each on a line of its own, with a "
                "sign behind its letter: A.")  # fmt: skip
    if sheet.is_doubled:
        yield _("there are options behind its answer; is the number of the next question missing?")
    if sheet.may_be_list:
        yield _("its answer may be a list for all questions; write their numbers before it: "
                "1-5 ABCDA")  # fmt: skip
    if sheet.is_several:
        yield _("its answer may be one for several questions; below 答案：, put each number with "
                "its answer on a line of its own")  # fmt: skip
    if sheet.is_parted:
        yield _("the answers behind it are numbered and may be for parts of it; give each part a "
                "number of its own as a question")  # fmt: skip
    if len(within) > 1:
        yield _("answers stand in %(count)s brackets of it; give each question a number of its own",
                count=len(within))  # fmt: skip


def _may_be_split(sheet: Sheet) -> bool:
    """Whether letters of words may have been taken for those of options: 维生素B、维生素C、糖."""
    texts = [text.strip(" 。") for _letter, text in sheet.options]
    is_judge = all(text in TRUE | FALSE for text in texts)
    return sheet.is_glued and (
        (sheet.is_joined and len(texts) < 3 and not is_judge)
        or len(set(texts)) < len(texts)
        or any(text.endswith(BEFORE_LETTERS) for text in texts[:-1])
    )


def has_answer(sheet: Sheet) -> bool:
    """Whether it says itself what is right; pairs do, by their arrows."""
    _stem, within = _bracketed(sheet.said("stem"), has_options=bool(sheet.options))
    return bool(sheet.answers or within or any(ARROW in text for _letter, text in sheet.options))


def _refused(ref: str, sheet: Sheet, *faults: str) -> Item:
    opening = " ".join(sheet.lines["stem"])[:40]
    return refused(ref, *(f"“{opening}”: {told}" if opening else told for told in faults),
                   dropped=sheet.told)  # fmt: skip


def _tagged(sheet: Sheet) -> tuple[str, str]:
    """Return the word for the kind and the stem without it and without marks to be had."""
    stem = sheet.said("stem")
    if MARKS.search(stem):
        stem = MARKS.sub("", stem)
        sheet.told.append(_("The marks to be had are left out."))
    word = sheet.kind
    for found in (TAG.match(stem), *TAG.finditer(stem)):
        if found and (found.start() == 0 or found.end() == len(stem)):
            word = found[1]
            stem = stem[: found.start()] + stem[found.end() :]
            break
    return word, stem.strip()


def _bracketed(stem: str, *, has_options: bool) -> tuple[str, list[str]]:
    """Return the stem with empty brackets where an answer stood in them, and that answer."""
    answers = []

    def emptied(found: re.Match[str]) -> str:
        said = _answer(found[1])
        is_letters = bool(LETTERED.fullmatch(said))
        if said and ((is_letters and has_options) or (said in TRUE | FALSE and not has_options)):
            answers.append(said)
            return EMPTY
        return found[0] if found[1] else EMPTY

    return BRACKETS.sub(emptied, stem), answers


def _answer(said: str) -> str:
    """Return an answer in one spelling: letters in a row, 对 or 错, else the words themselves."""
    said = said.strip(" 　。.;；")
    flat = said.translate(WIDE)
    if LETTERED.fullmatch(flat.upper()) and flat.upper() == flat:
        return re.sub(r"[^A-H]", "", flat)
    first, second = JUDGED["zh"]
    return (
        first if said.upper() in TRUE - {"T"} else second if said.upper() in FALSE - {"F"} else said
    )


def _made(  # noqa: PLR0911 - as above.
    sheet: Sheet, kind: Kind | None, stem: str, answer: str
) -> Made | str:
    """Return the kind and what a file would say, or a sentence why it is not clear."""
    if sheet.options:
        letters = "".join(letter for letter, _text in sheet.options)
        if letters != LETTERS[: len(letters)].upper():
            return str(_("its options are lettered %(letters)s; write A, B, C … in this order",
                         letters=letters))  # fmt: skip
        if kind is Kind.MATCH:
            return _matched(sheet, stem)
        if not answer or set(answer) - set(letters):
            return str(_("its answer %(answer)s is none of its options", answer=answer[:40]))
        if kind is Kind.ORDER:
            return _ordered(sheet, stem, answer)
        return _chosen(sheet, kind, stem, answer)
    if GAPS.search(stem) or kind is Kind.FILL:
        return _filled(sheet, stem, answer)
    truth = {"T": "对", "F": "错"}.get(answer, answer)
    if truth in JUDGED["zh"] and kind in (None, Kind.JUDGE):
        return _judged(sheet, stem, truth)
    return str(_("it has no options A, B, C, no gap ____, and its answer is neither 对 nor 错"))


def _chosen(  # noqa: PLR0911 - as above.
    sheet: Sheet, kind: Kind | None, stem: str, answer: str
) -> Made | str:
    texts = [text for _letter, text in sheet.options]
    if len(set(answer)) != len(answer):
        return str(_("its answer %(answer)s names a letter twice", answer=answer))
    if len(texts) == 2 and all(text.strip(" 。").upper() in TRUE | FALSE for text in texts):
        return _judged_by_letter(sheet, stem, texts, answer)
    if kind in (Kind.SINGLE, Kind.SITUATION) and len(answer) > 1:
        return str(_("it is said to have one right answer, but its answer is %(answer)s",
                     answer=answer))  # fmt: skip
    if kind is Kind.MULTIPLE and len(answer) < 2:
        return str(_("it is said to have several right answers, but its answer is %(answer)s",
                     answer=answer))  # fmt: skip
    if kind in (Kind.JUDGE, Kind.FILL):
        return str(_("it has options, but stands under another kind of question"))
    said: dict[str, Any] = {"stem": stem, "options": _options(sheet, texts, answer)}
    if kind is Kind.SITUATION:
        scene, _end, said["stem"] = stem.rpartition("\n")
        return Kind.SITUATION, said | {"scene": scene}
    if len(answer) == 1:
        return Kind.SINGLE, said
    if SEVERAL not in stem:
        said["stem"] = f"{stem}（{SEVERAL}）"
        sheet.told.append(_("（%(words)s） was added to the stem.", words=SEVERAL))
    return Kind.MULTIPLE, said


def _options(sheet: Sheet, texts: Sequence[str], answer: str) -> list[dict[str, Any]]:
    options = []
    for letter, text in zip(LETTERS.upper(), texts, strict=False):
        feedback = sheet.said(f"feedback{letter}")
        options.append({"text": text, "right": letter in answer}
                       | ({"feedback": feedback} if feedback else {}))  # fmt: skip
    return options


def _judged_by_letter(sheet: Sheet, stem: str, texts: Sequence[str], answer: str) -> Made | str:
    words = ["对" if text.strip(" 。").upper() in TRUE else "错" for text in texts]
    if len(set(words)) < 2 or len(answer) != 1:
        return str(_("it is not clear which of its two options is right"))
    return Kind.JUDGE, {"stem": _unbracketed(stem), "options": _options(sheet, words, answer)}


def _judged(sheet: Sheet, stem: str, truth: str) -> Made:
    letter = "A" if truth == "对" else "B"
    return Kind.JUDGE, {
        "stem": _unbracketed(stem),
        "options": _options(sheet, JUDGED["zh"], letter),
    }


def _unbracketed(stem: str) -> str:
    """Return the statement without the empty brackets at its end, for there is nothing to write."""
    return stem.removesuffix(EMPTY).strip() or stem


def _ordered(sheet: Sheet, stem: str, answer: str) -> Made | str:
    texts = dict(sheet.options)
    if sorted(answer) != sorted(texts):
        return str(_("its answer %(answer)s does not put all options in order", answer=answer))
    options = [{"text": texts[letter]} for letter in answer]
    return Kind.ORDER, {"stem": stem, "options": options, "feedback": sheet.said("feedback")}


def _matched(sheet: Sheet, stem: str) -> Made | str:
    options = []
    for letter, text in sheet.options:
        left, arrow, pair = text.rpartition(ARROW)
        if not arrow:
            return str(_("option %(letter)s has no partner; write it behind an arrow →",
                         letter=letter))  # fmt: skip
        feedback = sheet.said(f"feedback{letter}")
        options.append({"text": left.strip(), "pair": pair.strip(), "feedback": feedback})
    return Kind.MATCH, {"stem": stem, "options": options, "others": sheet.others}


def _filled(sheet: Sheet, stem: str, answer: str) -> Made | str:
    if not GAPS.search(stem):
        stem = stem.replace(EMPTY, GAP)
    if len(GAPS.findall(stem)) != 1:
        return str(_("it has %(gaps)s gaps; a question here has one", gaps=len(GAPS.findall(stem))))
    wrong = []
    for line in sheet.wrong:
        word, _arrow, feedback = line.partition(ARROW)
        wrong.append({"text": word.strip(), "feedback": feedback.strip()})
    return Kind.FILL, {
        "stem": GAPS.sub(GAP, stem),
        "accept": [form for form in FORMS.split(answer) if form],
        "wrong": wrong,
        "feedback": sheet.said("feedback"),
    }
