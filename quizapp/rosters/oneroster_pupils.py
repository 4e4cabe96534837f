"""The pupils of one school out of a OneRoster zip, as a class list."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from quizapp.core.i18n import _
from quizapp.core.sheets import Row
from quizapp.rosters import class_lists, class_names
from quizapp.rosters.cells import ANY_HANZI
from quizapp.rosters.class_lists import ClassList
from quizapp.rosters.oneroster import OneRoster, school_code
from quizapp.rosters.oneroster_fields import (
    FULL_NAME,
    GRADES,
    SEAT,
)
from quizapp.rosters.oneroster_manifest import NAMES_SHOWN
from quizapp.rosters.oneroster_tables import Table, Told

POINT = re.compile(r"(?<=\d)\.(?=\d)")
LIST: Final = Row(1, ("年级", "班级", "座号", "姓名", "学号"))
# Where each column of the class list comes from, to be told with a fault.
COLUMNS: Final = {
    "年级": "users.csv: grades",
    "班级": "classes.csv: classCode",
    "座号": f"enrollments.csv: {SEAT}",
    "姓名": "users.csv: familyName, givenName",
    "学号": "users.csv: identifier",
}


def pupils_of(
    zipped: OneRoster, code: str, *, school_year: int, stages: Collection[str] | None = None
) -> ClassList:
    """Return the pupils of a school as a class list; `row` is that of users.csv.

    `school_year` is the year in which it began: pupils and classes of others are left out.
    The faults are those of the whole file and those of this school's pupils; with wrong headings
    there are faults alone.
    """
    if not zipped.tables:
        return ClassList((), zipped.faults, zipped.notes)
    reading = _School(zipped, code, school_year)
    rows = list(reading.rows())
    told = reading.told.faults
    if not rows:
        return ClassList((), (*zipped.faults, *told), zipped.notes)
    listed = class_lists.read([LIST, *rows], stages=stages, school_year=school_year)
    found = [replace(f, column=COLUMNS.get(f.column, f.column)) for f in listed.faults]
    left_out = reading.note()
    return ClassList(
        () if zipped.askew else listed.pupils,
        (*zipped.faults, *told, *found),
        (*zipped.notes, *listed.notes, *left_out),
    )


@dataclass(frozen=True)
class _Sits:
    """That a pupil sits in a class of the school in this school year."""

    row: Row  # Of enrollments.csv.
    taught: Row  # Of classes.csv.
    is_homeroom: bool
    is_open: bool


class _School:
    """Gathers the rows of a school into those of a class list."""

    def __init__(self, zipped: OneRoster, code: str, school_year: int) -> None:
        self.told = Told()
        self._tables, self._faulty = zipped.tables, zipped.faulty
        self._schools = zipped.schools
        self._code, self._ends = code, str(school_year + 1)
        self._elsewhen = 0
        self._named: dict[int, str | None] = {}

    def rows(self) -> Iterator[Row]:
        """Give a row of `LIST` for each pupil who sits in one class; the others are told."""
        orgs, users = self._tables["orgs"], self._tables["users"]
        own = [row for row in orgs.rows if school_code(orgs, row) == self._code]
        if len(own) != 1:
            self._tell_school(own)
            return
        school_id = own[0].at(0)
        pupils = self._pupils(school_id)
        sits, elsewhen = self._sits(school_id)
        for user in users.rows:
            user_id = user.at(0)
            if user_id not in pupils or ("users", user.number) in self._faulty:
                continue
            if not sits[user_id] and user_id in elsewhen:
                self._elsewhen += 1
            elif found := self._row(user, sits[user_id]):
                yield found

    def note(self) -> Iterator[str]:
        if self._elsewhen:
            yield _(
                "%(count)s pupils have classes in other school years only and were left out.",
                count=self._elsewhen,
            )

    def _tell_school(self, own: Sequence[Row]) -> None:
        if own:
            rows = "、".join(str(row.number) for row in own)
            says = _("The school stands in rows %(rows)s. Keep one.", rows=rows)
            self.told.wrong("OR-302", "orgs", own[0].number, says, "identifier")
            return
        says = _(
            "There is no school %(code)s here: put the ten digits (学校标识码) into identifier, or "
            "choose the right file. Found: %(found)s",
            code=self._code,
            found="、".join(self._schools[:NAMES_SHOWN]) or "–",
        )
        self.told.wrong("OR-301", "orgs", 1, says, "identifier")

    def _pupils(self, school_id: str) -> set[str]:
        """Return the users who are pupils of the school: 1.2 says so in roles.csv."""
        if roles := self._tables.get("roles"):
            return {
                roles.text(row, "userSourcedId")
                for row in self._good(roles)
                if roles.text(row, "role") == "student"
                and roles.text(row, "orgSourcedId") == school_id
            }
        users = self._tables["users"]
        return {
            row.at(0)
            for row in users.rows
            if users.text(row, "role") == "student"
            and school_id in users.many(row, "orgSourcedIds")
        }

    def _sits(self, school_id: str) -> tuple[Mapping[str, list[_Sits]], set[str]]:
        """Return by user where they sit this school year, and who sits only in another one."""
        classes, enrollments = self._tables["classes"], self._tables["enrollments"]
        this_year = self._this_year()
        sits: dict[str, list[_Sits]] = defaultdict(list)
        elsewhen, lost = set(), set()
        for row in enrollments.rows:
            user_id = enrollments.text(row, "userSourcedId")
            taught = classes.by_id.get(enrollments.text(row, "classSourcedId"))
            if taught is None or self._is_faulty(enrollments, row, classes, taught):
                # Where the pupil sits is told wrong: that is a fault, not a year.
                lost.add(user_id)
            elif (
                enrollments.text(row, "role") != "student"
                or enrollments.text(row, "schoolSourcedId") != school_id
            ):
                continue
            elif this_year.isdisjoint(classes.many(taught, "termSourcedIds")):
                elsewhen.add(user_id)
            else:
                is_homeroom = classes.text(taught, "classType") == "homeroom"
                is_open = not enrollments.text(row, "endDate")
                sits[user_id].append(_Sits(row, taught, is_homeroom, is_open))
        return sits, elsewhen - lost

    def _is_faulty(self, table: Table, row: Row, other: Table, pointed: Row) -> bool:
        return not self._faulty.isdisjoint({(table.file, row.number), (other.file, pointed.number)})

    def _this_year(self) -> set[str]:
        sessions = self._tables["academicSessions"]
        return {r.at(0) for r in sessions.rows if sessions.text(r, "schoolYear") == self._ends}

    def _good(self, table: Table) -> Iterator[Row]:
        return (row for row in table.rows if (table.file, row.number) not in self._faulty)

    def _row(self, user: Row, sits: Sequence[_Sits]) -> Row | None:
        where = self._where(user, sits)
        name = self._class_name(where.taught) if where else None
        if where is None or name is None:
            return None
        users, enrollments = self._tables["users"], self._tables["enrollments"]
        grade = self._grade(user, where.taught)
        if grade is None:
            return None
        return Row(
            user.number,
            (
                grade,
                name,
                enrollments.text(where.row, SEAT),
                _full_name(users, user),
                users.text(user, "identifier"),
            ),
        )

    def _where(self, user: Row, sits: Sequence[_Sits]) -> _Sits | None:
        """Return the one class that counts: the homeroom, where there are lessons beside it."""
        homerooms = [one for one in sits if one.is_homeroom] or list(sits)
        for among in (homerooms, [one for one in homerooms if one.is_open]):
            if len({one.taught.number for one in among}) == 1:
                return among[0]
        if sits:
            says = _(
                "The pupil sits in several classes: rows %(rows)s of enrollments.csv. One must be "
                "the homeroom (classType), or the others must have an endDate.",
                rows="、".join(str(one.row.number) for one in homerooms[:NAMES_SHOWN]),
            )
            self.told.wrong("OR-305", "users", user.number, says)
        else:
            says = _("The pupil sits in no class of the school: enrollments.csv has no good row.")
            self.told.wrong("OR-304", "users", user.number, says)
        return None

    def _class_name(self, taught: Row) -> str | None:
        """Return what says the number of the class, its code before its title; None: neither."""
        if taught.number not in self._named:
            classes = self._tables["classes"]
            told = [POINT.sub("-", classes.text(taught, key)) for key in ("classCode", "title")]
            found = next((text for text in told if text and class_names.is_class(text)), None)
            if found is None:
                says = _(
                    "Neither the code nor the title says which class of its grade this is. Write "
                    "0703, 7.3 or 七(3)班 as classCode; its pupils are left out."
                )
                self.told.wrong("OR-303", "classes", taught.number, says, "classCode")
            self._named[taught.number] = found
        return self._named[taught.number]

    def _grade(self, user: Row, taught: Row) -> str | None:
        """Return the grade as a class list has it, "" if only the class may tell it.

        What the pupil's row says goes before the class's; with several the other decides.
        """
        users, classes = self._tables["users"], self._tables["classes"]
        for table, row in ((users, user), (classes, taught)):
            codes = table.many(row, "grades")
            grades = {GRADES.get(code.zfill(2)) for code in codes}
            if None in grades:
                says = _("A grade is written 01 to 12 (CEDS); 07 is 七年级 or 初一.")
                self.told.wrong("OR-306", table.file, row.number, says, "grades")
                return None
            if len(grades) == 1:
                return f"{grades.pop()}年级"
        return ""


def _full_name(users: Table, row: Row) -> str:
    """Return a name as it is written: 王小青, but Ada Lovelace."""
    if own := users.text(row, FULL_NAME):
        return own
    family, given = users.text(row, "familyName"), users.text(row, "givenName")
    if ANY_HANZI.search(family + given):
        return family + given
    return " ".join(part for part in (given, users.text(row, "middleName"), family) if part)
