"""`quizapp content …`: the files of question_bank/ and lessons/."""

from flask.cli import AppGroup

content = AppGroup("content", help="Questions and lessons. Example: quizapp content check")
