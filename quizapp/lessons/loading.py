"""Bringing the lessons of lessons/ into the database, beside what the site has written itself."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from quizapp.bank import queries as bank
from quizapp.bank import signing
from quizapp.bank.actions import Loaded
from quizapp.bank.models import RevisionState
from quizapp.bank.rules import Origin
from quizapp.core.errors import Invalid
from quizapp.core.i18n import _
from quizapp.core.ids import new_id
from quizapp.lessons import queries, readings
from quizapp.lessons.drafts import MOST, LessonDraft
from quizapp.lessons.models import Checkpoint, Lesson, LessonRevision, LessonText


def lessons(session: Session, drafts: Sequence[LessonDraft], *, now: datetime) -> Loaded:
    """Make the lessons what their files say; one that the site has edited since keeps its text, and
    the file's waits beside it as a draft."""
    known = {lesson.key: lesson for lesson in session.scalars(select(Lesson))}
    pasts = signing.pasts(session, LessonRevision, LessonRevision.lesson_id)
    sounded, current = _sounded(session), _current(session)
    asked = bank.question_ids(session, {key for draft in drafts for key in draft.checkpoints})
    new, changed, waiting = 0, 0, []
    for draft in drafts:
        lesson = known.get(draft.key)
        if lesson is None:
            new += 1
            lesson = Lesson(id=new_id(), key=draft.key)
            session.add(lesson)
        lesson.stage, lesson.position, lesson.slug = draft.stage, draft.position, draft.slug
        if lesson.retired_by is None:  # What a person took out stays out.
            lesson.retired_at = None
        past, was = pasts[lesson.id], current.get(lesson.id)
        number, mended = max(past.last, lesson.current or 0) + 1, False
        if was and was.digest == draft.digest:
            mended = _laid_out(session, was, draft)
        elif past.last_file_digest != draft.digest and past.is_edited and lesson.current:
            session.add(_revision(lesson, number, draft, now, RevisionState.DRAFT))
            waiting.append(draft.key)
        elif past.last_file_digest != draft.digest:
            session.add(_revision(lesson, number, draft, now, RevisionState.APPROVED))
            bring_in(session, lesson, number, draft, asked, now=now)
        if draft.key in known and draft.key not in waiting:
            changed += session.is_modified(lesson) or mended or lesson.id in sounded
    unchanged = len(drafts) - new - changed - len(waiting)
    told = {draft.key for draft in drafts}
    left = [lesson for key, lesson in known.items() if key not in told]
    gone = []
    for lesson in left:
        past = pasts[lesson.id]
        if lesson.retired_at is None and past.of_file:
            lesson.retired_at = now
            changed += 1
            gone += [lesson.key] if past.was_edited else []
        else:
            changed += lesson.id in sounded
    session.flush()
    _make_room(session, [one for one in left if one.retired_at is None or one.retired_by])
    return Loaded(new, changed, unchanged, tuple(waiting), tuple(gone))


def bring_in(
    session: Session,
    lesson: Lesson,
    number: int,
    draft: LessonDraft,
    asked: Mapping[str, UUID],
    *,
    now: datetime,
) -> None:
    """Make the draft the text that pupils read from now on; what they did in the lesson stays.

    `asked`: the questions of the bank by key. Invalid: one of them is not there.
    """
    if missing := [key for key in draft.checkpoints if key not in asked]:
        raise Invalid(_("Load the question bank first: %(key)s is not there.", key=missing[0]))
    front = draft.front
    scenario = draft.scenario.as_document() if draft.scenario else None
    session.add(
        LessonText(
            id=new_id(),
            lesson_id=lesson.id,
            number=number,
            digest=draft.digest,
            minutes=front.minutes,
            subjects=front.subjects,
            sources=front.source,
            as_of=front.as_of,
            review_by=front.review_by,
            text=draft.text,
            blocks=draft.blocks,
            polls=draft.polls,
            scenario=scenario,
            readings=readings.of(draft.stage, draft.text, draft.blocks, draft.polls, scenario),
            notes=draft.notes,
            made_at=now,
            checkpoints=stops(draft.checkpoints, asked),
        )
    )
    lesson.current = number


def stops(keys: Sequence[str], asked: Mapping[str, UUID]) -> list[Checkpoint]:
    """Return the checkpoints of a text, in their order."""
    return [Checkpoint(position=n, question_id=asked[key]) for n, key in enumerate(keys)]


def _current(session: Session) -> dict[UUID, Row[Any]]:
    """Return what each lesson says today, by its id, with its files where it has come from some."""
    origin = (LessonRevision.id.label("revision_id"), LessonRevision.origin, LessonRevision.files)
    columns = (LessonText.id, LessonText.lesson_id, LessonText.digest)
    of = (LessonRevision.lesson_id == LessonText.lesson_id) & (
        LessonRevision.number == LessonText.number
    )
    rows = select(*columns, *origin).join(Lesson, queries.CURRENT).outerjoin(LessonRevision, of)
    return {row.lesson_id: row for row in session.execute(rows)}


def _sounded(session: Session) -> set[UUID]:
    """Follow the list of pinyin in every text in use, also in those of the site; return the ids of
    the lessons that sound another way now."""
    texts = (LessonText.text, LessonText.blocks, LessonText.polls, LessonText.scenario)
    rows = (
        select(LessonText.id, LessonText.lesson_id, LessonText.readings, *texts)
        .join(Lesson, queries.CURRENT)
        .where(Lesson.stage == readings.STAGE)
    )
    found = set()
    for row in session.execute(rows).all():
        sounds = readings.of(readings.STAGE, row.text, row.blocks, row.polls, row.scenario)
        if sounds != row.readings:
            mine = update(LessonText).where(LessonText.id == row.id)
            session.execute(mine.values(readings=sounds))
            found.add(row.lesson_id)
    return found


def _laid_out(session: Session, was: Row[Any], draft: LessonDraft) -> bool:
    """Follow how a file is laid out, where it says the same; tell if that moved."""
    moved = was.origin is Origin.FILE and bool(was.files != draft.files)
    if moved:
        mine = update(LessonRevision).where(LessonRevision.id == was.revision_id)
        session.execute(mine.values(files=dict(draft.files)))
    return moved


def _revision(
    lesson: Lesson, number: int, draft: LessonDraft, now: datetime, state: RevisionState
) -> LessonRevision:
    return LessonRevision(
        lesson_id=lesson.id,
        number=number,
        state=state,
        origin=Origin.FILE,
        digest=draft.digest,
        title=draft.front.title,
        files=dict(draft.files),
        made_at=now,
    )


def _make_room(session: Session, own: Sequence[Lesson]) -> None:
    """Give lessons of the site another number where a file has come to stand at theirs: the next
    one, or where that would be too high the last that is free."""
    every = session.scalars(select(Lesson)).all()
    for lesson in own:
        others = [one for one in every if one.stage is lesson.stage and one is not lesson]
        if any(one.position == lesson.position and one not in own for one in others):
            taken = {one.position for one in others}
            above = range(max(taken) + 1, MOST + 1)
            free = (n for n in (*above, *range(MOST, 0, -1)) if n not in taken)
            lesson.position = next(free, lesson.position)
    session.flush()
