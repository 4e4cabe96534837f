"""Whether a sound, a film or its captions are what their names say."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from quizapp.core.i18n import _

MEGABYTE = 1_000_000
AUDIO = {".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".m4a": "audio/mp4", ".wav": "audio/wav"}
VIDEO = {".mp4": "video/mp4", ".webm": "video/webm"}
CAPTIONS = ".vtt"
TYPES = {**AUDIO, **VIDEO, CAPTIONS: "text/vtt"}
MOST = {"audio": 8 * MEGABYTE, "video": 30 * MEGABYTE, "captions": MEGABYTE // 10}
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\.[a-z0-9]+")
TIME = r"(?:(\d\d+):)?([0-5]\d):([0-5]\d)\.(\d{3})"
CUE = re.compile(rf"{TIME}\s+-->\s+{TIME}(?:\s+\S.*)?")
START = 64  # Bytes in which a file tells what it is.
# By suffix, how the files of that kind begin.
BEGINNINGS = {
    ".mp3": re.compile(rb"ID3|\xff[\xe2\xe3\xf2\xf3\xfa\xfb]", re.DOTALL),
    ".ogg": re.compile(rb"OggS"),
    ".m4a": re.compile(rb".{4}ftyp(?:M4A|M4B|mp42|isom|iso2)", re.DOTALL),
    ".wav": re.compile(rb"RIFF.{4}WAVE", re.DOTALL),
    ".mp4": re.compile(rb".{4}ftyp(?:isom|iso[2-6]|mp4[12]|avc1|M4V|dash)", re.DOTALL),
    ".webm": re.compile(rb"\x1a\x45\xdf\xa3.*?\x42\x82.?webm", re.DOTALL),
}


@dataclass(frozen=True)
class Medium:
    """`tag` is "audio", "video" or "captions"; eight signs that change whenever the file does."""

    tag: str
    version: str


def tag(name: str) -> str:
    """Return "audio", "video" or "captions" by the suffix; "" for anything else."""
    suffix = Path(name).suffix
    if suffix in AUDIO:
        return "audio"
    return "video" if suffix in VIDEO else "captions" if suffix == CAPTIONS else ""


def examine(file: Path) -> tuple[Medium | None, list[tuple[int, str]]]:
    """Return the medium, or None and line and sentence of everything that is wrong with it."""
    kind = tag(file.name)
    if not NAME.fullmatch(file.name) or not kind:
        says = _("the name of a sound or film is small letters, digits and hyphens, then .mp3, "
                 ".ogg, .m4a, .wav, .mp4, .webm or .vtt; rename it")  # fmt: skip
        return None, [(1, says)]
    if file.stat().st_size > MOST[kind]:
        return None, [(1, _("the file is larger than %(most)s kB; make it shorter or simpler",
                            most=MOST[kind] // 1000))]  # fmt: skip
    raw = file.read_bytes()
    found = list(_captions_faults(raw)) if kind == "captions" else _content_faults(file, raw)
    return (None if found else Medium(kind, hashlib.sha256(raw).hexdigest()[:8])), found


def _content_faults(file: Path, raw: bytes) -> list[tuple[int, str]]:
    if BEGINNINGS[file.suffix].match(raw[:START]):
        return []
    return [(1, _("what is in this file is not %(kind)s; give it its right name or make it anew",
                  kind=TYPES[file.suffix]))]  # fmt: skip


def _captions_faults(raw: bytes) -> Iterator[tuple[int, str]]:
    """Yield what is wrong with captions: a first line, then cues one after the other, plain."""
    try:
        lines = raw.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        yield 1, _("this is not UTF-8; save the file in that encoding")
        return
    if not lines or lines[0].split(" ")[0] != "WEBVTT":
        yield 1, _("captions begin with WEBVTT on the first line; write it")
    before, cues = 0.0, 0
    for number, line in enumerate(lines, 1):
        if "-->" in line:
            cues += 1
            cue = CUE.fullmatch(line.strip())
            start, end = (_seconds(cue.groups()[i : i + 4]) for i in (0, 4)) if cue else (0.0, 0.0)
            if not cue:
                yield number, _("this is not a time; write 00:01.000 --> 00:04.000")
            elif end <= start or start < before:
                yield number, _("this time ends before it begins, or begins before the last one; "
                                "mend it")  # fmt: skip
            elif not "".join(lines[number : number + 1]).strip():
                yield number, _("no words stand below this time; write them")
            before = start if cue else before
        elif "<" in line:
            yield number, _("captions are plain words; take out what begins with <")
    if not cues:
        yield 1, _("these captions have no words; write what is said, each with its time")


def _seconds(told: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in told)
    return hours * 3600 + minutes * 60 + seconds + thousandths / 1000
