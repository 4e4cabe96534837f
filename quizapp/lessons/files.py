"""Reads lessons/: every file strictly, all faults of all files at once."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from quizapp.bank import faults
from quizapp.bank.faults import Fault
from quizapp.bank.files import Bank, dated, shown
from quizapp.bank.rules import BankStage
from quizapp.core import pinyin
from quizapp.core.i18n import _
from quizapp.lessons import course_files, folders, look_alikes, media, pages
from quizapp.lessons.blocks import MEDIA, PICTURES
from quizapp.lessons.course_files import COURSES
from quizapp.lessons.drafts import CourseDraft, LessonDraft, Written
from quizapp.lessons.folders import SCENARIOS, Folder
from quizapp.lessons.look_alikes import LookAlike
from quizapp.lessons.pages import ENDINGS

MANUAL = "README.md"
NAME = re.compile(rf"(\d\d)-({faults.KEY})(\.md|\.en\.md|\.notes\.toml)")


@dataclass(frozen=True)
class Courses:
    """All that the files say: courses by key, lessons by stage and file name.

    A lesson or a pair that breaks a rule of its own is left out, a course only if its file cannot
    be understood: with `faults` nothing of it is fit to be loaded.
    """

    courses: Mapping[str, CourseDraft] = field(default_factory=dict)
    lessons: Sequence[LessonDraft] = ()
    look_alikes: Sequence[LookAlike] = ()
    faults: Sequence[Fault] = ()


@dataclass
class _Reading:
    """What has been read so far. `keys`: of all lessons by stage, those at fault too."""

    root: Path
    lessons: list[LessonDraft] = field(default_factory=list)
    keys: dict[str, BankStage] = field(default_factory=dict)
    found: list[Fault] = field(default_factory=list)

    def tell(self, file: Path, says: str, line: int = 1, key: str = "") -> None:
        self.found.append(Fault(shown(file, self.root), line, key, says))


def read(root: Path, bank: Bank) -> Courses:
    """Read the folder; what cannot be read or breaks a rule stands in `faults`, in their order.

    `bank` is what question_bank/ says: checkpoints and sources must be found there.
    """
    so_far = _Reading(root)
    for path in sorted(root.iterdir()):
        if path.name in (COURSES, MANUAL, look_alikes.FILE, look_alikes.FOLDER, pinyin.LIST):
            continue
        if path.is_dir() and path.name in list(BankStage):
            folder, wrong = folders.read(path, root, bank)
            so_far.found += wrong
            _lessons(folder, so_far)
        else:
            so_far.tell(path, _("only the folders primary, junior, senior and courses stand here; "
                                "move it"))  # fmt: skip
    so_far.found += _doubled(so_far.lessons)
    made, wrong = course_files.read(root, so_far.keys)
    so_far.found += wrong
    pairs, wrong = look_alikes.read(root, bank.sources or None)
    return Courses(made, so_far.lessons, pairs, sorted([*so_far.found, *wrong]))


def overdue(courses: Courses, on: date) -> list[Fault]:
    """Return the lessons and look-alikes whose dates want a look on that day, by file."""
    found = [*look_alikes.overdue(courses.look_alikes, on)]
    for lesson in courses.lessons:
        says = dated(lesson.front.as_of, lesson.front.review_by, on)
        found += [Fault(lesson.file, 1, lesson.key, told) for told in says]
    return sorted(found)


def picture(root: Path, stage: str, name: str) -> Path | None:
    """Return the file of a picture, if a stage has one of that name."""
    return _served(root, stage, PICTURES, name) if name.endswith(".svg") else None


def medium(root: Path, stage: str, name: str) -> Path | None:
    """Return a file of sound, film or captions, if a stage has one of that name."""
    return _served(root, stage, MEDIA, name) if media.tag(name) else None


def parts(file: Path, root: Path) -> dict[str, Written]:
    """Return what there is of a lesson, by part; `file` is its Chinese page."""
    start = file.name.removesuffix(ENDINGS["zh"])
    named = {part: file.with_name(start + ending) for part, ending in ENDINGS.items()}
    return {part: folders.opened(each, root) for part, each in named.items() if each.is_file()}


def _served(root: Path, stage: str, kind: str, name: str) -> Path | None:
    """Look through the folders: an address is never joined to a path."""
    files = (file for each in BankStage if each == stage for file in (root / each / kind).glob("*"))
    return next((file for file in files if file.name == name), None)


def _lessons(folder: Folder, so_far: _Reading) -> None:
    """Read the lessons of a stage."""
    used: set[str] = set()
    for file in sorted(folder.path.iterdir()):
        if file.is_dir():
            if file.name not in (PICTURES, MEDIA, SCENARIOS):
                so_far.tell(file, _("only the folders pictures, media and scenarios stand here; "
                                    "move it"))  # fmt: skip
            continue
        name = NAME.fullmatch(file.name)
        if name is None:
            so_far.tell(file, _("the name of the file is not NN-slug.md, NN-slug.en.md or "
                                "NN-slug.notes.toml; rename it"))  # fmt: skip
        elif name[4] != ".md":
            chinese = file.with_name(file.name.removesuffix(name[4]) + ".md")
            if not chinese.is_file():
                so_far.tell(file, _("there is no Chinese lesson beside this one; add %(name)s",
                                    name=chinese.name))  # fmt: skip
        else:
            page = pages.read(parts(file, so_far.root), int(name[1]), folder)
            so_far.lessons += [page.draft] if page.draft else []
            so_far.keys.setdefault(page.key, folder.stage)
            so_far.found += page.faults
            used |= page.stories
    for key in sorted(folder.scenarios.keys() - used):
        file = folder.path / SCENARIOS / f"{key}.toml"
        so_far.tell(file, _("no lesson names this scenario; name it or take it out"), key=key)


def _doubled(lessons: Sequence[LessonDraft]) -> Iterator[Fault]:
    keys: dict[str, LessonDraft] = {}
    places: dict[tuple[str, int], LessonDraft] = {}
    for lesson in lessons:
        known = keys.setdefault(lesson.key, lesson)
        if known is not lesson:
            says = _("%(file)s has this key already; choose another", file=known.file)
            yield Fault(lesson.file, 1, lesson.key, says)
        known = places.setdefault((lesson.stage, lesson.position), lesson)
        if known is not lesson:
            says = _("%(file)s has this number already; choose another", file=known.file)
            yield Fault(lesson.file, 1, lesson.key, says)
