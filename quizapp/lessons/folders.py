"""Reads what lies beside the lessons of a stage: pictures, sound and film, scenarios."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from quizapp.bank import faults
from quizapp.bank.drafts import QuestionDraft
from quizapp.bank.faults import Fault
from quizapp.bank.files import Bank, shown
from quizapp.bank.rules import BankStage
from quizapp.core import pictures
from quizapp.core.i18n import _
from quizapp.core.pictures import Picture
from quizapp.lessons import blocks, media, scenarios
from quizapp.lessons.blocks import MEDIA, PICTURES, Beside
from quizapp.lessons.media import Medium
from quizapp.lessons.scenarios import Scenario, ScenarioDraft, Shown

SCENARIOS = "scenarios"
SCENE = re.compile(r"^\s*\[\[\s*scene\s*\]\]", re.MULTILINE)
MAX_BYTES = 40_000  # Of a scenario.


@dataclass(frozen=True)
class Folder:
    """A stage and what its lessons are measured by.

    `scenarios` by key, None where one is at fault. `asked`: questions by key; `at_fault`: keys of
    the bank that its own reader tells about.
    """

    root: Path
    path: Path
    pictures: Mapping[str, Picture]
    media: Mapping[str, Medium]
    scenarios: Mapping[str, Scenario | None]
    bank: Bank
    asked: Mapping[str, QuestionDraft]
    at_fault: frozenset[str]

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
    found: list[Fault] = []
    drawn = _pictures(path, root, found)
    folder = Folder(
        root=root,
        path=path,
        pictures=drawn,
        media=_media(path, root, found),
        scenarios=_scenarios(path, root, drawn, found),
        bank=bank,
        asked={question.key: question for question in bank.questions},
        at_fault=frozenset(fault.key for fault in bank.faults),
    )
    return folder, found


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


def _scenarios(
    path: Path, root: Path, drawn: Mapping[str, Picture], found: list[Fault]
) -> dict[str, Scenario | None]:
    made: dict[str, Scenario | None] = {}
    for file in sorted((path / SCENARIOS).glob("*")):
        key = file.stem
        made[key], told = _scenario(file, f"/lessons/{path.name}", drawn)
        if file.suffix != ".toml" or not re.fullmatch(faults.KEY, key):
            told = [(1, _("the name of a scenario is small letters, digits, hyphens and .toml"))]
        found += [Fault(shown(file, root), line, key, says) for line, says in told]
    return made


def _scenario(
    file: Path, folder: str, drawn: Mapping[str, Picture]
) -> tuple[Scenario | None, list[tuple[int, str]]]:
    """Return the scenario of a file, or None and every rule that it breaks."""
    if file.stat().st_size > MAX_BYTES:
        return None, [(1, _("the scenario is longer than 40 kB; shorten it"))]
    said, raw, wrong = faults.toml_file(file)
    if wrong:
        return None, wrong
    draft, told = scenarios.draft(raw)
    if draft is None:
        return None, [(1, says) for says in told]
    lines = [said[: start.end()].count("\n") + 1 for start in SCENE.finditer(said)]
    lines = lines if len(lines) == len(draft.scene) else [1] * len(draft.scene)
    numbered = [*scenarios.faults(draft), *_picture_faults(draft, drawn)]
    if numbered:
        return None, sorted((lines[number], says) for number, says in numbered)
    shown_as = {
        name: Shown(blocks.address(folder, PICTURES, name, one.version), one.width, one.height)
        for name, one in drawn.items()
    }
    return scenarios.made(file.stem, draft, shown_as), []


def _picture_faults(
    draft: ScenarioDraft, drawn: Mapping[str, Picture]
) -> Iterator[tuple[int, str]]:
    for number, scene in enumerate(draft.scene):
        if scene.picture and scene.picture not in drawn:
            yield number, blocks.no_picture(scene.picture, drawn)
