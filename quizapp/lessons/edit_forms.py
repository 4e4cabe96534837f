"""The forms in which a lesson is written: its files, as they stand in lessons/."""

from collections.abc import Mapping
from typing import Any

from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length, Optional, Regexp

from quizapp.bank.faults import KEY
from quizapp.bank.rules import BankStage
from quizapp.bank.words import STAGES
from quizapp.core.i18n import lazy
from quizapp.lessons.folders import MAX_BYTES
from quizapp.lessons.judging import PARTS
from quizapp.web.forms import Form, bare

KEYED = Regexp(
    rf"^{KEY}$", message=lazy("Use small letters, digits and single hyphens.")
)  # fmt: skip


def plain(typed: str | None) -> str:
    """The filter of a file: its lines end as those of files do."""
    return (typed or "").replace("\r\n", "\n")


def file(label: str, *checks: Any) -> TextAreaField:
    # Each file has its own limit; no draft is longer than the largest of them.
    return TextAreaField(label, [*checks, Length(max=MAX_BYTES)], filters=[plain])


class BeginForm(Form):
    """What a lesson is called for ever, before there is any text."""

    stage = SelectField(lazy("Stage"), [InputRequired()])
    slug = StringField(
        lazy("Short name in English"), [DataRequired(), KEYED, Length(max=60)], filters=[bare],
        description=lazy("It stands in the address and in the name of the file for ever, such as "
                         "four-ways-to-say-no."),
    )  # fmt: skip

    def offer(self) -> None:
        self.stage.choices = {stage.value: str(says) for stage, says in STAGES.items()}


class LessonForm(Form):
    """The files of a lesson. A draft may break their rules: the form asks for next to nothing."""

    base = HiddenField()  # The number of the version over which somebody writes.
    zh = file(lazy("Lesson"), DataRequired())
    scenario = file(lazy("Scenario"), Optional(strip_whitespace=False))
    notes = file(lazy("Notes for teaching"), Optional(strip_whitespace=False))
    en = file(lazy("Lesson in English"), Optional(strip_whitespace=False))

    def fill(self, files: Mapping[str, str]) -> None:
        for part in PARTS:
            self[part].data = files.get(part, "")

    def files(self) -> dict[str, str]:
        """Return what was typed, by part; a part without a word is not there."""
        typed = {part: self[part].data or "" for part in PARTS}
        return {part: said for part, said in typed.items() if part == "zh" or said.strip()}


class NewLessonForm(LessonForm):
    stage = HiddenField(validators=[AnyOf(list(BankStage))])
    # Hidden until it is taken by another lesson: then it is shown, to be changed.
    slug = HiddenField(lazy("Short name in English"), [DataRequired(), KEYED, Length(max=60)])
