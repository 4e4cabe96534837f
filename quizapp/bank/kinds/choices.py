"""Questions whose right options are marked: single, multiple, judge and situation."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from quizapp.bank.faults import Strict, to
from quizapp.bank.kinds.text import Text, count_faults, option_faults, unlike_options
from quizapp.bank.rules import Kind
from quizapp.core.i18n import _

JUDGED = {"zh": ("对", "错"), "en": ("True", "False")}
SEVERAL = "可多选"


class Option(Strict):
    text: Annotated[str, to(200)]
    right: bool = False
    feedback: Annotated[str, to(300)] | None = None


class Choices(Text):
    """Options of which some are right. How many there may be, both ends included, is the kind's."""

    kind: ClassVar[Kind]
    least: ClassVar[int]
    most: ClassVar[int]

    options: list[Option]

    @property
    def answer(self) -> list[int]:
        return [n for n, option in enumerate(self.options) if option.right]

    def plain(self) -> dict[str, Any]:
        return self.model_dump(exclude_defaults=True, exclude={"options": {"__all__": {"right"}}})

    def own_faults(self, lang: str) -> Iterator[str]:
        yield from count_faults(self.kind, self.options, self.least, self.most)
        yield from self.right_faults()
        for number, option in enumerate(self.options, 1):
            if not option.right and not option.feedback:
                yield _("option %(number)s: feedback is missing; put right in a sentence why a "
                        "pupil might believe it", number=number)  # fmt: skip
        yield from option_faults(
            [option.text for option in self.options], [option.feedback for option in self.options]
        )

    def right_faults(self) -> Iterator[str]:
        if len(self.answer) != 1:
            yield _("%(right)s options are right; mark exactly one with right = true",
                    right=len(self.answer))  # fmt: skip

    def unlike(self, zh: Text) -> Iterator[str]:
        yield from super().unlike(zh)
        if isinstance(zh, Choices):
            yield from unlike_options(self.options, zh.options)
            same = len(self.options) == len(zh.options)
            if same and self.answer != zh.answer:
                yield _("en has other right options than zh; "
                        "write the same options in the same order")  # fmt: skip


class Single(Choices):
    kind, least, most = Kind.SINGLE, 3, 5


class Multiple(Choices):
    kind, least, most = Kind.MULTIPLE, 4, 6

    def own_faults(self, lang: str) -> Iterator[str]:
        if lang == "zh" and SEVERAL not in self.stem:
            yield _("stem does not say that several are right; add （%(words)s）", words=SEVERAL)
        yield from super().own_faults(lang)

    def right_faults(self) -> Iterator[str]:
        if not 2 <= len(self.answer) < len(self.options):
            yield _("%(right)s options are right; a multiple question has two or more right ones "
                    "and a wrong one", right=len(self.answer))  # fmt: skip


class Judge(Choices):
    kind, least, most = Kind.JUDGE, 2, 2

    def own_faults(self, lang: str) -> Iterator[str]:
        if sorted(option.text for option in self.options) != sorted(JUDGED[lang]):
            first, second = JUDGED[lang]
            yield _("a judge question has exactly the options %(first)s and %(second)s",
                    first=first, second=second)  # fmt: skip
        yield from super().own_faults(lang)

    def unlike(self, zh: Text) -> Iterator[str]:
        yield from super().unlike(zh)
        if isinstance(zh, Judge) and self.answer == zh.answer and self.true("en") != zh.true("zh"):
            yield _("en has True where zh has 错; write the same options in the same order")

    def true(self, lang: str) -> list[bool]:
        """Return at which places the option of truth stands."""
        return [option.text == JUDGED[lang][0] for option in self.options]


class Situation(Choices):
    """A scene and what one does in it. Every option has its consequence, the right one too."""

    kind, least, most = Kind.SITUATION, 3, 5

    scene: Annotated[str, to(300)]

    def own_faults(self, lang: str) -> Iterator[str]:
        yield from super().own_faults(lang)
        for number, option in enumerate(self.options, 1):
            if option.right and not option.feedback:
                yield _("option %(number)s: feedback is missing; say what comes of it and why it "
                        "helps", number=number)  # fmt: skip
