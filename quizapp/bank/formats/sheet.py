"""A table of questions, .xlsx or CSV, with Chinese headings; and the template to fill in.

A row is a question. Options stand in 选项A to 选项F with 反馈 beside each. 配对: `110 → 报警` in
an option, `→ 查天气` for a partner of nobody. 排序: options in any order, the right one in 答案
(`BAC`). 填空: the right forms in 答案 (`12355 / 一二三五五`), wrong words in the options.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from quizapp.bank.exchange import Item, drafted, refused
from quizapp.bank.faults import nearest
from quizapp.bank.formats.entries import headed, keyed
from quizapp.bank.formats.plain_kinds import ARROW, FORMS, KIND_WORDS
from quizapp.bank.formats.texts import capped, lost_of_spoken, spoken
from quizapp.bank.kinds.choices import JUDGED, SEVERAL
from quizapp.bank.rules import BankStage, Kind, Pool
from quizapp.core import sheets
from quizapp.core.i18n import _
from quizapp.core.parsing import Row

LETTERS: Final = "ABCDEF"
KINDS: Final = {kind: word for word, kind in reversed(KIND_WORDS.items()) if kind}
STAGES: Final = {
    BankStage.PRIMARY: "小学高段", BankStage.JUNIOR: "初中", BankStage.SENIOR: "高中和中职",
}  # fmt: skip
POOLS: Final = {Pool.OPEN: "学习和测验", Pool.CONTEST: "只用于测验", Pool.ANCHOR: "只用于调查"}
DIFFICULTIES: Final = {1: "1 易", 2: "2 中", 3: "3 难"}
FIELDS: Final = {
    "编号": "key", "题型": "kind", "学段": "stage", "主题": "topic", "难度": "difficulty",
    "用途": "pool", "情境": "scene", "题干": "stem",
    **{f"{name}{letter}": f"{field}{letter}" for letter in LETTERS
       for name, field in (("选项", "option"), ("反馈", "feedback"))},
    "答案": "answer", "反馈": "feedback", "解析": "explain", "目标": "objective",
    "出处": "source", "核对日期": "as_of", "复核日期": "review_by",
}  # fmt: skip
NEEDED: Final = ("题型", "题干", "答案")
EXAMPLE: Final = "示例"  # A key that begins so is that of a row of the template.
EXAMPLES: Final = (
    {"key": "示例1", "kind": "单选", "stage": "小学高段", "difficulty": "1 易",
     "pool": "学习和测验",
     "stem": "放学路上，一个不认识的人请你喝一瓶已经打开的饮料。怎么做最安全？",
     "optionA": "不喝，走开，再告诉老师或家长",
     "optionB": "先闻一闻，没有怪味再喝", "feedbackB": "闻不出来里面加了什么。",
     "optionC": "收下来，带回家以后再说", "feedbackC": "收下就给了对方再找你的机会。",
     "answer": "A", "explain": "陌生人给的、已经打开的饮料都不要喝。",
     "objective": "会拒绝陌生人给的饮料"},
    {"key": "示例2", "kind": "判断", "stage": "初中", "difficulty": "2 中", "pool": "学习和测验",
     "stem": "毒品一次也不能试。", "answer": "对", "feedbackB": "一次也可能伤害身体。",
     "explain": "不拿自己的身体去试。"},
)  # fmt: skip
WRITTEN: Final = datetime(2026, 1, 1, tzinfo=UTC)  # So that the same items give the same bytes.


def read(name: str, raw: bytes) -> list[Item]:
    try:
        head, *rows = sheets.read(name if "." in name else f"{name}.xlsx", raw)
    except sheets.Unreadable as error:
        return [refused(name, str(error))]
    columns = {cell.replace(" ", ""): place for place, cell in enumerate(head.cells) if cell}
    if missing := [word for word in NEEDED if word not in columns]:
        return [refused(name, _("row %(row)s has no heading %(words)s; take the template",
                                row=head.number, words="、".join(missing)))]  # fmt: skip
    unknown = [word for word in columns if word not in FIELDS]
    told = [_("The column %(column)s is not read.", column=word[:40]) for word in unknown]
    return capped(name, _items(name, rows, columns, told))


def write(items: Sequence[Item]) -> bytes:
    rows = [[_cells(item).get(field, "") for field in FIELDS.values()] for item in items]
    return sheets.xlsx_bytes("题目", list(FIELDS), rows, created=WRITTEN, choices=_choices(()))


def lost(item: Item) -> list[str]:
    found, said = lost_of_spoken(item), spoken(item)
    if len(said.get("options", ())) + len(said.get("others", ())) > len(LETTERS):
        found.append(_("A row has six options; what is more is left out."))
    forms = said.get("accept", [])
    if any(FORMS.split(form) != [form] for form in forms):
        found.append(_("An answer with a stroke in it is read as two."))
    if item.head.get("core"):
        found.append(_("That it is of the core set is left out."))
    return found


def template(topics: Sequence[str], *, created: datetime) -> bytes:
    """Return the workbook to fill in; `topics` are their names, for the list to choose from."""
    topic = {"topic": topics[0]} if topics else {}
    rows = [[(topic | each).get(field, "") for field in FIELDS.values()] for each in EXAMPLES]
    return sheets.xlsx_bytes("题目", list(FIELDS), rows, created=created, choices=_choices(topics))


def _choices(topics: Sequence[str]) -> dict[int, Sequence[str]]:
    """Return the drop-down lists by column."""
    lists = {
        "题型": list(KINDS.values()), "学段": list(STAGES.values()), "主题": topics,
        "难度": list(DIFFICULTIES.values()), "用途": list(POOLS.values()),
    }  # fmt: skip
    places = list(FIELDS)
    return {places.index(word): texts for word, texts in lists.items() if texts}


# Reading


def _items(
    name: str, rows: Sequence[Row], columns: Mapping[str, int], told: Sequence[str]
) -> Iterator[Item]:
    for row in rows:
        said = {FIELDS[word]: row.at(place) for word, place in columns.items() if word in FIELDS}
        if not said.get("key", "").startswith(EXAMPLE):
            yield _item(f"{name} {row.number}", row, said, told)


def _item(ref: str, row: Row, said: Mapping[str, str], told: Sequence[str]) -> Item:
    if sheets.LOST_DIGITS in row.cells:
        return refused(ref, _("a long number has lost digits; type it as text"), dropped=told)
    kind = KIND_WORDS.get(said.get("kind", ""))
    if kind is None:
        words = nearest(said.get("kind", ""), list(KINDS.values()))
        return refused(ref, _("题型 is “%(kind)s”; %(words)s", kind=said.get("kind", "")[:40],
                              words=words), dropped=told)  # fmt: skip
    head, dropped = headed(_head(said))
    key, wrong_key = keyed(said.get("key", ""))
    dropped += wrong_key
    made = _MAKERS[kind](said)
    if isinstance(made, str):
        return refused(ref, made, dropped=[*told, *dropped])
    text, faults = drafted(kind, {"stem": said["stem"], "explain": said.get("explain", ""), **made})
    if text is None:
        return refused(ref, *faults, dropped=[*told, *dropped])
    return Item(ref, kind, {"zh": text}, key, dropped=(*told, *dropped),
                head=head)  # fmt: skip


def _head(said: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields of a head in the words of our own files; what is empty is not said."""
    difficulty = said.get("difficulty", "")[:1]
    head: dict[str, Any] = {
        "stage": _key(STAGES, said.get("stage", "")),
        "pool": _key(POOLS, said.get("pool", "")),
        "difficulty": int(difficulty) if difficulty in ("1", "2", "3") else said.get("difficulty"),
        "source": said.get("source", "").replace("，", " ").replace(",", " ").split(),
        **{name: said.get(name) for name in ("topic", "objective", "as_of", "review_by")},
    }
    return {name: value for name, value in head.items() if value}


def _key(words: Mapping[Any, str], said: str) -> str:
    return next((str(key) for key, word in words.items() if word == said), said)


def _options(said: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return letter, text and feedback of the options that are filled in."""
    return [
        (letter, said.get(f"option{letter}", ""), said.get(f"feedback{letter}", ""))
        for letter in LETTERS
        if said.get(f"option{letter}")
    ]


def _letters(said: Mapping[str, str]) -> str:
    return "".join(sign for sign in said["answer"].upper() if sign.isascii() and sign.isalpha())


def _chosen(said: Mapping[str, str]) -> dict[str, Any] | str:
    options, answer = _options(said), _letters(said)
    if not answer or set(answer) - {letter for letter, _text, _told in options}:
        return str(_("答案 is “%(answer)s”; write the letters of its options",
                     answer=said["answer"][:40]))  # fmt: skip
    return {"options": [_option(text, letter in answer, told) for letter, text, told in options]}


def _option(text: str, right: bool, feedback: str) -> dict[str, Any]:
    return {"text": text, "right": right} | ({"feedback": feedback} if feedback else {})


def _single(said: Mapping[str, str]) -> dict[str, Any] | str:
    made = _chosen(said)
    if len(_letters(said)) > 1:
        return str(_("答案 is “%(answer)s”, but only one option can be right",
                     answer=said["answer"][:40]))  # fmt: skip
    return made


def _multiple(said: Mapping[str, str]) -> dict[str, Any] | str:
    made = _chosen(said)
    if isinstance(made, dict) and SEVERAL not in said["stem"]:
        made["stem"] = f"{said['stem']}（{SEVERAL}）"
    return made


def _situation(said: Mapping[str, str]) -> dict[str, Any] | str:
    made = _single(said)
    return made if isinstance(made, str) else made | {"scene": said.get("scene", "")}


def _judged(said: Mapping[str, str]) -> dict[str, Any] | str:
    """对 is A and 错 is B, or as the options say."""
    words = [text for _letter, text, _told in _options(said)] or list(JUDGED["zh"])
    answer = said["answer"]
    right = {"√": "对", "正确": "对", "×": "错", "错误": "错"}.get(answer, answer)
    right = dict(zip(LETTERS, words, strict=False)).get(right, right)
    if right not in words:
        return str(_("答案 is “%(answer)s”; write 对 or 错", answer=answer[:40]))
    return {
        "options": [
            _option(word, word == right, said.get(f"feedback{letter}", ""))
            for letter, word in zip(LETTERS, words, strict=False)
        ]
    }


def _ordered(said: Mapping[str, str]) -> dict[str, Any] | str:
    texts = {letter: text for letter, text, _told in _options(said)}
    answer = _letters(said) or "".join(texts)
    if sorted(answer) != sorted(texts):
        return str(_("答案 is “%(answer)s”; write all letters in the right order",
                     answer=said["answer"][:40]))  # fmt: skip
    options = [{"text": texts[letter]} for letter in answer]
    return {"options": options, "feedback": said.get("feedback", "")}


def _matched(said: Mapping[str, str]) -> dict[str, Any] | str:
    options, others = [], []
    for letter, text, told in _options(said):
        left, arrow, pair = text.rpartition(ARROW)
        if not arrow:
            return str(_("option %(letter)s has no partner; write it behind an arrow →",
                         letter=letter))  # fmt: skip
        if left.strip():
            options.append({"text": left.strip(), "pair": pair.strip(), "feedback": told})
        else:
            others.append(pair.strip())
    return {"options": options, "others": others}


def _filled(said: Mapping[str, str]) -> dict[str, Any] | str:
    forms = [form for form in FORMS.split(said["answer"]) if form]
    if not forms:
        return str(_("答案 is empty; write the right word"))
    wrong = [{"text": text, "feedback": told} for _letter, text, told in _options(said)]
    return {"accept": forms, "wrong": wrong, "feedback": said.get("feedback", "")}


_MAKERS: Final = {
    Kind.SINGLE: _single, Kind.MULTIPLE: _multiple, Kind.SITUATION: _situation,
    Kind.JUDGE: _judged, Kind.ORDER: _ordered, Kind.MATCH: _matched, Kind.FILL: _filled,
}  # fmt: skip


# Writing


def _cells(item: Item) -> dict[str, str]:
    """Return the texts of a row by field."""
    said, head, kind = spoken(item), item.head, item.kind
    cells = {
        "key": item.key, "kind": KINDS[kind] if kind else "", "topic": head.get("topic", ""),
        "stage": _word(STAGES, head.get("stage")), "pool": _word(POOLS, head.get("pool")),
        "difficulty": _word(DIFFICULTIES, head.get("difficulty")),
        "source": " ".join(head.get("source", ())), "answer": _answer(kind, said),
        **{name: str(head.get(name) or "") for name in ("objective", "as_of", "review_by")},
        **{name: said.get(name, "") for name in ("scene", "stem", "explain", "feedback")},
    }  # fmt: skip
    for letter, (text, feedback) in zip(LETTERS, _written(kind, said), strict=False):
        cells |= {f"option{letter}": text, f"feedback{letter}": feedback or ""}
    return cells


def _word(words: Mapping[Any, str], key: object) -> str:
    return words.get(key, "")


def _written(kind: Kind | None, said: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Yield text and feedback of what stands in the columns of options."""
    for option in said.get("options", said.get("wrong", ())):
        pair = f" {ARROW} {option['pair']}" if kind is Kind.MATCH else ""
        yield option["text"] + pair, option.get("feedback")
    for other in said.get("others", ()):
        yield f"{ARROW} {other}", ""


def _answer(kind: Kind | None, said: Mapping[str, Any]) -> str:
    if kind is Kind.FILL:
        return " / ".join(said["accept"])
    if kind in (Kind.ORDER, Kind.MATCH):
        return ""
    lettered = zip(LETTERS, said["options"], strict=False)
    return "".join(letter for letter, option in lettered if option["right"])
