"""Questions whose options are put in order."""

from collections.abc import Iterator
from typing import Annotated

from quizapp.bank.faults import Strict, to
from quizapp.bank.kinds.text import Text, count_faults, option_faults, unlike_options
from quizapp.bank.rules import Kind


class Step(Strict):
    text: Annotated[str, to(200)]


class Order(Text):
    """Options in their right order; `feedback` is told where the order is another."""

    options: list[Step]
    feedback: Annotated[str, to(300)]

    @property
    def answer(self) -> list[int]:
        return list(range(len(self.options)))

    def own_faults(self, lang: str) -> Iterator[str]:
        yield from count_faults(Kind.ORDER, self.options, 3, 6)
        yield from option_faults([step.text for step in self.options], [None] * len(self.options))

    def unlike(self, zh: Text) -> Iterator[str]:
        yield from super().unlike(zh)
        if isinstance(zh, Order):
            yield from unlike_options(self.options, zh.options)
