"""The pack of a lesson to print: who gets it, what stands in it, and in which part."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.bank import queries as bank
from quizapp.bank.asked import Asked
from quizapp.bank.rules import Kind
from quizapp.lessons import queries
from quizapp.lessons.models import Checkpoint, Lesson
from quizapp.lessons.packs import Part
from quizapp.lessons.rules import seed
from tests import kinds, stories
from tests.conftest import Visitor
from tests.rules.test_pictures import SVG, photo
from tests.town import Town

ClientAs = Callable[[Actor], Visitor]
KEY = "junior-first"


@pytest.fixture
def lesson(session: Session, town: Town) -> Lesson:
    made = stories.lesson(session, KEY, title="《说不》")
    session.commit()
    return made


def words(raw: bytes, folder: Path) -> str:
    """Return all words of a PDF without spaces, its pages ended by form feeds."""
    file = folder / "pack.pdf"
    file.write_bytes(raw)
    told = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, check=True)
    return re.sub(r"[ \n]+", "", told.stdout.decode())


def ask_every_kind(session: Session, lesson: Lesson) -> None:
    text_id = queries.text(session, lesson).id
    for number, question in enumerate(kinds.questions(session).values(), stories.ASKED):
        session.add(Checkpoint(text_id=text_id, position=number, question_id=question.id))
    session.commit()
    session.expire_all()


def test_a_teacher_prints_the_pack(
    client_as: ClientAs, lesson: Lesson, town: Town, tmp_path: Path
) -> None:
    answer = client_as(town.ms_chen).get(f"/lessons/{KEY}/pack.pdf")
    told = words(answer.data, tmp_path)

    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert f"pack-{KEY}.pdf" in answer.headers["Content-Disposition"]
    pages = told.split("\f")
    assert "《说不》" in pages[0]
    assert "出处law" in pages[0]
    assert "2026年10月30日" in pages[0]
    for notes in ("把卡片剪好", "共40分钟", "多数人不碰。", "不问家里。", "谢绝", "12355"):
        assert notes in told
    for cards in ("站一站", "外婆买的橘子", "生日会上的饮料", "端起杯子", "杯子有点凉"):
        assert cards in told
    assert town.ms_chen.name not in told


def test_the_worksheet_asks_and_only_the_key_answers(
    client_as: ClientAs, session: Session, lesson: Lesson, town: Town, tmp_path: Path
) -> None:
    asked = queries.text(session, lesson).checkpoints[0].question_id
    question = Asked(bank.current(session, [asked])[asked], seed(lesson.id, asked))
    ms_chen = client_as(town.ms_chen)
    sheet = words(ms_chen.get(f"/lessons/{KEY}/pack.pdf?part=worksheet").data, tmp_path)
    key = words(ms_chen.get(f"/lessons/{KEY}/pack.pdf?part=key").data, tmp_path)

    said = question.words("zh")
    assert said["stem"].replace(" ", "") in sheet
    assert said["stem"].replace(" ", "") in key
    explain = said["explain"].replace(" ", "")
    assert explain in key
    assert explain not in sheet
    assert "把卡片剪好" not in sheet
    letter = question.explained(None, "zh").right[0].upper()
    shown = next(c.text for c in question.posed([], "zh").choices if c.key == letter.lower())
    assert f"{letter}.{shown}".replace(" ", "") in sheet
    assert f"答案{letter}" in key


def test_a_question_of_every_kind_can_be_printed(
    client_as: ClientAs, session: Session, lesson: Lesson, town: Town, tmp_path: Path
) -> None:
    ask_every_kind(session, lesson)
    ms_chen = client_as(town.ms_chen)
    sheet = words(ms_chen.get(f"/lessons/{KEY}/pack.pdf?part=worksheet").data, tmp_path)
    key = words(ms_chen.get(f"/lessons/{KEY}/pack.pdf?part=key").data, tmp_path)

    for kind in Kind:
        assert f"因为{kind}" in key
    for says in ("查天气", "等救护车来", "青少年服务热线是____。", "你怎么对小"):
        assert says in sheet
    assert [word for word in kinds.SECRETS if word in sheet] == []
    assert "看周围是否安全→打120→等救护车来" in key
    assert "110→报警" in key
    assert "一二三五五/壹贰叁伍伍" in key


def test_what_looks_like_markup_is_printed_as_it_is(
    client_as: ClientAs, session: Session, lesson: Lesson, town: Town, tmp_path: Path
) -> None:
    said = queries.text(session, lesson)

    def hostile(where: str) -> str:
        return f'{where}#panic("a") *b* $c$ \\ [d] @e <f> = g'

    letter = f"{hostile('L1')}\n\n## {hostile('L2')}\n\n- {hostile('L3')}"
    say = [hostile("S1"), hostile("S2"), hostile("S3")]
    said.notes = {"zh": {**said.notes["zh"], "letter": letter, "say": say}}
    said.text = {"zh": {"title": hostile("T"), "objective": hostile("O")}}
    session.commit()

    told = words(client_as(town.ms_chen).get(f"/lessons/{KEY}/pack.pdf").data, tmp_path)

    for where in ("L1", "L2", "L3", "S1", "S2", "S3", "T", "O"):
        assert hostile(where).replace(" ", "") in told


@pytest.mark.parametrize("kept", [SVG, photo(form="WEBP")], ids=["svg", "webp"])
def test_the_picture_of_a_question_is_printed_with_it(
    client_as: ClientAs, session: Session, lesson: Lesson, town: Town, tmp_path: Path, kept: bytes
) -> None:
    stories.picture(session, lesson, kept, alt="一只没有字的小袋子")
    session.commit()
    ms_chen = client_as(town.ms_chen)

    sheet = ms_chen.get(f"/lessons/{KEY}/pack.pdf?part=worksheet")
    key = words(ms_chen.get(f"/lessons/{KEY}/pack.pdf?part=key").data, tmp_path)

    assert sheet.status_code == 200
    assert "一只没有字的小袋子" in key
    told = "一只没有字的小袋子".encode("utf-16-be").hex().upper()  # For a screen reader.
    assert f"/Alt<FEFF{told}>".encode() in sheet.data


@pytest.mark.parametrize("part", list(Part))
def test_each_part_can_be_had_alone(
    client_as: ClientAs, lesson: Lesson, town: Town, part: Part
) -> None:
    answer = client_as(town.ms_chen).get(f"/lessons/{KEY}/pack.pdf?part={part}&lang=en")

    assert answer.status_code == 200
    assert f"{part}-{KEY}.pdf" in answer.headers["Content-Disposition"]


def test_the_pack_is_in_the_language_asked_for_where_the_lesson_is(
    client_as: ClientAs, session: Session, lesson: Lesson, town: Town, tmp_path: Path
) -> None:
    ask_every_kind(session, lesson)
    ms_chen = client_as(town.ms_chen)
    assert "教学包" in words(ms_chen.get(f"/lessons/{KEY}/pack.pdf?lang=en").data, tmp_path)

    said = queries.text(session, lesson)
    said.text = {**said.text, "en": {"title": "Say no", "objective": "Can say no"}}
    said.notes = {**said.notes, "en": said.notes["zh"]}
    session.commit()

    told = words(ms_chen.get(f"/lessons/{KEY}/pack.pdf?lang=en").data, tmp_path)
    for says in ("Sayno", "November1,2026", "Chooseallthatareright", "youthhelpline", "→card3"):
        assert says in told
    assert "教学包" not in told


def test_there_is_no_other_part(client_as: ClientAs, lesson: Lesson, town: Town) -> None:
    assert client_as(town.ms_chen).get(f"/lessons/{KEY}/pack.pdf?part=exam").status_code == 404


def test_pupils_get_no_key(client_as: ClientAs, lesson: Lesson, town: Town) -> None:
    lan = client_as(town.lan)

    assert lan.get(f"/lessons/{KEY}/pack.pdf").status_code == 403
    assert "pack.pdf" not in lan.get(f"/lessons/{KEY}").text


def test_the_lesson_leads_to_its_pack(client_as: ClientAs, lesson: Lesson, town: Town) -> None:
    page = client_as(town.ms_chen).get(f"/lessons/{KEY}").text

    assert f'href="/lessons/{KEY}/pack.pdf"' in page
    assert f'href="/lessons/{KEY}/pack.pdf?part=worksheet"' in page
