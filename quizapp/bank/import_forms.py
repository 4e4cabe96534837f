"""The forms of an import of questions."""

from collections.abc import Mapping
from typing import Any

from flask_wtf.file import FileField
from wtforms import HiddenField, SelectField, TextAreaField

from quizapp.bank.formats.table import FORMATS, OPENING, PASTED, told_by
from quizapp.bank.rules import BankStage
from quizapp.bank.words import STAGES
from quizapp.core.i18n import _, lazy
from quizapp.web.forms import Checkboxes, Form

UNSAID = ""


class ImportForm(Form):
    """Questions come as a file, or pasted."""

    file = FileField(
        lazy("File"),
        description=lazy("At most 10 MB."),
    )
    pasted = TextAreaField(
        lazy("Or paste the questions"),
        description=lazy("As they stand in a document, with their answers: behind each question, "
                         "in its brackets, or in a list at the end."),
        render_kw={"rows": 12},
    )  # fmt: skip
    form = SelectField(lazy("Format"))
    stage = SelectField(lazy("Stage"), description=lazy("For questions that do not say it."))
    topic = SelectField(lazy("Topic"), description=lazy("For questions that do not say it."))

    def __init__(self, topics: Mapping[str, str], **more: Any) -> None:
        super().__init__(**more)
        formats = [(key, str(known.label)) for key, known in FORMATS.items()]
        self.form.choices = [(UNSAID, _("What the name of the file tells")), *formats]
        stages = [(stage.value, str(STAGES[stage])) for stage in BankStage]
        self.stage.choices = [(UNSAID, _("The file says it")), *stages]
        self.topic.choices = [(UNSAID, _("The file says it")), *topics.items()]

    def validate(self, *args: Any, **more: Any) -> bool:
        good = super().validate(*args, **more)
        file, pasted = self.file.data, (self.pasted.data or "").strip()
        if not file and not pasted:
            self.file.errors = [_("Choose a file, or paste the questions.")]
        elif file and pasted:
            self.pasted.errors = [_("Choose a file or paste the questions, not both.")]
        elif not self.format:
            self.form.errors = [_("The name of the file does not tell it. Choose the format.")]
        elif pasted and self.format not in PASTED:
            self.form.errors = [_("This format is a file and cannot be pasted.")]
        return good and not self.errors

    @property
    def format(self) -> str:
        """The key of the chosen format, or of that which the file tells; "" if it tells none."""
        if self.form.data:
            return str(self.form.data)
        if not self.file.data:
            return "text"
        opening = self.file.data.stream.read(OPENING)
        self.file.data.stream.seek(0)
        return told_by(self.file.data.filename or "", opening)


class TickForm(Form):
    """`items` are those that were looked at, signed; `take` the numbers of those to take in."""

    items = HiddenField()
    take = Checkboxes(lazy("Take in"), validate_choice=False)
