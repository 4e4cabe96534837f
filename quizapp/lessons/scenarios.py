"""Scenarios: a small graph of scenes in which a pupil practises what to say and do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from quizapp.bank.faults import Key, Strict, nearest, strictly, to
from quizapp.core.errors import Missing
from quizapp.core.i18n import _, lazy

SCENES = range(4, 15)
CHOICES = range(2, 5)
LEAST_ENDINGS = 2
HINTS = {
    "id": lazy("give the scene a name, such as table"),
    "title": lazy("say what the scenario is called"),
    "lines": lazy('write at least one line, such as { says = "…" }'),
    "says": lazy("write what is said or told"),
    "then": lazy("write what follows from it"),
    "to": lazy("name the scene that follows"),
    "scene": lazy("write the scenes, each under [[scene]]"),
    "zh": lazy("write it in Chinese"),
}


class Skill(StrEnum):
    """What a choice practises."""

    REFUSE = "refuse"
    EXPLAIN = "explain"
    AVOID = "avoid"
    LEAVE = "leave"
    HELP = "help"


class Ending(StrEnum):
    GOOD = "good"
    MIXED = "mixed"  # Safe, but something better was possible.
    AGAIN = "again"  # Look what happened, go back and try another way.


class LineDraft(Strict):
    who: Annotated[str, to(40)] | None = None  # Without it the story is told.
    says: Annotated[str, to(400)]


class SceneWords(Strict):
    alt: Annotated[str, to(200)] | None = None
    lines: Annotated[list[LineDraft], Field(min_length=1, max_length=8)]


class ChoiceWords(Strict):
    says: Annotated[str, to(200)]
    then: Annotated[str, to(300)]


class ChoiceDraft(Strict):
    to: Key
    skill: Annotated[Skill, Field(strict=False)] | None = None
    zh: ChoiceWords
    en: ChoiceWords | None = None


class SceneDraft(Strict):
    id: Key
    picture: str | None = None
    ending: Annotated[Ending, Field(strict=False)] | None = None
    zh: SceneWords
    en: SceneWords | None = None
    choice: Annotated[list[ChoiceDraft], Field(max_length=9)] = Field(default_factory=list)


class TitleDraft(Strict):
    title: Annotated[str, to(80)]


class ScenarioDraft(Strict):
    """A file of scenarios/. Its key is the file's name."""

    zh: TitleDraft
    en: TitleDraft | None = None
    scene: Annotated[list[SceneDraft], Field(min_length=1, max_length=40)]


@dataclass(frozen=True)
class Shown:
    """A picture of a scene: its address, and its size in pixels."""

    src: str
    width: int
    height: int


@dataclass(frozen=True)
class Choice:
    """A way on. `words`: language → {"says", "then"}."""

    to: str
    skill: Skill | None
    words: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Scene:
    """`words`: language → {"alt", "lines"}; a line is {"who", "says"}, its `who` None where the
    story is told. No choices: an ending."""

    id: str
    picture: Shown | None
    ending: Ending | None
    words: Mapping[str, Mapping[str, Any]]
    choices: Sequence[Choice]


@dataclass(frozen=True)
class Scenario:
    """`words`: language → {"title"}. The first scene begins; no scene comes twice on one way."""

    key: str
    words: Mapping[str, Mapping[str, str]]
    scenes: Sequence[Scene]

    def __hash__(self) -> int:
        return hash(self.key)  # The rest holds what has none.

    @property
    def numbers(self) -> dict[str, int]:
        """Return the number of each scene as a list shows it, from 1."""
        return {scene.id: number for number, scene in enumerate(self.scenes, 1)}

    def scene(self, name: str) -> Scene:
        return next(scene for scene in self.scenes if scene.id == name)

    @property
    def endings(self) -> list[Scene]:
        return [scene for scene in self.scenes if scene.ending]

    def as_document(self) -> dict[str, Any]:
        """Return what a column of the database keeps."""
        return asdict(self)

    @classmethod
    def of_document(cls, kept: Mapping[str, Any]) -> "Scenario":
        """Return the scenario that `as_document` wrote."""
        return cls(kept["key"], kept["words"], [_scene(scene) for scene in kept["scenes"]])


def at(scenario: Scenario, path: str) -> Scene:
    """Return the scene to which a path leads: one digit a choice, from 0, from the first scene.

    Missing: there is no such way.
    """
    scene = scenario.scenes[0]
    for digit in path:
        scene = scenario.scene(_taken(scene, digit).to)
    return scene


def taken(scenario: Scenario, path: str) -> list[tuple[Scene, Choice]]:
    """Return each scene on the way with the choice that was made there; Missing as in `at`."""
    scene, steps = scenario.scenes[0], []
    for digit in path:
        choice = _taken(scene, digit)
        steps.append((scene, choice))
        scene = scenario.scene(choice.to)
    return steps


def draft(said: object) -> tuple[ScenarioDraft | None, list[str]]:
    """Return what a file says, or None and a sentence for each fault of its shape."""
    return strictly(ScenarioDraft, said, HINTS)


def made(key: str, draft: ScenarioDraft, pictures: Mapping[str, Shown]) -> Scenario:
    """Return the scenario of a draft that has kept the rules, with its pictures by file name."""
    scenes = [
        Scene(
            id=scene.id,
            picture=pictures[scene.picture] if scene.picture else None,
            ending=scene.ending,
            words=_words(scene),
            choices=[Choice(c.to, c.skill, _words(c)) for c in scene.choice],
        )
        for scene in draft.scene
    ]
    return Scenario(key, _words(draft), scenes)


def faults(draft: ScenarioDraft) -> list[tuple[int, str]]:
    """Return every rule that the scenario breaks: the number of the scene, from 0, and a sentence.

    What is said of the whole has the number 0.
    """
    found = [(0, says) for says in _whole_faults(draft)]
    for number, scene in enumerate(draft.scene):
        found += [(number, says) for says in _scene_faults(draft, scene)]
    return sorted([*found, *_way_faults(draft)])


def _whole_faults(draft: ScenarioDraft) -> Iterator[str]:
    if len(draft.scene) not in SCENES:
        yield _("a scenario has four to fourteen scenes; this one has %(count)s",
                count=len(draft.scene))  # fmt: skip
    endings = [scene.ending for scene in draft.scene if scene.ending]
    if len(endings) < LEAST_ENDINGS:
        yield _("a scenario has at least two endings; add one")
    if Ending.GOOD not in endings:
        yield _('no ending is good; write ending = "good" where everything turns out well')


def _scene_faults(draft: ScenarioDraft, scene: SceneDraft) -> Iterator[str]:
    name = scene.id
    known = [each.id for each in draft.scene]
    if known.count(name) > 1:
        yield _("two scenes are called %(scene)s; give one another name", scene=name)
    if scene.ending and scene.choice:
        yield _("%(scene)s has choices and an ending; take one of them out", scene=name)
    if not scene.ending and not scene.choice:
        yield _("%(scene)s is a dead end; add choices, or say how it ends", scene=name)
    if scene.choice and len(scene.choice) not in CHOICES:
        yield _("%(scene)s must have two to four choices", scene=name)
    if scene.choice and not any(choice.skill for choice in scene.choice):
        yield _("no choice of %(scene)s practises a skill; add one that does", scene=name)
    for choice in scene.choice:
        if choice.to not in known:
            yield _("there is no scene %(to)s, to which %(scene)s leads; %(words)s",
                    to=choice.to, scene=name, words=nearest(choice.to, known))  # fmt: skip
    yield from _language_faults(draft, scene)


def _language_faults(draft: ScenarioDraft, scene: SceneDraft) -> Iterator[str]:
    texts = [scene.zh, scene.en] if draft.en else [scene.zh]
    for text in texts:
        if text and bool(text.alt) != bool(scene.picture):
            yield _("%(scene)s must have a picture and its alt in each language, or neither",
                    scene=scene.id)  # fmt: skip
            break
    english = [scene.en, *(choice.en for choice in scene.choice)]
    if draft.en and not all(english):
        yield _("the scenario is in English too, but not all of %(scene)s; write the rest",
                scene=scene.id)  # fmt: skip
    if not draft.en and any(english):
        yield _("%(scene)s has English words, but the scenario has no English title; write it",
                scene=scene.id)  # fmt: skip


def _way_faults(draft: ScenarioDraft) -> Iterator[tuple[int, str]]:
    """Yield the faults of the graph. A way to nowhere is told elsewhere and leads nowhere here."""
    names = [scene.id for scene in draft.scene]
    ways = {
        scene.id: {choice.to for choice in scene.choice if choice.to in names}
        for scene in draft.scene
    }
    seen = _from(ways, names[0])
    good = {scene.id for scene in draft.scene if scene.ending is Ending.GOOD}
    for number, scene in enumerate(draft.scene):
        behind = _from(ways, scene.id)
        if scene.id not in seen:
            yield number, _("no way leads to %(scene)s; let a choice lead there", scene=scene.id)
        if any(scene.id in _from(ways, onward) for onward in ways[scene.id]):
            yield number, _("a way leads from %(scene)s back to it; let it lead on",
                            scene=scene.id)  # fmt: skip
        if scene.choice and not behind & good:
            yield number, _("no good ending can be reached from %(scene)s; add a way",
                            scene=scene.id)  # fmt: skip


def _from(ways: Mapping[str, set[str]], start: str) -> set[str]:
    """Return the scenes that can be reached from this one, with itself."""
    reached, open_ends = {start}, [start]
    while open_ends:
        onward = ways[open_ends.pop()] - reached
        reached |= onward
        open_ends += onward
    return reached


def _taken(scene: Scene, digit: str) -> Choice:
    if digit.isascii() and digit.isdigit() and int(digit) < len(scene.choices):
        return scene.choices[int(digit)]
    raise Missing(_("There is no such scene."))


def _words(said: SceneDraft | ChoiceDraft | ScenarioDraft) -> dict[str, dict[str, Any]]:
    texts = {"zh": said.zh, "en": said.en}
    return {lang: text.model_dump() for lang, text in texts.items() if text}


def _scene(kept: Mapping[str, Any]) -> Scene:
    return Scene(
        id=kept["id"],
        picture=Shown(**kept["picture"]) if kept["picture"] else None,
        ending=Ending(kept["ending"]) if kept["ending"] else None,
        words=kept["words"],
        choices=[
            Choice(c["to"], Skill(c["skill"]) if c["skill"] else None, c["words"])
            for c in kept["choices"]
        ],
    )
