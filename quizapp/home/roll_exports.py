"""A roll as a file for other programs, and the blank list that an office fills in."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from quizapp.core.clock import local_day
from quizapp.core.i18n import _
from quizapp.core.sheets import csv_text, xlsx_bytes
from quizapp.home.roll_queries import Grade, Sheet, grade_order
from quizapp.orgs.models import Unit
from quizapp.orgs.roll_lists import BLANK
from quizapp.orgs.rules import Exclusion, Stage

STAGES = {
    Stage.PRIMARY: "小学", Stage.JUNIOR: "初中", Stage.SENIOR: "高中", Stage.VOCATIONAL: "中职",
}  # fmt: skip


def csv(sheet: Sheet) -> bytes:
    """Return the lines with the headings that the import reads, and beneath what they rest on."""
    roll = sheet.roll
    signed_on = local_day(roll.signed_at) if roll.signed_at else None
    basis: list[list[object]] = [
        [],
        [_("Note:"), f"{roll.unit.name} {roll.name}"],
        [_("Note:"), _("Counted on"), roll.counted_on],
        [_("Note:"), _("Source"), roll.source],
        [_("Note:"), _("Signed by"), roll.signed_by or _("nobody yet"), signed_on],
    ]
    width = len(BLANK) if sheet.detailed else 5
    return csv_text(BLANK[:width], [*(row[:width] for row in _rows(sheet)), *basis])


def _rows(sheet: Sheet) -> Iterable[list[object]]:
    for line in sheet.lines:
        unit = line.unit
        if not line.counts:
            yield [unit.code, unit.name]
        for stage, grade in sorted(line.counts, key=grade_order):
            count = line.counts[stage, grade]
            excluded = [count.excluded.get(reason, 0) for reason in Exclusion]
            yield [
                unit.code, unit.name, STAGES[stage], grade, count.pupils, count.along, *excluded,
            ]  # fmt: skip


def blank(
    unit: Unit, schools: Iterable[tuple[Unit, Sequence[Grade]]], *, created: datetime
) -> bytes:
    """Return a workbook with a row for each grade of each school, and no counts."""
    rows: list[list[object]] = []
    for school, grades in schools:
        rows += [[school.code, school.name, STAGES[stage], grade] for stage, grade in grades]
        if not grades:
            rows.append([school.code, school.name])
    return xlsx_bytes(unit.name, BLANK, rows, created=created)
