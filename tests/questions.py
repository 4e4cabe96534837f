"""Questions by chance, of every kind and with any signs, as a format may have to hold them."""

from typing import Any

from hypothesis import strategies as st

from quizapp.bank.exchange import Item, drafted
from quizapp.bank.kinds.choices import JUDGED
from quizapp.bank.kinds.fill import GAP
from quizapp.bank.params import filled
from quizapp.bank.rules import Kind

MEANT = "<>&\"'#=~*\\:/|-[]%“”（）。，、　 \n对错"  # Signs that mean something to some format.
SIGNS = st.one_of(st.sampled_from(MEANT), st.characters(exclude_categories=["Cs", "Cc"]))
PICTURES = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>',
    b"\x89PNG\r\n\x1a\n...", b"\xff\xd8\xff...", b"RIFF....WEBP...",
)  # fmt: skip
PLACES = [{"name": "小雨"}, {"name": "<b>"}, {"name": "R&D"}]


def said(most: int) -> st.SearchStrategy[str]:
    """Return texts that are not blank, and have neither braces nor a gap."""
    texts = st.text(SIGNS, min_size=1, max_size=most)
    return texts.map(lambda text: text.translate({ord(s): None for s in "{}_"}).strip()).filter(
        lambda text: any(sign.isalnum() for sign in text)
    )


def _some(least: int, most: int) -> st.SearchStrategy[list[str]]:
    """Return texts that differ, whatever their case and blanks."""
    return st.lists(
        said(30), min_size=least, max_size=most,
        unique_by=lambda text: "".join(filter(str.isalnum, text)).casefold(),
    )  # fmt: skip


@st.composite
def _marked(draw: st.DrawFn, kind: Kind) -> dict[str, Any]:
    least = {Kind.MULTIPLE: 4, Kind.JUDGE: 2}.get(kind, 3)
    most = {Kind.MULTIPLE: 6, Kind.JUDGE: 2}.get(kind, 5)
    texts = draw(st.permutations(JUDGED["zh"]) if kind is Kind.JUDGE else _some(least, most))
    rights = draw(st.sets(st.integers(0, len(texts) - 1), min_size=2, max_size=len(texts) - 1)
                  if kind is Kind.MULTIPLE else st.sets(st.integers(0, len(texts) - 1),
                                                        min_size=1, max_size=1))  # fmt: skip
    return {
        "options": [
            {"text": text, "right": n in rights, "feedback": draw(st.just("") | said(40))}
            for n, text in enumerate(texts)
        ]
    }


@st.composite
def _matched(draw: st.DrawFn) -> dict[str, Any]:
    count, others = draw(st.integers(3, 6)), draw(st.integers(0, 2))
    texts = draw(_some(count, count))
    pairs = draw(_some(count + others, count + others))
    return {
        "options": [
            {"text": text, "pair": pair, "feedback": draw(st.just("") | said(40))}
            for text, pair in zip(texts, pairs, strict=False)
        ],
        "others": pairs[count:],
    }


@st.composite
def _filled(draw: st.DrawFn) -> dict[str, Any]:
    words = draw(_some(1, 8))
    accept = draw(st.integers(1, len(words)))
    return {
        "stem": f"{draw(st.just('') | said(20))}{GAP}{draw(st.just('') | said(20))}",
        "accept": words[:accept],
        "wrong": [{"text": word, "feedback": draw(said(40))} for word in words[accept:][:5]],
        "feedback": draw(said(40)),
    }


@st.composite
def written(draw: st.DrawFn, kind: Kind) -> dict[str, Any]:
    """Return what a file says of a question; of some, with places and rows for them."""
    own: dict[str, Any] = {"stem": draw(said(60)), "explain": draw(said(60))}
    if kind is Kind.ORDER:
        own |= {"options": [{"text": text} for text in draw(_some(3, 6))]}
        own |= {"feedback": draw(said(40))}
    elif kind is Kind.MATCH:
        own |= draw(_matched())
    elif kind is Kind.FILL:
        own |= draw(_filled())
    else:
        own |= draw(_marked(kind))
    if kind is Kind.SITUATION:
        own["scene"] = draw(said(60))
    if draw(st.booleans()):
        own |= {"stem": own["stem"] + "{name}", "params": PLACES}
    return own


@st.composite
def items(draw: st.DrawFn, kind: Kind) -> Item:
    text, wrong = drafted(kind, draw(written(kind)))
    assert text, wrong
    picture = draw(st.sampled_from([b"", *PICTURES]))
    alt = draw(said(60)) if picture else None
    texts = {"zh": text.model_copy(update={"picture_alt": alt})}
    return Item("", kind, texts, f"primary-{kind}", picture=picture)


ONE_OF_EACH = st.tuples(*(items(kind) for kind in Kind))


def first_row(item: Item) -> dict[str, Any]:
    """Return all that the Chinese text says, the first row of params in its places."""
    text = item.texts["zh"]
    plain: dict[str, Any] = text.model_dump(exclude={"params"})
    row: dict[str, Any] = filled(plain, text.params[0]) if text.params else plain
    return row
