"""Questions whose options each have a partner."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from quizapp.bank.faults import Strict, to
from quizapp.bank.kinds.text import Text, count_faults, option_faults, unlike_options
from quizapp.bank.rules import Kind
from quizapp.core.i18n import _

Partner = Annotated[str, to(200)]


class Pair(Strict):
    """An option and its partner; `feedback` is told where it was given another."""

    text: Annotated[str, to(200)]
    pair: Partner
    feedback: Annotated[str, to(300)]


class Match(Text):
    """Options with their partners; `others` are partners of nobody."""

    options: list[Pair]
    others: Annotated[list[Partner], Field(default=[], max_length=2)]

    @property
    def answer(self) -> list[int]:
        return list(range(len(self.options)))

    @property
    def partners(self) -> list[str]:
        """All partners; that of an option has its number, the others come after."""
        return [option.pair for option in self.options] + self.others

    def own_faults(self, lang: str) -> Iterator[str]:
        yield from count_faults(Kind.MATCH, self.options, 3, 6)
        yield from option_faults(
            [option.text for option in self.options], [option.feedback for option in self.options]
        )
        said = [partner.casefold() for partner in self.partners]
        for partner in dict.fromkeys(self.partners):
            if said.count(partner.casefold()) > 1:
                yield _("the partner %(partner)s is there more than once; all differ",
                        partner=partner)  # fmt: skip

    def unlike(self, zh: Text) -> Iterator[str]:
        yield from super().unlike(zh)
        if isinstance(zh, Match):
            yield from unlike_options(self.options, zh.options)
            if len(self.others) != len(zh.others):
                yield _("en has %(en)s others and zh %(zh)s; write the same in the same order",
                        en=len(self.others), zh=len(zh.others))  # fmt: skip
