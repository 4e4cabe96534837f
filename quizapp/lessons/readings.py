"""How lessons sound: pinyin kept beside a text, and the signs whose sound nobody has decided."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from quizapp.bank.faults import Fault, Strict, strictly, toml_file
from quizapp.bank.files import shown
from quizapp.bank.rules import BankStage
from quizapp.core import pinyin
from quizapp.core.i18n import _, lazy
from quizapp.core.paths import data_dir
from quizapp.core.pinyin import RUN, Words, backwards, parts, starts
from quizapp.lessons import look_alikes

SYLLABLE = re.compile(r"[a-zāáǎàēéěèīíǐìōóǒòūúǔùüǖǘǚǜḿńňǹ]{1,6}")
STAGE = BankStage.PRIMARY  # Only children of grades 5 and 6 read with pinyin.
HINTS = {
    "signs": lazy("name the signs that sound in several ways"),
    "words": lazy('write the words under [words], as "觉得" = "jué de"'),
}


class ListDraft(Strict):
    """The list of lessons/pinyin.toml."""

    signs: str
    words: dict[str, str]


def of(
    stage: BankStage,
    text: Mapping[str, Any],
    blocks: Mapping[str, Any],
    polls: Mapping[str, Any],
    scenario: Mapping[str, Any] | None,
) -> dict[str, str]:
    """Return how each run of signs of a lesson sounds, {"毒品": "dú pǐn"}; {} for older pupils.

    What the lesson says comes as LessonText keeps it.
    """
    if stage is not STAGE:
        return {}
    said = [text["zh"], blocks["zh"], polls.get("zh"), scenario]
    runs = dict.fromkeys(run for text in _texts(said) for run in RUN.findall(text))
    own = pinyin.own_words()
    return {run: " ".join(pinyin.sounds(run, own)) for run in runs}


def faults(root: Path, bank_root: Path) -> list[Fault]:
    """Return what is wrong with the list, and each sign of the texts for grades 5 and 6 whose sound
    no word of the dictionary or the list decides, or two words that overlap."""
    file = root / pinyin.LIST
    if not file.is_file():
        return []  # Without a list there is no sign to watch.
    said, raw, wrong = toml_file(file)
    draft, shapeless = (None, []) if wrong else strictly(ListDraft, raw, HINTS)
    if draft is None:
        wrong += [(1, told) for told in shapeless]
        return [Fault(shown(file, root), line, "", told) for line, told in wrong]
    found = [
        Fault(shown(file, root), _line(said, word), word, told)
        for word, told in _list_faults(draft.words)
    ]
    own = pinyin.words_of(file)
    for path, top in _files(root, bank_root):
        text = path.read_text(encoding="utf-8", errors="replace")  # Told of by its own reader.
        told_of = _text_faults(text, _signs(draft), own)
        found += [Fault(shown(path, top), line, "", told) for line, told in told_of]
    return found


def undecided(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield such signs of one text, by the list that ships: line, sign and what stands around."""
    return _undecided(text, _watched(), pinyin.own_words())


@cache  # The list ships with the site.
def _watched() -> frozenset[str]:
    file = data_dir("lessons") / pinyin.LIST
    draft = ListDraft.model_validate(toml_file(file)[1]) if file.is_file() else None
    return _signs(draft) if draft else frozenset()


def _signs(draft: ListDraft) -> frozenset[str]:
    return frozenset("".join(draft.signs.split()))


def _text_faults(text: str, watched: frozenset[str], own: Words) -> Iterator[tuple[int, str]]:
    for line, sign, near in _undecided(text, watched, own):
        yield line, _("nobody has decided how %(sign)s sounds in “%(near)s”; add the word to "
                      "lessons/pinyin.toml", sign=sign, near=near)  # fmt: skip


def _texts(document: Any) -> Iterator[str]:
    """Yield every text that stands anywhere in a document."""
    if isinstance(document, str):
        yield document
    elif isinstance(document, Mapping):
        for value in document.values():
            yield from _texts(value)
    elif isinstance(document, list):
        for value in document:
            yield from _texts(value)


def _files(root: Path, bank_root: Path) -> Iterator[tuple[Path, Path]]:
    """Yield the files that these pupils read, each with the folder that faults name it by."""
    own = root / STAGE
    pages = (path for path in own.glob("*.md") if not path.name.endswith(".en.md"))
    pairs = root.glob(look_alikes.FILE)
    for path in sorted([*pages, *(own / "scenarios").glob("*.toml"), *pairs]):
        yield path, root
    for path in sorted(bank_root.rglob(f"{STAGE}-*.toml")):
        yield path, bank_root


def _undecided(text: str, watched: frozenset[str], own: Words) -> Iterator[tuple[int, str, str]]:
    """Yield line, sign and what stands around it, once a line for a sign."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#") and not line.startswith("##"):
            continue  # A remark in a file of questions; the headings of a lesson begin with ##.
        told: set[str] = set()
        for run in RUN.finditer(line):
            for at in _doubtful(run.group(), own):
                sign, here = run.group()[at], run.start() + at
                if sign in watched and sign not in told:
                    told.add(sign)
                    yield number, sign, line[max(0, here - 3) : here + 4]


def _doubtful(run: str, own: Words) -> Iterator[int]:
    """Yield where a sign stands in no word, or in one word from the front and in another from the
    end: 拿着装样子 has 拿着 and 着装."""
    cut = parts(run, own)
    alone = {at for at, part in zip(starts(cut), cut, strict=True) if not part.is_known}
    front = [sound for part in cut for sound in part.sounds]
    for at, (one, other) in enumerate(zip(front, backwards(run, own), strict=True)):
        if at in alone or one != other:
            yield at


def _list_faults(said: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for word, sound in said.items():
        syllables = sound.split()
        if not RUN.fullmatch(word) or len(word) > pinyin.LONGEST:
            yield word, _("a word is one to eight hanzi and nothing else; mend it")
        elif len(syllables) != len(word):
            yield word, _("write a syllable for each sign, with blanks between them")
        elif not all(SYLLABLE.fullmatch(each) for each in syllables):
            yield word, _("write the syllables in small letters, with the sign of the tone")


def _line(said: str, word: str) -> int:
    """Return the line on which a word is listed."""
    at = said.find(f'\n"{word}" ')
    return said[: at + 1].count("\n") + 1 if at >= 0 else 1
