"""What the XML formats share where they read what other programs wrote."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from quizapp.bank.exchange import Item, drafted, refused
from quizapp.bank.formats.entries import headed
from quizapp.bank.formats.flattened import tidy
from quizapp.bank.formats.flattening import Flat
from quizapp.bank.kinds.choices import JUDGED
from quizapp.bank.rules import Kind
from quizapp.core.i18n import _
from quizapp.core.trees import shown

TOP = "$course$/top"  # Where Moodle keeps the categories of a course.
OURS = "quizapp"  # Stands in a file that we wrote; what else we write there is then understood.

HANZI = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
TRUTHS = (("对", "正确", "√", "✓", "✔", "true", "t"), ("错", "错误", "×", "✗", "✘", "false", "f"))
QUOTED = 40
MOST_ALT = 200


# What Moodle keeps as tags: a word that says which field it is, and its value.
TAGGED = re.compile(r"(stage|difficulty):([a-z]+|[1-3])")


class Unfit(Exception):
    """The question cannot be taken in; the sentence says why."""


def tagged(head: Mapping[str, Any]) -> list[str]:
    """Return stage and difficulty of a head as tags, as far as it has them."""
    return [f"{name}:{head[name]}" for name in ("stage", "difficulty") if head.get(name)]


def of_tags(tags: Iterable[str]) -> dict[str, Any]:
    """Return the fields of a head that tags say; one that says none is nothing to us."""
    said: dict[str, Any] = {}
    for found in filter(None, map(TAGGED.fullmatch, tags)):
        said[found[1]] = int(found[2]) if found[2].isdigit() else found[2]
    head, _wrong = headed(said)
    return head


def path_of(head: Mapping[str, Any]) -> str:
    """Return the category of a question: its topic, or what lies above all of them."""
    return "/".join(filter(None, (TOP, head.get("topic"))))


def by_category(items: Iterable[Item]) -> Iterator[tuple[str, Item]]:
    """Yield each item with the category that begins with it, "" where that before it goes on."""
    path = path_of({})
    for item in items:
        here = path_of(item.head)
        yield ("" if here == path else here), item
        path = here


def within_top(path: str) -> str:
    """Return a category without the steps that are above those of a course."""
    return "/".join(step for step in path.split("/") if not step.startswith("$") and step != "top")


def language(said: str, declared: str = "") -> str:
    """Return "zh" or "en" for a text. Unfit: it is declared to be in a third language.

    Programs write the language of their menus, so Chinese signs count for more than what is
    declared.
    """
    if HANZI.search(said):
        return "zh"
    known = declared.lower()[:2]
    if known and known not in JUDGED:
        raise Unfit(_("it is in the language “%(lang)s”; questions here are in Chinese or English",
                      lang=declared[:10]))  # fmt: skip
    return known or "en"


def truths(texts: Sequence[str], lang: str) -> list[str] | None:
    """Return our words for true and false, in the order of two options; None if they are others."""
    said = [text.strip(" .。").casefold() for text in texts]
    if len(said) != len(TRUTHS):
        return None
    for words, names in (
        (JUDGED[lang], TRUTHS),
        (JUDGED[lang][::-1], TRUTHS[::-1]),
    ):
        if all(one in known for one, known in zip(said, names, strict=True)):
            return list(words)
    return None


def quoted(said: str) -> str:
    """Return the beginning of a text, as a sentence quotes it."""
    line = " ".join(said.split())
    return line if len(line) <= QUOTED else f"{line[:QUOTED]}…"


def marked(options: Sequence[Mapping[str, Any]], *, several: bool, own: str) -> Kind:
    """Return the kind of a question with options; whether it is to judge, `judged` tells.

    `own`: the kind that our own file gives. Unfit: it does not say what is right.
    """
    right = sum(bool(option["right"]) for option in options)
    if not right:
        raise Unfit(_("it does not say which answer is right; mark one"))
    if several:
        return Kind.MULTIPLE
    if right > 1:
        raise Unfit(_("%(right)s answers are right where only one can be chosen", right=right))
    return Kind.SITUATION if own == Kind.SITUATION else Kind.SINGLE


def judged(said: dict[str, Any], lang: str) -> tuple[Kind, list[str]]:
    """Return judge if the two options are true and false, else single.

    Options that are called otherwise than ours get our words, and a sentence tells it.
    """
    texts = [option["text"] for option in said["options"]]
    words = truths(texts, lang)
    if words is None:
        return Kind.SINGLE, []
    said["options"] = [
        {**option, "text": word} for option, word in zip(said["options"], words, strict=True)
    ]
    told = _("its options are called %(words)s here, not %(texts)s",
             words=" / ".join(words), texts=" / ".join(texts))  # fmt: skip
    return Kind.JUDGE, [] if words == texts else [told]


def with_scene(kind: Kind, scene: str, stem: str) -> dict[str, str]:
    """Return the fields of scene and stem; where a kind has no scene, it opens the stem."""
    if kind is Kind.SITUATION:
        return {"scene": scene, "stem": stem}
    return {"stem": "\n".join(filter(None, (scene, stem)))}


def pictured(
    asked: Flat, flats: Sequence[Flat], picture_at: Callable[[str], bytes], *, is_ours: bool
) -> tuple[bytes, dict[str, str], list[str]]:
    """Return the picture of a stem, the field with its words, and what becomes of all others.

    `picture_at` gives the bytes for an address in the stem, b"" where there are none.
    """
    picture: bytes = b""
    said: dict[str, str] = {}
    told: list[str] = []
    beside = [tuple(each) for each in asked.pictures]
    others = [tuple(each) for flat in flats if flat is not asked for each in flat.pictures]
    for address, alt in dict.fromkeys(beside):
        raw, name = picture_at(address), quoted(shown(address))
        if not raw:
            told.append(_("the picture %(name)s is not in the file", name=name))
        elif picture:
            told.append(_second(address, alt))
        else:
            picture, words = raw, tidy(alt)
            said = {"picture_alt": words[:MOST_ALT]} if words else {}
            if len(words) > MOST_ALT:
                told.append(_("the words for the picture were cut after %(most)s signs",
                              most=MOST_ALT))  # fmt: skip
            if not is_ours:
                told.append(_("the picture %(name)s (%(alt)s) stands beside the question now, no "
                              "longer in its text", name=name, alt=quoted(alt)))  # fmt: skip
    return picture, said, told + [_second(*each) for each in dict.fromkeys(others)]


def _second(address: str, alt: str) -> str:
    return _("the picture %(name)s (%(alt)s) was left out; a question has one, beside its stem",
             name=quoted(shown(address)), alt=quoted(alt))  # fmt: skip


def made(
    ref: str,
    kind: Kind,
    lang: str,
    said: Mapping[str, Any],
    *,
    key: str,
    dropped: Sequence[str],
    picture: bytes,
    head: Mapping[str, Any],
    category: str,
) -> Item:
    """Return the item with this text, or one that says why it cannot be taken in."""
    text, wrong = drafted(kind, said)
    if not said["stem"] and not picture:
        wrong.append(_("it asks nothing: there are no words in its question"))
    if len(said.get("options", "..")) < 2:
        wrong.append(_("it has fewer than two options"))
    if text is None or wrong:
        return refused(ref, *wrong, dropped=dropped)
    return Item(ref, kind, {lang: text}, key, dropped=tuple(dropped), picture=picture,
                head=head, category=category)  # fmt: skip
