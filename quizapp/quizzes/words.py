"""What the settings of a quiz are called."""

from quizapp.core.i18n import lazy
from quizapp.quizzes.rules import Counting, Layout, Release

RELEASES = {
    Release.DURING: lazy("Question by question, as soon as it is answered"),
    Release.AFTER_SUBMISSION: lazy("At once, when it is handed in"),
    Release.AFTER_CLOSE: lazy("For all together, when the quiz has closed"),
}
COUNTS = {
    Counting.FIRST: lazy("the first attempt"),
    Counting.BEST: lazy("the best attempt"),
    Counting.LAST: lazy("the last attempt"),
}
LAYOUTS = {
    Layout.ONE: lazy("One question a page"),
    Layout.ALL: lazy("All questions on one page"),
}
