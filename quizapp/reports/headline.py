"""The finding of a report as one sentence, by rules: what an office must know comes first."""

from collections.abc import Sequence

from quizapp.core.i18n import _, ngettext
from quizapp.orgs.rules import UnitKind
from quizapp.reports.coverage import Base, Coverage, Row
from quizapp.reports.ladder import CLOSE, Status
from quizapp.web.filters import number, share

NAMED = 2  # With more units their number says more than their names.


def headline(report: Coverage) -> str:
    """Return what comes first: a fault, no base, units behind, units close, or else the rate."""
    total, target = report.total, report.campaign.target_percent
    if total.suppressed:
        return _("Fewer than 10 pupils take part here, so their figures are not shown")
    if report.campaign.quiz is None:
        return _("%(pupils)s pupils have signed in", pupils=number(total.ladder.signed_in))
    if total.ladder.over:
        return _("More pupils have finished than there should be: the base must be checked")
    if total.ladder.rate is None:
        return _without_rate(total)
    return _behind(report.rows, target) or _close(report.rows, target) or _plain(total, target)


def _without_rate(total: Row) -> str:
    if total.ladder.base is None:
        finished = number(total.ladder.finished)
        return _("%(finished)s pupils have finished; no signed roll, so no rate", finished=finished)
    return _("Nobody here is asked to take part")


def _behind(rows: Sequence[Row], target: int) -> str | None:
    behind = [row for row in rows if row.ladder.status(target) is Status.BEHIND]
    if not behind:
        return None
    least = _percent(target - CLOSE)
    if len(behind) > NAMED:
        return _("%(units)s are below %(share)s", units=_units(behind), share=least)
    if len(behind) == NAMED:
        first, second = (row.unit.name for row in behind)
        return _(
            "%(first)s and %(second)s are below %(share)s", first=first, second=second, share=least
        )
    return _("%(name)s is below %(share)s", name=behind[0].unit.name, share=least)


def _close(rows: Sequence[Row], target: int) -> str | None:
    close = [row for row in rows if row.ladder.status(target) is Status.CLOSE]
    if not close:
        return None
    return _(
        "%(units)s short of the target of %(target)s, none by more than %(points)s points",
        units=_units(close), target=_percent(target), points=CLOSE,
    )  # fmt: skip


def _plain(total: Row, target: int) -> str:
    rate = share(total.ladder.rate)
    if total.base is Base.ROSTER:
        return _("%(rate)s of the roster have finished", rate=rate)
    return _("%(rate)s of the pupils on the roll have finished", rate=rate)


def _units(rows: Sequence[Row]) -> str:
    """Return their number with the right noun: 3 districts."""
    many = len(rows)
    kinds = {row.unit.kind for row in rows}
    match kinds.pop() if len(kinds) == 1 else None:
        case UnitKind.DISTRICT:
            return ngettext("%(num)s district", "%(num)s districts", many)
        case UnitKind.SCHOOL:
            return ngettext("%(num)s school", "%(num)s schools", many)
        case UnitKind.CLASS:
            return ngettext("%(num)s class", "%(num)s classes", many)
    return ngettext("%(num)s unit", "%(num)s units", many)


def _percent(points: int) -> str:
    return share(points / 100, 0)
