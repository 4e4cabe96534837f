"""Puts pinyin over the hanzi of a page: <ruby>毒<rt aria-hidden="true">dú</rt></ruby>.

`rt` is hidden from screen readers, which would say every syllable twice.
"""

import re
from collections.abc import Callable, Sequence

from markupsafe import Markup

from quizapp.core.markup import trusted
from quizapp.core.pinyin import RUN

# A tag with its quoted values, in which a ">" may stand; or a comment.
TAG = re.compile(r"""<!--.*?-->|<(/?)([A-Za-z][\w-]*)(?:"[^"]*"|'[^']*'|[^'">])*>""", re.DOTALL)
# What holds text that is no HTML, has pinyin already, or is said by a person: names and words of
# children, whose sound no dictionary knows.
BARE = frozenset({"bdi", "option", "rt", "ruby", "script", "style", "svg", "textarea", "title"})

Sounds = Callable[[str], Sequence[str]]  # The syllable of each sign of a run.


def over(html: str, sounds: Sounds) -> Markup:
    """Return the HTML with pinyin over each hanzi of its text; tags and their values stay.

    A sign without a known syllable stays as it is.
    """
    parts: list[str] = []
    at, inside = 0, ""  # The bare element in which we are; none stands in another of its kind.
    for tag in TAG.finditer(html):
        text = html[at : tag.start()]
        parts += [text if inside else _marked(text, sounds), tag.group()]
        at = tag.end()
        name = (tag[2] or "").lower()
        if inside:
            inside = "" if tag[1] and name == inside else inside
        elif name in BARE and not tag[1]:
            inside = name
    parts.append(_marked(html[at:], sounds))
    return trusted("".join(parts))


def _marked(text: str, sounds: Sounds) -> str:
    """Return a piece of text as one element: in a row of boxes each ruby would be a box."""
    made = RUN.sub(lambda run: _rubies(run.group(), sounds(run.group())), text)
    return text if made == text else f'<span class="pinyin">{made}</span>'


def _rubies(run: str, syllables: Sequence[str]) -> str:
    return "".join(
        f'<ruby>{sign}<rt aria-hidden="true">{sound}</rt></ruby>' if sound else sign
        for sign, sound in zip(run, syllables, strict=True)
    )
