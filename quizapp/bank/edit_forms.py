"""The form in which a question is written, one for each kind, and what it says.

A draft may still break the rules of the files, so the form asks for next to nothing; what is
missing stands beside it, in the words of these rules.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Protocol

import wtforms
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    FormField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, Optional, Regexp

from quizapp.bank.drafts import LANGUAGES
from quizapp.bank.faults import KEY
from quizapp.bank.kinds.choices import JUDGED
from quizapp.bank.lettering import LETTERS
from quizapp.bank.rules import BankStage, Kind, Pool
from quizapp.bank.words import DIFFICULTIES, POOLS, STAGES
from quizapp.bank.written import ARRANGED, Written
from quizapp.core.i18n import _, lazy
from quizapp.web.forms import Form

MOST = len(LETTERS)  # Options that can be shown.
APART = re.compile(r"[|｜]")


def bare(typed: str | None) -> str:
    return (typed or "").replace("\r\n", "\n").strip()


def line(label: str, most: int = 300, **more: Any) -> StringField:
    return StringField(label, [Length(max=most)], filters=[bare], **more)


def lines(label: str, most: int = 2000, **more: Any) -> TextAreaField:
    return TextAreaField(label, [Length(max=most)], filters=[bare], **more)


class Step(wtforms.Form):
    text = line(lazy("Text"))


class Option(Step):
    feedback = line(lazy("Feedback"), 500)


class MarkedOption(Option):
    right = BooleanField(lazy("This is right"))


class Pair(Step):
    pair = line(lazy("Its partner"))
    feedback = line(lazy("Feedback"), 500)


class Wrong(wtforms.Form):
    text = line(lazy("A wrong answer that is often given"), 40)
    feedback = line(lazy("Feedback"), 500)


def rows(of: type[wtforms.Form], least: int) -> "FieldList[Any]":
    return FieldList(FormField(of), min_entries=least, max_entries=MOST)


class Words(wtforms.Form):
    """A question in one language; every kind adds its own to this."""

    stem = lines(lazy("Question"), 1000)
    picture_alt = line(
        lazy("What the picture shows"),
        200,
        description=lazy("Read to those who cannot see it. Without a picture: empty."),
    )
    explain = lines(lazy("Why that is right"))
    params = lines(
        lazy("Values that differ from pupil to pupil"),
        5000,
        description=lazy(
            "First line: the names, such as name | place. Then 3 to 12 lines with the values, "
            "parted by |. In the texts they stand in braces: {name}. Empty: none."
        ),
    )


class ChoiceWords(Words):
    options = rows(MarkedOption, 4)


class EnglishChoiceWords(Words):
    options = rows(Option, 4)


class SceneWords(ChoiceWords):
    scene = lines(lazy("Scene"), 1000)


class EnglishSceneWords(EnglishChoiceWords):
    scene = lines(lazy("Scene"), 1000)


class JudgeWords(Words):
    options = rows(MarkedOption, 2)


class EnglishJudgeWords(Words):
    options = rows(Option, 2)


class OrderWords(Words):
    options = rows(Step, 4)
    feedback = lines(lazy("Feedback on every other order"), 500)


class MatchWords(Words):
    options = rows(Pair, 3)
    others = lines(lazy("Partners of nobody"), description=lazy("One a line, two at most."))


class FillWords(Words):
    accept = lines(lazy("Words that are right"), description=lazy("One a line, every form of it."))
    wrong = rows(Wrong, 2)
    feedback = lines(lazy("Feedback on every other answer"), 500)


WORDS: Mapping[Kind, tuple[type[Words], type[Words]]] = {
    Kind.SINGLE: (ChoiceWords, EnglishChoiceWords),
    Kind.MULTIPLE: (ChoiceWords, EnglishChoiceWords),
    Kind.JUDGE: (JudgeWords, EnglishJudgeWords),
    Kind.SITUATION: (SceneWords, EnglishSceneWords),
    Kind.ORDER: (OrderWords, OrderWords),
    Kind.MATCH: (MatchWords, MatchWords),
    Kind.FILL: (FillWords, FillWords),
}
LINES = ("accept", "others")  # Fields with an entry a line.
ROWS = ("options", "wrong")


class QuestionForm(Form):
    """What is the same in every language. `base` is the version that is edited.

    `picture` is a file; once it is kept, `picture_sha256` names it.
    """

    base = HiddenField()
    key = StringField(
        lazy("Key"),
        [
            Optional(),
            Length(max=80),
            Regexp(f"{KEY}$", message=lazy("Small letters, digits and single hyphens.")),
        ],
        filters=[bare],
        description=lazy("For ever, such as junior-refuse-party. Empty: one is made."),
    )
    topic_key = SelectField(lazy("Topic"), [DataRequired()])
    stage = SelectField(lazy("Stage"), [DataRequired()])
    difficulty = SelectField(lazy("Difficulty"), [DataRequired()])
    pool = SelectField(lazy("Used in"), [DataRequired()])
    core = BooleanField(lazy("Core set: in both languages"))
    objective = StringField(
        lazy("Objective"),
        [Length(max=200)],
        filters=[bare],
        description=lazy("What a pupil should know or be able to do."),
    )
    sources = FieldList(
        StringField(lazy("A source"), [Length(max=130)], filters=[bare]),
        min_entries=2,
        max_entries=MOST,
    )
    as_of = DateField(lazy("Compared with its sources on"), [Optional()])
    review_by = DateField(lazy("To be checked again by"), [Optional()])
    picture = FileField(
        lazy("Picture"),
        description=lazy("A drawing (SVG, at most 60 kB) or a photo (PNG, JPEG, WebP), which is "
                         "made small here and loses place and camera."),
        render_kw={"accept": ".svg,.png,.jpg,.jpeg,.webp"},
    )  # fmt: skip
    picture_sha256 = HiddenField()
    no_picture = BooleanField(lazy("Without a picture"))

    def offer(self, topics: Mapping[str, str]) -> None:
        """Say what may be chosen: keys, and what they are called."""
        self.topic_key.choices = dict(topics)
        self.stage.choices = {stage.value: str(says) for stage, says in STAGES.items()}
        self.difficulty.choices = {str(n): str(says) for n, says in DIFFICULTIES.items()}
        self.pool.choices = {pool.value: str(says) for pool, says in POOLS.items()}

    def grow(self, name: str) -> None:
        """Add a row to the list with this name, "sources" or "zh-options", if there is room."""
        lang, _dash, part = name.rpartition("-")
        holder: Any = self[lang].form if lang in LANGUAGES else self  # type: ignore[attr-defined]
        if part in (*ROWS, "sources") and part in holder and len(holder[part]) < MOST:
            holder[part].append_entry()

    def problems(self) -> list[tuple[str, str]]:
        """Return id and sentence of every fault of shape, however deep it lies."""
        return list(_problems(self))

    def written(self, kind: Kind) -> Written:
        """Return what the form says, but for its picture, which is not here."""
        text, answer = _texts(kind, self["zh"].data, self["en"].data)
        return Written(
            topic_key=self.topic_key.data, kind=kind, stage=BankStage(self.stage.data),
            difficulty=int(self.difficulty.data), pool=Pool(self.pool.data), core=self.core.data,
            objective=self.objective.data or "",
            sources=[ref for ref in self.sources.data if ref],
            as_of=self.as_of.data, review_by=self.review_by.data, text=text, answer=answer,
        )  # fmt: skip


def form_of(kind: Kind, said: Written | None = None, *, key: str = "", base: int = 0) -> Any:
    """Return the form of this kind, filled in with what is written so far."""
    zh, en = WORDS[kind]

    class KindForm(QuestionForm):
        pass

    KindForm.zh = FormField(zh)
    KindForm.en = FormField(en)
    return KindForm(data=_data(said, key, base) if said else _fresh(kind))


class _Enclosing(Protocol):
    def __iter__(self) -> Iterator[Any]: ...


def _fresh(kind: Kind) -> dict[str, Any]:
    if kind is not Kind.JUDGE:
        return {}
    return {lang: {"options": [{"text": text} for text in texts]} for lang, texts in JUDGED.items()}


def _data(said: Written, key: str, base: int) -> dict[str, Any]:
    """Return the values of the form's fields."""
    head = {**vars(said), "stage": said.stage.value, "pool": said.pool.value,
            "difficulty": str(said.difficulty), "key": key, "base": str(base), "picture": None,
            "picture_sha256": said.picture.sha256 if said.picture else ""}  # fmt: skip
    texts = {lang: _typed(words, said) for lang, words in said.text.items()}
    return {**_fresh(said.kind), **head, **texts}


def _typed(words: Mapping[str, Any], said: Written) -> dict[str, Any]:
    """Return a text as it is typed: lists a line each, rows of values parted by |."""
    typed = dict(words)
    typed |= {name: "\n".join(words[name]) for name in LINES if name in words}
    if values := words.get("params"):
        names = list(values[0])
        table = [names, *([row.get(name, "") for name in names] for row in values)]
        typed["params"] = "\n".join(" | ".join(cells) for cells in table)
    if said.kind not in (*ARRANGED, Kind.FILL):
        typed["options"] = [
            {**option, "right": number in said.answer}
            for number, option in enumerate(words["options"])
        ]
    return typed


def _texts(
    kind: Kind, zh: Mapping[str, Any], en: Mapping[str, Any]
) -> tuple[dict[str, Any], list[int]]:
    """Return the texts as a revision keeps them, and what is right. A row empty in both is none."""
    kept: dict[str, list[tuple[Any, Any]]] = {}
    for name in ROWS:
        pairs: Any = zip_longest(zh.get(name, []), en.get(name, []), fillvalue={})
        kept[name] = [pair for pair in pairs if any(map(_is_said, pair))]
    texts = {"zh": _text(zh, {name: [one for one, _en in kept[name]] for name in ROWS})}
    english = {name: [two for _zh, two in kept[name]] for name in ROWS}
    rows_said = [row for name in ROWS for row in english[name]] if kind is not Kind.JUDGE else []
    if _is_said({k: v for k, v in en.items() if k not in ROWS}) or any(map(_is_said, rows_said)):
        texts["en"] = _text(en, english)
    if kind is Kind.FILL:
        return texts, []
    if kind in ARRANGED:
        return texts, list(range(len(kept["options"])))
    marked = [bool(one.get("right")) for one, _en in kept["options"]]
    return texts, [number for number, right in enumerate(marked) if right]


def _text(
    said: Mapping[str, Any], rows: Mapping[str, Sequence[Mapping[str, Any]]]
) -> dict[str, Any]:
    """Return a text as a revision keeps it: what may be left out is left out where it is empty."""
    text = {name: value for name, value in said.items() if name not in (*ROWS, *LINES, "params")}
    text["picture_alt"] = text["picture_alt"] or None
    for name in LINES:
        if name in said and (entries := [one.strip() for one in (said[name] or "").splitlines()]):
            text[name] = [one for one in entries if one]
    for name in ROWS:
        if name in said:
            text[name] = [_row(row) for row in rows[name]]
    if "accept" in said:
        text.setdefault("accept", [])
        text["wrong"] = text["wrong"] or None
    if params := _params(said.get("params") or ""):
        text["params"] = params
    return {name: value for name, value in text.items() if value is not None}


def _row(row: Mapping[str, Any]) -> dict[str, str]:
    """Return a row without its mark; text and partner are there even where they are empty."""
    said = {name: value or "" for name, value in row.items() if name != "right"}
    return {name: value for name, value in said.items() if value or name in ("text", "pair")}


def _is_said(row: Mapping[str, Any]) -> bool:
    return any(isinstance(value, str) and value for value in row.values())


def _params(typed: str) -> list[dict[str, str]]:
    """Return the rows; a cell without a name gets its number, which the rules then refuse."""
    table = [
        [cell.strip() for cell in APART.split(one)] for one in typed.splitlines() if one.strip()
    ]
    if not table:
        return []
    names = table[0]
    return [
        {names[n] if n < len(names) else str(n + 1): cell for n, cell in enumerate(row) if cell}
        for row in table[1:]
    ] or [dict.fromkeys(names, "")]


def _problems(form: _Enclosing) -> Iterator[tuple[str, str]]:
    for field in form:
        if isinstance(field, FormField):
            yield from _problems(field.form)
        elif isinstance(field, FieldList):
            yield from _problems(field)
        else:
            for told in field.errors:
                yield field.id, _("%(field)s: %(fault)s", field=field.label.text, fault=told)
