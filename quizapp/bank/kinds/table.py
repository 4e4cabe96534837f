"""Which text each kind of question has."""

from collections.abc import Mapping

from quizapp.bank.kinds.choices import Judge, Multiple, Single, Situation
from quizapp.bank.kinds.fill import Fill
from quizapp.bank.kinds.match import Match
from quizapp.bank.kinds.order import Order
from quizapp.bank.kinds.text import Text
from quizapp.bank.rules import Kind

TEXTS: Mapping[Kind, type[Text]] = {
    Kind.SINGLE: Single,
    Kind.MULTIPLE: Multiple,
    Kind.JUDGE: Judge,
    Kind.SITUATION: Situation,
    Kind.ORDER: Order,
    Kind.MATCH: Match,
    Kind.FILL: Fill,
}
