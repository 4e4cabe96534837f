"""What the XML formats share where they read what other programs wrote."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from quizapp.bank.exchange import Item, drafted, refused
from quizapp.bank.kinds.choices import JUDGED
from quizapp.bank.rules import Kind
from quizapp.core.i18n import _

OURS = "quizapp"  # Stands in a file that we wrote; what else we write there is then understood.

HANZI = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
TRUTHS = (("对", "正确", "√", "✓", "✔", "true", "t"), ("错", "错误", "×", "✗", "✘", "false", "f"))
QUOTED = 40


class Unfit(Exception):
    """The question cannot be taken in; the sentence says why."""


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


def made(
    ref: str,
    kind: Kind,
    lang: str,
    said: Mapping[str, Any],
    *,
    key: str,
    dropped: Sequence[str],
    pictures: Mapping[str, bytes],
) -> Item:
    """Return the item with this text, or one that says why it cannot be taken in."""
    text, wrong = drafted(kind, said)
    if not said["stem"] and not pictures:
        wrong.append(_("it asks nothing: there are no words in its question"))
    if len(said.get("options", "..")) < 2:
        wrong.append(_("it has fewer than two options"))
    if text is None or wrong:
        return refused(ref, *wrong, dropped=dropped)
    return Item(ref, kind, {lang: text}, key, dropped=tuple(dropped), pictures=pictures)
