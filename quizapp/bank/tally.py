"""How many questions there are of what, what is thin, and the same as tables in Markdown."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from quizapp.bank.drafts import QuestionDraft
from quizapp.bank.files import Bank
from quizapp.bank.rules import BankStage, Kind, Pool
from quizapp.core.i18n import _

DIFFICULTIES = (1, 2, 3)
ENOUGH = 4  # Questions that a quiz can draw of a topic, a stage and a difficulty.
# What this bank holds at least, over all topics.
OF_STAGE = {BankStage.PRIMARY: 200, BankStage.JUNIOR: 260, BankStage.SENIOR: 240}
CORE = {BankStage.PRIMARY: 60, BankStage.JUNIOR: 60}
ANCHORS, WITH_PARAMS = 100, 40
SITUATIONS = 3  # One question of so many is a situation.
# What the second table counts, besides topics.
MARKS = ("all", *Kind, *Pool, "core set", "in English", "with params")

Cell = tuple[str, BankStage, int]  # Topic, stage, difficulty.


@dataclass(frozen=True)
class Thin:
    """A cell of which a quiz can draw fewer questions than are enough."""

    topic: str
    stage: BankStage
    difficulty: int
    questions: int


def cells(bank: Bank) -> dict[Cell, int]:
    """Return how many questions a quiz can draw of each cell, 0 among them."""
    drawn = Counter(
        (question.topic, question.head.stage, question.head.difficulty)
        for question in bank.questions
        if question.head.pool is not Pool.ANCHOR
    )
    return {
        (topic, stage, difficulty): drawn[topic, stage, difficulty]
        for topic in bank.topics
        for stage in BankStage
        for difficulty in DIFFICULTIES
    }


def thin(bank: Bank) -> list[Thin]:
    """Return the cells that hold too little, the emptiest first."""
    found = [Thin(*cell, held) for cell, held in cells(bank).items() if held < ENOUGH]
    return sorted(found, key=lambda cell: cell.questions)


def lacks(questions: Sequence[QuestionDraft]) -> Iterator[str]:
    """Yield what the bank as a whole has too little of."""
    heads = [question.head for question in questions]
    stages = Counter(head.stage for head in heads)
    core = Counter(head.stage for head in heads if head.core)
    for stage, wanted in OF_STAGE.items():
        if stages[stage] < wanted:
            yield _("%(stage)s has %(found)s questions; %(wanted)s are wanted",
                    stage=stage, found=stages[stage], wanted=wanted)  # fmt: skip
    for stage, wanted in CORE.items():
        if core[stage] != wanted:
            yield _("the core set of %(stage)s has %(found)s questions; %(wanted)s are wanted",
                    stage=stage, found=core[stage], wanted=wanted)  # fmt: skip
    anchors = sum(head.pool is Pool.ANCHOR for head in heads)
    if anchors < ANCHORS:
        yield _("there are %(found)s anchors; %(wanted)s are wanted",
                found=anchors, wanted=ANCHORS)  # fmt: skip
    varied = sum(bool(question.texts["zh"].params) for question in questions)
    if varied < WITH_PARAMS:
        yield _("%(found)s questions have params; %(wanted)s are wanted",
                found=varied, wanted=WITH_PARAMS)  # fmt: skip
    situations = sum(head.kind is Kind.SITUATION for head in heads)
    if situations * SITUATIONS < len(heads):
        yield _("%(found)s of %(all)s questions are situations; a third is wanted",
                found=situations, all=len(heads))  # fmt: skip


def tables(bank: Bank) -> str:
    """Return two tables in Markdown: what a quiz can draw of each topic, and marks by stage."""
    return f"{_by_topic(bank)}\n\n{_by_mark(bank.questions)}"


def _by_topic(bank: Bank) -> str:
    held = cells(bank)
    columns = [(stage, difficulty) for stage in BankStage for difficulty in DIFFICULTIES]
    anchors = Counter(one.topic for one in bank.questions if one.head.pool is Pool.ANCHOR)
    rows = {
        names.en: [*(held[topic, *column] for column in columns), anchors[topic]]
        for topic, names in bank.topics.items()
    }
    heading = [*(f"{stage} {difficulty}" for stage, difficulty in columns), "anchors"]
    return _table("topic", heading, rows)


def _by_mark(questions: Sequence[QuestionDraft]) -> str:
    held = Counter((mark, one.head.stage) for one in questions for mark in _marks(one))
    rows = {mark: [held[mark, stage] for stage in BankStage] for mark in MARKS}
    return _table("", list(BankStage), rows, summed=False)


def _marks(question: QuestionDraft) -> Iterator[str]:
    """Yield what a question is counted as; MARKS has them in the order of the table."""
    yield from ("all", question.head.kind, question.head.pool)
    if question.head.core:
        yield "core set"
    if "en" in question.texts:
        yield "in English"
    if question.texts["zh"].params:
        yield "with params"


def _table(
    first: str, heading: Sequence[str], rows: Mapping[str, Sequence[int]], *, summed: bool = True
) -> str:
    """Return a table with the sum of each row and, if it says something, of each column."""
    lines = [(name, *cells, sum(cells)) for name, cells in rows.items()]
    if summed:
        lines.append(("all", *map(sum, zip(*(line[1:] for line in lines), strict=True))))
    said = [(first, *heading, "all"), ("---", *["--:"] * (len(heading) + 1)), *lines]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in said)
