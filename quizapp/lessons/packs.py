"""What is printed of a lesson: cover, plan, worksheet with its key, cards, scenario, letter."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from enum import StrEnum
from typing import Any

from babel.dates import format_date
from sqlalchemy.orm import Session

from quizapp.bank import queries as bank
from quizapp.bank.asked import Asked, Posed
from quizapp.bank.models import Revision
from quizapp.core.errors import Missing
from quizapp.core.i18n import _, in_language
from quizapp.core.paragraphs import parts
from quizapp.core.pictures import SVG
from quizapp.lessons import queries
from quizapp.lessons.models import Lesson, LessonText
from quizapp.lessons.rules import seed
from quizapp.lessons.scenarios import Choice, Scene

Data = dict[str, Any]


class Part(StrEnum):
    """A part of the pack that can be had alone, in the order of the whole."""

    PLAN = "plan"
    WORKSHEET = "worksheet"
    KEY = "key"
    CARDS = "cards"
    SCENARIO = "scenario"
    LETTER = "letter"


def part(name: str) -> Part:
    """Return the part of that name; Missing if there is none."""
    if name not in list(Part):
        raise Missing(_("There is no such part of the pack."))
    return Part(name)


def pack(session: Session, lesson: Lesson, only: Part | None, locale: str) -> Data:
    """Return what templates/pdf/pack.typ sets of a lesson: one part of it, or all with a cover.

    In the language, or in Chinese where the lesson is not in it. Nothing here is about a person.
    Missing: the part is the scenario, and the lesson has none.
    """
    said = queries.text(session, lesson)
    words = in_language(said.text, locale)
    lang = words["lang"]
    notes = said.notes[lang]
    wanted = [only] if only else [each for each in Part if said.scenario or each != Part.SCENARIO]
    return {
        "lang": lang,
        "title": words["title"],
        "objective": words["objective"],
        "minutes": said.minutes,
        "subjects": said.subjects,
        "parts": wanted,
        "is_whole": only is None,
        "basis": _basis(session, said, lang),
        "as_of": _on_paper(said.as_of, lang),
        "notes": {name: notes[name] for name in ("prepare", "plan", "say", "never")},
        "activities": [_activity(one) for one in notes["activities"]],
        "letter": _set(notes["letter"]),
        "questions": _questions(session, lesson, said, lang),
        "scenario": _story(said, lang) if Part.SCENARIO in wanted else None,
    }


def _basis(session: Session, said: LessonText, lang: str) -> list[Data]:
    """Return each text on which the lesson rests once, in the order in which it names them."""
    cited = bank.sources(session, said.sources)
    texts = dict.fromkeys((one.title, one.publisher, one.as_of) for one in cited)
    return [
        {"title": title, "publisher": publisher, "read_on": _on_paper(read_on, lang)}
        for title, publisher, read_on in texts
    ]


def _activity(kept: Mapping[str, Any]) -> Data:
    cards = [_set(card) for card in kept["cards"]]
    told = {"title": kept["title"], "minutes": kept["minutes"]}
    return {**told, "text": _set(kept["text"]), "cards": cards}


def _questions(session: Session, lesson: Lesson, said: LessonText, lang: str) -> list[Data]:
    """Return the checkpoints with their answers, the same on every sheet of the lesson."""
    ids = [checkpoint.question_id for checkpoint in said.checkpoints]
    current = bank.current(session, ids)
    return [_question(current[one], seed(lesson.id, one), lang) for one in ids]


def _question(revision: Revision, of: int, lang: str) -> Data:
    """Return the question under the seed `of`."""
    asked = Asked(revision, of)
    posed, told = asked.posed([], lang), asked.explained(None, lang)
    return {
        "kind": posed.kind,
        "scene": posed.scene,
        "picture": _picture(revision, posed),
        "stem": posed.stem,
        "choices": [asdict(choice) for choice in posed.choices],
        "partners": [asdict(partner) for partner in posed.partners],
        "right": told.right,
        "told": asked.told(asked.key, lang),
        "explain": told.explain,
    }


def _picture(revision: Revision, posed: Posed) -> Data | None:
    """Return the picture, SVG or WebP, its bytes (60,000 at most) as numbers for JSON."""
    kept = revision.picture
    if kept is None or posed.picture is None:
        return None
    form = "svg" if kept.media_type == SVG else "webp"
    is_wide = kept.width > 4 * kept.height  # Or it would be wider than the paper.
    return {
        "raw": list(kept.raw),
        "format": form,
        "alt": posed.picture.alt,
        "is_wide": is_wide,
    }


def _story(said: LessonText, lang: str) -> Data:
    """Return the scenario as cards: each scene under its number, from 1."""
    scenario = queries.scenario(said)
    numbers = {scene.id: number for number, scene in enumerate(scenario.scenes, 1)}
    return {
        "title": in_language(scenario.words, lang)["title"],
        "cards": [_scene(scene, numbers, lang) for scene in scenario.scenes],
    }


def _scene(scene: Scene, numbers: Mapping[str, int], lang: str) -> Data:
    words = in_language(scene.words, lang)
    return {
        "number": numbers[scene.id],
        "lines": words["lines"],
        "ending": scene.ending,
        "choices": [_choice(choice, numbers, lang) for choice in scene.choices],
    }


def _choice(choice: Choice, numbers: Mapping[str, int], lang: str) -> Data:
    words = in_language(choice.words, lang)
    told = {"says": words["says"], "then": words["then"]}
    return {**told, "skill": choice.skill, "to": numbers[choice.to]}


def _set(text: str) -> Sequence[Data]:
    return [asdict(part) for part in parts(text)]


def _on_paper(day: date | None, lang: str) -> str:
    """Return the day in the language of the paper, whatever the reader's is."""
    return format_date(day, "long", locale=lang) if day else ""
