"""The school leads every key of a pupil-side table: a province is spread over servers by it."""

from sqlalchemy import UniqueConstraint

import quizapp.app  # noqa: F401 - so that every table is known.
from quizapp.core.db import Model

REFERENCE = {
    "audit_entry", "audit_link", "back_off", "bank_picture", "blueprint_line", "campaign",
    "campaign_audience", "campaign_part", "checkpoint", "clock_turn", "course", "course_line",
    "drawn_form", "heartbeat", "invitation", "job_record", "lesson", "lesson_remark",
    "lesson_revision", "lesson_sign_off", "lesson_text", "person", "posting", "publication",
    "question", "quiz", "quiz_audience", "recovery_code", "remark", "revision", "roll",
    "roll_exclusion", "roll_line", "roll_school", "saved_filter", "school_class", "sign_off",
    "source", "staff_sign_in", "support_visit", "term", "topic", "unit",
}  # fmt: skip
PUPIL_SIDE = {
    "answer", "bookmark", "card", "checkpoint_answer", "class_window", "consent_entry",
    "data_request", "enrolment", "lesson_tally", "make_up", "missed_answer", "mistake", "poll",
    "presence", "pupil", "pupil_sign_in", "receipt", "roster_change", "school_window", "sitting",
    "taught_hour", "transfer", "turnout", "visit", "vote", "walk", "window_browser",
    "window_change", "window_tally", "window_try",
}  # fmt: skip
TABLES = Model.metadata.tables


def test_every_table_has_taken_sides() -> None:
    assert set(TABLES) == REFERENCE | PUPIL_SIDE


def test_the_school_leads_every_key_of_a_pupil_side_table() -> None:
    for name in PUPIL_SIDE:
        table = TABLES[name]
        unique = [k for k in table.constraints if isinstance(k, UniqueConstraint)]
        unique += [k for k in table.indexes if k.unique]  # type: ignore[misc]
        among = [k for k in table.foreign_key_constraints if k.referred_table.name in PUPIL_SIDE]
        for key in (table.primary_key, *unique, *among):
            assert next(iter(key.columns)).name == "school_id", key


def test_no_reference_table_points_to_a_pupil() -> None:
    for name in REFERENCE:
        aims = {k.referred_table.name for k in TABLES[name].foreign_key_constraints}
        assert not aims & PUPIL_SIDE, name


def test_every_text_has_a_length() -> None:
    endless = [
        str(column)
        for table in TABLES.values()
        for column in table.columns
        if column.type.python_type is str and not getattr(column.type, "length", None)
    ]

    assert endless == []
