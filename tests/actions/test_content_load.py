"""Files come into the database: what is new, what changed, what waits for a person."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM
from quizapp.audit.models import AuditEntry
from quizapp.bank import actions, editing, queries, search
from quizapp.bank import files as bank_files
from quizapp.bank.actions import Loaded
from quizapp.bank.drafts import (
    Certainty,
    Head,
    QuestionDraft,
    SourceDraft,
    TopicDraft,
)
from quizapp.bank.faults import Fault
from quizapp.bank.files import Bank
from quizapp.bank.kinds.choices import Option, Single
from quizapp.bank.models import Question, Revision, RevisionState, Source, Topic
from quizapp.bank.rules import BankStage, Kind, Origin, Pool
from quizapp.bank.search import Filters
from quizapp.core.errors import Invalid, Missing
from quizapp.core.paths import data_dir
from quizapp.lessons import actions as lessons
from quizapp.lessons import files as lesson_files
from quizapp.lessons import queries as lesson_queries
from quizapp.lessons.drafts import CourseDraft, LessonDraft
from quizapp.lessons.files import Courses
from quizapp.lessons.models import Checkpoint, Course, Lesson, LessonText
from tests import lessons as small
from tests import make
from tests.town import NOON, Town

LATER = NOON + timedelta(days=1)
TOPICS = {"law": TopicDraft(zh="法律", en="Law"), "refusal": TopicDraft(zh="拒绝", en="Refusal")}
SOURCES = {
    "rule": SourceDraft(
        title="守则", publisher="青盾课堂", date=date(2026, 11, 1), read_on=date(2026, 11, 2),
        certainty=Certainty.RULE, passages={"leave": "走开。"},
    )
}  # fmt: skip


def draft(
    key: str = "junior-leave",
    *,
    stem: str = "怎么做？",
    topic: str = "refusal",
    difficulty: int = 1,
    pool: Pool = Pool.OPEN,
) -> QuestionDraft:
    text = Single(
        stem=stem,
        options=[
            Option(text="再想想", feedback="别想了。"),
            Option(text="走开", right=True),
            Option(text="等一等", feedback="别等。"),
        ],
        explain="走开最安全。",
    )
    head = Head(
        key=key, kind=Kind.SINGLE, stage=BankStage.JUNIOR, difficulty=difficulty, pool=pool,
        objective="会走开", source=["rule:leave"], as_of=date(2026, 11, 1),
        review_by=date(2027, 6, 30), zh={},
    )  # fmt: skip
    return QuestionDraft(topic, head, {"zh": text}, "question_bank/refusal/junior-x.toml", 1)


def load(
    session: Session, *drafts: QuestionDraft, sources: dict[str, SourceDraft] | None = None
) -> Loaded:
    bank = Bank(TOPICS, sources or SOURCES, drafts)
    return actions.load(session, bank, by=SYSTEM, now=LATER)


def revisions(session: Session, key: str = "junior-leave") -> Sequence[Revision]:
    """Return them oldest first."""
    return list(reversed(queries.history(session, make.asked(session, key))))


def edit_on_the_site(session: Session, key: str = "junior-leave", *, approved: bool = True) -> None:
    """Do what an editor does on a page: a revision of the site, current if it is approved."""
    question = make.asked(session, key)
    last = revisions(session, key)[-1]
    session.add(
        Revision(
            question_id=question.id, number=last.number + 1, origin=Origin.SITE, digest="0" * 64,
            state=RevisionState.APPROVED if approved else RevisionState.DRAFT, kind=last.kind,
            objective=last.objective, sources=last.sources, as_of=last.as_of,
            review_by=last.review_by, text=last.text, answer=last.answer, made_at=NOON,
        )
    )  # fmt: skip
    question.current = last.number + 1 if approved else question.current
    session.flush()


def log(session: Session) -> list[dict[str, object]]:
    entries = select(AuditEntry).where(AuditEntry.event == "content.loaded").order_by(AuditEntry.id)
    return [dict(entry.about) for entry in session.scalars(entries)]


@pytest.fixture
def base(session: Session, town: Town) -> None:
    """Load one question; those that the town was built with are gone from the files since."""
    load(session, draft())


@pytest.mark.usefixtures("base")
def test_a_new_question_is_approved_and_current(session: Session) -> None:
    question = make.asked(session, "junior-leave")
    [revision] = revisions(session)

    assert (question.current, question.topic_key, question.retired_at) == (1, "refusal", None)
    assert (revision.state, revision.origin) == (RevisionState.APPROVED, Origin.FILE)
    assert (revision.answer, revision.sources, revision.made_at) == ([1], ["rule:leave"], LATER)
    assert revision.words("en")["lang"] == "zh"
    assert revision.words("zh")["options"][1] == {"text": "走开"}


@pytest.mark.usefixtures("base")
def test_a_second_load_changes_nothing(session: Session) -> None:
    before = log(session)

    assert load(session, draft()) == Loaded(0, 0, 1)
    assert (len(revisions(session)), log(session)) == (1, before)


@pytest.mark.usefixtures("base")
def test_a_changed_file_makes_a_revision_and_keeps_the_old_one(session: Session) -> None:
    loaded = load(session, draft(stem="你怎么做？", topic="law", difficulty=3))

    question = make.asked(session, "junior-leave")
    assert loaded == Loaded(0, 1, 0)
    assert (question.current, question.topic_key, question.difficulty) == (2, "law", 3)
    assert [revision.text["zh"]["stem"] for revision in revisions(session)] == [
        "怎么做？",
        "你怎么做？",
    ]
    assert log(session)[-1] == {"what": "bank", "new": 0, "changed": 1, "waiting": 0}


@pytest.mark.usefixtures("base")
@pytest.mark.parametrize("approved", [True, False])
def test_what_the_site_edited_is_not_written_over(session: Session, approved: bool) -> None:
    edit_on_the_site(session, approved=approved)

    loaded = load(session, draft(stem="你怎么做？", difficulty=3))

    question = make.asked(session, "junior-leave")
    assert loaded == Loaded(0, 0, 0, ("junior-leave",))
    assert (question.current, question.difficulty) == (2 if approved else 1, 1)
    assert revisions(session)[-1].state is RevisionState.DRAFT
    assert load(session, draft(stem="你怎么做？", difficulty=3)) == Loaded(0, 0, 1)


@pytest.mark.usefixtures("base")
def test_a_second_file_does_not_slip_past_the_waiting_one(session: Session) -> None:
    edit_on_the_site(session)
    load(session, draft(stem="你怎么做？"))

    loaded = load(session, draft(stem="你会怎么做？"))

    assert loaded.waiting == ("junior-leave",)
    assert make.asked(session, "junior-leave").current == 2
    assert [revision.number for revision in revisions(session)] == [1, 2, 3, 4]


@pytest.mark.usefixtures("base")
def test_an_unchanged_file_leaves_the_edit_of_the_site_alone(session: Session) -> None:
    edit_on_the_site(session)

    assert load(session, draft()) == Loaded(0, 0, 1)
    assert make.asked(session, "junior-leave").current == 2


@pytest.mark.usefixtures("base")
def test_a_question_that_left_the_files_is_taken_out_and_may_come_back(session: Session) -> None:
    other = draft("junior-other")

    assert load(session, other) == Loaded(1, 1, 0)
    assert make.asked(session, "junior-leave").retired_at == LATER
    assert load(session, other) == Loaded(0, 0, 1)

    assert load(session, draft(), other) == Loaded(0, 1, 1)
    assert make.asked(session, "junior-leave").retired_at is None
    assert len(revisions(session)) == 1


@pytest.mark.usefixtures("base")
def test_what_a_person_took_out_stays_out_though_the_files_have_it(
    session: Session, town: Town
) -> None:
    question = make.asked(session, "junior-leave")
    editing.retire(session, question, by=town.editor_yu, now=NOON)

    assert load(session, draft()) == Loaded(0, 0, 1)
    assert load(session, draft(stem="别的问题？")) == Loaded(0, 1, 0)
    assert question.retired_at == NOON

    editing.bring_back(session, question, by=town.editor_yu, now=LATER)
    assert load(session, draft(stem="别的问题？")) == Loaded(0, 0, 1)
    assert question.retired_at is None


@pytest.mark.usefixtures("base")
def test_a_question_of_the_site_is_not_taken_out(session: Session) -> None:
    session.execute(Revision.__table__.update().values(origin=Origin.SITE))  # type: ignore[attr-defined]

    load(session, draft("junior-other"))

    assert make.asked(session, "junior-leave").retired_at is None


@pytest.mark.usefixtures("base")
def test_topics_and_sources_follow_their_files(session: Session) -> None:
    said = SOURCES["rule"].model_copy(
        update={"title": "新守则", "passages": {"tell": "告诉大人。"}}
    )

    loaded = load(session, draft(), sources={"rule": said})

    source = session.get_one(Source, "rule")
    assert loaded == Loaded(0, 0, 1)
    assert source.title == "新守则"
    assert source.passages == {"leave": "走开。", "tell": "告诉大人。"}
    assert session.get_one(Topic, "refusal").names == {"zh": "拒绝", "en": "Refusal"}
    assert len(log(session)) == 2


def test_files_with_faults_are_not_loaded(session: Session, town: Town) -> None:
    broken = Bank(TOPICS, SOURCES, [draft()], [Fault("x.toml", 1, "", "…")])

    with pytest.raises(Invalid):
        actions.load(session, broken, by=SYSTEM, now=NOON)
    with pytest.raises(Invalid):
        lessons.load(session, Courses(faults=broken.faults), by=SYSTEM, now=NOON)
    assert not session.scalars(select(Question).where(Question.key == "junior-leave")).all()


@pytest.mark.usefixtures("base")
def test_only_what_is_approved_and_in_use_is_drawn(session: Session, town: Town) -> None:
    load(
        session,
        draft(),
        draft("junior-contest", pool=Pool.CONTEST),
        draft("junior-anchor", pool=Pool.ANCHOR),
    )

    def drawn(*pools: Pool, stage: BankStage = BankStage.JUNIOR) -> list[str]:
        return [item.topic_key for item in queries.pool(session, stage, pools)]

    assert drawn(Pool.OPEN) == ["refusal"]
    assert drawn(Pool.OPEN, Pool.CONTEST) == ["refusal"] * 2
    assert drawn(Pool.OPEN, stage=BankStage.SENIOR) == []
    assert [(c.topic_key, c.stage, c.difficulty, c.questions) for c in queries.counts(session)] == [
        ("refusal", BankStage.JUNIOR, 1, 2)
    ]
    with pytest.raises(Missing):
        queries.question(session, town.admin_kong, make.asked(session, "junior-anchor").id)


@pytest.mark.usefixtures("base")
def test_a_source_is_told_in_words(session: Session) -> None:
    [cited] = queries.sources(session, ["rule:leave", "rule:gone", "gone:leave"])

    assert (cited.title, cited.locator, cited.says) == ("守则", "leave", "走开。")
    assert cited.as_of == date(2026, 11, 2)


@pytest.fixture(scope="module")
def shipped() -> Bank:
    return bank_files.read(data_dir("question_bank"))


@pytest.fixture
def courses(session: Session, town: Town, shipped: Bank, tmp_path: Path) -> Courses:
    """Two courses of four lessons each, not loaded yet; the questions that they ask are."""
    actions.load(session, small.few(shipped), by=SYSTEM, now=NOON)
    return lesson_files.read(small.tree(tmp_path), shipped)


def of(session: Session, key: str) -> Lesson:
    return session.scalars(select(Lesson).where(Lesson.key == key)).one()


def lines(session: Session, course: str) -> list[tuple[str, int, bool, str | None, bool]]:
    """Return what a course says, line by line: lesson, term, first, day, whether after another."""
    session.expire_all()
    return [
        (line.lesson.key, line.term, line.is_first, line.day, line.after_id is not None)
        for line in session.get_one(Course, course).lines
    ]


def test_the_bank_that_ships_is_loaded_once(session: Session, town: Town, shipped: Bank) -> None:
    assert actions.load(session, shipped, by=SYSTEM, now=NOON).new == len(shipped.questions)
    assert actions.load(session, shipped, by=SYSTEM, now=LATER) == Loaded(
        0, 0, len(shipped.questions)
    )
    assert len(log(session)) == 1


def test_lessons_are_loaded_once(session: Session, courses: Courses) -> None:
    assert lessons.load(session, courses, by=SYSTEM, now=NOON) == Loaded(8, 0, 0)
    assert lessons.load(session, courses, by=SYSTEM, now=LATER) == Loaded(0, 0, 8)

    assert [entry["what"] for entry in log(session)] == ["bank", "lessons"]
    asked = select(func.count()).select_from(Checkpoint)
    assert session.scalar(asked) == sum(len(lesson.checkpoints) for lesson in courses.lessons)
    assert lines(session, "grade-5") == [
        ("primary-sweets", 1, True, None, False),
        ("primary-no", 1, False, None, False),
        ("primary-help", 2, False, None, False),
        ("primary-most", 2, False, "06-26", True),
    ]


def test_a_lesson_is_kept_with_its_polls_scenario_and_notes(
    session: Session, courses: Courses
) -> None:
    lessons.load(session, courses, by=SYSTEM, now=NOON)
    session.expire_all()

    text = lesson_queries.text(session, of(session, "primary-sweets"))

    draft = courses.lessons[-4]
    assert draft.key == "primary-sweets"
    assert (text.blocks, text.polls, text.notes) == (draft.blocks, draft.polls, draft.notes)
    assert lesson_queries.scenario(text) == draft.scenario
    assert draft.scenario


def test_a_lesson_changes_moves_leaves_and_comes_back(session: Session, courses: Courses) -> None:
    lessons.load(session, courses, by=SYSTEM, now=NOON)
    first, second, *others = courses.lessons

    def again(*changed: LessonDraft) -> Loaded:
        content = Courses(courses.courses, [*changed, *others])
        return lessons.load(session, content, by=SYSTEM, now=LATER)

    fields = {"title": "新的题目"}
    text = {**first.text, "zh": {**first.text["zh"], **fields}}
    front = first.front.model_copy(update=fields)
    changed = replace(first, position=9, front=front, text=text)
    assert again(changed) == Loaded(0, 2, len(others))
    assert (of(session, first.key).current, of(session, first.key).position) == (2, 9)
    assert of(session, second.key).retired_at == LATER
    assert again(changed, second) == Loaded(0, 1, 1 + len(others))
    assert of(session, second.key).retired_at is None
    texts = select(LessonText.number).where(LessonText.lesson_id == of(session, first.key).id)
    assert sorted(session.scalars(texts)) == [1, 2]


@pytest.mark.parametrize("field", ["polls", "notes", "scenario"])
def test_new_polls_notes_and_scenarios_are_a_new_text(
    session: Session, courses: Courses, field: str
) -> None:
    lessons.load(session, courses, by=SYSTEM, now=NOON)
    first, *others = courses.lessons
    assert first.scenario
    values = {"polls": {}, "notes": {}, "scenario": replace(first.scenario, key="other")}

    changed = replace(first, **{field: values[field]})  # type: ignore[arg-type]
    content = Courses(courses.courses, [changed, *others])

    assert lessons.load(session, content, by=SYSTEM, now=LATER) == Loaded(0, 1, 7)
    assert of(session, first.key).current == 2


def test_a_course_changes_leaves_and_comes_back(session: Session, courses: Courses) -> None:
    lessons.load(session, courses, by=SYSTEM, now=NOON)
    grade_5 = courses.courses["grade-5"]
    turned = [line.model_copy(update={"after": None}) for line in reversed(grade_5.lesson)]
    changed = grade_5.model_copy(update={"lesson": turned})

    def again(held: Mapping[str, CourseDraft]) -> Loaded:
        return lessons.load(session, Courses(held, courses.lessons), by=SYSTEM, now=LATER)

    assert again({"grade-5": changed}) == Loaded(0, 0, 8)
    assert [line[0] for line in lines(session, "grade-5")] == [line.key for line in turned]
    assert session.scalars(select(Course.key)).all() == ["grade-5"]
    assert of(session, "junior-sweets").retired_at is None
    assert [entry["what"] for entry in log(session)] == ["bank", "lessons", "lessons"]

    again(courses.courses)
    assert lines(session, "grade-5")[3] == ("primary-most", 2, False, "06-26", True)
    assert len(lines(session, "grade-7")) == 4


def test_lessons_wait_for_the_bank(session: Session, courses: Courses) -> None:
    first, *others = courses.lessons
    content = Courses(courses.courses, [replace(first, checkpoints=["not-there"]), *others])

    with pytest.raises(Invalid, match="Load the question bank first: not-there"):
        lessons.load(session, content, by=SYSTEM, now=NOON)


def test_a_question_is_found_by_what_it_is(session: Session, town: Town) -> None:
    load(session, draft())
    question = session.scalars(select(Question).where(Question.key == "junior-leave")).one()

    assert queries.question(session, town.admin_kong, question.id) is question
    assert queries.current(session, [question.id])[question.id].number == 1
    assert queries.question_ids(session, ["junior-leave", "gone"]) == {"junior-leave": question.id}
    wanted = Filters(topic="refusal", stage=BankStage.JUNIOR, words="走开")
    [revision] = search.found(session, wanted, [Pool.OPEN]).rows
    assert revision.question is question
    elsewhere = replace(wanted, stage=BankStage.SENIOR)
    assert search.found(session, elsewhere, [Pool.OPEN]).rows == []
    assert queries.revisions(session, [revision.id]) == {revision.id: revision}
