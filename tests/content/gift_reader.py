"""Tells what pygiftparser, a reader of others, understands of a GIFT file.

Run by the interpreter of .venv/readers: GIFT on stdin, on stdout a JSON list with a table for each
question. It imports nothing of ours.
"""

import io
import json
import sys
from typing import Any

from pygiftparser import parser  # type: ignore[import-not-found]
from pygiftparser.utils import transformSpecials  # type: ignore[import-not-found]

WHOLE = 100


def plain(said: str) -> str:
    return str(transformSpecials(said)).replace("\\n", "\n").strip()


def told(question: Any) -> dict[str, Any]:
    """Return stem, explanation and answers: [text, per cent, feedback], or pairs."""
    answers = question.answers
    kind = type(answers).__name__
    found: list[list[Any]] = []
    if kind == "TrueFalseSet":
        both = [plain(answers.feedbackWrong), plain(answers.feedbackCorrect)]
        found = [["", answers.answer, both]]
    elif kind == "MatchingSet":
        found = [[plain(one.question), plain(one.answer)] for one in answers.answers]
    elif hasattr(answers, "answers"):
        found = [[plain(one.answer), one.fraction, plain(one.feedback)] for one in answers.answers]
    return {
        "title": question.title, "kind": kind, "valid": question.valid, "answers": found,
        "stem": plain(question.text), "explain": plain(question.generalFeedback),
    }  # fmt: skip


if __name__ == "__main__":
    source = io.StringIO(sys.stdin.buffer.read().decode())
    sys.stdout.write(json.dumps([told(question) for question in parser.parseFile(source)]))
