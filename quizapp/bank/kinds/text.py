"""What every question says in a language, whatever its kind, and the rules of its params."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field

from quizapp.bank.faults import Strict, strictly, to
from quizapp.bank.params import PLACE, filled, strings
from quizapp.core.i18n import _, lazy

ROWS = (3, 12)  # Both ends included.
NAME = re.compile(r"[a-z][a-z0-9_]*")
ALL_OF = re.compile(r"^\s*以上|以上都是|以上都不是|\b(all|none|both) of the above\b", re.IGNORECASE)
OTHERS = re.compile(r"^\s*[A-FＡ-Ｆ]\s*(?:和|与|或|、|及|and\b|or\b)\s*[A-FＡ-Ｆ]")

HINTS = {
    "stem": lazy("write the question itself"),
    "scene": lazy("tell in a few words where the pupil is and what happens"),
    "options": lazy("write the answers to choose from"),
    "text": lazy("write what the option says"),
    "pair": lazy("write the right partner of this option"),
    "accept": lazy("write every form in which the right answer may be given"),
    "feedback": lazy("say in a sentence what helps a pupil who answered otherwise"),
    "explain": lazy("say in a sentence or two why the answer is right"),
    "picture_alt": lazy("say in a sentence what the picture shows, for those who cannot see it"),
}


class Text(Strict):
    """A question in one language. The numbers of the options are the same in every language."""

    stem: Annotated[str, to(400)]
    explain: Annotated[str, to(1000)]
    params: list[dict[str, Annotated[str, to(60)]]] = Field(default=[])
    picture_alt: Annotated[str, to(200)] | None = None

    @property
    def answer(self) -> list[int]:
        """What is right, in numbers of options from 0, as a revision keeps it."""
        raise NotImplementedError

    def plain(self) -> dict[str, Any]:
        """Return the text as a revision keeps it: without what says which option is right."""
        return self.model_dump(exclude_defaults=True)

    def faults(self, lang: str) -> Iterator[str]:
        """Yield what is wrong with the text in this language, each sentence once."""
        found = list(_param_faults(self))
        unsaid = self.model_dump(exclude={"params"}, exclude_defaults=True)
        for values in self.params or [{}]:
            said, wrong = strictly(type(self), filled(unsaid, values), HINTS)
            found += wrong
            found += said.own_faults(lang) if said else ()
        yield from dict.fromkeys(found)

    def own_faults(self, lang: str) -> Iterator[str]:
        """Yield what breaks the rules of the kind, the places being filled."""
        raise NotImplementedError

    def unlike(self, zh: "Text") -> Iterator[str]:
        """Yield where this English text is not the Chinese one said in another language."""
        if len(self.params) != len(zh.params):
            yield _("en has %(en)s rows of params and zh %(zh)s; write the same number",
                    en=len(self.params), zh=len(zh.params))  # fmt: skip


def count_faults(kind: str, options: Sequence[object], least: int, most: int) -> Iterator[str]:
    if not least <= len(options) <= most:
        yield _("there are %(options)s options; a %(kind)s question has %(least)s to %(most)s",
                options=len(options), kind=kind, least=least, most=most)  # fmt: skip


def option_faults(texts: Sequence[str], feedbacks: Sequence[str | None]) -> Iterator[str]:
    """Yield what is wrong with options of any kind: each says something else, by itself."""
    said = [text.casefold() for text in texts]
    for number, (text, feedback) in enumerate(zip(texts, feedbacks, strict=True), 1):
        if said.count(text.casefold()) > 1:
            yield _("option %(number)s says the same as another; change one", number=number)
        if feedback and feedbacks.count(feedback) > 1:
            yield _("option %(number)s has the feedback of another; give it its own", number=number)
        if ALL_OF.search(text) or OTHERS.search(text):
            yield _("option %(number)s points at others, but options are shuffled; "
                    "say what it means by itself", number=number)  # fmt: skip


def unlike_options(en: Sequence[object], zh: Sequence[object]) -> Iterator[str]:
    if len(en) != len(zh):
        yield _("en has %(en)s options and zh %(zh)s; write the same options in the same order",
                en=len(en), zh=len(zh))  # fmt: skip


def _param_faults(text: Text) -> Iterator[str]:
    said = "\n".join(strings(text.model_dump(exclude={"params"})))
    if set("{}") & set(PLACE.sub("", said)):
        yield _("there is a single brace; braces only stand around the name of a value: {name}")
    wanted = list(dict.fromkeys(PLACE.findall(said)))
    if text.params:
        yield from _row_faults(text.params, wanted)
    else:
        for name in wanted:
            yield _("{%(name)s} has no value; give params rows with it", name=name)


def _row_faults(rows: Sequence[Mapping[str, str]], wanted: Sequence[str]) -> Iterator[str]:
    least, most = ROWS
    if not least <= len(rows) <= most:
        yield _("params has %(rows)s rows; write %(least)s to %(most)s",
                rows=len(rows), least=least, most=most)  # fmt: skip
    for name in sorted({name for row in rows for name in row}):
        if not NAME.fullmatch(name):
            yield _("params: %(name)s is no name for a value; use small letters, digits and "
                    "underscores", name=name)  # fmt: skip
        if name not in wanted:
            yield _("params gives %(name)s, but {%(name)s} stands nowhere; use it or take it out",
                    name=name)  # fmt: skip
    for number, row in enumerate(rows, 1):
        for name in wanted:
            if name not in row:
                yield _("row %(number)s of params has no %(name)s; give it one",
                        number=number, name=name)  # fmt: skip
        if rows.index(row) < number - 1:
            yield _("row %(number)s of params says the same as another; change one", number=number)
