"""The roster as a OneRoster file: what is in it, who gets it, and that it reads back as it was."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts.models import Consent, Pupil
from quizapp.audit.models import AuditEntry
from quizapp.orgs import actions as orgs
from quizapp.orgs.models import Unit
from quizapp.orgs.rules import Stage, UnitKind
from quizapp.rosters import oneroster_out, plans
from quizapp.rosters.matching import Reach
from quizapp.rosters.oneroster_fields import FILES, NEEDED, TABLES, VERSIONS
from quizapp.rosters.oneroster_pupils import pupils_of
from tests import make
from tests.conftest import Visitor
from tests.oneroster import read
from tests.town import NOON, YEAR, Town

ClientAs = Callable[[Actor], Visitor]
CODE = "9901010001"


@pytest.fixture(autouse=True)
def agreed(session: Session, town: Town) -> None:
    """All guardians have said yes."""
    session.execute(update(Pupil).values(consent=Consent.GIVEN))
    session.commit()


def files(raw: bytes) -> dict[str, list[str]]:
    """Return the lines of each file, by name without ".csv"."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return {
            name.removesuffix(".csv"): archive.read(name).decode().splitlines()
            for name in archive.namelist()
        }


@pytest.fixture
def crowded(session: Session, town: Town) -> Town:
    """Elm with all kinds of names, a twin without a number, and a class of each stage above."""
    senior = orgs.add_class(
        session, town.elm, school_year=YEAR, stage=Stage.SENIOR, grade=10, number=12
    )
    trade = orgs.add_class(
        session, town.elm, school_year=YEAR, stage=Stage.VOCATIONAL, grade=10, number=1
    )
    session.flush()
    for seat, name in enumerate(
        ("欧阳娜娜", "阿依古丽·买买提", "Ada Lovelace", "Björk", "龘𠮷"), 31
    ):
        make.pupil(session, senior, name=name, seat=seat).number = f"A-{seat}"
    make.pupil(session, trade, name="王小青", seat=1)
    make.pupil(session, trade, name="王小青", seat=2)
    session.commit()
    return town


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_written_passes_the_strict_reader_and_changes_nothing(
    session: Session, crowded: Town, version: str
) -> None:
    made = oneroster_out.write(session, crowded.north, version=version, school_year=YEAR)

    found = read(made.raw)
    listed = pupils_of(found, CODE, school_year=YEAR)
    assert (found.faults, listed.faults, found.schools) == ((), (), (CODE,))
    assert len(listed.pupils) == made.going.pupils == 11
    plan = plans.plan(
        session, crowded.elm, listed, school_year=YEAR, reach=Reach.SCHOOL,
        stages=plans.stages(session, crowded.elm),
    )  # fmt: skip
    assert plan.changes_nothing, plan.counts
    assert plan.counts["unchanged"] == 11


@pytest.mark.parametrize("version", VERSIONS)
def test_each_file_has_all_headings_in_order_and_each_name_stands_in_the_manifest(
    session: Session, town: Town, version: str
) -> None:
    found = files(oneroster_out.write(session, town.elm, version=version, school_year=YEAR).raw)

    assert set(found) == {"manifest", *NEEDED[version]}
    for file in NEEDED[version]:
        names = [field.name for field in TABLES[version][file]]
        assert found[file][0].split(",")[: len(names)] == names
    manifest = dict(line.split(",") for line in found["manifest"])
    assert manifest["oneroster.version"] == version
    modes = {name: manifest[f"file.{name}"] for name in FILES[version]}
    assert {name for name, mode in modes.items() if mode == "bulk"} == set(NEEDED[version])
    assert set(modes.values()) == {"bulk", "absent"}


def test_a_school_without_pupils_leaves_the_files_out_that_would_be_empty(
    session: Session, town: Town
) -> None:
    willow = make_school(session, town)

    found = files(oneroster_out.write(session, willow, version="1.2", school_year=YEAR).raw)

    assert set(found) == {"manifest", "orgs", "academicSessions"}
    assert "file.users,absent" in found["manifest"]


def make_school(session: Session, town: Town) -> Unit:
    made = orgs.add_unit(
        session, kind=UnitKind.SCHOOL, code="9901010002", name="柳树中学", parent=town.north
    )
    session.flush()
    return made


def test_the_same_roster_gives_the_same_file(session: Session, town: Town) -> None:
    once, again = (
        oneroster_out.write(session, town.city, version="1.2", school_year=YEAR).raw
        for _time in range(2)
    )

    assert once == again


def test_no_secret_and_nobody_who_did_not_agree_or_was_erased_is_in_the_file(
    session: Session, client_as: ClientAs, town: Town
) -> None:
    children = {child.name: child for child in session.scalars(select(Pupil))}
    children["林兰"].secret_hash = "argon2-canary"
    children["林兰"].pin_hash = "pin-canary"
    children["陈波"].consent = Consent.REFUSED
    children["周华"].erased_at = NOON
    children["何涛"].consent = Consent.NONE
    session.commit()

    made = oneroster_out.write(session, town.elm, version="1.2", school_year=YEAR)

    text = "\n".join("\n".join(lines) for lines in files(made.raw).values())
    assert "canary" not in text
    assert [name for name in children if name in text] == ["林兰"]
    assert made.going == oneroster_out.Going(pupils=1, refused=1, unasked=1)
    page = client_as(town.head_sun).get(f"/schools/{town.elm.id}/oneroster").text
    assert "Pupils in the file: 1." in page
    assert "no consent of a guardian is recorded: 1." in page


@pytest.mark.parametrize("number", ["=1+1", "+1", "-1", "@x"])
def test_no_cell_is_a_formula(session: Session, town: Town, number: str) -> None:
    session.scalars(select(Pupil).where(Pupil.name == "林兰")).one().number = number
    session.flush()

    made = oneroster_out.write(session, town.elm, version="1.1", school_year=YEAR)

    (line,) = [line for line in files(made.raw)["users"] if "林兰" in line]
    assert f",'{number}," in line


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("王小青", ("王", "小青")),
        ("欧阳娜娜", ("欧阳", "娜娜")),
        ("欧阳", ("欧", "阳")),
        ("阿依古丽·买买提", ("买买提", "阿依古丽")),
        ("Ada King Lovelace", ("Lovelace", "Ada King")),
        ("Björk", ("Björk", ".")),
    ],
)
def test_a_name_has_two_parts_as_the_standard_wants(name: str, parts: tuple[str, str]) -> None:
    assert oneroster_out.parted(name) == parts


@pytest.mark.parametrize("version", VERSIONS)
def test_the_head_takes_the_roster_along_and_that_is_written_down(
    client_as: ClientAs, town: Town, session: Session, version: str
) -> None:
    client = client_as(town.head_sun)
    page = client.get(f"/schools/{town.elm.id}/oneroster")
    address = f"/schools/{town.elm.id}/oneroster/{version}"

    answer = client.get(address)

    assert f'href="{address}"' in page.text
    assert f'href="/schools/{town.elm.id}/oneroster"' in client.get(f"/schools/{town.elm.id}").text
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("application/zip", "no-store")
    assert f"oneroster-{version}-{CODE}.zip" in answer.headers["Content-Disposition"]
    assert {one.name for one in pupils_of(read(answer.data), CODE, school_year=YEAR).pupils} == {
        "林兰", "陈波", "周华", "何涛",
    }  # fmt: skip
    session.rollback()
    (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.event == "roster.exported"))
    assert (entry.actor_id, entry.path) == (town.head_sun.id, town.elm.path)
    assert entry.details["pupils"] == 4


@pytest.mark.parametrize(
    ("who", "status"),
    [("ms_chen", 403), ("head_liu", 404), ("officer_he", 403), ("admin_kong", 403), ("lan", 403)],
)
def test_nobody_else_gets_it(client_as: ClientAs, town: Town, who: str, status: int) -> None:
    client = client_as(getattr(town, who))

    answers = [client.get(f"/schools/{town.elm.id}/oneroster{end}") for end in ("", "/1.1", "/1.2")]

    assert [answer.status_code for answer in answers] == [status] * 3


def test_the_command_writes_a_district_and_the_log_knows(
    app: Flask, town: Town, session: Session, tmp_path: Path
) -> None:
    file = tmp_path / "roster.zip"

    done = app.test_cli_runner().invoke(args=["roster", "export", "--school", "990101", str(file)])

    assert done.exit_code == 0, done.output
    assert "4 pupils; left out: 0 refused, 0 under 14" in done.output
    assert read(file.read_bytes()).schools == (CODE,)
    (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.event == "roster.exported"))
    assert (entry.path, entry.details["version"]) == (town.north.path, "1.2")


@pytest.mark.parametrize(
    "words", [("--school", "9909", "roster.zip"), ("--school", CODE, "roster.csv")]
)
def test_the_command_refuses_an_unknown_school_and_another_kind_of_file(
    app: Flask, tmp_path: Path, words: tuple[str, ...]
) -> None:
    *told, name = words

    done = app.test_cli_runner().invoke(args=["roster", "export", *told, str(tmp_path / name)])

    assert done.exit_code == 1
    assert not (tmp_path / name).exists()
