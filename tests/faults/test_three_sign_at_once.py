"""Three reviewers sign at the same moment: the last of them, whoever it is, approves."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, Aspect
from quizapp.bank import reviews
from quizapp.bank.models import Revision, RevisionState
from quizapp.core.db import transaction
from tests import reviewers
from tests.town import NOON, Town


def test_three_who_sign_at_once_approve(app: Flask, session: Session, town: Town) -> None:
    three = reviewers.three(session, town)
    made = reviewers.draft(session, town.editor_yu)
    reviews.submit(session, made, text="", by=town.editor_yu, now=NOON)
    session.commit()
    start, wanted = Barrier(len(Aspect)), made.id

    def sign(aspect: Aspect, by: Actor) -> bool:
        with app.app_context():
            start.wait(10)
            with transaction() as work:
                revision = work.get_one(Revision, wanted)
                return reviews.sign(work, revision, aspect, by=by, now=NOON)

    with ThreadPoolExecutor(len(Aspect)) as pool:
        last = list(pool.map(lambda one: sign(*one), three.each()))

    session.expire_all()
    assert sorted(last) == [False, False, True]
    assert made.state is RevisionState.APPROVED
    assert made.question.current == 1
    assert len(reviews.sign_offs(session, made)) == len(Aspect)
