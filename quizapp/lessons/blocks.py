"""Turns the text of a lesson, Markdown with directives, into HTML, checkpoints, polls and more."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from quizapp.bank.faults import nearest
from quizapp.core import markup
from quizapp.core.i18n import _
from quizapp.core.pictures import Picture
from quizapp.lessons import directives
from quizapp.lessons.directives import Faults, Piece
from quizapp.lessons.media import CAPTIONS, Medium

PICTURES, MEDIA = "pictures", "media"
MOST_MARKED = 150  # Lines with :::, for each costs a reader of its own: half a millisecond.
MINUTES = re.compile(r"(\d{1,2})\s*(?:分钟|minutes?)\s+(.+)")
MARKS = re.compile(r"[\s*_`#>\[\]()-]")
POLL_ANSWERS = range(2, 6)
MOST_SAID = {"takeaway": {"zh": 60, "en": 160}, "poll": {"zh": 80, "en": 200}}
# A lesson is told in its own language, whatever that of the page around it.
LABELS = {
    "activity": {"zh": "课堂活动 · {} 分钟", "en": "In class · {} minutes"},
    "takeaway": {"zh": "带走一句话", "en": "One thing to keep"},
    "transcript": {"zh": "文字稿", "en": "What is said"},
}


@dataclass(frozen=True)
class Beside:
    """What lies beside a lesson: `folder` is its address, the rest by file name."""

    folder: str
    pictures: Mapping[str, Picture]
    media: Mapping[str, Medium]


@dataclass
class Blocks:
    """What a text came to; `blocks` and `polls` as LessonText keeps them, `activities` as the notes
    there do.

    Checkpoints and scenarios are (line, key). `hook`: whether something is told before the first
    heading. `ends_with_help`: whether nothing comes after the help lines.
    """

    blocks: list[dict[str, Any]] = field(default_factory=list)
    polls: list[dict[str, Any]] = field(default_factory=list)
    activities: list[dict[str, Any]] = field(default_factory=list)
    checkpoints: list[tuple[int, str]] = field(default_factory=list)
    scenarios: list[tuple[int, str]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)  # Of directives, by their words.
    parts: int = 0
    hook: bool = False
    ends_with_help: bool = False
    faults: Faults = field(default_factory=list)

    def show(self, html: Markup) -> None:
        """Add HTML to the last block, or begin a new one after what is no HTML."""
        if html and self.blocks and "html" in self.blocks[-1]:
            self.blocks[-1]["html"] += "\n" + str(html)
        elif html:
            self.blocks.append({"html": str(html)})


def read(text: str, *, first_line: int, lang: str, beside: Beside) -> Blocks:
    """Read a text whose first line has this number; one of too many directives is not read."""
    made = Blocks()
    if len(directives.MARKED.findall(text)) > MOST_MARKED:
        made.faults.append((first_line, _("there are too many directives; split the lesson")))
        return made
    for piece in directives.pieces(text, first_line, made.faults):
        made.counts[piece.word] = made.counts.get(piece.word, 0) + 1
        if piece.word:
            _take(made, piece, lang, beside)
        else:
            html = _html(piece, made.faults)
            made.hook = made.hook or (not made.parts and not html.startswith("<h2>") and bool(html))
            made.parts += html.count("<h2>")
            made.show(html)
        if piece.word or piece.text.strip():
            made.ends_with_help = piece.word == "help"
    made.faults.sort()
    return made


def _take(made: Blocks, piece: Piece, lang: str, beside: Beside) -> None:
    """Add what a directive says."""
    match piece.word:
        case "checkpoint":
            made.blocks.append({"checkpoint": len(made.checkpoints)})
            made.checkpoints.append((piece.line, piece.told))
        case "scenario":
            made.blocks.append({"scenario": piece.told})
            made.scenarios.append((piece.line, piece.told))
        case "poll":
            made.blocks.append({"poll": len(made.polls)})
            made.polls.append(_poll(piece, made.faults, lang))
        case "help":
            made.blocks.append({"help": True})
        case "activity":
            made.show(_activity(made, piece, lang))
        case _:
            made.show(_drawn(piece, made.faults, lang, beside))


def _drawn(piece: Piece, faults: Faults, lang: str, beside: Beside) -> Markup:
    """Return a directive that is HTML and nothing else."""
    match piece.word:
        case "reveal":
            html = _reveal(piece, faults)
        case "takeaway":
            html = _takeaway(piece, faults, lang)
        case "compare":
            html = _compare(piece, faults)
        case "timeline":
            html = _timeline(piece, faults)
        case "figure":
            html = _figure(piece, faults, beside)
        case _:
            html = _played(piece, faults, lang, beside)
    return html


def _html(piece: Piece, faults: Faults, text: str | None = None) -> Markup:
    """Return the lines, or this text made of them, as HTML; nothing if a fault forbids it."""
    said = piece.text if text is None else text
    if not said.strip():
        return Markup()
    found = markup.faults(said)
    if text is None:
        found += directives.list_faults(piece)
    if found:
        faults += [(piece.line + number, says) for number, says in found]
        return Markup()
    return markup.markdown(said)


def _poll(piece: Piece, faults: Faults, lang: str) -> dict[str, Any]:
    options = directives.items(piece, faults)
    most = MOST_SAID["poll"][lang]
    if not piece.told:
        faults.append((piece.line, _("this poll asks nothing; write a question behind it")))
    if len(options) not in POLL_ANSWERS:
        faults.append((piece.line, _("a poll has two to five answers; write each as - answer")))
    if any(len(said) > most for said in (piece.told, *options)):
        says = _("a question or an answer of this poll is longer than %(most)s signs; shorten it",
                 most=most)  # fmt: skip
        faults.append((piece.line, says))
    return {"asks": piece.told, "options": options}


def _activity(made: Blocks, piece: Piece, lang: str) -> Markup:
    found = MINUTES.fullmatch(piece.told)
    if not found:
        says = _("say how long the activity takes and what it is called, such as 8 分钟 TITLE")
        made.faults.append((piece.line, says))
        return Markup()
    minutes, title = int(found[1]), found[2]
    items = [(line, directives.item_of(line)) for line in piece.lines]
    cards = [item for _line, item in items if item is not None]
    told = [line for line, item in items if item is None]
    said = "\n".join(told).strip()
    html = _html(piece, made.faults, "\n".join([said, "", *(f"- {card}" for card in cards)]))
    if not said:
        made.faults.append((piece.line, _("this activity says nothing; write what a class does")))
    made.activities.append({"title": title, "minutes": minutes, "text": said, "cards": cards})
    label = LABELS["activity"][lang].format(minutes)
    return markup.box("activity", html, label=label, title=title)


def _reveal(piece: Piece, faults: Faults) -> Markup:
    inside = _html(piece, faults)
    if not piece.text.strip():
        faults.append((piece.line, _("this reveal hides nothing; write what it shows")))
    return markup.fold(piece.told, inside)


def _takeaway(piece: Piece, faults: Faults, lang: str) -> Markup:
    most, length = MOST_SAID["takeaway"][lang], len(MARKS.sub("", piece.text))
    if lang == "en":
        length = len(" ".join(piece.text.split()))
    if not length:
        faults.append((piece.line, _("this takeaway says nothing; write the one thing to keep")))
    if length > most:
        says = _("the takeaway is longer than %(most)s signs; keep one thing", most=most)
        faults.append((piece.line, says))
    return markup.box("takeaway", _html(piece, faults), label=LABELS["takeaway"][lang])


def _compare(piece: Piece, faults: Faults) -> Markup:
    head = directives.pair_of(piece.told)
    rows = directives.pairs(piece, faults)
    if head is None:
        faults.append((piece.line, _("this compare has no heads; write LEFT | RIGHT behind it")))
    if not rows:
        faults.append((piece.line, _("this compare has no lines; write each as - left | right")))
    table = [head or ("", ""), ("---", "---"), *rows]
    text = "\n".join(f"| {left} | {right} |" for left, right in table)
    return markup.box("compare", _html(piece, faults, text)) if head and rows else Markup()


def _timeline(piece: Piece, faults: Faults) -> Markup:
    rows = directives.pairs(piece, faults)
    if not rows:
        faults.append((piece.line, _("this timeline has no lines; write each as - when | what")))
    text = "\n".join(f"1. **{when}** {what}" for when, what in rows)
    return markup.box("timeline", _html(piece, faults, text)) if rows else Markup()


def _figure(piece: Piece, faults: Faults, beside: Beside) -> Markup:
    name, _space, alt = piece.told.partition(" ")
    caption = _html(piece, faults)
    if not alt.strip():
        says = _("this figure has no text for those who cannot see it; write it behind the file")
        faults.append((piece.line, says))
    if not caption:
        faults.append((piece.line, _("this figure has no caption; write a sentence below it")))
    picture = beside.pictures.get(name)
    if picture is None:
        faults.append((piece.line, no_picture(name, beside.pictures)))
        return Markup()
    src = address(beside.folder, PICTURES, name, picture.version)
    return markup.figure(src, alt.strip(), picture.width, picture.height, caption)


def _played(piece: Piece, faults: Faults, lang: str, beside: Beside) -> Markup:
    name, _space, title = piece.told.partition(" ")
    medium = beside.media.get(name)
    written = name.rpartition(".")[0] + CAPTIONS
    captions = beside.media.get(written)
    transcript = _html(piece, faults)
    if not title.strip():
        says = _("this %(word)s has no title; write it behind the file", word=piece.word)
        faults.append((piece.line, says))
    if not transcript:
        says = _("this %(word)s has no transcript; write below it what is said", word=piece.word)
        faults.append((piece.line, says))
    if medium is None or medium.tag != piece.word:
        known = sorted(key for key, each in beside.media.items() if each.tag == piece.word)
        says = _("there is no %(word)s %(name)s in media/; %(words)s",
                 word=piece.word, name=name, words=nearest(name, known))  # fmt: skip
        faults.append((piece.line, says))
    elif captions is None:
        says = _("%(name)s has no captions; add media/%(captions)s", name=name, captions=written)
        faults.append((piece.line, says))
    if medium is None or captions is None:
        return Markup()
    shown = markup.played(
        piece.word,
        address(beside.folder, MEDIA, name, medium.version),
        address(beside.folder, MEDIA, written, captions.version),
        lang,
        title.strip(),
    )
    return shown + Markup("\n") + markup.fold(LABELS["transcript"][lang], transcript)


def address(folder: str, kind: str, name: str, version: str) -> str:
    """Return where a file is served: its address changes whenever the file does."""
    return f"{folder}/{kind}/{name}?v={version}"


def no_picture(name: str, pictures: Mapping[str, Picture]) -> str:
    words = nearest(name, sorted(pictures))
    return _("there is no picture %(name)s in pictures/; %(words)s", name=name, words=words)
