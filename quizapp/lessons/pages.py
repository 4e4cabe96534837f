"""Reads one lesson: its two pages, what its directives name, and its notes.

Files are read so, and what an editor writes on the site: both are texts here.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from quizapp.bank import faults
from quizapp.bank.drafts import basis_faults
from quizapp.bank.faults import Draft, Fault, nearest, strictly
from quizapp.bank.rules import Pool
from quizapp.core import markup
from quizapp.core.i18n import _, lazy
from quizapp.lessons import blocks, directives
from quizapp.lessons.blocks import Blocks
from quizapp.lessons.drafts import (
    HINTS,
    EnglishFront,
    Front,
    LessonDraft,
    NotesDraft,
    NotesText,
    Written,
)
from quizapp.lessons.folders import Asked, Folder

FENCE = "+++"
ENDINGS = {"zh": ".md", "en": ".en.md", "notes": ".notes.toml"}
LEAST_PARTS, LEAST_CHECKPOINTS = 2, 3
LEAST_SAID = 3  # Of what to say, and of what not to.
HOUR = range(20, 46)  # Minutes of the plan together.
MOST_SOUGHT = 3  # Unknown questions for which the likeliest is looked for: 50 ms each.
LETTER = {"zh": range(150, 701), "en": range(400, 2401)}  # Signs without spaces; in English all.
# How often a directive stands in a lesson: at least, at most; what is told otherwise.
WANTED = {
    "figure": (1, 99, lazy("a lesson has at least one figure; add ::: figure")),
    "scenario": (1, 1, lazy("a lesson has exactly one scenario; write ::: scenario once")),
    "activity": (1, 9, lazy("a lesson has at least one activity; add ::: activity")),
    "takeaway": (1, 1, lazy("a lesson has exactly one takeaway; write ::: takeaway once")),
    "help": (1, 1, lazy("a lesson has the help lines once; write ::: help at its end")),
}  # fmt: skip


@dataclass(frozen=True)
class Page:
    """A page of a lesson. Without `front` its head is at fault; `key` and `title` are "" if it has
    none."""

    file: str
    key: str = ""
    title: str = ""
    front: EnglishFront | None = None
    body: Blocks = field(default_factory=Blocks)

    def at(self, line: int, says: str) -> Fault:
        return Fault(self.file, line, self.key, says)


@dataclass(frozen=True)
class Read:
    """What became of a lesson: the draft, if no rule is broken, and the scenarios it names.

    `pages` and `notes` by language, as far as they could be read.
    """

    key: str
    draft: LessonDraft | None
    stories: frozenset[str]
    faults: Sequence[Fault]
    pages: Mapping[str, Page] = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)


def read(parts: Mapping[str, Written], position: int, folder: Folder) -> Read:
    """Read a lesson in its languages; every rule that it breaks stands in `faults`.

    `parts`: "zh", and of "en" and "notes" those that are there; the scenario lies in the folder.
    """
    page, found = _page(parts["zh"], Front, folder, "zh")
    found += [page.at(line, says) for line, says in _rules(page, folder)]
    pages = {"zh": page}
    if "en" in parts:
        english, wrong = _page(parts["en"], EnglishFront, folder, "en")
        pages["en"] = english
        found += wrong
        found += [english.at(line, says) for line, says in _pair_faults(page, english)]
    notes, wrong = _notes(parts.get("notes"), pages)
    found += wrong
    found += [page.at(line, says) for line, says in _story_faults(page, folder, set(pages))]
    stories = frozenset(key for _line, key in page.body.scenarios)
    if found or not isinstance(page.front, Front) or notes is None:
        return Read(page.key, None, stories, found, pages, notes or {})
    draft = LessonDraft(
        stage=folder.stage,
        position=position,
        front=page.front,
        text={lang: _text(each) for lang, each in pages.items()},
        blocks={lang: each.body.blocks for lang, each in pages.items()},
        checkpoints=[asked for _line, asked in page.body.checkpoints],
        file=page.file,
        polls={lang: each.body.polls for lang, each in pages.items()},
        scenario=folder.scenarios[page.body.scenarios[0][1]],
        notes={
            lang: {**notes[lang], "activities": each.body.activities}
            for lang, each in pages.items()
        },
        files={
            **{part: written.text for part, written in parts.items()},
            "scenario": folder.stories[page.body.scenarios[0][1]],
        },
    )
    return Read(page.key, draft, stories, [], pages, notes)


def _page(
    written: Written, model: type[Draft], folder: Folder, lang: str
) -> tuple[Page, list[Fault]]:
    """Read one page: its head, then its body."""
    name, said, wrong = written.name, written.text, list(written.unread)
    if len(said.encode()) > markup.MAX_BYTES:
        wrong.append((1, _("the lesson is longer than 20 kB; split it")))
    lines = said.splitlines()
    if len(lines) > markup.MAX_LINES:
        wrong.append((1, _("the lesson has more than 1,000 lines; split it")))
    end = next((n for n, line in enumerate(lines) if n and line.strip() == FENCE), 0)
    if not wrong and (lines[:1] != [FENCE] or not end):
        wrong.append((1, _("the file does not begin with a head between +++ and +++; add it")))
    if wrong:
        return Page(name), [Fault(name, line, "", told) for line, told in wrong]
    raw, wrong = faults.toml("\n".join(lines[1:end]))
    front, told = (None, []) if wrong else strictly(model, raw, HINTS)
    key, title = str(raw.get("key", "")), str(raw.get("title", ""))
    text = "\n".join(lines[end + 1 :])
    body = blocks.read(text, first_line=end + 2, lang=lang, beside=folder.beside)
    found = [Fault(name, line + 1, key, says) for line, says in wrong]
    found += [Fault(name, 1, key, says) for says in told]
    found += [Fault(name, line, key, says) for line, says in body.faults]
    if not body.blocks and not body.faults:
        says = _("this lesson says nothing; write its text")
        found.append(Fault(name, end + 1, key, says))
    told_front = front if isinstance(front, EnglishFront) else None
    return Page(name, key, title, told_front, body), found


def _rules(page: Page, folder: Folder) -> Iterator[tuple[int, str]]:
    """Yield line and sentence for each rule that a Chinese lesson breaks."""
    front, body = page.front, page.body
    if isinstance(front, Front):
        for says in basis_faults(front.source, front.as_of, front.review_by, folder.sources):
            yield 1, says
        if not front.key.startswith(f"{folder.stage}-"):
            yield 1, _("key does not begin with the stage; write %(stage)s- before it",
                       stage=folder.stage)  # fmt: skip
    if not body.blocks:
        return
    yield from _shape_faults(body)
    if len(body.checkpoints) < LEAST_CHECKPOINTS:
        yield 1, _("a lesson has at least three checkpoints; add ::: checkpoint")
    for word, (least, most, says) in WANTED.items():
        if not least <= body.counts.get(word, 0) <= most:
            yield 1, str(says)
    yield from _checkpoint_faults(body, folder)


def _shape_faults(body: Blocks) -> Iterator[tuple[int, str]]:
    """Yield what is wrong with the order of a page, in either language."""
    if body.parts < LEAST_PARTS:
        yield 1, _("a lesson has at least two parts; begin each with a ## heading")
    if not body.hook:
        yield 1, _("no scene stands before the first heading; begin with one")
    if body.counts.get("help") and not body.ends_with_help:
        yield 1, _("something follows the help lines; put ::: help at the end")


def _checkpoint_faults(body: Blocks, folder: Folder) -> Iterator[tuple[int, str]]:
    seen: set[str] = set()
    sought = 0
    fitting = Asked(folder.stage, Pool.OPEN)
    known = sorted(key for key, question in folder.asked.items() if question == fitting)
    for line, key in body.checkpoints:
        question = folder.asked.get(key)
        if key in seen:
            yield line, _("%(key)s is asked in this lesson already; choose another", key=key)
        elif question is None and key not in folder.at_fault and key:
            sought += 1
            words = nearest(key, known if sought <= MOST_SOUGHT else [])
            yield line, _("there is no question %(key)s; %(words)s", key=key, words=words)
        if question and question.stage is not folder.stage:
            yield line, _("%(key)s is a question for another stage; choose one of this stage",
                          key=key)  # fmt: skip
        if question and question.pool is not Pool.OPEN:
            yield line, _("%(key)s is not in the pool open; choose one that is", key=key)
        seen.add(key)


def _story_faults(page: Page, folder: Folder, languages: set[str]) -> Iterator[tuple[int, str]]:
    """Yield what is wrong with the scenario that the lesson names."""
    for line, key in page.body.scenarios:
        story = folder.scenarios.get(key)
        if key and key not in folder.scenarios:
            words = nearest(key, sorted(folder.scenarios))
            yield line, _("there is no scenario %(key)s in scenarios/; %(words)s",
                          key=key, words=words)  # fmt: skip
        if story and set(story.words) != languages:
            yield line, _("%(key)s is not in the languages of this lesson; write it in both, or "
                          "in Chinese alone", key=key)  # fmt: skip


def _pair_faults(chinese: Page, english: Page) -> Iterator[tuple[int, str]]:
    if chinese.front and english.front and chinese.front.key != english.front.key:
        yield 1, _("key is not that of the Chinese lesson; write the same")
    if not english.body.blocks:
        return
    yield from _shape_faults(english.body)
    for word, found in _differences(chinese.body, english.body).items():
        if found:
            yield 1, _("the directives %(word)s are not those of the Chinese lesson in the same "
                       "order; write the same", word=word)  # fmt: skip


def _differences(chinese: Blocks, english: Blocks) -> dict[str, bool]:
    """Return of what must be alike in both languages whether it is not."""

    def asked(body: Blocks) -> list[str]:
        return [key for _line, key in body.checkpoints]

    def answers(body: Blocks) -> list[int]:
        return [len(poll["options"]) for poll in body.polls]

    def cards(body: Blocks) -> list[tuple[int, int]]:
        return [(one["minutes"], len(one["cards"])) for one in body.activities]

    def rest(body: Blocks) -> Counter[str]:
        said = Counter(body.counts)
        for word in ("", "checkpoint", "poll", "scenario", "activity"):
            del said[word]
        return said

    stories = [[key for _line, key in body.scenarios] for body in (chinese, english)]
    others = (rest(chinese) - rest(english)) + (rest(english) - rest(chinese))
    return {
        "checkpoint": asked(chinese) != asked(english),
        "poll": answers(chinese) != answers(english),
        "scenario": stories[0] != stories[1],
        "activity": cards(chinese) != cards(english),
        **dict.fromkeys(sorted(others), True),
    }


def _notes(
    written: Written | None, pages: Mapping[str, Page]
) -> tuple[dict[str, dict[str, Any]] | None, list[Fault]]:
    """Return the notes by language, or None and what is wrong with them."""
    page, key = pages["zh"].file, pages["zh"].key
    if written is None:
        name = page.rpartition("/")[2].removesuffix(ENDINGS["zh"]) + ENDINGS["notes"]
        says = _("this lesson has no notes for those who teach it; add %(name)s", name=name)
        return None, [Fault(page, 1, key, says)]
    name, said = written.name, written.text
    if len(said.encode()) > markup.MAX_BYTES:
        return None, [Fault(name, 1, key, _("the notes are longer than 20 kB; shorten them"))]
    raw, wrong = faults.toml(said)
    if wrong := [*written.unread, *wrong]:
        return None, [Fault(name, line, key, told) for line, told in wrong]
    draft, told = strictly(NotesDraft, raw, HINTS)
    if draft is None:
        return None, [Fault(name, 1, key, says) for says in told]
    texts = {lang: text for lang, text in (("zh", draft.zh), ("en", draft.en)) if text}
    found = [
        Fault(name, _line_of(said, lang), key, f"{lang}: {says}")
        for lang, text in texts.items()
        for says in _notes_faults(text, lang)
    ]
    if texts.keys() != pages.keys():
        says = _("the notes are not in the languages of the lesson; write [zh], and [en] where "
                 "the lesson is in English too")  # fmt: skip
        found.append(Fault(name, 1, key, says))
    return {lang: text.model_dump() for lang, text in texts.items()}, found


def _notes_faults(text: NotesText, lang: str) -> Iterator[str]:
    minutes = sum(step.minutes for step in text.plan)
    if minutes not in HOUR:
        yield _("the plan takes %(minutes)s minutes; make it 20 to 45", minutes=minutes)
    for name, said in (("say", text.say), ("never", text.never)):
        if len(said) < LEAST_SAID:
            yield _("%(name)s has fewer than three entries; add some", name=name)
    signs = len(text.letter.strip()) if lang == "en" else len("".join(text.letter.split()))
    if signs not in LETTER[lang]:
        yield _("the letter has %(signs)s signs; make it %(least)s to %(most)s",
                signs=signs, least=LETTER[lang].start, most=LETTER[lang].stop - 1)  # fmt: skip
    for line in text.letter.splitlines():
        yield from (f"letter: {says}" for says in directives.line_faults(line))
    yield from (f"letter: {says}" for _line, says in markup.faults(text.letter))


def _line_of(said: str, lang: str) -> int:
    """Return the line on which the notes of a language begin."""
    lines = said.splitlines()
    return next((n for n, line in enumerate(lines, 1) if line.strip() == f"[{lang}]"), 1)


def _text(page: Page) -> dict[str, str]:
    front = page.front
    return {"title": front.title, "objective": front.objective} if front else {}
