"""Rows of a class list that may not stand beside one another."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

from quizapp.core.i18n import _
from quizapp.rosters.list_lines import Line


def tell_doubles(lines: Sequence[Line]) -> None:
    """Tell each of the rows that may not stand beside one another; one such fault a row."""
    told: set[int] = set()
    for group in _alike(lines, _person):
        if not _told_apart(group):
            says = _(
                "The same class and name stand in row %(rows)s. Delete the row that is too much, "
                "or give both pupils a seat or a number."
            )
            _tell(group, told, "pupil_twice", "name", says)
    for group in _alike(lines, lambda line: line.number and line.number.lower()):
        says = _("The same number stands in row %(rows)s. Each pupil needs an own one.")
        _tell(group, told, "number_twice", "number", says)
    for group in _alike(lines, _place):
        says = _("The same seat of this class stands in row %(rows)s. Mend one of them.")
        _tell(group, told, "seat_twice", "seat", says)


def _alike(lines: Iterable[Line], key: Callable[[Line], Hashable]) -> Iterator[list[Line]]:
    groups: dict[Hashable, list[Line]] = defaultdict(list)
    for line in lines:
        if found := key(line):
            groups[found].append(line)
    return (group for group in groups.values() if len(group) > 1)


def _person(line: Line) -> Hashable:
    complete = line.name and line.grade and line.class_number
    return (line.grade, line.class_number, line.name) if complete else None


def _place(line: Line) -> Hashable:
    complete = line.seat and line.grade and line.class_number
    return (line.grade, line.class_number, line.seat) if complete else None


def _told_apart(group: Sequence[Line]) -> bool:
    """Whether all have numbers, or all have seats, and no two the same."""
    numbers, seats = {line.number for line in group}, {line.seat for line in group}
    return any(None not in given and len(given) == len(group) for given in (numbers, seats))


def _tell(group: Sequence[Line], told: set[int], code: str, column: str, says: str) -> None:
    """Add the fault to each line of the group that has none of its kind; `says` has `rows`."""
    for line in group:
        if line.row.number not in told:
            others = [other.row.number for other in group[:4] if other is not line][:3]
            rows = "、".join(map(str, others))
            line.wrong(code, line.heading(column), says % {"rows": rows})
    told |= {line.row.number for line in group}
