"""What the OneRoster standard says of each CSV file: which fields, in which order, what they hold.

From 1EdTech's "OneRoster: CSV Binding" 1.2.1 (final release of 2023), chapter 3, and from
"OneRoster 1.1 CSV Tables" (final release of 2017). Only files that we read or write have their
fields here; of the others the name is known.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

VERSIONS: Final = ("1.1", "1.2")
MANIFEST: Final = "manifest"
# Beside the manifest, what a school list cannot do without; roles came with 1.2.
NEEDED: Final = {
    "1.1": ("orgs", "academicSessions", "courses", "classes", "users", "enrollments"),
    "1.2": ("orgs", "academicSessions", "courses", "classes", "users", "roles", "enrollments"),
}
_SINCE_1_1 = """academicSessions categories classes classResources courses courseResources
    demographics enrollments lineItems orgs resources results users""".split()
_SINCE_1_2 = """lineItemLearningObjectiveIds lineItemScoreScales resultLearningObjectiveIds
    resultScoreScales roles scoreScales userProfiles userResources""".split()
FILES: Final = {"1.1": (*_SINCE_1_1,), "1.2": tuple(sorted(_SINCE_1_1 + _SINCE_1_2, key=str.lower))}
"""All files of a version, without ".csv"; the manifest names each."""
MODES: Final = ("absent", "bulk", "delta")

GUID = re.compile(r"[0-9A-Za-z._/@-]{1,255}")

ROLES_1_1 = "administrator|aide|guardian|parent|proctor|relative|student|teacher"
ROLES_1_2 = (
    "aide|counselor|districtAdministrator|guardian|parent|principal|proctor|relative|"
    "siteAdministrator|student|systemAdministrator|teacher"
)


@dataclass(frozen=True)
class Field:
    """A column. `kind` is guid, text, bool, date, year, bulk (empty in a bulk file), enum or ref.

    An enum has the words that are permitted, a ref the file to whose sourcedIds it points; `many`
    of them stand in one cell, parted by commas.
    """

    name: str
    kind: str
    required: bool = False
    words: frozenset[str] = frozenset()
    file: str = ""
    many: bool = False


def _fields(told: str) -> tuple[Field, ...]:
    """Read a table: "name:kind" a field, a ! behind what is required.

    Kinds are those of Field; "a|b" is an enum, ">file" a reference and ">>file" many of them.
    """
    found = []
    for each in told.split():
        name, _colon, kind = each.rstrip("!").partition(":")
        required = each.endswith("!")
        if kind.startswith(">"):
            file = kind.lstrip(">")
            found.append(Field(name, "ref", required, file=file, many=kind.startswith(">>")))
        elif "|" in kind:
            found.append(Field(name, "enum", required, words=frozenset(kind.split("|"))))
        else:
            found.append(Field(name, kind or "text", required))
    return tuple(found)


_HEAD = "sourcedId:guid! status:bulk dateLastModified:bulk"
_SHARED: Final = {
    "academicSessions": f"""{_HEAD} title! type:gradingPeriod|semester|schoolYear|term!
        startDate:date! endDate:date! parentSourcedId:>academicSessions schoolYear:year!""",
    "classes": f"""{_HEAD} title! grades courseSourcedId:>courses! classCode
        classType:homeroom|scheduled! location schoolSourcedId:>orgs!
        termSourcedIds:>>academicSessions! subjects subjectCodes periods""",
    "courses": f"""{_HEAD} schoolYearSourcedId:>academicSessions title! courseCode grades
        orgSourcedId:>orgs! subjects subjectCodes""",
    "enrollments": f"""{_HEAD} classSourcedId:>classes! schoolSourcedId:>orgs!
        userSourcedId:>users! role:administrator|proctor|student|teacher! primary:bool
        beginDate:date endDate:date""",
    "orgs": f"""{_HEAD} name! type:department|school|district|local|state|national! identifier
        parentSourcedId:>orgs""",
}
TABLES: Final[Mapping[str, Mapping[str, tuple[Field, ...]]]] = {
    "1.1": {name: _fields(told) for name, told in _SHARED.items()}
    | {
        "users": _fields(
            f"""{_HEAD} enabledUser:bool! orgSourcedIds:>>orgs! role:{ROLES_1_1}! username! userIds
            givenName! familyName! middleName identifier email sms phone agentSourcedIds:>>users
            grades password"""
        )
    },
    "1.2": {name: _fields(told) for name, told in _SHARED.items()}
    | {
        "users": _fields(
            f"""{_HEAD} enabledUser:bool! username! userIds givenName! familyName! middleName
            identifier email sms phone agentSourcedIds:>>users grades password userMasterIdentifier
            resourceSourcedIds preferredGivenName preferredMiddleName preferredFamilyName
            primaryOrgSourcedId:>orgs pronouns"""
        ),
        "roles": _fields(
            f"""{_HEAD} userSourcedId:>users! roleType:primary|secondary! role:{ROLES_1_2}!
            beginDate:date endDate:date orgSourcedId:>orgs! userProfileSourcedId"""
        ),
    },
}
# What 1.2 lets others extend by words of their own, each with this before it.
OWN_WORD: Final = "ext:"
EXTENSIBLE: Final = frozenset({"type", "classType", "role"})
EXTENSION: Final = "metadata."
FULL_NAME, SEAT = f"{EXTENSION}fullName", f"{EXTENSION}seat"
"""Our own columns: a name as it is written, in users.csv; the seat, in enrollments.csv."""
"""What the headings of further columns begin with; they stand behind all others."""

GRADES: Final = {f"{grade:02d}": grade for grade in range(1, 13)}
"""Grades by their CEDS code (Common Education Data Standards, "Entry Grade Level")."""
