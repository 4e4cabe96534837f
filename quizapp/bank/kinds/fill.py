"""Questions with a gap that a pupil writes a word or a number into."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from quizapp.bank.faults import Strict, to
from quizapp.bank.kinds.text import Text
from quizapp.bank.marking import MOST_WRITTEN, bare
from quizapp.core.i18n import _

GAP = "____"
GAPS = re.compile(r"_{2,}")
Word = Annotated[str, to(MOST_WRITTEN)]


class Wrong(Strict):
    """An answer that is often given, and what puts it right."""

    text: Word
    feedback: Annotated[str, to(300)]


class Fill(Text):
    """A stem with a gap and the words that are right there; `feedback` answers any other one."""

    accept: Annotated[list[Word], Field(min_length=1, max_length=8)]
    wrong: Annotated[list[Wrong], Field(default=[], max_length=5)]
    feedback: Annotated[str, to(300)]

    @property
    def answer(self) -> list[int]:
        return []  # The words depend on the language and the row; they stand in the text.

    def own_faults(self, lang: str) -> Iterator[str]:
        if GAPS.findall(self.stem) != [GAP]:
            yield _("stem has no gap, or more than one; write %(gap)s exactly once", gap=GAP)
        words = [*self.accept, *(wrong.text for wrong in self.wrong)]
        times = Counter(map(bare, words))
        for word in words:
            if not bare(word):
                yield _("%(word)s has neither letter nor digit; nobody could give it", word=word)
            elif times[bare(word)] > 1:
                yield _("%(word)s is the same answer as another of accept and wrong: spaces, case "
                        "and marks that make no number do not count; take one out",
                        word=word)  # fmt: skip
        said = Counter([self.feedback, *(wrong.feedback for wrong in self.wrong)])
        for wrong in self.wrong:
            if said[wrong.feedback] > 1:
                yield _("the wrong answer %(word)s has the feedback of another; give it its own",
                        word=wrong.text)  # fmt: skip
