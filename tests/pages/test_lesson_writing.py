"""Pages on which lessons are written and reviewed: list, form, preview, versions."""

import re
import time
from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, Aspect
from quizapp.bank.models import Question
from quizapp.bank.rules import BankStage, Pool
from quizapp.campaigns import contents
from quizapp.lessons import judging, review_queries
from quizapp.lessons.models import CourseLine, Lesson, LessonRevision
from quizapp.orgs.rules import Stage
from tests import reviewers
from tests.conftest import Visitor
from tests.reviewers import Reviewers
from tests.town import Town

pytestmark = pytest.mark.usefixtures("content")
ClientAs = Callable[[Actor], Visitor]
KEY = "junior-what-drugs-are"
WHERE = f"/bank/lessons/{KEY}"
TITLE = "毒品是什么，不是什么"


@pytest.fixture
def three(session: Session, town: Town) -> Reviewers:
    made = reviewers.three(session, town)
    session.commit()
    return made


@pytest.fixture
def said(session: Session, town: Town) -> dict[str, str]:
    """The form of the newest version, as a browser would send it."""
    files = newest(session).files
    session.commit()
    return {"base": "1", **{part: text.replace("\n", "\r\n") for part, text in files.items()}}


def newest(session: Session) -> LessonRevision:
    session.expire_all()
    return review_queries.history(session, review_queries.lesson(session, KEY))[0]


def versions(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(LessonRevision)) or 0


def test_an_editor_writes_and_three_sign_and_pupils_read_it(
    client_as: ClientAs, session: Session, town: Town, three: Reviewers, said: dict[str, str]
) -> None:
    editor = client_as(town.editor_yu)
    said["zh"] = said["zh"].replace(TITLE, "毒品不是什么")

    kept = editor.post(f"{WHERE}/revisions", data=said)

    assert kept.status_code == 303
    review = kept.location
    assert f"/bank/lesson-revisions/{newest(session).id}" == review
    assert "\r" not in newest(session).files["zh"]
    assert editor.post(f"{review}/submission", data={"note": "请看看"}).status_code == 303
    for aspect, by in three.each():
        reviewer = client_as(by)
        assert TITLE in client_as(town.lan).get("/lessons/").text
        assert review in reviewer.get("/bank/lessons/").text
        assert f'value="{aspect}"' in reviewer.get(review).text
        assert reviewer.post(f"{review}/sign-offs", data={"aspect": aspect}).status_code == 303
        assert "Nothing waits for you" in reviewer.get("/bank/lessons/").text
    assert "毒品不是什么" in client_as(town.lan).get(f"/lessons/{KEY}").text
    assert "In use" in editor.get(WHERE).text
    difference = editor.get(f"{WHERE}/difference").text
    assert "<del>" in difference
    assert 'value="3"' in difference  # The line of the title.


def test_the_form_shows_the_lesson_and_what_is_wrong_with_its_line(
    client_as: ClientAs, session: Session, town: Town, said: dict[str, str]
) -> None:
    editor, before = client_as(town.editor_yu), versions(session)

    page = editor.get(f"{WHERE}/edit").text
    assert "It keeps all rules." in page
    assert "::: figure" in page
    said["zh"] = said["zh"].replace("## ", "<script>alert(1)</script>\r\n\r\n## ", 1)
    line = said["zh"].split("\r\n").index("<script>alert(1)</script>") + 1
    shown = editor.post(f"{WHERE}/revisions", data=said | {"do": "preview"})

    assert shown.status_code == 200
    assert f'data-line="{line}"' in shown.text
    assert "raw HTML may not stand here" in shown.text
    assert "<script>alert(1)" not in shown.text
    assert 'class="pupil looked"' in shown.text
    assert versions(session) == before


def test_whoever_was_slower_is_told_and_keeps_the_own_text(
    client_as: ClientAs, session: Session, town: Town, said: dict[str, str]
) -> None:
    editor = client_as(town.editor_yu)
    first = said | {"zh": said["zh"].replace(TITLE, "第一个")}
    second = said | {"zh": said["zh"].replace(TITLE, "第二个")}
    assert editor.post(f"{WHERE}/revisions", data=first).status_code == 303

    late = editor.post(f"{WHERE}/revisions", data=second)

    assert late.status_code == 409
    assert "Somebody has written version 2 meanwhile" in late.text
    assert "第二个" in late.text
    assert "data-unsaved" in late.text
    assert newest(session).title == "第一个"
    same = editor.post(f"{WHERE}/revisions", data=first | {"base": "2"})
    assert same.status_code == 422
    assert "Nothing is changed." in same.text


def test_a_new_lesson_begins_with_a_text_that_explains_itself(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    editor = client_as(town.editor_yu)

    assert "Small letters" not in editor.get("/bank/lessons/new").text
    wrong = editor.get("/bank/lessons/new?stage=junior&slug=Our+Own").text
    assert "Use small letters" in wrong
    page = editor.get("/bank/lessons/new?stage=junior&slug=our-own").text
    assert "key = &#34;junior-our-own&#34;" in page
    assert "review_by is missing" in page
    zh = '+++\nkey = "junior-our-own"\ntitle = "我们的课"\n+++\n小场景。'
    sent = {"stage": "junior", "slug": "our-own", "zh": zh}
    kept = editor.post("/bank/lessons/", data=sent)
    assert kept.status_code == 303
    shown = editor.get(f"{kept.location}/preview")
    assert "小场景。" in shown.text
    assert "It still breaks rules" in shown.text
    assert "我们的课" in editor.get("/bank/lessons/").text
    assert editor.post("/bank/lessons/", data=sent).status_code == 422
    assert editor.get("/lessons/junior-our-own").status_code == 404
    assert client_as(town.lan).get("/lessons/junior-our-own").status_code == 404
    assert editor.post(f"{kept.location}/submission").status_code == 422
    assert editor.post("/bank/lessons/", data={"stage": "x"}).status_code == 303
    assert editor.post("/bank/lessons/", data=sent | {"slug": "other", "zh": ""}).status_code == 422


def test_the_scenario_can_be_tried_and_nothing_is_kept(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    where = f"/bank/lesson-revisions/{newest(session).id}/preview"
    editor = client_as(town.editor_yu)

    page = editor.get(where).text

    assert 'name="path" value="0"' in page
    assert 'name="path" value="00"' in editor.get(f"{where}?lang=zh&path=0").text
    assert editor.get(f"{where}?path=9").status_code == 404
    assert "Letter to parents" in page
    assert "Plan of the hour" in page


def test_a_lesson_is_taken_out_and_brought_back(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    editor = client_as(town.editor_yu)

    assert editor.post(f"{WHERE}/retirement").status_code == 303
    assert editor.post(f"{WHERE}/retirement").status_code == 409
    assert client_as(town.lan).get(f"/lessons/{KEY}").status_code == 404
    assert "Taken out of use" in editor.get("/bank/lessons/").text
    assert editor.post(f"{WHERE}/retirement/end").status_code == 303
    assert client_as(town.lan).get(f"/lessons/{KEY}").status_code == 200


def test_who_reads_who_writes_who_signs(
    client_as: ClientAs, session: Session, town: Town, three: Reviewers, said: dict[str, str]
) -> None:
    review = f"/bank/lesson-revisions/{newest(session).id}"

    for path in ("/bank/lessons/", WHERE, f"{WHERE}/difference", review, f"{review}/preview"):
        assert client_as(three.facts).get(path).status_code == 200
        assert client_as(town.admin_kong).get(path).status_code == 200
        assert client_as(town.ms_chen).get(path).status_code == 403
        assert client_as(town.lan).get(path).status_code == 403
    assert client_as(three.facts).get(f"{WHERE}/edit").status_code == 403
    assert client_as(three.facts).post(f"{WHERE}/revisions", data=said).status_code == 403
    sign = {"aspect": Aspect.FACTS.value}
    assert client_as(town.editor_yu).post(f"{review}/sign-offs", data=sign).status_code == 403
    assert client_as(three.facts).post(f"{review}/sign-offs", data=sign).status_code == 409
    assert client_as(three.facts).post(f"{review}/return", data={"why": ""}).status_code == 422
    words = {"text": "好<b>"}
    assert client_as(three.facts).post(f"{review}/remarks", data=words).status_code == 303
    assert "好&lt;b&gt;" in client_as(three.facts).get(review).text


def test_a_draft_is_nobodys_lesson_yet(client_as: ClientAs, session: Session, town: Town) -> None:
    sent = {"stage": "junior", "slug": "our-own", "zh": "还没写完"}
    assert client_as(town.editor_yu).post("/bank/lessons/", data=sent).status_code == 303
    draft = review_queries.lesson(session, "junior-our-own")
    session.add(
        CourseLine(course_key="grade-7", position=99, lesson_id=draft.id, term=2, is_first=False)
    )
    session.commit()
    elm = town.elm_7a.unit_id

    for who, paths in {
        town.ms_chen: (
            "/campaigns/new", f"/campaigns/new?unit={town.elm_7a.unit.code}",
            "/assignments/new?course=grade-7", "/lessons/", f"/classes/{elm}/hours",
            f"/classes/{elm}/lessons/", f"/classes/{elm}", f"/classes/{elm}/help",
        ),
        town.officer_gao: ("/campaigns/new", "/lessons/"),
        town.head_sun: (f"/schools/{town.elm.id}/hours",),
        town.lan: ("/", "/lessons/", "/sw.js", "/lessons/off-line"),
    }.items():  # fmt: skip
        for path in paths:
            shown = client_as(who).get(path)
            assert shown.status_code == 200, path
            assert draft.key not in shown.text, path
    for path in ("/assignments/new?lesson=", "/lessons/"):
        assert client_as(town.ms_chen).get(f"{path}{draft.key}").status_code == 404
    assert client_as(town.ms_chen).get(f"/lessons/{draft.key}/pack.pdf").status_code == 404
    assert contents.chosen_lessons(session, [draft.key], [(Stage.JUNIOR, 7)]) == []


def test_an_older_version_can_be_written_on(
    client_as: ClientAs, session: Session, town: Town, said: dict[str, str]
) -> None:
    editor = client_as(town.editor_yu)
    second = said | {"zh": said["zh"].replace(TITLE, "第二版")}
    assert editor.post(f"{WHERE}/revisions", data=second).status_code == 303

    assert f"{WHERE}/edit?version=1" in editor.get(WHERE).text
    newest_page, older = (
        editor.get(f"{WHERE}/edit").text,
        editor.get(f"{WHERE}/edit?version=1").text,
    )

    assert "from version 2 (Editor Yu)" in newest_page
    assert "from version 1 (File)" in older
    assert ("第二版" in newest_page, "第二版" in older) == (True, False)
    kept = editor.post(f"{WHERE}/revisions?version=1", data=said | {"base": "2"})
    assert kept.status_code == 303
    assert newest(session).number == 3
    assert TITLE in newest(session).files["zh"]


def test_a_taken_name_is_told_before_anything_is_written_and_can_be_changed_after(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    editor = client_as(town.editor_yu)
    taken = KEY.removeprefix("junior-")

    early = editor.get(f"/bank/lessons/new?stage=junior&slug={taken}").text
    assert "There is a lesson with this key already." in early
    assert "<textarea" not in early
    sent = {"stage": "junior", "slug": taken, "zh": "写了很久"}
    late = editor.post("/bank/lessons/", data=sent)
    assert late.status_code == 422
    assert "写了很久" in late.text
    assert re.search(r'<input[^>]*name="slug"[^>]*type="text"', late.text)
    assert editor.post("/bank/lessons/", data=sent | {"slug": "free"}).status_code == 303


LIKE = "junior-law-what-the-law-says-about-"
HOSTILE = {
    "deep lists": {"zh": "+++\n+++\n" + "> " * 5000},
    "brackets": {"zh": "+++\n+++\n" + "[" * 19_000},
    "unknown questions": {
        "zh": "+++\n+++\n" + "".join(f"::: checkpoint {LIKE}{n}\n" for n in range(1000, 1149))
    },
    "dotted keys": {"zh": "+++\n" + "a." * 9000 + "a = 1\n+++\nx", "notes": "[a" + ".a" * 9000},
    "spaced and quoted keys": {"zh": "x", "notes": "x = { " + "'a' . " * 3000 + "a = 1 }"},
    "stars": {"zh": "+++\n+++\n" + "*a_" * 6000},
    "a deep head": {"zh": "+++\nkey = " + "[" * 9000 + "\n+++\n"},
    "deep notes": {"zh": "x", "notes": "a = " + "[" * 9000},
    "many scenes": {"zh": "x", "scenario": "[[scene]]\nid = 'a'\n" * 2000},
    "null": {"zh": '+++\ntitle = "a\\u0000b"\n+++\nx'},
    "a way out": {"zh": "+++\n+++\n::: scenario ../../../x", "scenario": "a = 1"},
    "html": {"zh": "+++\n+++\n<img src=x onerror=alert(1)>\n[a](javascript:alert(1))"},
}


SOON = 10  # Seconds of CPU: it tells what runs away from what does not, and measures nothing.


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_texts_are_told_of_soon(
    client_as: ClientAs, session: Session, town: Town, what: str
) -> None:
    editor = client_as(town.editor_yu)
    judging.pictures(BankStage.JUNIOR)  # They are looked at once.

    began = time.process_time()
    shown = editor.post(f"{WHERE}/revisions", data={"base": "1", "do": "preview", **HOSTILE[what]})
    took = time.process_time() - began
    kept = editor.post(f"{WHERE}/revisions", data={"base": "1", **HOSTILE[what]})

    assert shown.status_code == 200
    assert "onerror=alert" not in shown.text.replace("&lt;img src=x onerror=alert", "")
    assert "A draft may be saved as it is" in shown.text
    assert kept.status_code == 303
    assert editor.get(kept.location).status_code == 200
    assert editor.get(f"{WHERE}/difference").status_code == 200
    assert took < SOON


def test_unknown_questions_beside_many_like_them_are_told_of_soon(
    session: Session, town: Town
) -> None:
    [known, *_others] = session.scalars(select(Question).where(Question.stage == BankStage.JUNIOR))
    session.add_all(
        Question(
            key=f"{LIKE}{n}", topic_key=known.topic_key, kind=known.kind, stage=known.stage,
            difficulty=1, pool=Pool.OPEN, core=False, current=1,
        )
        for n in range(700)
    )  # fmt: skip
    session.flush()
    lesson = review_queries.lesson(session, KEY)

    began = time.process_time()
    made = judging.read(session, lesson, HOSTILE["unknown questions"])
    took = time.process_time() - began

    told = [one.says for one in made.faults if "there is no question" in one.says]
    assert (len(told), sum("did you mean" in says for says in told)) == (149, 3)
    assert took < SOON


LONG = "得到了着长"  # Signs that sound in several ways.


@pytest.mark.parametrize(
    "said",
    [
        {"zh": "x", "scenario": LONG * 2600},
        {"zh": "+++\n+++\n" + LONG * 1300, "scenario": LONG * 8000},
        {"zh": "+++\n+++\n" + f"{LONG}，" * 1000},
    ],
)
def test_a_long_text_for_grades_5_and_6_is_told_of_soon(
    session: Session, said: dict[str, str]
) -> None:
    [first, *_others] = session.scalars(select(Lesson).where(Lesson.stage == BankStage.PRIMARY))
    judging.read(session, first, {"zh": LONG})  # Pictures and dictionary are looked at once.

    began = time.process_time()
    made = judging.read(session, first, said)

    assert made.faults
    assert time.process_time() - began < SOON


def test_long_lines_are_compared_soon(
    client_as: ClientAs, session: Session, town: Town, said: dict[str, str]
) -> None:
    editor = client_as(town.editor_yu)
    old = "\n".join(f"{'一二三四五六七八九十' * 10}{n}" for n in range(190))
    new = "\n".join(f"{n}{'十九八七六五四三二一' * 10}" for n in range(190))
    for base, zh in (("1", old), ("2", new)):
        editor.post(f"{WHERE}/revisions", data={"base": base, "zh": zh, "notes": zh})

    began = time.process_time()
    shown = editor.get(f"{WHERE}/difference?old=2&new=3")
    took = time.process_time() - began

    assert shown.text.count("<del>") > 300
    assert took < SOON


def test_a_text_beyond_all_measure_is_not_kept(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    before = versions(session)

    answer = client_as(town.editor_yu).post(
        f"{WHERE}/revisions", data={"base": "1", "zh": "x" * 40_001}
    )

    assert answer.status_code == 422
    assert versions(session) == before


def test_a_lesson_without_files_has_no_page_here(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    session.add(Lesson(key="junior-bare", stage="junior", position=98))
    session.commit()

    assert client_as(town.editor_yu).get("/bank/lessons/junior-bare").status_code == 404
    assert client_as(town.editor_yu).get("/bank/lessons/gone").status_code == 404
