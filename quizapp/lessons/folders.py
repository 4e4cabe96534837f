"""Reads what lies beside the lessons of a stage: pictures, sound and film, scenarios."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from quizapp.bank import faults
from quizapp.bank.drafts import Sources
from quizapp.bank.faults import Fault
from quizapp.bank.files import Bank, shown
from quizapp.bank.rules import BankStage, Pool
from quizapp.core import pictures
from quizapp.core.i18n import _
from quizapp.core.pictures import Picture
from quizapp.lessons import blocks, media, scenarios
from quizapp.lessons.blocks import MEDIA, PICTURES, Beside
from quizapp.lessons.drafts import Written
from quizapp.lessons.media import Medium
from quizapp.lessons.scenarios import Scenario, ScenarioDraft, Shown

SCENARIOS = "scenarios"
SCENE = re.compile(r"^\s*\[\[\s*scene\s*\]\]", re.MULTILINE)
MAX_BYTES = 40_000  # Of a scenario.
LONGEST_KEY = 80


@dataclass(frozen=True)
class Asked:
    """Where a question of the bank belongs."""

    stage: BankStage
    pool: Pool


@dataclass(frozen=True)
class Folder:
    """A stage and what its lessons are measured by.

    `scenarios` by key, None where one is at fault, and `stories` as they are written. `sources`:
    None where there are none to measure by. `asked`: questions by key; `at_fault`: keys of the
    bank that its own reader tells about.
    """

    path: Path
    pictures: Mapping[str, Picture]
    media: Mapping[str, Medium]
    scenarios: Mapping[str, Scenario | None]
    stories: Mapping[str, str]
    sources: Sources
    asked: Mapping[str, Asked]
    at_fault: frozenset[str] = frozenset()

    @property
    def stage(self) -> BankStage:
        return BankStage(self.path.name)

    @property
    def address(self) -> str:
        return f"/lessons/{self.path.name}"

    @property
    def beside(self) -> Beside:
        return Beside(self.address, self.pictures, self.media)


def read(path: Path, root: Path, bank: Bank) -> tuple[Folder, list[Fault]]:
    """Return the folder of a stage, and what is wrong with what lies beside its lessons."""
    drawn, heard, found = beside(path, root)
    made: dict[str, Scenario | None] = {}
    stories: dict[str, str] = {}
    for file in sorted((path / SCENARIOS).glob("*")):
        said = opened(file, root)
        made[file.stem], wrong = scenario(file.stem, said, path, drawn)
        stories[file.stem] = said.text
        found += wrong
    folder = Folder(
        path=path,
        pictures=drawn,
        media=heard,
        scenarios=made,
        stories=stories,
        sources=bank.sources or None,
        asked={one.key: Asked(one.head.stage, one.head.pool) for one in bank.questions},
        at_fault=frozenset(fault.key for fault in bank.faults),
    )
    return folder, found


def beside(path: Path, root: Path) -> tuple[dict[str, Picture], dict[str, Medium], list[Fault]]:
    """Return the pictures, and the sound and film of a stage, and what is wrong with them."""
    found: list[Fault] = []
    return _pictures(path, root, found), _media(path, root, found), found


def opened(file: Path, root: Path) -> Written:
    """Return a file as it stands."""
    said, wrong = faults.contents(file)
    return Written(shown(file, root), said, wrong)


def scenario(
    key: str, said: Written, path: Path, drawn: Mapping[str, Picture]
) -> tuple[Scenario | None, list[Fault]]:
    """Return a scenario of the stage's folder, or None and every rule that it breaks."""
    made, wrong = _scenario(key, said, f"/lessons/{path.name}", drawn)
    name = said.name.rpartition("/")[2]
    if name != f"{key}.toml" or not re.fullmatch(faults.KEY, key) or len(key) > LONGEST_KEY:
        wrong = [(1, _("the name of a scenario is small letters, digits, hyphens and .toml"))]
    return made, [Fault(said.name, line, key, says) for line, says in wrong]


def _pictures(path: Path, root: Path, found: list[Fault]) -> dict[str, Picture]:
    """Return the harmless pictures by file name."""
    drawn: dict[str, Picture] = {}
    for file in sorted((path / PICTURES).glob("*")):
        made, told = pictures.examine_svg(file.read_bytes())
        if not pictures.NAME.fullmatch(file.name):
            told = [(1, _("the name of a picture is small letters, digits, hyphens and .svg"))]
        elif made:
            drawn[file.name] = made
        found += [Fault(shown(file, root), line, "", says) for line, says in told]
    return drawn


def _media(path: Path, root: Path, found: list[Fault]) -> dict[str, Medium]:
    """Return sound, film and captions by file name."""
    heard: dict[str, Medium] = {}
    for file in sorted((path / MEDIA).glob("*")):
        made, told = media.examine(file)
        if made:
            heard[file.name] = made
        found += [Fault(shown(file, root), line, "", says) for line, says in told]
    return heard


def _scenario(
    key: str, said: Written, folder: str, drawn: Mapping[str, Picture]
) -> tuple[Scenario | None, list[tuple[int, str]]]:
    if said.unread:
        return None, list(said.unread)
    if len(said.text.encode()) > MAX_BYTES:
        return None, [(1, _("the scenario is longer than 40 kB; shorten it"))]
    raw, wrong = faults.toml(said.text)
    if wrong:
        return None, wrong
    draft, told = scenarios.draft(raw)
    if draft is None:
        return None, [(1, says) for says in told]
    lines = [said.text[: start.end()].count("\n") + 1 for start in SCENE.finditer(said.text)]
    lines = lines if len(lines) == len(draft.scene) else [1] * len(draft.scene)
    numbered = [*scenarios.faults(draft), *_picture_faults(draft, drawn)]
    if numbered:
        return None, sorted((lines[number], says) for number, says in numbered)
    shown_as = {
        name: Shown(blocks.address(folder, PICTURES, name, one.version), one.width, one.height)
        for name, one in drawn.items()
    }
    return scenarios.made(key, draft, shown_as), []


def _picture_faults(
    draft: ScenarioDraft, drawn: Mapping[str, Picture]
) -> Iterator[tuple[int, str]]:
    for number, scene in enumerate(draft.scene):
        if scene.picture and scene.picture not in drawn:
            yield number, blocks.no_picture(scene.picture, drawn)
