"""One row of a class list: name, grade and class, seat and number, and what is wrong with them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from quizapp.core.headed import Fault, Headings
from quizapp.core.i18n import _
from quizapp.core.sheets import Row
from quizapp.rosters.cells import (
    FILLERS,
    SEATS,
    compact,
    name_fault,
    neat_name,
    number_fault,
    seat_of,
    shown,
)
from quizapp.rosters.class_names import (
    GRADES,
    SCHOOL_GRADES,
    School,
    class_parts,
    grades_meant,
    stage_meant,
    worded,
)
from quizapp.rosters.list_headings import heading_key

# A younger grade has no forty classes: "71" is then 七(1)班 written short, and must not be guessed.
CLASSES, SENIOR_CLASSES = range(1, 41), range(1, 100)


@dataclass
class Line:
    """A row while it is read: what could be read, and what is wrong with the rest."""

    row: Row
    headings: Headings
    name: str | None = None
    grade: int | None = None
    class_number: int | None = None
    seat: int | None = None
    number: str | None = None
    faults: list[Fault] = field(default_factory=list)

    def text(self, key: str) -> str:
        return self.row.at(self.headings[key][0]) if key in self.headings else ""

    def heading(self, *keys: str) -> str:
        return next((self.headings[key][1] for key in keys if key in self.headings), "")

    def wrong(self, code: str, column: str, says: str) -> None:
        self.faults.append(Fault(self.row.number, column, says, code))


def read_line(line: Line, school: School) -> None:
    line.name = _read_name(line)
    others = ("stage", "grade", "class", "seat", "number")
    alone = all(compact(line.text(key)) in FILLERS for key in others)
    if alone and (school.default_class is None or school.default_grade is None):
        if line.name:
            says = _("Only the name is filled in. Add grade and class, or delete the row.")
            line.wrong("only_name", line.heading("name"), says)
        return
    line.grade, line.class_number = _grade_and_class(line, school)
    line.seat = _read_seat(line)
    line.number = _read_number(line)


def _read_name(line: Line) -> str | None:
    name = neat_name(line.text("name"))
    fault = name_fault(name)
    if heading_key(name) == "name":
        says = _(
            "Other headings begin here. Put the rows beneath into a file of their own, or into "
            "the same columns as above."
        )
        fault = "headings_again", says
    if fault:
        line.wrong(fault[0], line.heading("name"), fault[1])
        return None
    return name


def _grade_and_class(line: Line, school: School) -> tuple[int | None, int | None]:
    """Read both together, for a class name like 七(1)班 says both."""
    grade_text, class_text = worded(line.text("grade")), worded(line.text("class"))
    if not class_text:
        grade = _grade(line, {"grade": grade_text} if grade_text else {}, school)
        if school.default_class is None:
            says = _("The class is missing. Fill it in in each row, in joined cells as well.")
            line.wrong("class_missing", line.heading("class"), says)
        return grade, school.default_class
    parts = class_parts(class_text)
    if parts is None:
        says = _(
            "%(text)s is not understood as a class. Write 七(1)班, or 1 with 七年级 as its grade.",
            text=shown(class_text),
        )
        line.wrong("class_unread", line.heading("class"), says)
        return (_grade(line, {"grade": grade_text}, school) if grade_text else None), None
    in_class, number = parts
    told = {"grade": grade_text, "class": in_class}
    grade = _grade(line, {column: wording for column, wording in told.items() if wording}, school)
    return grade, _class_number(line, number, grade)


def _class_number(line: Line, number: int, grade: int | None) -> int | None:
    if number in (SENIOR_CLASSES if grade is None or grade in GRADES["senior"] else CLASSES):
        return number
    says = _("There is hardly a class %(number)s. If 七(1)班 is meant, write it so.", number=number)
    line.wrong("class_unread", line.heading("class"), says)
    return None


def _grade(line: Line, told: Mapping[str, str], school: School) -> int | None:
    """Return the grade on which all agree; `told` is what each column says of it, by its key."""
    heading = line.heading("grade", "class")
    if not told:
        # Without a column of its own the grade is missing only because the class is.
        if school.default_grade is None and ("grade" in line.headings or line.text("class")):
            says = _("The grade is missing. Fill it in, or write the class as 七(1)班.")
            line.wrong("grade_missing", heading, says)
        return school.default_grade
    stage = stage_meant(compact(line.text("stage")))
    agreed = set(SCHOOL_GRADES)
    for column, wording in told.items():
        meant = grades_meant(wording, stage, school)
        if not meant:
            says = _(
                "%(text)s is not understood as a grade. Write 五年级, 初二 or 高一, or 5, 8 or 10.",
                text=shown(wording),
            )
            line.wrong("grade_unread", line.heading(column), says)
            return None
        agreed &= meant
    if school.default_grade in agreed and len(agreed) > 1:
        return school.default_grade
    fault = _disagreement(agreed, told, school)
    if fault:
        line.wrong(fault[0], heading, fault[1])
        return None
    return agreed.pop()


def _disagreement(
    agreed: Collection[int], told: Mapping[str, str], school: School
) -> tuple[str, str] | None:
    """Return code and sentence where no grade, or several, or one not taught here is left."""
    if not agreed:
        texts = [shown(wording) for wording in told.values()]
        says = _(
            "The grade says %(first)s, the class %(second)s. Mend the one that is wrong.",
            first=texts[0],
            second=texts[-1],
        )
        return "grades_differ", says
    if len(agreed) > 1:
        says = _(
            "%(text)s may be grade %(grades)s. Write 五年级, 初二 or 高一.",
            text=shown(next(iter(told.values()))),
            grades=" / ".join(map(str, sorted(agreed))),
        )
        return "grade_ambiguous", says
    (grade,) = agreed
    if school.stages is not None and not any(grade in GRADES[stage] for stage in school.stages):
        says = _(
            "Grade %(grade)s is not taught at this school. Write 初一 or 七年级, not 一年级, and "
            "leave out pupils of other schools.",
            grade=grade,
        )
        return "grade_not_taught", says
    return None


def _read_seat(line: Line) -> int | None:
    text = compact(line.text("seat"))
    if text in FILLERS:
        return None
    seat = seat_of(text)
    if seat is None:
        says = _(
            "The seat must be a number from %(least)s to %(most)s, or empty.",
            least=SEATS[0],
            most=SEATS[-1],
        )
        line.wrong("seat_unread", line.heading("seat"), says)
    return seat


def _read_number(line: Line) -> str | None:
    text = compact(line.text("number"))
    if text in FILLERS:
        return None
    fault = number_fault(text)
    if fault:
        line.wrong(fault[0], line.heading("number"), fault[1])
        return None
    return text
