"""What the children of the made-up city have done: sign-ins, visits, sittings with every answer.

Facts are written in bulk; the roll-ups are counted from them afterwards.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import Update, bindparam, insert, select, update
from sqlalchemy.orm import Session

from quizapp.accounts.models import Enrolment
from quizapp.bank import marking
from quizapp.bank import queries as bank
from quizapp.bank.asked import Asked
from quizapp.bank.rules import BankStage, Choice, Kind, bank_stage
from quizapp.cli.city import Child
from quizapp.core.clock import start_of
from quizapp.core.ids import new_id
from quizapp.lessons.models import Checkpoint, CheckpointAnswer, Lesson, LessonText, Visit
from quizapp.lessons.queries import CURRENT
from quizapp.lessons.rules import seed as checkpoint_seed
from quizapp.quizzes import ahead, drawing, queries, scoring
from quizapp.quizzes.models import Answer, ClosedBy, Quiz, Sitting, SittingState


class History:
    """Writes what children did, in bulk: sign-ins, visits, sittings with every answer."""

    def __init__(
        self,
        session: Session,
        quiz: Quiz,
        lessons: Sequence[Lesson],
        *,
        today: date,
        chance: Random,
    ) -> None:
        self._session, self._quiz, self._chance = session, quiz, chance
        self._began = start_of(today - timedelta(days=20))
        self._pools = {s: bank.pool(session, s, queries.pools_of(quiz)) for s in BankStage}
        self._forms = {stage: ahead.forms(session, quiz, stage) for stage in BankStage}
        ids = [item.revision_id for pool in self._pools.values() for item in pool]
        self._revisions = bank.revisions(session, ids)
        self._lessons = {lesson.stage: lesson for lesson in lessons}
        self._questions = {r.question_id: r for r in self._revisions.values()}
        self._checks = _checkpoints(session, lessons)

    def write(self, children: Sequence[Child], *, share: float, keep: set[UUID]) -> None:
        """Let this share of the children take the quiz; those to be kept have not begun it."""
        visits, checks, papers, answers, seen = [], [], [], [], {}
        come = min(1.0, share + 0.08)  # Some sign in and begin nothing.
        for child in children:
            at = self._began + timedelta(
                days=self._chance.randrange(20), minutes=self._chance.randrange(480)
            )
            if self._chance.random() > come:
                continue
            seen[child.id] = at
            if self._chance.random() < share / come:
                visit, given = self._visit(child, at)
                visits.append(visit)
                checks += given
            if child.id not in keep and self._chance.random() < share / come:
                paper, rows = self._sitting(child, at + timedelta(minutes=20))
                papers.append(paper)
                answers += rows
        self._sign_in(children, seen)
        written = (
            (Visit, visits),
            (CheckpointAnswer, checks),
            (Sitting, papers),
            (Answer, answers),
        )
        for table, rows in written:
            if rows:
                self._session.execute(insert(table), rows)

    def _sign_in(self, children: Sequence[Child], seen: dict[UUID, datetime]) -> None:
        from_now = [
            {"school": child.school_id, "pupil": child.id, "at": seen[child.id]}
            for child in children
            if child.id in seen
        ]
        if from_now:
            self._session.connection().execute(_first_sign_in(), from_now)

    def _visit(
        self, child: Child, at: datetime
    ) -> tuple[dict[str, object], list[dict[str, object]]]:
        lesson = self._lessons[bank_stage(child.school_class.stage)]
        questions = self._checks[lesson.id]
        done = self._chance.random() < 0.85
        answered = questions if done else questions[: len(questions) // 2]
        visit = {
            "school_id": child.school_id, "pupil_id": child.id, "lesson_id": lesson.id,
            "class_id": child.school_class.unit_id, "opened_at": at,
            "finished_at": at + timedelta(minutes=12) if done else None,
        }  # fmt: skip
        rows: list[dict[str, object]] = []
        for number, question_id in enumerate(answered):
            revision = self._questions[question_id]
            asked = Asked(revision, checkpoint_seed(child.id, question_id))
            choice, right = self._choose(asked, child)
            rows.append(
                {
                    "school_id": child.school_id,
                    "pupil_id": child.id,
                    "lesson_id": lesson.id,
                    "question_id": question_id,
                    "revision_id": revision.id,
                    "choice": marking.written(asked.kind, choice),
                    "right": right,
                    "tries": 1,
                    "first_right": right,
                    "at": at + timedelta(minutes=3 * number + 2),
                }
            )
        return visit, rows

    def _sitting(
        self, child: Child, at: datetime
    ) -> tuple[dict[str, object], list[dict[str, object]]]:
        stage = bank_stage(child.school_class.stage)
        form_id, items = self._chance.choice(self._forms[stage])
        seed = self._chance.getrandbits(63)
        form = drawing.dealt(items, seed)
        by_pupil = self._chance.random() < 0.95
        reached = len(form) if by_pupil else self._chance.randrange(len(form))
        ended = at + timedelta(seconds=self._chance.randrange(150, 590) if by_pupil else 670)
        sitting_id, rows, marks = new_id(), [], []
        for position, (revision_id, own) in enumerate(form, start=1):
            asked = Asked(self._revisions[revision_id], own)
            choice, right = self._choose(asked, child)
            if position > reached:
                choice, right = [], False
            saved = at + timedelta(seconds=20 * position) if choice else None
            marks.append(scoring.Marked(bool(choice), right))
            rows.append(
                {
                    "school_id": child.school_id,
                    "sitting_id": sitting_id,
                    "position": position,
                    "revision_id": revision_id,
                    "seed": own,
                    "choice": marking.written(asked.kind, choice),
                    "seq": 1 if choice else 0,
                    "first_at": saved,
                    "last_at": saved,
                    "said_at": saved,
                    "late": False,
                    "right": right,
                }
            )
        quiz = self._quiz
        result = scoring.result(
            marks, points=quiz.points, pass_percent=quiz.pass_percent, by_pupil=by_pupil
        )
        paper = {
            "school_id": child.school_id, "id": sitting_id, "pupil_id": child.id,
            "quiz_id": quiz.id, "class_id": child.school_class.unit_id, "attempt": 1,
            "state": SittingState.FINISHED, "form_id": form_id, "seed": seed,
            "maximum": quiz.points * len(form), "started_at": at,
            "deadline": at + timedelta(minutes=quiz.minutes), "finished_at": ended,
            "closed_by": ClosedBy.PUPIL if by_pupil else ClosedBy.BELL,
            "receipt": f"{self._chance.getrandbits(32):08X}",
            "device_id": f"demo{self._chance.getrandbits(64):018x}",
            "first_saved_at": at + timedelta(seconds=20), "last_saved_at": ended, **vars(result),
        }  # fmt: skip
        return paper, rows

    def _choose(self, asked: Asked, child: Child) -> tuple[Choice, bool]:
        if self._chance.random() < child.able:
            return asked.key, True
        return _wrong(asked, self._chance), False


def _wrong(asked: Asked, chance: Random) -> Choice:
    """Return a choice that a child might make, and that is not right."""
    if asked.kind is Kind.FILL:
        return "不知道"
    answer: list[int] = asked.revision.answer
    if asked.kind in marking.ARRANGED:
        at = chance.randrange(len(answer) - 1)
        return [*answer[:at], answer[at + 1], answer[at], *answer[at + 2 :]]
    return [chance.choice([number for number in asked.shown if number not in answer])]


def _first_sign_in() -> Update:
    return (
        update(Enrolment)
        .where(Enrolment.school_id == bindparam("school"), Enrolment.pupil_id == bindparam("pupil"))
        .values(signed_in_at=bindparam("at"))
    )


def _checkpoints(session: Session, lessons: Sequence[Lesson]) -> dict[UUID, list[UUID]]:
    """Return the questions of each lesson's current text, in their order."""
    rows = session.execute(
        select(LessonText.lesson_id, Checkpoint.question_id)
        .join(Checkpoint, Checkpoint.text_id == LessonText.id)
        .join(Lesson, CURRENT)
        .where(Lesson.id.in_([lesson.id for lesson in lessons]))
        .order_by(Checkpoint.position)
    )
    found: dict[UUID, list[UUID]] = {}
    for lesson_id, question_id in rows:
        found.setdefault(lesson_id, []).append(question_id)
    return found
