"""Which formats there are, and how a file tells which one it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from types import ModuleType
from typing import Final

from quizapp.bank.exchange import Item
from quizapp.bank.formats import aiken, gift, json_, moodle, plain, qti, sheet, toml_
from quizapp.bank.formats.qti_names import VERSIONS
from quizapp.core.i18n import lazy


@dataclass(frozen=True)
class Format:
    """One format. `endings` are those of its files; the first one is that of what we write."""

    label: object
    endings: Sequence[str]
    read: Callable[[str, bytes], list[Item]]
    write: Callable[[Sequence[Item]], bytes]
    lost: Callable[[Item], list[str]]


def _of(module: ModuleType, label: object, *endings: str) -> Format:
    return Format(label, endings, module.read, module.write, module.lost)


FORMATS: Final[Mapping[str, Format]] = {
    "text": _of(plain, lazy("Plain text: 1. … A. … 答案：C 解析：…"), ".txt"),
    "xlsx": _of(sheet, lazy("Table (.xlsx, .csv)"), ".xlsx", ".csv", ".xlsm", ".et", ".tsv"),
    "gift": _of(gift, lazy("GIFT"), ".gift"),
    "aiken": _of(aiken, lazy("Aiken"), ".aiken"),
    "json": _of(json_, lazy("JSON of this site"), ".json"),
    "moodle": _of(moodle, lazy("Moodle XML"), ".xml"),
    "qti": _of(qti, lazy("QTI 2.1, 2.2 or 3.0: a package, or one question"), ".zip"),
    "toml": _of(toml_, lazy("TOML, as the files of the bank"), ".toml"),
}
PASTED: Final = ("text", "gift", "aiken", "moodle", "json", "toml")  # What may be pasted.
# How each one is written; QTI as it was asked for.
WRITERS: Final[Mapping[str, Callable[[Sequence[Item]], bytes]]] = {
    **{key: known.write for key, known in FORMATS.items()},
    **{f"qti-{version}": partial(qti.write, version=version) for version in VERSIONS},
}
QUIZ, OPENING = b"<quiz", 4096


def told_by(name: str, opening: bytes) -> str:
    """Return the key of the format that the ending of a file tells, "" if it tells none.

    `opening`: its first OPENING bytes; they tell one kind of XML from another.
    """
    ending = PurePath(name).suffix.lower()
    found = next((key for key, known in FORMATS.items() if ending in known.endings), "")
    return "qti" if found == "moodle" and QUIZ not in opening else found
