"""Topics, sources and questions as a file writes them, and the rules that a question must keep."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from quizapp.bank.faults import KEY, Key, Strict, nearest, strictly, to
from quizapp.bank.kinds import text
from quizapp.bank.kinds.table import TEXTS
from quizapp.bank.kinds.text import Text
from quizapp.bank.rules import BankStage, Kind, Pool
from quizapp.core.i18n import _, lazy

Day = date  # For a field that is called date.
LANGUAGES = ("zh", "en")
PICTURE = re.compile(rf"{KEY}\.(svg|png|jpg|webp)")
COPY_LASTS = timedelta(days=184)  # Six months: a copy of an announcement is not its text.

HINTS = {
    "key": lazy("give it a name for ever, such as primary-refuse-strange-drink"),
    "kind": lazy("say single, multiple, judge, situation, order, match or fill"),
    "stage": lazy("say primary, junior or senior"),
    "difficulty": lazy("say 1 (easy), 2 or 3 (hard)"),
    "pool": lazy("say open, contest or anchor"),
    "objective": lazy("say what a pupil should know or be able to do"),
    "source": lazy("name at least one passage of sources.toml, such as rule:refuse-leave-tell"),
    "as_of": lazy("give the day on which somebody compared the question with its source"),
    "review_by": lazy("give the day until which it can be trusted"),
    "zh": lazy("write the question in Chinese under [question.zh]"),
}


class Certainty(StrEnum):
    """How near somebody came to a source."""

    TEXT = "text"  # The text itself was read.
    COPY = "copy"  # A copy of a named announcement.
    RULE = "rule"  # A rule of this bank.


class TopicDraft(Strict):
    zh: Annotated[str, to(40)]
    en: Annotated[str, to(60)]


class SourceDraft(Strict):
    title: Annotated[str, to(200)]
    publisher: Annotated[str, to(120)]
    date: Day
    read_on: Day
    certainty: Annotated[Certainty, Field(strict=False)]
    passages: Annotated[dict[Key, Annotated[str, to(1000)]], Field(min_length=1)]


# By key. An entry that has faults of its own is None: whoever names it has none for that. All of it
# is None where sources.toml cannot be read.
Sources = Mapping[str, SourceDraft | None] | None


class Head(Strict):
    """What is the same in every language."""

    key: Key
    kind: Annotated[Kind, Field(strict=False)]
    stage: Annotated[BankStage, Field(strict=False)]
    difficulty: Annotated[int, Field(ge=1, le=3)]
    pool: Annotated[Pool, Field(strict=False)]
    core: bool = False
    objective: Annotated[str, to(200)]
    source: Annotated[list[str], Field(min_length=1)]
    as_of: date
    review_by: date
    picture: str | None = None  # Its file in pictures/ beside the file of the question.
    zh: dict[str, Any]
    en: dict[str, Any] | None = None


@dataclass(frozen=True)
class QuestionDraft:
    """A question that has kept every rule. `texts` holds Chinese first; `file` and `line` tell
    where its entry begins. `picture_sha256` names the bytes of its picture; "": it has none."""

    topic: str
    head: Head
    texts: Mapping[str, Text]
    file: str
    line: int
    picture_sha256: str = ""

    @property
    def key(self) -> str:
        return self.head.key

    @property
    def answer(self) -> list[int]:
        """What is right, in numbers of options from 0, as a revision keeps it."""
        return self.texts["zh"].answer

    @property
    def digest(self) -> str:
        """SHA-256 of what the file says of it, whatever its layout and comments."""
        # What is not core has the digest that it had before there was a core set. A picture is
        # what it shows, whatever its file is called.
        unsaid = {"picture"} if self.head.core else {"core", "picture"}
        said = [self.topic, self.head.model_dump(mode="json", exclude=unsaid), self.plain()]
        said += [self.picture_sha256] if self.picture_sha256 else []
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def plain(self) -> dict[str, Any]:
        """Return the texts as a revision keeps them."""
        return {lang: said.plain() for lang, said in self.texts.items()}


def checked(entry: Any, sources: Sources) -> tuple[Head | None, dict[str, Text], list[str]]:
    """Return what an entry says, and a sentence for every rule that it breaks.

    What cannot be understood is left out: the head is None, or a language is not there.
    """
    head, told = strictly(Head, entry, HINTS)
    raw = entry if isinstance(entry, dict) else {}
    kind = head.kind if head else Kind(raw["kind"]) if raw.get("kind") in list(Kind) else None
    if head:
        told += head_faults(head, sources)
    texts: dict[str, Text] = {}
    model = TEXTS[kind] if kind else None  # What a text may say depends on the kind.
    for lang in LANGUAGES:
        if model and isinstance(raw.get(lang), dict):
            within = "" if lang == "zh" else lang
            said, wrong = strictly(model, raw[lang], text.HINTS, within)
            if said:
                texts[lang] = said
                start = f"{within}: " if within else ""
                wrong += [start + sentence for sentence in said.faults(lang)]
            told += wrong
    if len(texts) == len(LANGUAGES):
        told += texts["en"].unlike(texts["zh"])
    if head:
        told += _picture_faults(head, texts)
    return head, texts, told


def source_faults(source: SourceDraft) -> Iterator[str]:
    if source.read_on < source.date:
        yield _("read_on lies before date; nobody can have read it yet")


def head_faults(head: Head, sources: Sources) -> Iterator[str]:
    if head.core and head.pool is Pool.ANCHOR:
        yield _("core is true, but anchors are seen in surveys only; say open or contest in pool")
    if head.core and head.en is None:
        yield _("core is true, so it is read in English too; write it under [question.en]")
    yield from basis_faults(head.source, head.as_of, head.review_by, sources)


def _picture_faults(head: Head, texts: Mapping[str, Text]) -> Iterator[str]:
    """Yield where a picture has no words for those who cannot see it, or words no picture."""
    if head.picture is not None and not PICTURE.fullmatch(head.picture):
        yield _("picture is %(name)r; name it in small letters, digits and hyphens, and .svg, "
                ".png, .jpg or .webp", name=head.picture)  # fmt: skip
    for lang, said in texts.items():
        start = "" if lang == "zh" else f"{lang}: "
        if head.picture and not said.picture_alt:
            yield start + _("picture_alt is missing; %(hint)s", hint=text.HINTS["picture_alt"])
        elif said.picture_alt and not head.picture:
            yield start + _("picture_alt says what no picture shows; name the picture, or take "
                            "this out")  # fmt: skip


def basis_faults(
    refs: Sequence[str], as_of: date, review_by: date, sources: Sources
) -> Iterator[str]:
    """Yield what is wrong with the sources of a question or a lesson, and with its dates."""
    for ref, times in Counter(refs).items():
        if times > 1:
            yield _("source names %(ref)s twice; once is enough", ref=ref)
        yield from _ref_faults(ref, sources)
    if review_by < as_of:
        yield _("review_by lies before as_of; give a later day")
    elif review_by - as_of > COPY_LASTS and any(_is_copy(ref, sources) for ref in refs):
        yield _("review_by lies more than six months after as_of, and a source is only a copy; "
                "give an earlier day")  # fmt: skip


def _ref_faults(ref: str, sources: Sources) -> Iterator[str]:
    key, colon, passage = ref.partition(":")
    if not colon:
        yield _("source %(ref)s names no passage; write source:passage", ref=ref)
    elif sources is not None and key not in sources:
        yield _("there is no source %(key)s; %(words)s", key=key, words=nearest(key, list(sources)))
    elif (source := (sources or {}).get(key)) and passage not in source.passages:
        words = nearest(passage, list(source.passages))
        yield _("source %(key)s has no passage %(passage)s; %(words)s",
                key=key, passage=passage, words=words)  # fmt: skip


def _is_copy(ref: str, sources: Sources) -> bool:
    source = (sources or {}).get(ref.partition(":")[0])
    return source is not None and source.certainty is Certainty.COPY
