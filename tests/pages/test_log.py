"""The log as its readers see it: chosen by group, person, unit and day; who saw names in a year."""

import csv
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts.models import Consent, Person, Posting, Pupil
from quizapp.audit.actions import record
from quizapp.audit.words import EVENTS, GROUPS
from quizapp.core.clock import local_day, now
from quizapp.core.db import transaction
from quizapp.core.paths import PACKAGE
from tests.conftest import Visitor
from tests.pages.test_windows import enter, opened
from tests.town import Town

ClientAs = Callable[[Actor], Visitor]


def rows(page: str) -> int:
    return page.count('<td class="nowrap">')


def test_a_reader_chooses_by_person_unit_group_and_day(
    client_as: ClientAs, app: Flask, town: Town
) -> None:
    with app.app_context(), transaction() as work:
        record(work, "pupil.seen", by=town.ms_chen, now=now(), path=town.elm_7a.path, pupils=3)
        record(work, "card.issued", by=town.mr_wu, now=now(), path=town.oak_7a.path, cards=1)
        old = now() - timedelta(days=40)
        record(work, "pupil.seen", by=town.mr_wu, now=old, path=town.oak_7a.path, pupils=1)
    client = client_as(town.auditor_fang)

    def told(**wanted: str) -> str:
        return client.get("/audit/", query_string=wanted).text

    assert rows(told(group="pupil")) == 2
    assert rows(told(person="ms_chen", group="pupil")) == 1
    assert rows(told(person="Ms", group="pupil")) == 1
    assert "saw names of pupils" in told(person="Ms Chen")
    assert rows(told(unit="9901020001", group="card")) == 1
    assert rows(told(unit="榆树", group="card")) == 0
    assert rows(told(group="pupil", since=local_day(now()).isoformat())) == 1
    assert rows(told(group="pupil", until=local_day(old).isoformat())) == 1
    assert "Nothing like that" in told(unit="nowhere")


def test_paging_keeps_what_was_chosen(client_as: ClientAs, app: Flask, town: Town) -> None:
    with app.app_context(), transaction() as work:
        for _time in range(55):
            record(work, "pupil.seen", by=town.ms_chen, now=now(), path=town.elm.path, pupils=1)
            record(work, "pupil.seen", by=town.mr_wu, now=now(), path=town.oak.path, pupils=1)
    client = client_as(town.auditor_fang)

    first = client.get("/audit/?person=ms_chen&group=pupil").text
    older = first.split('href="/audit/?after=')[1].split('"')[0].replace("&amp;", "&")
    second = client.get(f"/audit/?after={older}").text

    assert (rows(first), rows(second)) == (50, 5)
    assert "Mr Wu" not in first + second


def test_a_day_that_cannot_be_is_told_at_its_field(client_as: ClientAs, town: Town) -> None:
    page = client_as(town.auditor_fang).get("/audit/?since=yesterday").text

    assert "Not a valid date value" in page


def test_the_year_says_who_saw_names_of_whom_and_why(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    teacher = client_as(town.ms_chen)
    for _time in range(3):
        teacher.get(f"/classes/{town.elm_7a.unit_id}")
    client_as(town.head_liu).get(f"/classes/{town.oak_7a.unit_id}/cards")
    client = client_as(town.auditor_fang)

    page, file = client.get("/audit/yearly").text, client.get("/audit/yearly/file")

    assert "Names of pupils were shown on 4 pages" in page
    lines = file.data.decode("utf-8-sig").splitlines()
    (chen,) = [line.split(",") for line in lines if line.startswith("Ms Chen")]
    assert chen[1:4] == ["ms_chen", "Class teacher", "榆树中学 初一1班"]
    assert chen[5:10] == ["Looking after the class", "pupil.seen", "", "3", "9"]
    assert "林兰" not in page + file.text


def test_the_year_tells_of_commands_of_class_windows_and_of_single_pupils(
    client_as: ClientAs, visitor: Visitor, app: Flask, session: Session, town: Town, tmp_path: Path
) -> None:
    session.execute(update(Pupil).values(consent=Consent.GIVEN))
    session.commit()
    exported = app.test_cli_runner().invoke(
        args=["roster", "export", str(tmp_path / "north.zip"), "--school", "990101"]
    )
    assert exported.exit_code == 0, exported.output
    enter(visitor, opened(client_as(town.ms_chen), town.elm_7a))
    head = client_as(town.head_sun)
    for child in (town.lan, town.lan, town.bo):
        head.get(f"/schools/{town.elm.id}/pupils/{child.id}")
    client = client_as(town.auditor_fang)

    file, page = client.get("/audit/yearly/file"), client.get("/audit/yearly").text

    rows = list(csv.reader(file.data.decode("utf-8-sig").splitlines()))[1:]
    told = {(row[0], row[5], row[7]): row[8:10] for row in rows}
    assert told["a command on the server", "Exporting the roster", ""] == ["1", "4"]
    assert told["whoever typed the code of the class", "Signing in inside the class", ""] == [
        "1", "3",
    ]  # fmt: skip
    looks = {child.id: told["Head Sun", "Looking after a pupil", str(child.id)]
             for child in (town.lan, town.bo)}  # fmt: skip
    assert looks == {town.lan.id: ["2", "2"], town.bo.id: ["1", "1"]}
    assert "a command on the server" in page
    assert str(town.lan.id) not in page


def test_a_name_that_is_a_formula_is_none_in_the_file(
    client_as: ClientAs, app: Flask, town: Town
) -> None:
    with app.app_context(), transaction() as work:
        work.get_one(Person, town.ms_chen.id).name = "=1+1"
        record(work, "pupil.seen", by=town.ms_chen, now=now(), path=town.elm_7a.path, pupils=3)

    file = client_as(town.auditor_fang).get("/audit/yearly/file").data.decode("utf-8-sig")

    assert "\n'=1+1," in file.replace("\r", "")


def test_an_auditor_of_one_district_reads_that_district(
    client_as: ClientAs, session: Session, app: Flask, town: Town
) -> None:
    with app.app_context(), transaction() as work:
        posting = work.query(Posting).filter_by(person_id=town.auditor_fang.id).one()
        posting.unit_id = town.south.id
        record(work, "pupil.seen", by=town.ms_chen, now=now(), path=town.elm_7a.path, pupils=3)
        record(work, "pupil.seen", by=town.mr_wu, now=now(), path=town.oak_7a.path, pupils=1)
    client = client_as(town.auditor_fang)

    told = client.get("/audit/yearly").text + client.get("/audit/").text

    assert "Mr Wu" in told
    assert "Ms Chen" not in told


def test_every_event_belongs_to_a_group() -> None:
    assert {event.partition(".")[0] for event in EVENTS} <= set(GROUPS)


def test_the_log_is_read_by_nobody_else(client_as: ClientAs, town: Town) -> None:
    for reader in (town.head_sun, town.officer_gao, town.ms_chen, town.lan):
        for page in ("/audit/", "/audit/yearly", "/audit/yearly/file"):
            assert client_as(reader).get(page).status_code == 403


def test_everything_that_is_written_down_has_words() -> None:
    """Looks through the code for events; one that is made up of parts is not seen here."""
    written = re.compile(r'(?:record|_tell|names_pupils)\(\s*(?:[\w.]+,\s*)?"([a-z0-9.-]+)"')
    code = "\n".join(file.read_text("utf-8") for file in PACKAGE.rglob("*.py"))

    assert sorted(set(written.findall(code)) - set(EVENTS)) == []
