"""Markdown becomes safe HTML here; the only module that may call text HTML.

Two walls: Markdown is read without raw HTML, and what comes of it passes an allow-list. A text is
measured before it is read, for a few shapes cost a Markdown reader minutes.
"""

import re

import nh3
from markdown import Markdown
from markupsafe import Markup

from quizapp.core.errors import Invalid
from quizapp.core.i18n import LOCALES, _

MAX_BYTES = 20_000
MAX_LINES = 1_000
MAX_DEPTH = 5
# The partner of a bracket is looked for to the end of the paragraph, 1 to 4 µs a sign.
MAX_SEARCH = 60_000

NESTING = re.compile(r"[ \t]*(?:(?:>|[-*+](?=[ \t])|\d+\.(?=[ \t]))[ \t]*)*")
MARKER = re.compile(r">|[-*+]|\d+\.")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # Markdown uses some for itself.
BLANK_LINE = re.compile(r"\n[ \t\r]*\n")
RAW_HTML = re.compile(r"<[A-Za-z/!?]")

TAGS = {
    "a", "audio", "b", "blockquote", "br", "code", "del", "details", "em", "figcaption", "figure",
    "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "li", "ol", "p", "pre", "rp", "rt",
    "ruby", "section", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "track", "ul", "video",
}  # fmt: skip
ATTRIBUTES = {
    "*": {"lang"},
    "a": {"href", "title"},
    "audio": {"controls", "preload", "src"},
    "img": {"src", "alt", "width", "height", "loading"},
    "ol": {"start"},
    "rt": {"aria-hidden"},
    "track": {"default", "kind", "label", "src", "srclang"},
    "video": {"controls", "preload", "src"},
}
BOXES = ("activity", "compare", "takeaway", "timeline")
CLASSES = {"section": set(BOXES), "p": {"box__label"}}
SCHEMES = {"https", "mailto", "tel"}
OWN_FILE = re.compile(r"(?:/[a-z0-9][a-z0-9_-]*)+(?:\.[a-z0-9]+)?(?:\?v=[0-9a-f]+)?")
OWN_PAGE = re.compile(r"#|/(?![/\\])|(?:https|mailto|tel):", re.IGNORECASE)


def markdown(text: str) -> Markup:
    """Return the text as safe HTML; Invalid, with the first of its `faults`, if it has any.

    HTML that stands in the text is shown as the signs that it is.
    """
    if found := faults(text):
        raise Invalid(found[0][1])
    return clean(_reader().convert(text))


def faults(text: str) -> list[tuple[int, str]]:
    """Return line and sentence for whatever makes the text too dear to read; lines from 1."""
    found = _in_all(text)
    for number, line in enumerate(text.splitlines(), 1):
        if CONTROL.search(line):
            found.append((number, _("there is a control character; take it out")))
        if depth(line) > MAX_DEPTH:
            told = _("lists and quotations are nested deeper than five; make them flatter")
            found.append((number, told))
    return found


def depth(line: str) -> int:
    """Return how deep in lists and quotations a line stands, by its indent and its markers."""
    start = NESTING.match(line)
    before = start.group() if start else ""
    indent = len(before.expandtabs(4)) - len(before.expandtabs(4).lstrip())
    return indent // 4 + len(MARKER.findall(before))


def search(text: str) -> int:
    """Return how many signs the brackets of a text make its reader look through, at most."""
    return sum(part.count("[") * len(part) for part in BLANK_LINE.split(text))


def figure(src: str, alt: str, width: int, height: int, caption: Markup) -> Markup:
    """Return a picture with its caption; the size keeps its place while it loads, in pixels."""
    shape = Markup(
        '<figure><img src="{}" alt="{}" width="{}" height="{}" loading="lazy">'
        "<figcaption>{}</figcaption></figure>"
    )
    return clean(shape.format(src, alt, width, height, caption))


def fold(title: str, inside: Markup) -> Markup:
    """Return what is folded away until the reader opens it."""
    shape = Markup("<details><summary>{}</summary>{}</details>")
    return clean(shape.format(title, inside))


def box(name: str, inside: Markup, *, label: str = "", title: str = "") -> Markup:
    """Return a part of a page that stands apart; `name` is one of BOXES."""
    top = Markup('<p class="box__label">{}</p>').format(label) if label else Markup()
    head = Markup("<h3>{}</h3>").format(title) if title else Markup()
    shape = Markup('<section class="{}">{}{}{}</section>')
    return clean(shape.format(name, top, head, inside))


def played(tag: str, src: str, captions: str, lang: str, title: str) -> Markup:
    """Return sound (`tag` is "audio") or film ("video") with its captions in the language."""
    shape = Markup(
        '<figure><{tag} controls preload="none" src="{src}">'
        '<track kind="captions" src="{captions}" srclang="{lang}" label="{label}" default>'
        "</{tag}><figcaption>{title}</figcaption></figure>"
    )
    words = {"tag": tag, "src": src, "captions": captions, "lang": lang, "title": title}
    return clean(shape.format(**words, label=LOCALES[lang]))


def clean(html: str) -> Markup:
    """Return the HTML without whatever the allow-list does not name."""
    safe = nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        allowed_classes=CLASSES,
        attribute_filter=_own,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer",
    )
    return Markup(safe)  # noqa: S704  # The allow-list has just been over it.


def trusted(stored: str) -> Markup:
    """Return HTML that this module made and the database kept."""
    return Markup(stored)  # noqa: S704  # Only what `markdown` and its like made is stored.


def _own(tag: str, name: str, value: str) -> str | None:
    """Drop a file of another site, and a link that is neither own nor of a known scheme."""
    if name == "src":
        return value if OWN_FILE.fullmatch(value) else None
    if tag == "a" and name == "href":
        return value if OWN_PAGE.match(value) else None
    return value


def _in_all(text: str) -> list[tuple[int, str]]:
    found = []
    if len(text.encode()) > MAX_BYTES:
        found.append(_("the text is longer than 20 kB; split it"))
    if len(text.splitlines()) > MAX_LINES:
        found.append(_("the text has more than 1,000 lines; split it"))
    if search(text) > MAX_SEARCH:
        found.append(
            _("there are too many square brackets; take some out or make paragraphs shorter")
        )
    return [(1, says) for says in found]


def _reader() -> Markdown:
    """Return a reader that takes no raw HTML; a new one each time, for it remembers."""
    reader = Markdown(extensions=["tables", "sane_lists"], output_format="html")
    reader.preprocessors.deregister("html_block")
    for pattern in ("html", "autolink", "automail"):
        reader.inlinePatterns.deregister(pattern)
    return reader
