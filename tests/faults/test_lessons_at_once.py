"""Two things happen to a lesson in review at the same moment: it stays whole, whoever is first."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM
from quizapp.bank import files as bank_files
from quizapp.bank.models import RevisionState
from quizapp.core.db import transaction
from quizapp.core.errors import Conflict
from quizapp.core.paths import data_dir
from quizapp.lessons import actions, editing, files, queries, reviews
from quizapp.lessons.models import LessonRevision, LessonText
from tests import reviewers
from tests.lesson_edits import KEY, lesson, release, submitted, titled
from tests.reviewers import Reviewers
from tests.town import NOON, Town

pytestmark = pytest.mark.usefixtures("content")
Work = Callable[[Session, LessonRevision], object]


def at_once(app: Flask, wanted: UUID, *works: Work) -> list[bool]:
    """Do these to the revision, each in a transaction of its own; return which came through."""
    start = Barrier(len(works))

    def one(work: Work) -> bool:
        with app.app_context():
            start.wait(10)
            try:
                with transaction() as session:
                    work(session, session.get_one(LessonRevision, wanted))
            except Conflict:
                return False
        return True

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


def all_but_one_signed(session: Session, town: Town, three: Reviewers) -> LessonRevision:
    made = submitted(session, town.editor_yu)
    for aspect, by in three.each()[:-1]:
        reviews.sign(session, made, aspect, by=by, now=NOON)
    session.commit()
    return made


def test_an_edit_and_the_last_sign_off_at_once(app: Flask, session: Session, town: Town) -> None:
    three = reviewers.three(session, town)
    made = all_but_one_signed(session, town, three)
    said, (aspect, last) = titled(session, "更新的名字"), three.each()[-1]

    def sign(work: Session, revision: LessonRevision) -> None:
        reviews.sign(work, revision, aspect, by=last, now=NOON)

    def edit(work: Session, revision: LessonRevision) -> None:
        editing.edit(work, revision.lesson, said, base=revision, by=town.editor_yu, now=NOON)

    is_signed, is_edited = at_once(app, made.id, sign, edit)

    session.rollback()  # What it has read before is not what stands there now.
    session.expire_all()
    assert is_signed or is_edited
    assert (made.state is RevisionState.APPROVED) is is_signed
    assert lesson(session).current == (made.number if is_signed else 1)
    assert bool(reviews.sign_offs(session, made)) is is_signed
    newest = session.scalars(select(LessonRevision.number).order_by(LessonRevision.number.desc()))
    assert newest.first() == made.number + is_edited


def test_a_load_and_the_last_sign_off_at_once(app: Flask, session: Session, town: Town) -> None:
    three = reviewers.three(session, town)
    made = all_but_one_signed(session, town, three)
    shipped = files.read(data_dir("lessons"), bank_files.read(data_dir("question_bank")))
    later, (aspect, last) = release(shipped, "新版本"), three.each()[-1]

    def sign(work: Session, revision: LessonRevision) -> None:
        reviews.sign(work, revision, aspect, by=last, now=NOON)

    def load(work: Session, _revision: LessonRevision) -> None:
        assert actions.load(work, later, by=SYSTEM, now=NOON).waiting == (KEY,)

    assert at_once(app, made.id, sign, load) == [True, True]

    session.rollback()  # What it has read before is not what stands there now.
    session.expire_all()
    assert (made.state, lesson(session).current) == (RevisionState.APPROVED, made.number)
    assert queries.text(session, lesson(session)).text["zh"]["title"] == "另一个名字"
    mine = select(LessonRevision).where(LessonRevision.lesson_id == made.lesson_id)
    waiting = session.scalars(mine.where(LessonRevision.number > made.number)).all()
    assert [(one.title, one.state) for one in waiting] == [("新版本", RevisionState.DRAFT)]
    texts = session.scalars(select(LessonText.number).where(LessonText.lesson_id == made.lesson_id))
    assert sorted(texts) == [1, made.number]
