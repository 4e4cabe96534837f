"""Questions that come back under their keys: nothing is to do, or a new version waits."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM
from quizapp.bank import editing, exports, imports, written
from quizapp.bank.exchange import Item, drafted
from quizapp.bank.formats.entries import marked
from quizapp.bank.formats.table import FORMATS, WRITERS
from quizapp.bank.imports import Defaults, Found
from quizapp.bank.models import Question, Revision, RevisionState
from quizapp.bank.rules import Kind
from quizapp.core.clock import now
from tests import kinds

NOTHING = Defaults()
KEYED = [form for form in WRITERS if form != "aiken"]  # Aiken has no place for a key.
Texts = Mapping[str, Any]


def out(session: Session) -> list[Item]:
    """Return what goes out of one question of every kind."""
    kinds.questions(session)
    return [item for item in exports.items(session) if item.key.startswith("kind-")]


def back(form: str, items: Sequence[Item]) -> list[Item]:
    known = FORMATS[form.partition("-")[0]]
    return known.read(f"x{known.endings[0]}", WRITERS[form](items))


def said_otherwise(item: Item, **fields: Any) -> Item:
    """Return the item with other words in its Chinese text."""
    assert item.kind
    text = item.texts["zh"]
    plain = {**marked(item.kind, text.plain(), text.answer), **fields}
    made, faults = drafted(item.kind, plain)
    assert made, faults
    return replace(item, texts={**item.texts, "zh": made})


def of_kind(items: Sequence[Item], kind: Kind) -> Item:
    return next(item for item in items if item.kind is kind)


def versions(session: Session, key: str) -> list[Revision]:
    mine = select(Revision).join(Question, Revision.question_id == Question.id)
    return list(session.scalars(mine.where(Question.key == key).order_by(Revision.number)))


def looked_at(session: Session, item: Item) -> Found:
    (found,) = imports.looked_at(session, [item], NOTHING)
    return found


def test_what_comes_back_unchanged_needs_nothing(session: Session) -> None:
    items = out(session)

    for form in KEYED:
        found = imports.looked_at(session, back(form, items), NOTHING)

        assert {one.item.key: (one.same, one.faults, one.fits) for one in found} == {
            item.key: (item.key, (), False)
            for item in items
            if form != "gift" or item.kind is not Kind.ORDER
        }, form


@pytest.mark.parametrize("form", KEYED)
def test_what_comes_back_changed_is_a_version_that_waits(session: Session, form: str) -> None:
    items = out(session)
    before = session.scalar(select(func.count()).select_from(Question))
    changed = [
        said_otherwise(item, stem=item.texts["zh"].stem + "（改）", params=item.texts["zh"].params)
        for item in items
    ]

    found = imports.looked_at(session, back(form, changed), NOTHING)
    taken = imports.take_in(session, found, by=SYSTEM, now=now())

    assert (taken.new, taken.revised) == (0, len(found))
    assert session.scalar(select(func.count()).select_from(Question)) == before
    for one in found:
        first, second = versions(session, one.item.key)
        assert (first.state, second.state) == (RevisionState.APPROVED, RevisionState.DRAFT)
        assert second.question.current == 1
        assert "改" not in str(first.text)
        assert "改" in second.text["zh"]["stem"]
        old, new = written.of(first), written.of(second)
        assert (new.topic_key, new.stage, new.sources, new.objective, new.answer) == (
            old.topic_key, old.stage, old.sources, old.objective, old.answer
        )  # fmt: skip
        assert _told(new.text["zh"]) == _told(old.text["zh"])
        assert new.text.keys() == old.text.keys()


def _told(text: Texts) -> list[str]:
    """Return all feedback, with names from the first row in their places."""
    said = [*text.get("options", ()), *text.get("wrong", ()), text]
    return [each["feedback"] for each in said if each.get("feedback")]


def test_only_a_feedback_that_was_changed_makes_a_version(session: Session) -> None:
    item = of_kind(out(session), Kind.FILL)

    found = looked_at(session, said_otherwise(item, feedback="另一句话"))

    assert found.base is not None
    assert list(found.changes) == ["Feedback"]


def test_rows_of_values_that_a_file_cannot_hold_are_told_to_be_lost(session: Session) -> None:
    item = of_kind(out(session), Kind.SITUATION)
    (again,) = back("qti-2.1", [said_otherwise(item, stem="你说什么？{name}")])

    found = looked_at(session, again)

    assert found.said
    assert "params" not in found.said.text["zh"]
    assert "小雨" in found.said.text["zh"]["stem"]
    assert any("differ from pupil to pupil" in told for told in found.item.dropped)
    assert "params" in found.said.text["en"]


def test_another_language_goes_where_options_have_moved(session: Session) -> None:
    item = of_kind(out(session), Kind.SITUATION)
    text = item.texts["zh"]
    options = marked(Kind.SITUATION, text.plain(), text.answer)["options"]
    moved = said_otherwise(item, stem="那你呢？{name}", options=options[::-1])

    found = looked_at(session, replace(moved, texts={"zh": moved.texts["zh"]}))

    assert found.said
    assert list(found.said.text) == ["zh"]
    assert found.said.answer == [2]
    assert any("other language" in told for told in found.item.dropped)


def test_what_is_in_use_does_not_undo_a_draft_of_a_colleague(session: Session) -> None:
    item = of_kind(out(session), Kind.SINGLE)
    (first,) = versions(session, item.key)
    draft = replace(written.of(first), objective="另一个目标")
    editing.edit(session, first.question, draft, base=first, by=SYSTEM, now=now())

    found = looked_at(session, item)

    assert (found.same, found.fits) == (item.key, False)


def test_a_version_is_made_over_the_newest_one(session: Session) -> None:
    item = of_kind(out(session), Kind.SINGLE)
    for stem in ("第二版？", "第三版？"):
        found = looked_at(session, said_otherwise(item, stem=stem))
        imports.take_in(session, [found], by=SYSTEM, now=now())

    again = looked_at(session, said_otherwise(item, stem="第三版？"))

    assert [one.text["zh"]["stem"] for one in versions(session, item.key)][1:] == [
        "第二版？", "第三版？"
    ]  # fmt: skip
    assert again.same == item.key


def test_a_key_that_a_file_has_twice_is_told(session: Session) -> None:
    item = of_kind(out(session), Kind.SINGLE)
    changed = said_otherwise(item, stem="又一个？")

    found = imports.looked_at(session, [item, changed], NOTHING)

    assert ["more than once" in " ".join(one.faults) for one in found] == [True, True]


def test_other_words_without_a_key_are_a_new_question(session: Session) -> None:
    item = of_kind(out(session), Kind.SINGLE)

    found = looked_at(session, replace(said_otherwise(item, stem="别的问题？"), key=""))

    assert (found.base, found.same, found.fits) == (None, "", True)
