"""The coverage report as files for other programs; each names its snapshot."""

from quizapp.core.clock import end_of, local_day
from quizapp.core.i18n import _
from quizapp.core.sheets import csv_text, xlsx_bytes
from quizapp.orgs.models import Roll
from quizapp.reports.coverage import Base, Coverage, Row

HIDDEN = "·"
DIGITS = 4


def csv(report: Coverage) -> bytes:
    """Return the rows, the total last, and beneath them what they rest on. Rates are shares."""
    return csv_text(_header(), _rows(report))


def xlsx(report: Coverage) -> bytes:
    """Return the same as a workbook; the same snapshot gives the same bytes."""
    created = end_of(report.snapshot.as_of)
    return xlsx_bytes(report.unit.name, _header(), _rows(report), created=created)


def name(report: Coverage) -> str:
    """Return a file name without an ending, in letters that every system takes."""
    return f"coverage-{report.campaign.key}-{report.unit.code}-{report.snapshot.as_of}"


def _header() -> list[str]:
    return [
        _("Unit"), _("Code"), _("Base of the rate"), _("Roll"), _("Roster"),
        _("Roster less roll"), _("Signed in"), _("Opened"), _("Finished"), _("Valid"), _("Passed"),
        _("Rate"), _("Remark"),
    ]  # fmt: skip


def _rows(report: Coverage) -> list[list[object]]:
    rows = [_cells(row) for row in report.rows]
    return [*rows, _cells(report.total), [], *_basis(report)]


def _cells(row: Row) -> list[object]:
    unit = row.unit
    if row.suppressed:
        return [unit.name, unit.code, *[HIDDEN] * 10, _("Fewer than 10: not shown")]
    ladder = row.ladder
    return [
        unit.name,
        unit.code,
        _("Roster") if row.base is Base.ROSTER else _("Roll"),
        row.roll,
        row.roster,
        row.apart,
        ladder.signed_in,
        ladder.opened,
        ladder.finished,
        ladder.valid,
        ladder.passed,
        None if ladder.rate is None else round(ladder.rate, DIGITS),
        _("More finished than there should be") if ladder.over else "",
    ]


def _signed(roll: Roll) -> list[object]:
    signed_on = local_day(roll.signed_at) if roll.signed_at else None
    return [_("Roll %(name)s", name=roll.name), roll.counted_on, roll.signed_by, signed_on]


def _basis(report: Coverage) -> list[list[object]]:
    snapshot = report.snapshot
    lines: list[list[object]] = [
        [_("Unit of the report"), report.unit.name],
        [_("Campaign"), report.campaign.title],
        [_("As of"), snapshot.as_of],
        [_("Roll"), snapshot.roll_version or _("None signed")],
        *(_signed(roll) for roll in report.rolls),
        [_("Query"), snapshot.query_version],
    ]
    if report.lessons:
        lines += [[], [_("Lesson"), _("Opened"), _("Finished")]]
        lines += [[one.key, one.opened, one.finished] for one in report.lessons]
    return lines
