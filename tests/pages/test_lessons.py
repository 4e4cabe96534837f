"""Pages of lessons: who sees which, and how a pupil works through one without a script."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM, Actor
from quizapp.bank import actions as bank
from quizapp.bank import files as bank_files
from quizapp.bank.models import Question, Revision
from quizapp.bank.rules import BankStage, Kind
from quizapp.core.paths import data_dir
from quizapp.lessons import actions
from quizapp.lessons import files as lesson_files
from quizapp.lessons.models import (
    Checkpoint,
    CheckpointAnswer,
    Lesson,
    LessonTally,
    LessonText,
    Visit,
)
from tests.conftest import Visitor
from tests.town import NOON, Town

ClientAs = Callable[[Actor], Visitor]
JUNIOR = "junior-illegal-or-crime"
PRIMARY = "primary-packaging-tricks"
PICTURE = "/lessons/junior/pictures/age-fourteen.svg"


@pytest.fixture(autouse=True)
def content(session: Session, town: Town) -> None:
    """Load what ships."""
    questions = bank_files.read(data_dir("question_bank"))
    bank.load(session, questions, by=SYSTEM, now=NOON)
    lessons = lesson_files.read(data_dir("lessons"), questions)
    actions.load(session, lessons, by=SYSTEM, now=NOON)
    session.commit()


def right_choice(session: Session, page: str, position: int) -> tuple[list[str], list[str]]:
    """Return the letters of the right options of a checkpoint on the page, and a wrong one."""
    section = page.split(f'id="checkpoint-{position}"')[1].split("<section", maxsplit=1)[0]
    found = re.search(r'class="question__stem"[^>]*>([^<]+)<', section)
    assert found
    for revision in session.scalars(select(Revision).join(Question)):
        if revision.text["zh"]["stem"] == found[1]:
            under = {
                text: letter
                for letter, text in re.findall(
                    r'value="([a-h])".*?class="answer__text"><span[^>]*>([^<]+)<',
                    section, re.DOTALL,
                )
            }  # fmt: skip
            options = revision.text["zh"]["options"]
            right = [under[options[number]["text"]] for number in revision.answer]
            wrong = [under[o["text"]] for n, o in enumerate(options) if n not in revision.answer]
            return right, wrong[:1]
    raise LookupError(found[1])


def test_a_pupil_finds_the_lessons_of_the_own_stage(client_as: ClientAs, town: Town) -> None:
    page = client_as(town.lan).get("/lessons/").text

    assert f"/lessons/{JUNIOR}" in page
    assert "primary-" not in page
    assert "Not begun yet" in page


def test_staff_find_the_lessons_of_all_stages(client_as: ClientAs, town: Town) -> None:
    for staff in (town.ms_chen, town.officer_qin, town.editor_yu):
        page = client_as(staff).get("/lessons/").text

        assert f"/lessons/{JUNIOR}" in page
        assert f"/lessons/{PRIMARY}" in page
        assert "Not begun yet" not in page


def test_a_lesson_of_another_stage_is_not_there_for_a_pupil(
    client_as: ClientAs, town: Town
) -> None:
    lan = client_as(town.lan)

    assert lan.get(f"/lessons/{PRIMARY}").status_code == 404
    assert lan.post(f"/lessons/{PRIMARY}/visit").status_code == 404
    assert lan.post(f"/lessons/{PRIMARY}/checkpoints/0", data={"choice": 0}).status_code == 404
    assert client_as(town.ms_chen).get(f"/lessons/{PRIMARY}").status_code == 200
    assert lan.get("/lessons/there-is-no-such-lesson").status_code == 404


def test_reading_changes_nothing_and_starting_counts_once(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    lan = client_as(town.lan)
    page = lan.get(f"/lessons/{JUNIOR}").text
    assert session.scalars(select(Visit)).all() == []
    session.rollback()

    for _twice in range(2):
        answer = lan.post(f"/lessons/{JUNIOR}/visit")
        assert (answer.status_code, answer.location) == (303, f"/lessons/{JUNIOR}")

    assert "Start the lesson" in page
    assert "Start the lesson" not in lan.get(f"/lessons/{JUNIOR}").text
    assert "You have begun: go on" in lan.get("/lessons/").text
    assert [tally.opened for tally in session.scalars(select(LessonTally))] == [1]


def test_a_checkpoint_teaches_once_it_is_answered(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    lan = client_as(town.lan)
    before = lan.get(f"/lessons/{JUNIOR}").text
    right, wrong = right_choice(session, before, 0)
    session.rollback()

    answer = lan.post(f"/lessons/{JUNIOR}/checkpoints/0", data={"choice": wrong})
    after = lan.get(f"/lessons/{JUNIOR}").text

    assert answer.location == f"/lessons/{JUNIOR}#checkpoint-0"
    assert "Source:" not in before
    assert "This is right" not in before
    assert "Look at this again" in after
    assert "This is right" in after
    assert "Source:" in after
    assert "Answer again" in after
    lan.post(f"/lessons/{JUNIOR}/checkpoints/0", data={"choice": right})
    assert "You chose this, and it is right" in lan.get(f"/lessons/{JUNIOR}").text
    session.rollback()
    assert [given.tries for given in session.scalars(select(CheckpointAnswer))] == [2]


def test_a_lesson_is_done_when_every_checkpoint_is_answered(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    lan = client_as(town.lan)
    page = lan.get(f"/lessons/{JUNIOR}").text
    places = [int(number) for number in re.findall(r'<section[^>]+id="checkpoint-(\d+)"', page)]

    for position in places:
        right, _wrong = right_choice(session, page, position)
        lan.post(f"/lessons/{JUNIOR}/checkpoints/{position}", data={"choice": right})

    session.rollback()
    assert places == [0, 1, 2, 3, 4]
    assert "Lesson done" in lan.get(f"/lessons/{JUNIOR}").text
    assert "Done" in lan.get("/lessons/").text
    tally = session.scalars(select(LessonTally)).one()
    assert (tally.class_id, tally.opened, tally.finished) == (town.elm_7a.unit_id, 1, 1)


@pytest.mark.parametrize("choice", [[], ["x"], ["99"], ["-1"]])
def test_an_answer_that_cannot_be_is_told_at_its_place(
    client_as: ClientAs, session: Session, town: Town, choice: list[str]
) -> None:
    lan = client_as(town.lan)

    answer = lan.post(f"/lessons/{JUNIOR}/checkpoints/0", data={"choice": choice})

    assert answer.location == f"/lessons/{JUNIOR}#checkpoint-0"
    assert "Choose an answer first." in lan.get(f"/lessons/{JUNIOR}").text
    assert session.scalars(select(CheckpointAnswer)).all() == []


def test_a_checkpoint_that_is_not_there_is_missing(client_as: ClientAs, town: Town) -> None:
    answer = client_as(town.lan).post(f"/lessons/{JUNIOR}/checkpoints/99", data={"choice": 0})

    assert answer.status_code == 404


def test_only_pupils_work_through_a_lesson(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    ms_chen = client_as(town.ms_chen)

    assert ms_chen.post(f"/lessons/{JUNIOR}/visit").status_code == 403
    assert ms_chen.post(f"/lessons/{JUNIOR}/checkpoints/0", data={"choice": 0}).status_code == 403
    assert session.scalars(select(Visit)).all() == []


def test_staff_see_the_answers_folded_away(client_as: ClientAs, town: Town) -> None:
    page = client_as(town.ms_chen).get(f"/lessons/{JUNIOR}").text

    assert "Answer and explanation" in page
    assert "This is right" in page
    assert "You chose this" not in page
    assert "<input" not in page.split("<main", 1)[1].split("</main>")[0]
    assert "Start the lesson" not in page


def test_somebody_without_a_post_reads_no_lessons(client_as: ClientAs, town: Town) -> None:
    assert client_as(town.zhou).get("/lessons/").status_code == 403
    assert client_as(town.zhou).get(f"/lessons/{JUNIOR}").status_code == 403


def test_every_lesson_is_a_sound_page_in_both_languages(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    lesson_keys = re.findall(
        r'href="/lessons/([a-z-]+)"', client_as(town.ms_chen).get("/lessons/").text
    )
    ms_chen = client_as(town.ms_chen)

    for locale in ("zh", "en"):
        ms_chen.set_cookie("locale", locale)
        for key in lesson_keys:
            page = ms_chen.get(f"/lessons/{key}").text
            assert "&lt;h2&gt;" not in page
            assert "<figure><img " in page
    assert len(set(lesson_keys)) == 6


def test_a_question_of_one_answer_has_round_marks(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    page = client_as(town.lan).get(f"/lessons/{JUNIOR}").text

    assert 'type="radio"' in page
    assert "Choose one" in page
    assert 'type="checkbox"' not in page


def test_a_question_of_several_answers_has_boxes(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    lesson = session.scalars(select(Lesson).where(Lesson.key == JUNIOR)).one()
    several = Question.kind == Kind.MULTIPLE, Question.stage == BankStage.JUNIOR
    asked = session.scalars(select(Question).where(*several)).first()
    first = session.scalars(
        select(Checkpoint).join(LessonText).where(LessonText.lesson_id == lesson.id)
    ).first()
    assert asked
    assert first
    first.question_id = asked.id
    session.commit()

    page = client_as(town.lan).get(f"/lessons/{JUNIOR}").text

    assert 'type="checkbox"' in page
    assert "Choose all that are right" in page


def test_a_picture_is_shown_to_anybody_and_kept_for_long(visitor: Visitor) -> None:
    answer = visitor.get(PICTURE)

    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    assert "max-age=31536000" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/lessons/junior/pictures/none.svg",
        "/lessons/primary/pictures/age-fourteen.svg",
        "/lessons/junior/pictures/..%2Fcourse.toml",
        "/lessons/junior/pictures/course.toml",
        "/lessons/../pictures/age-fourteen.svg",
    ],
)
def test_nothing_but_pictures_is_given_out(visitor: Visitor, path: str) -> None:
    assert visitor.get(path).status_code == 404
