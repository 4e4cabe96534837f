"""A lesson as its reader sees it: text, scenario, checkpoints before and after an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from markupsafe import Markup
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, ActorKind
from quizapp.bank import marking
from quizapp.bank import queries as bank
from quizapp.bank import texts as questions
from quizapp.bank.asked import Asked, Explained, Posed
from quizapp.bank.models import Source
from quizapp.bank.queries import Cited
from quizapp.bank.texts import Said
from quizapp.core.i18n import in_language
from quizapp.core.markup import trusted
from quizapp.lessons import queries, texts
from quizapp.lessons.models import CheckpointAnswer, Lesson, Visit, Walk
from quizapp.lessons.queries import Given
from quizapp.lessons.rules import Progress, needs_help, seed
from quizapp.lessons.scenarios import Scenario, Scene, Skill, at, taken
from quizapp.lessons.texts import Text

DISGUISES = "disguises:"  # What a lesson about disguise rests on; it leads to the look-alikes.


@dataclass(frozen=True)
class Told(Explained):
    """What was right and why, beside the question as it was answered.

    `is_right` is None for staff, who choose nothing.
    """

    posed: Posed
    is_right: bool | None
    cited: Sequence[Cited]


@dataclass(frozen=True)
class Stop:
    """A checkpoint. `told` is for those who have answered it, and for staff."""

    position: int
    revision_id: UUID
    posed: Posed
    told: Told | None


@dataclass(frozen=True)
class Asks:
    """A poll of the lesson, by its place among them, from 0."""

    position: int
    question: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Story:
    """The scenario, and where a pupil stands in it: at `scene`, come by `path`.

    `text` is the number of the lesson's text, `then` what followed from the last choice, `skills`
    what was practised on the way. Who is staff stands at the beginning.
    """

    scenario: Scenario
    text: int
    title: str
    lang: str
    path: str
    scene: Scene
    then: str
    skills: Sequence[Skill]
    has_ended: bool  # At least one walk of the pupil has.


@dataclass(frozen=True)
class Block:
    """A part of the page, one of these: text, a checkpoint, a poll, the scenario, whom to ask."""

    html: Markup | None = None
    stop: Stop | None = None
    poll: Asks | None = None
    story: Story | None = None
    is_help: bool = False


@dataclass(frozen=True)
class Basis:
    """A text on which the lesson rests, with its articles where it has some."""

    title: str
    publisher: str
    articles: tuple[str, ...]
    read_on: date | None


@dataclass(frozen=True)
class Page:
    """A lesson for one reader. `progress` is None for staff, who have none.

    `done` are the numbers of the checkpoints that the pupil has answered, from 1; `next` is the
    place of the first that is left, from 0; `again` are the places of those to be looked at again,
    and none where the pupil needs no help.
    """

    key: str
    title: str
    objective: str
    lang: str
    minutes: int
    subjects: Sequence[str]
    blocks: Sequence[Block]
    progress: Progress | None
    checkpoints: int
    done: Sequence[int]
    next: int | None
    again: Sequence[int]
    basis: tuple[Basis, ...]
    is_about_disguise: bool
    as_of: date

    @property
    def is_left_open(self) -> bool:
        """Whether nothing is left to answer since the text lost its open checkpoints."""
        return self.progress is Progress.UNDER_WAY and self.next is None


@dataclass(frozen=True)
class _Known:
    """What the revisions say of which the page tells, and their sources by key."""

    said: Mapping[UUID, Said]
    sources: Mapping[str, Source]


def page(session: Session, actor: Actor, lesson: Lesson, locale: str) -> Page:
    """Return the lesson for the actor; Missing if it is not for the pupil's stage."""
    stand = queries.standing(session, actor, lesson)
    said = texts.text(session, stand.text_id)
    given = queries.given(session, actor, said.id)
    if actor.kind is not ActorKind.PUPIL:
        return shown(session, actor, lesson.key, said, given, locale)
    page = shown(session, actor, lesson.key, said, given, locale, walk=stand.walk)
    return replace(page, progress=_progress(stand.visit))


def shown(
    session: Session,
    actor: Actor,
    key: str,
    said: Text,
    given: Sequence[Given],
    locale: str,
    *,
    walk: Walk | None = None,
    path: str = "",
) -> Page:
    """Return a text as a page; it need not be one of the database.

    `given` are its checkpoints, with a pupil's answers; `walk` is the pupil's way through the
    scenario, without it the reader stands where `path` leads.
    """
    is_pupil = actor.kind is ActorKind.PUPIL
    words = in_language(said.text, locale)
    known = _known(session, said, given, is_pupil=is_pupil)
    stops = [_stop(actor, position, one, known, locale) for position, one in enumerate(given)]
    return Page(
        key=key,
        title=words["title"],
        objective=words["objective"],
        lang=words["lang"],
        minutes=said.minutes,
        subjects=said.subjects,
        blocks=_blocks(said, words["lang"], stops, _story(said, walk, path, locale)),
        progress=None,
        checkpoints=len(stops),
        done=[s.position + 1 for s in stops if s.told] if is_pupil else [],
        next=next((s.position for s in stops if s.told is None), None) if is_pupil else None,
        again=_again(stops) if is_pupil else [],
        basis=_basis(bank.passages(said.sources, known.sources)),
        is_about_disguise=any(ref.startswith(DISGUISES) for ref in said.sources),
        as_of=said.as_of,
    )


def _known(session: Session, of: Text, given: Sequence[Given], *, is_pupil: bool) -> _Known:
    then = [one.answer.revision_id for one in given if one.answer]
    now = [one.revision_id for one in given]
    said = questions.said(session, [*now, *then])
    refs = [ref for told in (then if is_pupil else now) for ref in said[told].sources]
    return _Known(said, bank.behind(session, [*of.sources, *refs]))


def _basis(cited: Sequence[Cited]) -> tuple[Basis, ...]:
    """Return each text once, in the order in which the lesson names it first."""
    passages: dict[tuple[str, str, date | None], list[str]] = {}
    for one in cited:
        passages.setdefault((one.title, one.publisher, one.as_of), []).append(one.locator)
    return tuple(
        Basis(title, publisher, tuple(filter(str.isdigit, locators)), read_on)
        for (title, publisher, read_on), locators in passages.items()
    )


def _blocks(said: Text, lang: str, stops: Sequence[Stop], story: Story | None) -> list[Block]:
    polls = [
        Asks(number, poll["asks"], tuple(poll["options"]))
        for number, poll in enumerate(said.polls.get(lang, []))
    ]
    return [_block(block, stops, polls, story) for block in said.blocks[lang]]


def _block(
    kept: Mapping[str, Any], stops: Sequence[Stop], polls: Sequence[Asks], story: Story | None
) -> Block:
    """Return a block as LessonText keeps it."""
    if "checkpoint" in kept:
        return Block(stop=stops[kept["checkpoint"]])
    if "poll" in kept:
        return Block(poll=polls[kept["poll"]])
    if "scenario" in kept:
        return Block(story=story)
    if "help" in kept:
        return Block(is_help=True)
    return Block(html=trusted(kept["html"]))


def _story(said: Text, walk: Walk | None, path: str, locale: str) -> Story | None:
    """Return the scenario for the reader; a walk through an earlier text begins anew."""
    if said.scenario is None:
        return None
    words = in_language(said.scenario.words, locale)
    mine = walk if walk and walk.text_id == said.id else None
    path = mine.path if mine else path
    steps = taken(said.scenario, path)
    return Story(
        scenario=said.scenario,
        text=said.number,
        title=words["title"],
        lang=words["lang"],
        path=path,
        scene=at(said.scenario, path),
        then=steps[-1][1].words[words["lang"]]["then"] if steps else "",
        skills=list(dict.fromkeys(choice.skill for _scene, choice in steps if choice.skill)),
        has_ended=bool(mine and mine.first),
    )


def _again(stops: Sequence[Stop]) -> list[int]:
    """Return the places of the wrong answers, if they are so many that the pupil needs help."""
    right = {stop.position: bool(stop.told.is_right) for stop in stops if stop.told}
    if not needs_help(right.values()):
        return []
    return [position for position, is_right in right.items() if not is_right]


def _progress(visit: Visit | None) -> Progress:
    if visit is None:
        return Progress.NOT_STARTED
    return Progress.DONE if visit.finished_at else Progress.UNDER_WAY


def _stop(actor: Actor, position: int, one: Given, known: _Known, locale: str) -> Stop:
    """Return a checkpoint.

    A question that was edited since is asked as it is now and explained as it was answered.
    """
    own, told = seed(actor.id, one.question_id), None
    now = Asked(known.said[one.revision_id], own)
    if one.answer:
        then = Asked(known.said[one.answer.revision_id], own)
        told = _told(then, one.answer, known, locale)
    elif actor.kind is ActorKind.STAFF:
        told = _told(now, None, known, locale)
    return Stop(position, one.revision_id, now.posed([], locale), told)


def _told(asked: Asked, answer: CheckpointAnswer | None, known: _Known, locale: str) -> Told:
    chosen = marking.read(asked.kind, answer.choice) if answer else None
    return Told(
        **vars(asked.explained(chosen, locale)),
        posed=asked.posed(chosen or [], locale),
        is_right=answer.right if answer else None,
        cited=bank.passages(asked.revision.sources, known.sources),
    )
