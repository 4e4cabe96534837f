"""`quizapp content check`: what it tells of the files, and how it ends."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.bank.models import Question
from quizapp.cli import content
from quizapp.core.paths import data_dir
from quizapp.lessons import queries as lesson_queries
from quizapp.lessons import review_queries
from quizapp.lessons.models import Lesson
from tests import lesson_edits, lessons
from tests.question_files import HEAD, ZH
from tests.town import NOON, Town

OVER = HEAD.replace("2026-11-21", "2026-11-01").replace("2027-06-30", "2026-11-02")
QUESTION = OVER.replace("rule:leave", "rule:refuse-leave-tell") + ZH


def check(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["content", "check", *words])


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the only file of a bank that lies where the command looks for it."""
    root = tmp_path / "question_bank"
    (root / "refusal").mkdir(parents=True)
    (tmp_path / "lessons").mkdir()
    for name in ("topics.toml", "sources.toml", "words.toml"):
        shutil.copy(data_dir("question_bank") / name, root)
    monkeypatch.setattr(content, "data_dir", lambda name: tmp_path / name)
    written = root / "refusal" / "primary-drinks.toml"
    written.write_text(QUESTION, encoding="utf-8")
    return written


def test_what_ships_is_sound_and_counted(app: Flask) -> None:
    told = check(app)

    assert told.exit_code == 0
    assert "| topic | primary 1 |" in told.stdout
    assert "lessons are sound" in told.stdout.splitlines()[-1]


def test_a_warning_does_not_fail_and_a_thin_cell_is_told(app: Flask, file: Path) -> None:
    told = check(app)

    assert told.exit_code == 0
    assert "primary-strange-drink: review_by has passed" in told.stderr
    assert "primary has 1 questions; 200 are wanted" in told.stderr
    assert "thin: refusal, primary, difficulty 1: 1 of 4" in told.stdout


def test_a_fault_of_the_whole_bank_fails_beside_those_of_its_files(app: Flask, file: Path) -> None:
    twin = QUESTION.replace("strange-drink", "again").replace("会拒绝", "会谢绝")
    broken = QUESTION.replace("strange-drink", "broken").replace("difficulty = 1", "difficulty = 4")
    file.write_text(QUESTION + twin + broken, encoding="utf-8")

    told = check(app)

    assert told.exit_code == 1
    assert told.stdout == ""
    assert [line.split(": ", 2)[1:] for line in told.stderr.splitlines()] == [
        ["primary-again", "asks word for word what primary-strange-drink asks; ask something else"],
        ["primary-broken", "difficulty is 4; it must be 3 or less"],
    ]


def test_of_a_path_only_its_own_is_told(app: Flask, file: Path) -> None:
    other = file.parents[1] / "law"
    other.mkdir()
    (other / "primary-law.toml").write_text("[[question]]", encoding="utf-8")

    told = check(app, str(file.parent))

    assert told.exit_code == 0
    assert [line for line in told.stderr.splitlines() if "primary-drinks" not in line] == []
    assert told.stdout == "1 questions and 0 lessons are sound\n"
    assert check(app, str(other)).exit_code == 1


def test_the_report_and_the_tables_are_for_other_programs_too(app: Flask, file: Path) -> None:
    report = check(app, "--json")
    tables = check(app, "--table")

    said = json.loads(report.stdout)
    assert (report.exit_code, said["questions"], said["faults"]) == (0, 1, [])
    assert said["warnings"][0]["key"] == "primary-strange-drink"
    assert {"topic": "refusal", "stage": "primary", "difficulty": 1, "questions": 1} in said["thin"]
    assert len(said["cells"]) == 12 * 9
    assert (tables.exit_code, tables.stderr) == (0, "")
    assert tables.stdout.startswith("| topic |")


def test_the_report_of_a_faulty_bank_fails_too(app: Flask, file: Path) -> None:
    file.write_text(QUESTION.replace("先闻一闻", "瘾君子"), encoding="utf-8")

    report = check(app, "--json")

    assert report.exit_code == 1
    assert "says “瘾君子”" in json.loads(report.stdout)["faults"][0]["says"]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a small lessons/ that the command finds beside the bank that ships."""
    (tmp_path / "question_bank").symlink_to(data_dir("question_bank"))
    monkeypatch.setattr(content, "data_dir", lambda name: tmp_path / name)
    return lessons.tree(tmp_path)


def test_lessons_are_told_course_by_course_with_what_is_thin(app: Flask, root: Path) -> None:
    tables = check(app, "--table").stdout
    report = json.loads(check(app, "--json").stdout)

    row = "| grade-5 | primary-most | 包装会骗人 | term 2, 06-26 | 12 | 3 | 4 | 1 · 0 · 1 |  |"
    assert row in tables.splitlines()
    assert "8 lessons, 96 minutes in all; 2 are in English too." in tables
    for says in (
        "there are 8 lessons; 28 are wanted",
        "there is no course for vocational, grade 10",
        "no lesson is for the themed day 06-01",
        "primary-where-from is asked in primary-sweets and primary-no and primary-help and "
        "primary-most",
    ):
        assert f"- thin: {says}" in tables
        assert says in report["thin_lessons"]
    assert "practises" not in tables
    assert (report["lessons"][0]["lesson"], len(report["lessons"])) == ("primary-sweets", 8)


def test_a_fault_of_a_lesson_fails_and_is_told_of_its_path(app: Flask, root: Path) -> None:
    file = root / "junior" / "01-sweets.notes.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("say", "sey", 1), encoding="utf-8")

    told = check(app, str(root / "junior"))

    assert told.exit_code == 1
    assert "lessons/junior/01-sweets.notes.toml:1: junior-sweets: " in told.stderr
    assert check(app, str(root / "primary")).exit_code == 0


@pytest.mark.usefixtures("content")
def test_lessons_are_written_as_files_that_are_sound(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "lessons"
    words = ["content", "export-lessons", str(out)]

    told = app.test_cli_runner().invoke(args=words)

    assert told.exit_code == 0
    assert "files of lessons written into" in told.stdout
    again = app.test_cli_runner().invoke(args=words)
    assert again.exit_code == 1
    assert "is there already" in again.stderr
    assert told.stderr == ""
    (tmp_path / "question_bank").symlink_to(data_dir("question_bank"))
    monkeypatch.setattr(content, "data_dir", lambda name: tmp_path / name)
    assert check(app).exit_code == 0


@pytest.mark.usefixtures("content")
def test_a_load_and_an_export_name_what_a_person_has_to_look_at(
    app: Flask, session: Session, town: Town, tmp_path: Path
) -> None:
    lesson = review_queries.lesson(session, lesson_edits.KEY)
    asked = lesson_queries.checkpoints(session, lesson)[0].question_id
    question = session.get_one(Question, asked)
    question.retired_at, question.retired_by = NOON, town.editor_yu.id
    other = session.scalars(select(Lesson).where(Lesson.key != lesson.key)).first()
    assert other
    other.retired_at, other.retired_by = NOON, town.editor_yu.id
    session.commit()
    run = app.test_cli_runner().invoke

    loaded = run(args=["content", "load"])
    written = run(args=["content", "export-lessons", str(tmp_path / "out")])

    assert (loaded.exit_code, written.exit_code) == (0, 0)
    assert f"in use, but {lesson.key}: " in loaded.stderr
    assert f"there is no question {question.key}" in loaded.stderr
    assert f"{other.key} is out of use here; a course names it" in written.stderr
