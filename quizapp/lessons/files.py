"""Reads lessons/: every file strictly, all faults of all files at once."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from quizapp.bank import faults
from quizapp.bank.drafts import QuestionDraft, basis_faults
from quizapp.bank.faults import Draft, Fault, strictly
from quizapp.bank.files import Bank, dated, shown
from quizapp.bank.rules import Pool
from quizapp.core import markup, pictures
from quizapp.core.i18n import _
from quizapp.core.pictures import Picture
from quizapp.lessons import blocks
from quizapp.lessons.blocks import Blocks
from quizapp.lessons.drafts import HINTS, CourseDraft, EnglishFront, Front, LessonDraft

COURSE, PICTURES = "course.toml", "pictures"
NAME = re.compile(rf"(\d\d)-({faults.KEY})(\.en)?\.md")
FENCE = "+++"
LEAST_PARTS, LEAST_CHECKPOINTS = 2, 2


@dataclass(frozen=True)
class Courses:
    """All that the files say: courses by key, lessons in order. What is at fault is left out."""

    courses: Mapping[str, CourseDraft] = field(default_factory=dict)
    lessons: Sequence[LessonDraft] = ()
    faults: Sequence[Fault] = ()


@dataclass(frozen=True)
class _Folder:
    """A course and what its lessons are measured by. `asked`: questions by key; `at_fault`: keys
    of the bank that its own reader tells about."""

    root: Path
    path: Path
    course: CourseDraft | None
    pictures: Mapping[str, Picture]
    bank: Bank
    asked: Mapping[str, QuestionDraft]
    at_fault: frozenset[str]

    @property
    def key(self) -> str:
        return self.path.name


@dataclass(frozen=True)
class _Page:
    """A file of a lesson. Without `front` its head cannot be read."""

    file: str
    front: EnglishFront | None
    body: Blocks


def read(root: Path, bank: Bank) -> Courses:
    """Read the folder; what cannot be read or breaks a rule stands in `faults`, in their order.

    `bank` is what question_bank/ says: checkpoints and sources must be found there.
    """
    asked = {question.key: question for question in bank.questions}
    at_fault = frozenset(fault.key for fault in bank.faults)
    courses: dict[str, CourseDraft] = {}
    lessons: list[LessonDraft] = []
    found: list[Fault] = []
    for path in sorted(folder for folder in root.iterdir() if folder.is_dir()):
        course, wrong = _course(path, root)
        drawn, more = _pictures(path, root)
        folder = _Folder(root, path, course, drawn, bank, asked, at_fault)
        made, most = _lessons(folder)
        if course:
            courses[path.name] = course
        lessons += made
        found += [*wrong, *more, *most]
    found += _doubled(lessons)
    return Courses(courses, lessons, sorted(found))


def overdue(courses: Courses, on: date) -> list[Fault]:
    """Return the lessons whose dates want a look on that day, in the order of the files."""
    found = []
    for lesson in courses.lessons:
        says = dated(lesson.front.as_of, lesson.front.review_by, on)
        found += [Fault(lesson.file, 1, lesson.key, told) for told in says]
    return sorted(found)


def picture(root: Path, course: str, name: str) -> Path | None:
    """Return the file of a picture, if a course has one of that name."""
    files = (file for folder in root.iterdir() for file in (folder / PICTURES).glob("*.svg"))
    return next((f for f in files if f.name == name and f.parent.parent.name == course), None)


def _course(path: Path, root: Path) -> tuple[CourseDraft | None, list[Fault]]:
    file = path / COURSE
    if not file.is_file():
        return None, [Fault(shown(file, root), 1, "", str(_("this file is missing; add it")))]
    _said, raw, wrong = faults.toml_file(file)
    if wrong:
        return None, [Fault(shown(file, root), line, "", told) for line, told in wrong]
    course, told = strictly(CourseDraft, raw, HINTS)
    if not re.fullmatch(faults.KEY, path.name) or len(path.name) > 40:  # As its column.
        told.append(_("name the folder in small letters, digits and hyphens, 40 at most"))
    return course, [Fault(shown(file, root), 1, path.name, says) for says in told]


def _pictures(path: Path, root: Path) -> tuple[dict[str, Picture], list[Fault]]:
    """Return the harmless pictures by file name."""
    drawn: dict[str, Picture] = {}
    found = []
    for file in sorted((path / PICTURES).glob("*")):
        made, told = pictures.examine_svg(file.read_bytes())
        if not pictures.NAME.fullmatch(file.name):
            told = [(1, _("the name of a picture is small letters, digits, hyphens and .svg"))]
        elif made:
            drawn[file.name] = made
        found += [Fault(shown(file, root), line, "", says) for line, says in told]
    return drawn, found


def _lessons(folder: _Folder) -> tuple[list[LessonDraft], list[Fault]]:
    """Return the lessons of a course that keep the rules, and the faults of the others."""
    made: list[LessonDraft] = []
    found: list[Fault] = []
    for file in sorted(folder.path.glob("*.md")):
        name = NAME.fullmatch(file.name)
        chinese = file.with_name(file.name.replace(".en.md", ".md"))
        if name is None:
            says = _("the name of the file is not NN-slug.md or NN-slug.en.md; rename it")
            found.append(Fault(shown(file, folder.root), 1, "", says))
        elif file.name.endswith(".en.md"):
            if not chinese.is_file():
                says = _("there is no Chinese lesson beside this one; add %(name)s",
                         name=chinese.name)  # fmt: skip
                found.append(Fault(shown(file, folder.root), 1, "", says))
        else:
            draft, wrong = _lesson(file, int(name[1]), folder)
            made += [draft] if draft else []
            found += wrong
    return made, found


def _lesson(file: Path, position: int, folder: _Folder) -> tuple[LessonDraft | None, list[Fault]]:
    """Return a lesson in both languages, or None and every rule that it breaks."""
    page, found = _page(file, Front, folder)
    found += [_at(page, line, says) for line, says in _rules(page, folder)]
    pages = {"zh": page}
    beside = file.with_name(file.name.replace(".md", ".en.md"))
    if beside.is_file():
        english, wrong = _page(beside, EnglishFront, folder)
        pages["en"] = english
        found += wrong
        found += [_at(english, line, says) for line, says in _pair_faults(page, english)]
    if found or not isinstance(page.front, Front):
        return None, found
    text = {lang: _text(each) for lang, each in pages.items()}
    blocks = {lang: each.body.blocks for lang, each in pages.items()}
    keys = [key for _line, key in page.body.checkpoints]
    return LessonDraft(folder.key, position, page.front, text, blocks, keys, page.file), []


def _page(file: Path, model: type[Draft], folder: _Folder) -> tuple[_Page, list[Fault]]:
    """Read one file: its head, then its body."""
    name = shown(file, folder.root)
    said, wrong = faults.contents(file)
    if len(said.encode()) > markup.MAX_BYTES:
        wrong.append((1, _("the lesson is longer than 20 kB; split it")))
    lines = said.splitlines()
    end = next((n for n, line in enumerate(lines) if n and line.strip() == FENCE), 0)
    if not wrong and (lines[:1] != [FENCE] or not end):
        wrong.append((1, _("the file does not begin with a head between +++ and +++; add it")))
    if wrong:
        return _Page(name, None, Blocks()), [Fault(name, line, "", told) for line, told in wrong]
    raw, wrong = faults.toml("\n".join(lines[1:end]))
    front, told = (None, []) if wrong else strictly(model, raw, HINTS)
    key = str(raw.get("key", ""))
    body = blocks.read(
        "\n".join(lines[end + 1 :]),
        first_line=end + 2,
        folder=f"/lessons/{folder.key}/{PICTURES}",
        pictures=folder.pictures,
    )
    found = [Fault(name, line + 1, key, says) for line, says in wrong]
    found += [Fault(name, 1, key, says) for says in told]
    found += [Fault(name, line, key, says) for line, says in body.faults]
    return _Page(name, front if isinstance(front, EnglishFront) else None, body), found


def _rules(page: _Page, folder: _Folder) -> Iterator[tuple[int, str]]:
    """Yield line and sentence for each rule that a Chinese lesson breaks."""
    if isinstance(page.front, Front):
        front = page.front
        sources = folder.bank.sources or None
        for says in basis_faults(front.source, front.as_of, front.review_by, sources):
            yield 1, says
    body = page.body
    if not body.blocks:
        return
    if body.parts < LEAST_PARTS:
        yield 1, _("a lesson has at least two parts; begin each with a ## heading")
    if len(body.checkpoints) < LEAST_CHECKPOINTS:
        yield 1, _("a lesson has at least two checkpoints; add ::: checkpoint")
    if not body.figures:
        yield 1, _("a lesson has at least one figure; add ::: figure")
    yield from _checkpoint_faults(body, folder)


def _checkpoint_faults(body: Blocks, folder: _Folder) -> Iterator[tuple[int, str]]:
    seen: set[str] = set()
    for line, key in body.checkpoints:
        question = folder.asked.get(key)
        if key in seen:
            yield line, _("%(key)s is asked in this lesson already; choose another", key=key)
        elif question is None and key not in folder.at_fault and key:
            words = faults.nearest(key, sorted(folder.asked))
            yield line, _("there is no question %(key)s; %(words)s", key=key, words=words)
        if question and folder.course and question.head.stage is not folder.course.stage:
            yield line, _("%(key)s is a question for another stage; choose one of this course's",
                          key=key)  # fmt: skip
        if question and question.head.pool is not Pool.OPEN:
            yield line, _("%(key)s is not in the pool open; choose one that is", key=key)
        seen.add(key)


def _pair_faults(chinese: _Page, english: _Page) -> Iterator[tuple[int, str]]:
    if chinese.front and english.front and chinese.front.key != english.front.key:
        yield 1, _("key is not that of the Chinese lesson; write the same")
    keys = [[key for _line, key in page.body.checkpoints] for page in (chinese, english)]
    if english.body.blocks and keys[0] != keys[1]:
        yield 1, _("the checkpoints are not those of the Chinese lesson in the same order; "
                   "write the same")  # fmt: skip


def _doubled(lessons: Sequence[LessonDraft]) -> Iterator[Fault]:
    keys: dict[str, LessonDraft] = {}
    places: dict[tuple[str, int], LessonDraft] = {}
    for lesson in lessons:
        known = keys.setdefault(lesson.key, lesson)
        if known is not lesson:
            says = _("%(file)s has this key already; choose another", file=known.file)
            yield Fault(lesson.file, 1, lesson.key, says)
        known = places.setdefault((lesson.course, lesson.position), lesson)
        if known is not lesson:
            says = _("%(file)s has this number already; choose another", file=known.file)
            yield Fault(lesson.file, 1, lesson.key, says)


def _text(page: _Page) -> dict[str, str]:
    front = page.front
    return {"title": front.title, "objective": front.objective} if front else {}


def _at(page: _Page, line: int, says: str) -> Fault:
    return Fault(page.file, line, page.front.key if page.front else "", says)
