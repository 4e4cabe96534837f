"""A question that comes back under its key, changed outside: what becomes of the text that is here.

A file says less than the bank. Where it is silent, what is here stays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager

from quizapp.bank import history, written
from quizapp.bank.exchange import Item
from quizapp.bank.formats.flattened import tidied
from quizapp.bank.models import BankPicture, Question, Revision
from quizapp.bank.params import filled
from quizapp.bank.rules import Kind
from quizapp.bank.written import Written
from quizapp.core.i18n import _

BATCH = 500  # Keys of one query.


@dataclass(frozen=True)
class Past:
    """What the bank says of a question: its newest version, and the one in use, if any."""

    newest: Revision
    current: Revision | None


@dataclass(frozen=True)
class Merged:
    """What a question would say. `changes` names the fields that differ from the newest version;
    [] where a version that is here says the same. `lost`: sentences."""

    said: Written
    changes: Sequence[str]
    lost: Sequence[str]


def pasts(session: Session, keys: Sequence[str]) -> dict[str, Past]:
    """Return what the bank says under these keys; one that it does not have is left out."""
    found: dict[str, Past] = {}
    for at in range(0, len(keys), BATCH):
        found |= _pasts(session, keys[at : at + BATCH])
    return found


def merged(past: Past, item: Item, topic_key: str | None, picture: BankPicture | None) -> Merged:
    """Return what becomes of a question of which a file says this; it has a Chinese text.

    `topic_key`: None where the file names none. No version that is here is changed.
    """
    newest = written.of(past.newest)
    said, lost = _over(newest, item, topic_key, picture)
    if past.current:
        in_use = written.of(past.current)
        again, _lost = _over(in_use, item, topic_key, picture)
        if again == in_use:
            return Merged(newest, [], [])
    names = [line.name for line in history.changes(newest, said)]
    return Merged(said, list(dict.fromkeys(names)), lost)


def _pasts(session: Session, keys: Sequence[str]) -> dict[str, Past]:
    last = (
        select(Revision.question_id, func.max(Revision.number).label("number"))
        .group_by(Revision.question_id)
        .subquery()
    )
    rows = session.scalars(
        select(Revision)
        .join(Question, Revision.question_id == Question.id)
        .join(last, last.c.question_id == Question.id)
        .where(Question.key.in_(keys), Revision.number.in_([last.c.number, Question.current]))
        .order_by(Revision.number)
        .options(contains_eager(Revision.question))
    )
    found: dict[str, Past] = {}
    for revision in rows:
        question = revision.question
        current = revision if revision.number == question.current else None
        before = found.get(question.key)
        found[question.key] = Past(revision, current or (before.current if before else None))
    return found


def _over(
    base: Written, item: Item, topic_key: str | None, picture: BankPicture | None
) -> tuple[Written, list[str]]:
    """Return the base with what the item says in place of it, and what is lost of the base."""
    head, kind = item.head, item.kind or base.kind
    text, lost = _texts(base, item, kind)
    is_kept = text["zh"] == base.text["zh"] and kind is base.kind
    is_other = picture and (base.picture is None or picture.sha256 != base.picture.sha256)
    return replace(
        base, kind=kind, topic_key=topic_key or base.topic_key,
        stage=head.get("stage", base.stage), difficulty=head.get("difficulty", base.difficulty),
        pool=head.get("pool", base.pool), core=head.get("core", base.core),
        objective=head.get("objective", base.objective), sources=head.get("source", base.sources),
        as_of=head.get("as_of", base.as_of), review_by=head.get("review_by", base.review_by),
        text=text, answer=base.answer if is_kept else item.texts["zh"].answer,
        picture=picture if is_other else base.picture,
    ), lost  # fmt: skip


def _texts(base: Written, item: Item, kind: Kind) -> tuple[dict[str, Any], list[str]]:
    lost: list[str] = []
    texts = dict(base.text)
    for lang, text in item.texts.items():
        here, given = base.text.get(lang, {}), text.plain()
        shown = here if "params" in given else _first_row(here)
        whole = _completed(given, shown)
        if here and _facts(kind, whole, text.answer) == _facts(base.kind, shown, base.answer):
            continue
        texts[lang] = whole
        if "params" in here and "params" not in given:
            lost.append(_("Its values that differ from pupil to pupil are left out: the file has "
                          "the first of them only."))  # fmt: skip
    others = [lang for lang in texts if lang not in item.texts]
    is_alike = kind is base.kind and _in_place(base.text["zh"], texts["zh"]) and (
        texts["zh"] is base.text["zh"] or list(base.answer) == item.texts["zh"].answer
    )  # fmt: skip
    if others and not is_alike:
        texts = {lang: said for lang, said in texts.items() if lang in item.texts}
        lost.append(_("The text in the other language is left out: its options are not those of "
                      "the file."))  # fmt: skip
    return texts, lost


def _first_row(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return a text as most formats write it: with the first row of its params in their places."""
    plain = {name: value for name, value in said.items() if name != "params"}
    shown: dict[str, Any] = filled(plain, said["params"][0]) if said.get("params") else plain
    return shown


def _completed(given: Mapping[str, Any], here: Mapping[str, Any]) -> dict[str, Any]:
    """Return the text of a file; what it leaves open is said as it is here."""
    said = {name: value or here.get(name, value) for name, value in given.items()}
    said = {**_only(here, "explain", "feedback", "picture_alt"), **said}
    told = {option["text"]: option for option in here.get("options", ())}
    if "options" in said:
        said["options"] = [
            {**_only(told.get(option["text"], {}), "feedback"), **_filled_in(option)}
            for option in said["options"]
        ]
    return said


def _only(said: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: said[name] for name in names if name in said}


def _filled_in(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value}


def _facts(kind: Kind, text: Mapping[str, Any], answer: Sequence[int]) -> Any:
    """Return what is equal for two texts that say the same, whatever their blanks; the order of
    options counts only where it is the answer."""
    said: dict[str, Any] = tidied(_filled_in(text))
    options = [
        (option["text"], option.get("pair", ""), option.get("feedback", ""), number in answer)
        for number, option in enumerate(said.pop("options", ()))
    ]
    return kind, options if kind is Kind.ORDER else sorted(options), said


def _in_place(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether options have stayed where they were, so that another language still fits them."""
    before = [option["text"] for option in _first_row(old).get("options", ())]
    after = [option["text"] for option in _first_row(new).get("options", ())]
    moved = any(text in before and before.index(text) != n for n, text in enumerate(after))
    return len(before) == len(after) and not moved
