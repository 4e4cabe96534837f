"""What a release meets that the site has written, and what goes out as files."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, Aspect
from quizapp.bank import files as bank_files
from quizapp.bank.actions import Loaded
from quizapp.bank.models import Question, RevisionState
from quizapp.bank.rules import BankStage, Origin
from quizapp.core.errors import Conflict
from quizapp.core.paths import data_dir
from quizapp.lessons import (
    directives,
    editing,
    exports,
    files,
    judging,
    queries,
    review_queries,
    reviews,
)  # fmt: skip
from quizapp.lessons.drafts import LessonDraft
from quizapp.lessons.files import Courses
from quizapp.lessons.models import LessonRevision, LessonText
from tests import reviewers
from tests.lesson_edits import (
    KEY,
    approved,
    edited,
    lesson,
    load,
    new_files,
    newest,
    read_by_pupils,
    release,
    submitted,
)  # fmt: skip
from tests.reviewers import Reviewers
from tests.town import NOON, Town

pytestmark = pytest.mark.usefixtures("content")


@pytest.fixture
def three(session: Session, town: Town) -> Reviewers:
    return reviewers.three(session, town)


@pytest.fixture(scope="module")
def shipped() -> Courses:
    return files.read(data_dir("lessons"), bank_files.read(data_dir("question_bank")))


@pytest.mark.parametrize("is_approved", [True, False])
def test_a_release_does_not_write_over_what_the_site_edited(
    session: Session, town: Town, three: Reviewers, shipped: Courses, is_approved: bool
) -> None:
    every = len(shipped.lessons)
    if is_approved:
        approved(session, town.editor_yu, three)
    else:
        edited(session, town.editor_yu)
    before = read_by_pupils(session)
    assert load(session, shipped) == Loaded(0, 0, every)

    assert load(session, release(shipped, "新版本")) == Loaded(0, 0, every - 1, (KEY,))
    assert load(session, release(shipped, "新版本")) == Loaded(0, 0, every)

    waiting = newest(session)
    assert (waiting.state, waiting.origin) == (RevisionState.DRAFT, Origin.FILE)
    assert read_by_pupils(session) == before
    reviews.submit(session, waiting, text="", by=town.editor_yu, now=NOON)
    for aspect, by in three.each():
        reviews.sign(session, waiting, aspect, by=by, now=NOON)
    assert read_by_pupils(session) == "新版本"
    assert load(session, release(shipped, "更新的版本")) == Loaded(0, 1, every - 1)
    assert read_by_pupils(session) == "更新的版本"


def test_a_release_that_says_what_the_site_says_changes_nothing(
    session: Session, town: Town, three: Reviewers, shipped: Courses
) -> None:
    approved(session, town.editor_yu, three, "新版本")
    texts = session.scalar(select(func.count()).select_from(LessonText))

    assert load(session, release(shipped, "新版本")) == Loaded(0, 0, len(shipped.lessons))
    assert session.scalar(select(func.count()).select_from(LessonText)) == texts


def test_a_remark_in_a_file_is_followed_without_a_new_text(
    session: Session, shipped: Courses
) -> None:
    first, *others = shipped.lessons
    files_of = {**first.files, "notes": "# 一句说明\n" + first.files["notes"]}
    content = replace(shipped, lessons=[replace(first, files=files_of), *others])

    assert load(session, content) == Loaded(0, 1, len(others))
    assert load(session, content) == Loaded(0, 0, len(others) + 1)
    kept = newest(session, first.key)
    assert (kept.number, kept.files["notes"][:6]) == (1, "# 一句说明"[:6])


def test_what_a_person_took_out_stays_out(session: Session, town: Town, shipped: Courses) -> None:
    editing.retire(session, lesson(session), by=town.editor_yu, now=NOON)

    assert load(session, release(shipped, "新版本")).changed == 1
    assert lesson(session).retired_at == NOON
    with pytest.raises(Conflict):
        editing.retire(session, lesson(session), by=town.editor_yu, now=NOON)


def test_a_lesson_of_the_site_makes_room_for_one_of_a_file(
    session: Session, town: Town, shipped: Courses
) -> None:
    key = "junior-our-own"
    said = new_files(session, key)
    made = editing.make(session, BankStage.JUNIOR, "our-own", said, by=town.editor_yu, now=NOON)
    last = [one for one in shipped.lessons if one.stage is BankStage.JUNIOR][-1]
    others = [one for one in shipped.lessons if one is not last]
    place = made.lesson.position

    loaded = load(session, replace(shipped, lessons=[*others, replace(last, position=place)]))

    session.refresh(made.lesson)
    assert (loaded.new, loaded.changed) == (0, 1)
    assert (lesson(session, last.key).position, made.lesson.position) == (place, place + 1)
    assert made.lesson.retired_at is None


def test_every_shipped_lesson_goes_out_sign_by_sign_as_it_came(
    session: Session, shipped: Courses, tmp_path: Path
) -> None:
    root, out = data_dir("lessons"), tmp_path / "lessons"

    exports.write(root, out, exports.files(session))

    assert tree(out) == tree(root)
    with pytest.raises(FileExistsError):
        exports.write(root, out, {})


def tree(root: Path) -> Mapping[str, bytes]:
    return {
        file.relative_to(root).as_posix(): file.read_bytes()
        for file in root.rglob("*")
        if file.is_file()
    }


def test_what_the_site_wrote_comes_back_from_files_and_changes_nothing(
    session: Session, town: Town, three: Reviewers, tmp_path: Path
) -> None:
    approved(session, town.editor_yu, three)
    said = new_files(session, "junior-our-own")
    made = editing.make(session, BankStage.JUNIOR, "our-own", said, by=town.editor_yu, now=NOON)
    reviews.submit(session, made, text="", by=town.editor_yu, now=NOON)
    for aspect, by in three.each():
        reviews.sign(session, made, aspect, by=by, now=NOON)

    exports.write(data_dir("lessons"), tmp_path / "lessons", exports.files(session))
    content = files.read(tmp_path / "lessons", bank_files.read(data_dir("question_bank")))

    assert [str(fault) for fault in content.faults] == []
    assert "junior-our-own" in {one.key for one in content.lessons}
    assert load(session, content) == Loaded(0, 0, len(content.lessons))


def test_files_and_editor_have_one_reader(session: Session, shipped: Courses) -> None:
    def judged(said: Mapping[str, str], of: LessonDraft) -> Any:
        made = judging.read(session, lesson(session, of.key), said)
        return made.draft, made.faults

    in_english = [one for one in shipped.lessons if "en" in one.files]
    assert in_english
    for one in [*in_english, *shipped.lessons[::4]]:
        draft, faults = judged(one.files, one)
        assert faults == [], one.key
        assert draft
        assert replace(draft, file=one.file) == one


def without(content: Courses, key: str) -> Courses:
    """Return what a release without this lesson says; no course of it names any."""
    lessons = [one for one in content.lessons if one.key != key]
    return replace(content, lessons=lessons, courses={})


def own(session: Session, by: Actor, key: str = "junior-our-own") -> LessonRevision:
    """Make a draft of a lesson of the site."""
    slug = key.removeprefix("junior-")
    said = new_files(session, key)
    return editing.make(session, BankStage.JUNIOR, slug, said, by=by, now=NOON)


def signed(session: Session, made: LessonRevision, by: Actor, three: Reviewers) -> None:
    reviews.submit(session, made, text="", by=by, now=NOON)
    for aspect, each in three.each():
        reviews.sign(session, made, aspect, by=each, now=NOON)


def test_a_release_brings_in_a_lesson_of_which_the_site_has_only_a_draft(
    session: Session, town: Town, three: Reviewers, shipped: Courses
) -> None:
    made = own(session, town.editor_yu)
    reviews.submit(session, made, text="", by=town.editor_yu, now=NOON)
    [draft] = [one for one in shipped.lessons if one.key == KEY]
    front = draft.front.model_copy(update={"key": "junior-our-own"})
    same = replace(draft, front=front, position=made.lesson.position, file="junior/40-our-own.md")

    loaded = load(session, replace(shipped, lessons=[*shipped.lessons, same]))

    assert loaded == Loaded(0, 1, len(shipped.lessons))
    assert made.lesson.current == 2
    [row] = [r for r in review_queries.rows(session, three.facts) if r.lesson is made.lesson]
    assert (row.waits, row.is_to_sign) == (None, False)


def test_a_load_hides_nothing_that_is_in_review(
    session: Session, town: Town, three: Reviewers, shipped: Courses
) -> None:
    made = submitted(session, town.editor_yu)
    reviews.sign(session, made, Aspect.FACTS, by=three.facts, now=NOON)
    assert load(session, release(shipped, "新版本")).waiting == (KEY,)

    def row(actor: Actor) -> review_queries.Row:
        return next(r for r in review_queries.rows(session, actor) if r.lesson.key == KEY)

    assert (row(three.level).waits, row(three.level).signed) == (made, frozenset({Aspect.FACTS}))
    assert row(three.level).newest.number == made.number + 1
    told = [row(who).is_to_sign for who in (three.facts, three.level, town.editor_yu)]
    assert told == [False, True, False]
    for aspect, by in three.each()[1:]:
        reviews.sign(session, made, aspect, by=by, now=NOON)
    assert read_by_pupils(session) == "另一个名字"


def test_what_a_load_takes_out_that_was_edited_is_named(
    session: Session, town: Town, three: Reviewers, shipped: Courses
) -> None:
    approved(session, town.editor_yu, three)
    other = next(one.key for one in shipped.lessons if one.key != KEY)

    loaded = load(session, without(without(shipped, KEY), other))

    assert (loaded.changed, loaded.gone) == (2, (KEY,))
    assert lesson(session).retired_at == NOON


def test_a_corrected_sound_reaches_what_the_site_has_written(
    session: Session, town: Town, three: Reviewers, shipped: Courses
) -> None:
    key = next(one.key for one in shipped.lessons if one.stage is BankStage.PRIMARY)
    made = approved(session, town.editor_yu, three, key=key)
    text = queries.text(session, made.lesson)
    right = dict(text.readings)
    text.readings = {**right, next(iter(right)): "错"}
    session.flush()

    assert load(session, shipped) == Loaded(0, 1, len(shipped.lessons) - 1)

    session.expire_all()
    assert queries.text(session, made.lesson).readings == right


def test_a_scenario_is_not_written_over_another(
    session: Session, town: Town, three: Reviewers
) -> None:
    made = own(session, town.editor_yu)
    signed(session, made, town.editor_yu, three)
    first, second = newest(session).files, made.files
    name = directives.named(first["zh"], "scenario")
    zh = second["zh"].replace("another-story", str(name))
    made.files = second | {"zh": zh}
    session.flush()
    assert exports.files(session)  # They say the same.
    made.files = second | {"zh": zh, "scenario": second["scenario"] + "\n# 改过\n"}
    session.flush()

    with pytest.raises(Conflict, match=f"scenarios/{name}.toml"):
        exports.files(session)


def test_a_scenario_of_a_lesson_out_of_use_is_not_free(session: Session, town: Town) -> None:
    editing.retire(session, lesson(session), by=town.editor_yu, now=NOON)
    said = dict(newest(session).files)
    said["zh"] = said["zh"].replace(KEY, "junior-our-own")

    made = editing.make(session, BankStage.JUNIOR, "our-own", said, by=town.editor_yu, now=NOON)

    assert any(f"belongs to {KEY}" in told for told in reviews.faults(session, made))


def test_an_export_names_what_is_out_of_use(session: Session, town: Town, three: Reviewers) -> None:
    beside = own(session, town.editor_yu)
    signed(session, beside, town.editor_yu, three)
    for one in (lesson(session), beside.lesson):
        editing.retire(session, one, by=town.editor_yu, now=NOON)

    assert exports.out_of_use(session) == [KEY]  # A course names it, and the other is not written.
    assert not any("our-own" in file for file in exports.files(session))


def test_what_is_in_use_and_breaks_a_rule_by_now_is_named(
    session: Session, shipped: Courses
) -> None:
    day = max(one.front.as_of for one in shipped.lessons)
    assert reviews.unsound(session, day) == []
    late = reviews.unsound(session, day.replace(year=2100))
    assert any(says.startswith(f"{KEY}: review_by has passed") for says in late)
    asked = queries.checkpoints(session, lesson(session))[0].question_id
    session.get_one(Question, asked).retired_at = NOON
    session.flush()

    found = reviews.unsound(session, day)

    assert any(says.startswith(f"{KEY}: ") and "there is no question" in says for says in found)


def test_a_lesson_of_the_site_never_stands_above_what_a_file_can_be_called(
    session: Session, town: Town, shipped: Courses
) -> None:
    made = own(session, town.editor_yu)
    made.lesson.position = 99
    session.flush()
    last = [one for one in shipped.lessons if one.stage is BankStage.JUNIOR][-1]
    others = [one for one in shipped.lessons if one is not last]

    load(session, replace(shipped, lessons=[*others, replace(last, position=99)]))

    session.refresh(made.lesson)
    assert made.lesson.position == 98
