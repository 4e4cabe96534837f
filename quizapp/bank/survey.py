"""What a machine can say about the bank beyond the rules of each question.

Faults must not ship; warnings are for a person to judge. What no machine sees is told in
docs/CONTENT.md.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from quizapp.bank import habits, tally, wording
from quizapp.bank.drafts import QuestionDraft
from quizapp.bank.faults import Fault
from quizapp.bank.files import Bank
from quizapp.bank.kinds.choices import Situation
from quizapp.bank.kinds.text import Text
from quizapp.bank.likeness import Known
from quizapp.bank.marking import bare
from quizapp.bank.params import filled
from quizapp.bank.rules import BankStage
from quizapp.bank.wording import Words
from quizapp.core.i18n import _

ALIKE = 0.6  # From this likeness on, two questions of a stage may be one.


@dataclass(frozen=True)
class Survey:
    """`faults` and `warnings` in the order of the files; `whole` is about the bank as a whole."""

    faults: Sequence[Fault]
    warnings: Sequence[Fault]
    whole: Sequence[str]


def survey(bank: Bank, words: Words) -> Survey:
    """Look at all questions that keep the rules of their kind."""
    faults = [*words.faults, *_asked_twice(bank.questions)]
    warnings: list[Fault] = list(habits.in_files(bank.questions))
    for question in bank.questions:
        for word, told in wording.unfit(question, words.words):
            (warnings if word.look else faults).append(_at(question, told))
        said = question.texts["zh"]
        says = [*wording.too_long(question.head.stage, said), *_rows_alike(said)]
        warnings += [_at(question, told) for told in says]
    for stage in BankStage:
        of_stage = [question for question in bank.questions if question.head.stage is stage]
        warnings += [*_twins(of_stage), *_same_objective(of_stage), *_same_feedback(of_stage)]
    whole = [*tally.lacks(bank.questions), *habits.in_bank(bank.questions)]
    return Survey(sorted(faults), sorted(warnings), whole)


def asks(question: QuestionDraft) -> str:
    """Return the words by which two questions are compared: scene and stem, of the first row."""
    text = question.texts["zh"]
    scene = text.scene if isinstance(text, Situation) else ""
    said: str = filled(f"{scene}{text.stem}", text.params[0] if text.params else {})
    return said


def _asked_twice(questions: Iterable[QuestionDraft]) -> Iterator[Fault]:
    for question, first in _again(questions, lambda question: [asks(question)]):
        yield _at(question, _("asks word for word what %(key)s asks; ask something else",
                              key=first))  # fmt: skip


def _same_objective(questions: Iterable[QuestionDraft]) -> Iterator[Fault]:
    for question, first in _again(questions, lambda question: [question.head.objective]):
        yield _at(question, _("has the objective of %(key)s; one question an objective is enough",
                              key=first))  # fmt: skip


def _same_feedback(questions: Iterable[QuestionDraft]) -> Iterator[Fault]:
    for question, first in _again(questions, _feedback):
        yield _at(question, _("says a feedback or an explanation of %(key)s again, word for word; "
                              "say it in its own words", key=first))  # fmt: skip


def _feedback(question: QuestionDraft) -> Iterator[str]:
    said = question.texts["zh"].model_dump()
    yield said["explain"]
    for answer in [said, *said.get("options", ()), *said.get("wrong", ())]:
        yield answer.get("feedback") or ""


def _again(
    questions: Iterable[QuestionDraft], saying: Callable[[QuestionDraft], Iterable[str]]
) -> Iterator[tuple[QuestionDraft, str]]:
    """Yield each question that says something again, and the key of the one that said it first."""
    first: dict[str, str] = {}
    for question in questions:
        said = {bare(text) for text in saying(question)} - {""}
        if before := [first[text] for text in sorted(said) if text in first]:
            yield question, before[0]
        first |= dict.fromkeys(said - first.keys(), question.key)


def _twins(questions: Sequence[QuestionDraft]) -> Iterator[Fault]:
    known = {question.key: question for question in questions}
    texts = Known({key: asks(question) for key, question in known.items()})
    for one, other, share in texts.twins(ALIKE):
        if bare(asks(known[one])) != bare(asks(known[other])):  # Or it is a fault, told already.
            yield _at(known[other], _("is by %(share)s %% what %(key)s asks; are both needed?",
                                      share=round(share * 100), key=one))  # fmt: skip


def _rows_alike(text: Text) -> Iterator[str]:
    rows = [{name: bare(value) for name, value in row.items()} for row in text.params]
    for name in rows[0] if rows else ():
        if len({row[name] for row in rows}) == 1:
            yield _("params: %(name)s is the same in every row; vary it or write it into the text",
                    name=name)  # fmt: skip
    if any(rows.index(row) < number for number, row in enumerate(rows)):
        yield _("params: two rows read alike; change one")


def _at(question: QuestionDraft, told: str) -> Fault:
    return Fault(question.file, question.line, question.key, told)
