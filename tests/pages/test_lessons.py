"""Pages of lessons: who finds which, and how a pupil works through one without a script."""

import gzip
import re
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM, Actor
from quizapp.bank import actions as bank
from quizapp.bank import files as bank_files
from quizapp.core.clock import now
from quizapp.core.ids import new_id
from quizapp.core.paths import data_dir
from quizapp.lessons import actions, walks
from quizapp.lessons import files as lesson_files
from quizapp.lessons.models import (
    CheckpointAnswer,
    Lesson,
    LessonTally,
    LessonText,
    Visit,
    Walk,
)
from quizapp.lessons.rules import LEAST
from quizapp.orgs.rules import Stage
from tests import make, stories
from tests.actions.test_walks import classmates
from tests.conftest import Visitor
from tests.town import NOON, Town

ClientAs = Callable[[Actor], Visitor]
FIRST, SECOND, MORE, CHILDREN = "junior-first", "junior-second", "junior-more", "primary-one"
PICTURE = "/lessons/junior/pictures/age-fourteen.svg"


@pytest.fixture(autouse=True)
def lessons(session: Session, town: Town) -> dict[str, Lesson]:
    """The course of grade 7 with two lessons, one beside it, and one for younger children."""
    stages = dict.fromkeys((FIRST, SECOND, MORE), Stage.JUNIOR) | {CHILDREN: Stage.PRIMARY}
    made = {
        key: stories.lesson(session, key, title=f"《{key}》", stage=stage)
        for key, stage in stages.items()
    }
    stories.course(session, [made[FIRST], made[SECOND]])
    stories.course(session, [made[CHILDREN]], stage=Stage.PRIMARY, grade=5)
    session.commit()
    return made


def finish(session: Session, pupil: Actor, lesson: Lesson, *, wrong: int = 0) -> None:
    for position in range(stories.ASKED):
        letters = stories.sent(session, pupil, lesson, position, right=position >= wrong)
        actions.answer(session, pupil, lesson, position, letters, now=NOON)
    session.commit()


def scene(page: str) -> str:
    """Return what the pupil stands in, without the scenes that a script may show."""
    return page.split('data-part="stage"')[1].split("<template", maxsplit=1)[0]


def test_a_pupil_finds_the_own_course_then_the_rest_of_the_stage(
    client_as: ClientAs, town: Town
) -> None:
    page = client_as(town.lan).get("/lessons/").text
    course, more = page.split("More lessons")

    assert "The next lesson" in course
    assert course.index(f'href="/lessons/{FIRST}"') < course.index(f'href="/lessons/{SECOND}"')
    assert f"After “《{FIRST}》”" in course
    assert "First lesson of the year" in course
    assert "For 26 June" in course
    assert MORE in more
    assert MORE not in course
    assert CHILDREN not in page


def test_the_list_leads_back_to_the_first_open_question(
    client_as: ClientAs, session: Session, town: Town, lessons: dict[str, Lesson]
) -> None:
    letters = stories.sent(session, town.lan, lessons[FIRST], 0)
    session.commit()
    lan = client_as(town.lan)
    lan.post(f"/lessons/{FIRST}/checkpoints/0", data={"choice": letters})

    page = lan.get("/lessons/").text

    assert "Go on where you were" in page
    assert f'href="/lessons/{FIRST}#checkpoint-1"' in page
    assert "You have begun: go on" in page
    lesson = lan.get(f"/lessons/{FIRST}").text
    assert "Go on at question 2" in lesson
    assert 'href="#checkpoint-1"' in lesson


def test_staff_find_all_courses_with_the_plan_of_two_terms(client_as: ClientAs, town: Town) -> None:
    for staff in (town.ms_chen, town.officer_qin, town.editor_yu):
        page = client_as(staff).get("/lessons/").text

        assert page.count("First term, from September") == 2
        assert f"/lessons/{FIRST}" in page
        assert f"/lessons/{CHILDREN}" in page
        assert "2 lessons, 24 minutes in all" in page
        assert "班会" in page
        assert "Not begun yet" not in page


def test_where_there_is_nothing_the_page_says_so(
    client_as: ClientAs, session: Session, town: Town, lessons: dict[str, Lesson]
) -> None:
    for lesson in lessons.values():
        session.merge(lesson).retired_at = NOON
    session.commit()

    assert "No lessons yet" in client_as(town.lan).get("/lessons/").text
    assert "No lessons yet" in client_as(town.ms_chen).get("/lessons/").text


def test_a_lesson_of_another_stage_is_not_there_for_a_pupil(
    client_as: ClientAs, town: Town
) -> None:
    lan = client_as(town.lan)

    assert lan.get(f"/lessons/{CHILDREN}").status_code == 404
    assert lan.get(f"/lessons/{CHILDREN}/choices").status_code == 404
    for deed in ("visit", "checkpoints/0", "scenario"):
        assert lan.post(f"/lessons/{CHILDREN}/{deed}").status_code == 404
    assert client_as(town.ms_chen).get(f"/lessons/{CHILDREN}").status_code == 200
    assert lan.get("/lessons/there-is-no-such-lesson").status_code == 404


def test_a_lesson_shows_all_that_belongs_to_it(client_as: ClientAs, town: Town) -> None:
    page = client_as(town.lan).get(f"/lessons/{FIRST}").text
    order = [
        "小雨的书包里", 'id="checkpoint-0"', f'id="checkpoint-{stories.ASKED - 1}"',
        "你会先做什么？", "生日会上的饮料", "Whom you can ask",
    ]  # fmt: skip

    places = [page.index(what) for what in order]
    assert places == sorted(places)
    foot = page.split("Where this comes from")[1].split("</section>")[0]
    told = " ".join(re.sub(r"<[^>]+>", "", foot).split())
    assert "出处 town · 青禾市 · read on 30 Oct 2026" in told
    assert "出处 law · article 8, 9 · 青禾市 · read on 30 Oct 2026" in told
    assert "This lesson was compared with its sources on 1 Nov 2026." in told


def test_reading_changes_nothing_and_starting_counts_once(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    lan = client_as(town.lan)
    page = lan.get(f"/lessons/{FIRST}").text
    assert session.scalars(select(Visit)).all() == []
    session.rollback()

    for _twice in range(2):
        answer = lan.post(f"/lessons/{FIRST}/visit")
        assert (answer.status_code, answer.location) == (303, f"/lessons/{FIRST}")

    assert "Start the lesson" in page
    assert "Start the lesson" not in lan.get(f"/lessons/{FIRST}").text
    assert [tally.opened for tally in session.scalars(select(LessonTally))] == [1]


def test_what_comes_before_is_said_with_a_link(
    client_as: ClientAs, session: Session, town: Town, lessons: dict[str, Lesson]
) -> None:
    lan = client_as(town.lan)
    closed = lan.get(f"/lessons/{SECOND}").text
    refused = lan.post(f"/lessons/{SECOND}/visit")
    finish(session, town.lan, lessons[FIRST])
    open_now = lan.get(f"/lessons/{SECOND}").text

    assert "Another lesson comes first" in closed
    assert f'href="/lessons/{FIRST}"' in closed
    assert "小雨的书包里" not in closed
    assert (refused.status_code, session.scalars(select(Visit)).one().lesson_id) == (
        409, lessons[FIRST].id,
    )  # fmt: skip
    assert "Another lesson comes first" not in open_now
    assert "小雨的书包里" in open_now


def test_what_the_teacher_assigned_is_open(
    client_as: ClientAs, session: Session, town: Town, lessons: dict[str, Lesson]
) -> None:
    second = session.merge(lessons[SECOND])
    make.campaign(session, town.elm_7a.unit, now=now(), lessons=[second])
    session.commit()

    assert "Start the lesson" in client_as(town.lan).get(f"/lessons/{SECOND}").text
    assert "Start the lesson" not in client_as(town.tao).get(f"/lessons/{SECOND}").text


def test_a_checkpoint_teaches_once_it_is_answered(
    client_as: ClientAs, session: Session, town: Town, lessons: dict[str, Lesson]
) -> None:
    lan = client_as(town.lan)
    before = lan.get(f"/lessons/{FIRST}").text
    right = stories.sent(session, town.lan, lessons[FIRST], 0)
    wrong = stories.sent(session, town.lan, lessons[FIRST], 0, right=False)
    session.rollback()

    answer = lan.post(f"/lessons/{FIRST}/checkpoints/0", data={"choice": wrong})
    after = lan.get(f"/lessons/{FIRST}").text

    assert answer.location == f"/lessons/{FIRST}#checkpoint-0"
    assert "因为 0" not in before
    assert "This is right" not in before
    assert "Look at this again" in after
    assert "This is right" in after
    assert "因为 0" in after
    assert "Answer again" in after
    lan.post(f"/lessons/{FIRST}/checkpoints/0", data={"choice": right})
    assert "You chose this, and it is right" in lan.get(f"/lessons/{FIRST}").text
    session.rollback()
    assert [given.tries for given in session.scalars(select(CheckpointAnswer))] == [2]


def test_a_lesson_is_done_when_every_checkpoint_is_answered(
    client_as: ClientAs, session: Session, town: Town, lessons: dict[str, Lesson]
) -> None:
    lan = client_as(town.lan)
    finish(session, town.lan, lessons[FIRST], wrong=1)

    page = lan.get(f"/lessons/{FIRST}").text
    assert "Lesson done" in page
    assert "Look at these again" not in page
    listed = lan.get("/lessons/").text
    assert "Done" in listed
    assert "Look at it again" not in listed
    tally = session.scalars(select(LessonTally)).one()
    assert (tally.class_id, tally.opened, tally.finished) == (town.elm_7a.unit_id, 1, 1)


def test_who_needs_help_is_told_kindly_where_to_look(
    client_as: ClientAs, session: Session, town: Town, lessons: dict[str, Lesson]
) -> None:
    lan = client_as(town.lan)
    finish(session, town.lan, lessons[FIRST], wrong=2)

    page = lan.get(f"/lessons/{FIRST}").text
    notice = page.split("Look at these again")[1].split("</ul>")[0]
    assert re.findall(r'href="#checkpoint-(\d)"', notice) == ["0", "1"]
    assert "notice--behind" not in page
    assert "Lesson done" in page
    assert "Look at it again" in lan.get("/lessons/").text


@pytest.mark.parametrize("choice", [[], ["x"], ["99"], ["-1"]])
def test_an_answer_that_cannot_be_is_told_at_its_place(
    client_as: ClientAs, session: Session, town: Town, choice: list[str]
) -> None:
    lan = client_as(town.lan)

    answer = lan.post(f"/lessons/{FIRST}/checkpoints/0", data={"choice": choice})

    assert answer.location == f"/lessons/{FIRST}#checkpoint-0"
    assert "Choose an answer first." in lan.get(f"/lessons/{FIRST}").text
    assert session.scalars(select(CheckpointAnswer)).all() == []


def test_an_answer_to_what_was_changed_meanwhile_is_told_and_not_kept(
    client_as: ClientAs, session: Session, town: Town, lessons: dict[str, Lesson]
) -> None:
    lan = client_as(town.lan)
    choice = stories.sent(session, town.lan, lessons[FIRST], 0, right=True)
    read = re.findall(r'name="revision" value="([^"]+)"', lan.get(f"/lessons/{FIRST}").text)
    sent = {"choice": choice, "revision": str(new_id())}

    answer = lan.post(f"/lessons/{FIRST}/checkpoints/0", data=sent)

    assert answer.location == f"/lessons/{FIRST}#checkpoint-0"
    assert "This question was changed meanwhile" in lan.get(f"/lessons/{FIRST}").text
    assert session.scalars(select(CheckpointAnswer)).all() == []
    session.commit()
    lan.post(f"/lessons/{FIRST}/checkpoints/0", data={"choice": choice, "revision": read[0]})
    assert str(session.scalars(select(CheckpointAnswer)).one().revision_id) == read[0]


def test_a_step_in_a_story_that_was_changed_meanwhile_is_told_and_not_kept(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    lan, address = client_as(town.lan), f"/lessons/{FIRST}/scenario"
    (read,) = re.findall(r'name="text" value="(\d+)"', lan.get(f"/lessons/{FIRST}").text)

    answer = lan.post(address, data={"path": "1", "text": int(read) + 1})

    assert answer.location == f"/lessons/{FIRST}#scenario"
    assert "This story was changed meanwhile" in lan.get(f"/lessons/{FIRST}").text
    assert session.scalars(select(Walk)).all() == []
    session.commit()
    lan.post(address, data={"path": "1", "text": read})
    assert session.scalars(select(Walk)).one().path == "1"


def test_a_lesson_that_lost_its_open_questions_can_be_finished(
    client_as: ClientAs, session: Session, town: Town, lessons: dict[str, Lesson]
) -> None:
    lan = client_as(town.lan)
    choice = stories.sent(session, town.lan, lessons[FIRST], 0, right=True)
    session.commit()
    lan.post(f"/lessons/{FIRST}/checkpoints/0", data={"choice": choice})
    said = session.scalars(select(LessonText).filter_by(lesson_id=lessons[FIRST].id)).one()
    said.blocks = {"zh": [block for block in said.blocks["zh"] if not block.get("checkpoint")]}
    for one in said.checkpoints[1:]:
        session.delete(one)
    session.commit()
    page = lan.get(f"/lessons/{FIRST}").text

    lan.post(f"/lessons/{FIRST}/visit")

    assert "Finish the lesson" in page
    assert "Lesson done" in lan.get(f"/lessons/{FIRST}").text


def test_a_checkpoint_that_is_not_there_is_missing(client_as: ClientAs, town: Town) -> None:
    answer = client_as(town.lan).post(f"/lessons/{FIRST}/checkpoints/99", data={"choice": 0})

    assert answer.status_code == 404


def test_a_scenario_is_walked_without_a_script(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    lan, address = client_as(town.lan), f"/lessons/{FIRST}/scenario"
    start = scene(lan.get(f"/lessons/{FIRST}").text)

    for path in ("1", "11"):
        answer = lan.post(address, data={"path": path})
        assert (answer.status_code, answer.location) == (303, f"/lessons/{FIRST}#scenario")
    end = scene(lan.get(f"/lessons/{FIRST}").text)
    lan.post(address, data={"path": ""})
    again = scene(lan.get(f"/lessons/{FIRST}").text)

    assert re.findall(r'name="path" value="(\d*)"', start) == ["0", "1"]
    assert "端来一杯没见过的饮料" in start
    assert "没人看见" in end
    assert "Safe, and it can be better still" in end
    assert re.findall(r'name="path" value="(\d*)"', end) == [""]
    assert (again, "没人看见" in again) == (start, False)
    assert session.scalars(select(Walk)).one().first == "11"
    assert lan.post(address, data={"path": "000"}).status_code == 404


def test_an_ending_says_what_was_practised(client_as: ClientAs, town: Town) -> None:
    lan = client_as(town.lan)
    lan.post(f"/lessons/{FIRST}/scenario", data={"path": "10"})
    helped = scene(lan.get(f"/lessons/{FIRST}").text)
    lan.post(f"/lessons/{FIRST}/scenario", data={"path": "11"})
    without = scene(lan.get(f"/lessons/{FIRST}").text)

    assert '<p data-part="practised">' in helped
    assert "Walking away" in helped
    assert '<p data-part="practised" hidden>' in without


def test_a_pupil_sees_how_the_class_chose_after_the_own_ending(
    client_as: ClientAs, session: Session, town: Town, lessons: dict[str, Lesson]
) -> None:
    lan, page = client_as(town.lan), f"/lessons/{FIRST}/choices"
    others = classmates(session, town.elm_7a, LEAST - 1)
    for other in others[1:]:
        walks.go(session, other, lessons[FIRST], "0", now=NOON)
    session.commit()
    early = lan.get(page)
    lan.post(f"/lessons/{FIRST}/scenario", data={"path": "11"})
    few = lan.get(page).text
    walks.go(session, others[0], lessons[FIRST], "10", now=NOON)
    session.commit()
    told = lan.get(page).text

    assert (early.status_code, early.location) == (303, f"/lessons/{FIRST}#scenario")
    assert f"once {LEAST} pupils" in few
    assert "pupils</span>" not in few
    cells = re.findall(r"(\d+) pupils?</span>", told)
    assert cells == ["8", "2", "1", "1", "9", "1"]
    assert "林兰" not in told.split("<main")[1]
    assert others[0].name not in told


def test_only_pupils_work_through_a_lesson(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    ms_chen = client_as(town.ms_chen)

    for deed in ("visit", "checkpoints/0", "scenario"):
        assert ms_chen.post(f"/lessons/{FIRST}/{deed}", data={"path": "0"}).status_code == 403
    assert ms_chen.get(f"/lessons/{FIRST}/choices").status_code == 403
    assert session.scalars(select(Visit)).all() == []


def test_staff_see_the_answers_and_the_scenes_folded_away(client_as: ClientAs, town: Town) -> None:
    page = client_as(town.ms_chen).get(f"/lessons/{FIRST}").text

    assert "Answer and explanation" in page
    assert "This is right" in page
    assert "You chose this" not in page
    assert "<input" not in page.split("<main", 1)[1].split("</main>")[0]
    assert "Start the lesson" not in page
    scenes = page.split("All scenes and where each choice leads")[1]
    assert "现在告诉大人也不晚" in scenes
    assert "Goes on at 3." in scenes


def test_somebody_without_a_post_reads_no_lessons(client_as: ClientAs, town: Town) -> None:
    assert client_as(town.zhou).get("/lessons/").status_code == 403
    assert client_as(town.zhou).get(f"/lessons/{FIRST}").status_code == 403


def test_every_lesson_is_a_sound_page_in_both_languages(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    questions = bank_files.read(data_dir("question_bank"))
    bank.load(session, questions, by=SYSTEM, now=NOON)
    shipped = lesson_files.read(data_dir("lessons"), questions)
    actions.load(session, shipped, by=SYSTEM, now=NOON)
    session.commit()
    ms_chen = client_as(town.ms_chen)

    for locale in ("zh", "en"):
        ms_chen.set_cookie("locale", locale)
        listed = ms_chen.get("/lessons/").text
        for draft in shipped.lessons:
            page = ms_chen.get(f"/lessons/{draft.key}").text
            assert f'href="/lessons/{draft.key}"' in listed
            assert "&lt;h2&gt;" not in page
            assert "<figure" in page


def test_a_question_of_several_answers_has_boxes(client_as: ClientAs, town: Town) -> None:
    page = client_as(town.lan).get(f"/lessons/{FIRST}").text
    first, last = page.split('id="checkpoint-1"')[0], page.split('id="checkpoint-3"')[1]

    assert 'type="radio"' in first
    assert "Choose one" in first
    assert 'type="checkbox"' not in first
    assert 'type="checkbox"' in last.split("</section>")[0]
    assert "Choose all that are right" in last


def test_a_picture_travels_compressed(visitor: Visitor) -> None:
    plain = visitor.get(PICTURE)

    answer = visitor.get(PICTURE, headers={"Accept-Encoding": "gzip"})

    assert gzip.decompress(answer.data) == plain.data
    assert len(answer.data) < len(plain.data) / 2
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in answer.headers["Vary"]


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
        "/lessons/junior/pictures/..%2F01-illegal-or-crime.md",
        "/lessons/junior/pictures/01-illegal-or-crime.md",
        "/lessons/../pictures/age-fourteen.svg",
    ],
)
def test_nothing_but_pictures_is_given_out(visitor: Visitor, path: str) -> None:
    assert visitor.get(path).status_code == 404
