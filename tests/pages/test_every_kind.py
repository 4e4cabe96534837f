"""Questions of every kind as plain forms and through the API: kept, marked, explained, no key."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM, Actor
from quizapp.accounts.models import Pupil
from quizapp.bank import queries as bank
from quizapp.bank.asked import Asked
from quizapp.bank.models import Question, Revision
from quizapp.bank.rules import Choice, Kind
from quizapp.core.clock import now
from quizapp.lessons import queries as lessons
from quizapp.lessons.models import Checkpoint, CheckpointAnswer, Lesson, LessonText
from quizapp.lessons.rules import seed
from quizapp.privacy import erasing
from quizapp.quizzes import ahead
from quizapp.quizzes.models import Answer, Quiz, Sitting
from tests import kinds, make
from tests.conftest import Visitor
from tests.pages import given
from tests.town import Town

ClientAs = Callable[[Actor], Visitor]
WRONG: dict[Kind, tuple[Choice, list[str]]] = {  # A wrong choice, and what is told of it.
    Kind.SINGLE: ([1], ["提示-114"]),
    Kind.MULTIPLE: ([0, 3], ["提示-老师", "提示-陌生的网友"]),
    Kind.JUDGE: ([1], ["提示-错"]),
    Kind.SITUATION: ([2], ["Hint-Both of us"]),
    Kind.ORDER: ([0, 2, 1], ["提示-顺序"]),
    Kind.MATCH: ([0, 3, 1], ["提示-120", "提示-12355"]),
    Kind.FILL: ("一二三四五", ["提示-市民热线"]),
}

# All that the attributes of a question may hold: letters and digits as shown, and the same words
# in every question of the kind.
FITTING = re.compile(
    r"[a-h]?|[a-h]:\d|(item|was|seq|mark)-\d+(-(([a-h](-(up|down|text))?)|stem|scene|word))?"
)
KNOWN = {*Kind, "0", "ordering", "ways", "said", "up", "down", *map(str, range(1, 8))}
KNOWN |= {"bookmark", "y"}  # The mark "look at it again", below each question.
KNOWN |= {"{text}: now place {place} of 3"}


@pytest.fixture
def questions(session: Session, town: Town) -> dict[Kind, Question]:
    return kinds.questions(session)


@pytest.fixture
def quiz(session: Session, town: Town, questions: dict[Kind, Question]) -> Quiz:
    made = make.quiz(session, town.elm, now=now(), items=len(Kind), topic=kinds.TOPIC)
    session.commit()
    return made


def begin(client: Visitor, quiz: Quiz) -> str:
    """Start the quiz and return the address of the sitting."""
    return str(client.post(f"/quizzes/{quiz.id}/sittings").location)


def form_of(session: Session) -> dict[Kind, tuple[int, Asked]]:
    """Return position and question of each kind in the one sitting there is."""
    session.rollback()
    sitting = session.scalars(select(Sitting)).one()
    asked = [
        Asked(session.get_one(Revision, revision), seed)
        for revision, seed in ahead.items(session, sitting)
    ]
    return {one.kind: (position, one) for position, one in enumerate(asked, 1)}


def sent(asked: Asked, choice: Choice) -> list[str]:
    """Return what a plain form sends of the choice."""
    said = asked.sent(choice)
    if asked.kind is Kind.ORDER:
        return [f"{letter}:{place}" for place, letter in enumerate(said, 1)]
    return said


def test_what_is_right_is_right_of_every_kind(
    client_as: ClientAs, session: Session, town: Town, quiz: Quiz
) -> None:
    lan = client_as(town.lan)
    sitting = begin(lan, quiz)
    data = {f"item-{at}": sent(asked, asked.key) for at, asked in form_of(session).values()}

    lan.post(f"{sitting}/answers", data=data)
    assert "You have answered all 7 questions" in lan.get(f"{sitting}/review").text
    lan.post(f"{sitting}/submission")

    result = lan.get(f"{sitting}/result").text
    assert "Right: 7 of 7" in result
    assert "Look at this again" not in result


def test_what_is_wrong_is_told_with_its_own_feedback(
    client_as: ClientAs, session: Session, town: Town, quiz: Quiz
) -> None:
    lan = client_as(town.lan)
    sitting = begin(lan, quiz)
    form = form_of(session)
    data = {f"item-{at}": sent(asked, WRONG[kind][0]) for kind, (at, asked) in form.items()}

    lan.post(f"{sitting}/answers", data=data)
    lan.post(f"{sitting}/submission")

    result = lan.get(f"{sitting}/result").text
    items = dict(enumerate(re.split(r'id="item-\d+"', result)))
    assert "Right: 0 of 7" in result
    for kind, (position, _asked) in form.items():
        told = re.findall(r">((?:提示|Hint)-[^<]+)<", items[position])
        assert sorted(told) == sorted(WRONG[kind][1]), kind
    assert "You put this in place 3" in result
    assert "You chose:" in result
    assert "You wrote this" in result


def test_the_page_goes_on_where_it_was_left(
    client_as: ClientAs, session: Session, town: Town, quiz: Quiz
) -> None:
    lan = client_as(town.lan)
    sitting = begin(lan, quiz)
    form = form_of(session)
    place = re.search(r"at the bookshop|by the field|at the station", lan.get(sitting).text)
    data = {f"item-{at}": sent(asked, WRONG[kind][0]) for kind, (at, asked) in form.items()}
    lan.post(f"{sitting}/answers", data=data)

    page = lan.get(sitting).text
    lan.post(f"{sitting}/answers", data=data | _was(page))
    lan.post(f"{sitting}/submission")

    assert place
    assert place[0] in page
    assert place[0] in lan.get(f"{sitting}/result").text
    session.rollback()
    kept = {answer.position: answer for answer in session.scalars(select(Answer))}
    assert {answer.seq for answer in kept.values()} == {1}, "nothing was changed on the second page"
    assert kept[form[Kind.ORDER][0]].choice == "0,2,1"
    assert kept[form[Kind.MATCH][0]].choice == "0,3,1"
    assert kept[form[Kind.FILL][0]].choice == "一二三四五"


def _was(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(was-\d+)" value="([^"]*)"', page))


@pytest.mark.parametrize("places", [["a:1"], ["a:1", "b:1", "c:2"], ["a:1", "b:2", "", ""]])
def test_an_order_that_is_none_comes_back_and_all_else_is_kept(
    client_as: ClientAs, session: Session, town: Town, quiz: Quiz, places: list[str]
) -> None:
    lan = client_as(town.lan)
    sitting = begin(lan, quiz)
    form = form_of(session)
    at, other = form[Kind.ORDER][0], form[Kind.FILL][0]

    answer = lan.post(
        f"{sitting}/answers",
        data={f"item-{at}": places, f"item-{other}": "12345", "then": "review"},
    )

    assert answer.status_code == 422
    assert f'href="#item-{at}"' in answer.text
    assert "Give each one a place of its own. Everything else is saved." in answer.text
    assert re.search(r'<option value="a:1"\s+selected', answer.text)
    session.rollback()
    assert [kept.choice for kept in session.scalars(select(Answer))] == ["12345"]


def test_a_match_is_answered_when_nothing_of_it_is_open(
    client_as: ClientAs, session: Session, town: Town, quiz: Quiz
) -> None:
    lan = client_as(town.lan)
    sitting = begin(lan, quiz)
    at, asked = form_of(session)[Kind.MATCH]

    lan.post(f"{sitting}/answers", data={f"item-{at}": [asked.sent([0, 1, 2])[0], "", ""]})

    assert "7 of 7 questions have no answer yet" in lan.get(f"{sitting}/review").text
    assert lan.get(sitting).text.partition("item-1")[2].count(" selected") == 1


NO_WORDS = [["a", "a"], ["a:1", "a:2"], ["x" * 41]]
NO_LETTERS = [["z"], ["a:9"], *NO_WORDS]


@pytest.mark.parametrize(
    ("kind", "choice"),
    [(kind, said) for kind in (Kind.ORDER, Kind.MATCH, Kind.SITUATION) for said in NO_LETTERS]
    + [(Kind.FILL, said) for said in NO_WORDS],
)
def test_the_api_refuses_what_the_form_does_not_have(
    client_as: ClientAs, session: Session, town: Town, quiz: Quiz, kind: Kind, choice: list[str]
) -> None:
    lan = client_as(town.lan)
    sitting = lan.post(f"/api/v1/quizzes/{quiz.id}/sittings").json or {}
    at = form_of(session)[kind][0]

    answer = lan.put(
        f"/api/v1/sittings/{sitting['id']}/answers",
        json={"answers": [{"position": at, "choice": choice, "seq": 1}]},
    )

    assert answer.status_code == 422
    assert session.scalars(select(Answer)).all() == []


def test_the_api_gives_and_takes_every_kind(
    client_as: ClientAs, session: Session, town: Town, quiz: Quiz
) -> None:
    lan = client_as(town.lan)
    started = lan.post(f"/api/v1/quizzes/{quiz.id}/sittings").json or {}
    address = f"/api/v1/sittings/{started['id']}"
    form = form_of(session)
    right = {at: asked.sent(asked.key) for at, asked in form.values()}

    saved = lan.put(
        f"{address}/answers",
        json={
            "answers": [{"position": at, "choice": said, "seq": 1} for at, said in right.items()]
        },
    )
    again = lan.post(f"/api/v1/quizzes/{quiz.id}/sittings").json or {}
    receipt = lan.post(f"{address}/submission").json or {}
    result = lan.get(f"{address}/result").json or {}

    items: dict[str, Any] = {item["kind"]: item for item in started["items"]}
    assert saved.status_code == 200
    assert {one["position"]: one["choice"] for one in again["answers"]} == right
    assert [one["key"] for one in items["match"]["partners"]] == ["1", "2", "3", "4"]
    assert len(items["match"]["choices"]) == 3
    assert items["situation"]["scene"].startswith("After school you wait with Xiao")
    assert items["fill"]["choices"] == []
    assert receipt["score"] == receipt["maximum"]
    assert all(item["is_right"] for item in result["items"])
    told = {item["kind"]: item["right"] for item in result["items"]}
    assert told["fill"] == ["一二三五五", "壹贰叁伍伍"]
    assert told["order"] == right[form[Kind.ORDER][0]]


def test_no_key_reaches_the_browser_before_the_result(
    client_as: ClientAs, session: Session, town: Town, quiz: Quiz
) -> None:
    lan = client_as(town.lan)
    told = lan.post(f"/api/v1/quizzes/{quiz.id}/sittings").text
    sitting = begin(lan, quiz)
    page = lan.get(sitting).text.split("<main")[1]
    fieldsets = re.findall(r"<fieldset.*?</fieldset>", page, re.DOTALL)

    assert len(fieldsets) == len(Kind)
    for secret in kinds.SECRETS:
        assert secret not in page
        assert secret not in told.encode().decode("unicode_escape", "ignore")
    rows = kinds.EN[Kind.SITUATION]["params"]
    assert sum(row["name"] in page for row in rows) == 1, "one row, and no other"
    assert sum(row["name"] in told for row in rows) == 1
    for shown in fieldsets:
        attributes = re.findall(r'(?:value|id|for|name|data-[\w-]+)="([^"]*)"', shown)
        letters = list(dict.fromkeys(re.findall(r"item-\d+-([a-h])\b", shown)))
        assert letters == sorted(letters), "letters and digits follow what is shown, nothing else"
        strange = [said for said in attributes if not FITTING.fullmatch(said)]
        assert [said for said in strange if said not in KNOWN] == []


def test_other_pupils_see_other_orders_and_rows(session: Session, town: Town) -> None:
    made = kinds.questions(session)
    revisions = {
        kind: session.scalars(select(Revision).where(Revision.question_id == question.id)).one()
        for kind, question in made.items()
    }

    def seen(kind: Kind) -> set[object]:
        posed = [Asked(revisions[kind], seed).posed([], "zh") for seed in range(200)]
        return {
            (p.stem, p.scene, *(c.text for c in p.choices), *(c.text for c in p.partners))
            for p in posed
        }

    assert len(seen(Kind.ORDER)) == 5, "every order but the right one"
    assert len(seen(Kind.MATCH)) > 80
    assert len(seen(Kind.SITUATION)) == 18, "three rows, six orders"
    assert len(seen(Kind.FILL)) == 1
    for number in range(60):
        asked = Asked(revisions[Kind.ORDER], number)
        assert asked.is_right(asked.key)
        assert not asked.is_right(asked.shown)


@pytest.mark.parametrize("kind", Kind)
def test_editors_see_all_that_a_file_says(
    client_as: ClientAs, session: Session, town: Town, kind: Kind
) -> None:
    question = kinds.questions(session)[kind]
    session.commit()

    page = client_as(town.editor_yu).get(f"/bank/questions/{question.id}").text

    said = kinds.texts(kind)["zh"]
    words = [said["stem"], said["explain"], *said.get("accept", []), *said.get("others", [])]
    words += [option["text"] for option in said.get("options", [])]
    words += [name for row in said.get("params", []) for name in row.values()]
    assert [word for word in words if word not in page] == []


def test_my_data_tells_every_kind_in_words(
    client_as: ClientAs, session: Session, town: Town, quiz: Quiz
) -> None:
    lan = client_as(town.lan)
    sitting = begin(lan, quiz)
    data = {f"item-{at}": sent(asked, asked.key) for at, asked in form_of(session).values()}
    lan.post(f"{sitting}/answers", data=data)

    told = lan.get("/my-data").text

    assert "110 → 报警 · 120 → 救护车 · 12355 → 青少年服务" in told
    assert "看周围是否安全 · 打120 · 等救护车来" in told
    assert "一二三五五" in told
    assert "What do you tell Xiao" in told


@pytest.fixture
def lesson(session: Session, town: Town, questions: dict[Kind, Question]) -> Lesson:
    """A lesson with a checkpoint of every kind."""
    made = given.lesson(session, "every-kind", title="各种题型")
    said = session.scalars(select(LessonText).where(LessonText.lesson_id == made.id)).one()
    said.blocks = {"zh": [{"checkpoint": number} for number in range(len(questions))]}
    said.checkpoints = [
        Checkpoint(position=number, question_id=question.id)
        for number, question in enumerate(questions.values())
    ]
    session.commit()
    return made


def stops(session: Session, town: Town, lesson: Lesson) -> dict[Kind, tuple[int, Asked]]:
    """Return position and question of each kind as Lan is asked it."""
    found = {}
    for stop in lessons.text(session, lesson).checkpoints:
        revision = bank.current(session, [stop.question_id])[stop.question_id]
        asked = Asked(revision, seed(town.lan.id, stop.question_id))
        found[asked.kind] = stop.position, asked
    session.rollback()
    return found


def test_a_lesson_asks_every_kind(
    client_as: ClientAs, session: Session, town: Town, lesson: Lesson
) -> None:
    lan, address = client_as(town.lan), "/lessons/every-kind"
    asked = stops(session, town, lesson)
    before = lan.get(address).text.split("<main")[1]

    for kind, (at, one) in asked.items():
        lan.post(f"{address}/checkpoints/{at}", data={"choice": sent(one, WRONG[kind][0])})
    wrong = lan.get(address).text
    for at, one in asked.values():
        lan.post(f"{address}/checkpoints/{at}", data={"choice": sent(one, one.key)})
    right = lan.get(address).text

    assert not [secret for secret in kinds.SECRETS if secret in before]
    assert "Lesson done" in wrong
    assert wrong.count("Look at this again") == len(Kind)
    for _choice, feedback in WRONG.values():
        assert all(said in wrong for said in feedback)
    assert "Look at this again" not in right
    assert right.count("Lesson done") == 1


@pytest.mark.parametrize(
    ("kind", "choice", "says"),
    [
        (Kind.ORDER, ["a:1", "b:1", "c:2"], "Give each one a place of its own."),
        (Kind.ORDER, [], "Give each one a place of its own."),
        (Kind.MATCH, ["a:1", "b:2", ""], "Choose a partner for each one first."),
        (Kind.FILL, ["  "], "Write an answer first."),
        (Kind.FILL, ["x" * 41], "Write an answer first."),
        (Kind.SITUATION, [], "Choose an answer first."),
    ],
)
def test_an_answer_that_is_not_whole_is_told_at_its_place(
    client_as: ClientAs, session: Session, town: Town, lesson: Lesson,
    kind: Kind, choice: list[str], says: str,
) -> None:  # fmt: skip
    lan, address = client_as(town.lan), "/lessons/every-kind"
    at, _asked = stops(session, town, lesson)[kind]

    lan.post(f"{address}/checkpoints/{at}", data={"choice": choice})

    assert says in lan.get(address).text
    assert session.scalars(select(CheckpointAnswer)).all() == []


def test_staff_see_every_kind_with_its_answers(
    client_as: ClientAs, session: Session, town: Town, lesson: Lesson
) -> None:
    page = client_as(town.ms_chen).get("/lessons/every-kind").text

    assert "提示-市民热线" in page
    assert "提示-顺序" in page
    assert "Look at this again" not in page


def test_own_words_go_with_an_erasure_and_whether_they_were_right_stays(
    client_as: ClientAs, session: Session, town: Town, quiz: Quiz, lesson: Lesson
) -> None:
    lan = client_as(town.lan)
    at, asked = stops(session, town, lesson)[Kind.FILL]
    lan.post(f"/lessons/every-kind/checkpoints/{at}", data={"choice": "我叫林兰"})
    sitting = begin(lan, quiz)
    position = form_of(session)[Kind.FILL][0]
    lan.post(f"{sitting}/answers", data={f"item-{position}": asked.key})
    lan.post(f"{sitting}/submission")

    session.rollback()
    child = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    erasing.erase(session, child, by=SYSTEM, now=now())
    session.expire_all()

    stop = session.scalars(select(CheckpointAnswer)).one()
    answer = session.scalars(select(Answer).where(Answer.position == position)).one()
    assert (stop.choice, stop.right) == ("", False)
    assert (answer.choice, answer.right) == ("", True)
