"""Erasing a pupil: nothing is left that tells who it was, and every figure stays what it was."""

import hashlib
import json
import logging
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from flask import Flask
from sqlalchemy import String, cast, select
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM, Actor, ActorKind, Role
from quizapp.accounts import throttle
from quizapp.accounts.models import Card, ClassWindow, Enrolment, Pupil, WindowTry
from quizapp.core.clock import local_day, now
from quizapp.core.db import Model, database, transaction
from quizapp.core.errors import Conflict
from quizapp.core.i18n import lazy
from quizapp.privacy import erasing, holdings
from quizapp.privacy.models import DataRequest, WishState
from quizapp.quizzes.models import Answer, Sitting
from quizapp.reports import rollups
from quizapp.rosters import changes, checked, oneroster_out
from quizapp.rosters.matching import Reach
from quizapp.rosters.models import ChangeKind, RosterChange, Transfer
from tests import make
from tests.actions.test_roster import class_list
from tests.conftest import Visitor
from tests.pages import given
from tests.pages.test_cards import CODE
from tests.pages.test_roster import check, csv, take_in
from tests.settings import KEY
from tests.town import YEAR, Town

ClientAs = Callable[[Actor], Visitor]
NAME, NUMBER, SECRET = "雒曌淼", "K7391842", "kanari-2026-zwei"
SPELLED = "luozhaomiao"


def everything(session: Session) -> str:
    """Return all that stands in any column of any table, as text."""
    session.rollback()
    told = []
    for table in Model.metadata.sorted_tables:
        columns = [cast(column, String) for column in table.columns]
        rows = session.execute(select(*columns))
        told += [f"{table.name}: {' | '.join(map(str, row))}" for row in rows]
    session.rollback()
    return "\n".join(told)


def found(where: str, *canaries: str) -> list[str]:
    """Return the lines in which a canary sits, written out or as JSON writes it."""
    signs = {sign for one in canaries for sign in (one, json.dumps(one)[1:-1])}
    return [line for line in where.splitlines() if any(sign in line for sign in signs)]


def guessable(town: Town, login: str) -> list[str]:
    """Return what anybody can make of school and sign-in name, and try until it fits."""
    plain = [f"{town.elm.code} {login}", login]
    plain += [f"{kind} {town.elm.code} {login}" for kind in ("p", "c", "pupil")]
    return [hashlib.sha256(one.encode()).hexdigest() for one in plain]


def figures(session: Session) -> dict[str, Any]:
    """Return what reports count: enrolments by class and day, sittings and answers as they are."""
    session.rollback()
    return {
        "enrolled": session.scalars(select(Enrolment.class_id).order_by(Enrolment.id)).all(),
        "sittings": session.execute(
            select(Sitting.id, Sitting.class_id, Sitting.score, Sitting.started_at, Sitting.passed)
            .order_by(Sitting.id)
        ).all(),
        "answers": session.execute(
            select(Answer.sitting_id, Answer.position, Answer.choice, Answer.right)
            .order_by(Answer.sitting_id, Answer.position)
        ).all(),
    }  # fmt: skip


def files(folder: Path) -> str:
    return "\n".join(
        file.read_bytes().decode("utf-8", "replace")
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    )


def test_no_trace_of_a_child_is_left_after_a_whole_life(
    app: Flask, client_as: ClientAs, visitor: Visitor, session: Session, town: Town, tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    teacher, office, browser = client_as(town.ms_chen), client_as(town.head_sun), visitor
    child, login = enrolled(office, session, town)
    secrets = signed_in(browser, teacher, town, child, login)
    live(browser, teacher, office, session, town, child)
    canaries = (NAME, NUMBER, login, SECRET, SPELLED, *secrets, *guessable(town, login))
    account = throttle.account_of_pupil(town.elm.code, login, KEY)
    before, counted = everything(session), figures(session)
    assert {sign for sign in canaries if found(before, sign)} >= {NAME, NUMBER, login, SPELLED}

    page = f"/schools/{town.elm.id}/pupils/{child.id}/erasure"
    assert office.post(page).status_code == 422
    assert office.post(page, data={"sure": "y"}).status_code == 303

    assert found(everything(session), *canaries) == []
    logged = [line for line in everything(session).splitlines() if line.startswith("audit_")]
    assert "sign-in.refused" in "\n".join(logged), "the wrong secret is in the log"
    assert found("\n".join(logged), account) == [], "and not at which account, not even sealed"
    assert found(files(tmp_path), *canaries) == []
    assert found(caplog.text, *canaries) == []
    assert browser.get("/my-data").status_code == 303, "signed out at once"
    assert figures(session) == counted
    assert rollups.differences(session) == []
    assert found(exported(app, client_as, town), *canaries) == []
    assert office.post(page, data={"sure": "y"}).status_code == 404, "once is enough"


def test_the_file_of_the_database_holds_nothing_either(
    app: Flask, session: Session, town: Town
) -> None:
    """SQLite leaves deleted rows in free pages unless it is told to overwrite them."""
    if session.get_bind().dialect.name != "sqlite":
        return  # PostgreSQL's files are cleaned by its own vacuum.
    child = make.pupil(session, town.elm_7a, name=NAME, login="kanari7391842", seat=33)
    session.add(Card(school_id=child.school_id, pupil_id=child.id, token_hash="t" * 64,
                     code_hash="c" * 64, issued_by=town.ms_chen.id, issued_at=now(),
                     expires_at=now()))  # fmt: skip
    session.commit()
    file = Path(str(database.engine.url.database))

    with app.app_context(), transaction() as work:
        erasing.erase(work, work.get_one(Pupil, (child.school_id, child.id)), by=SYSTEM, now=now())
    session.rollback()
    with app.app_context(), database.engine.connect() as raw:
        raw.exec_driver_sql("pragma wal_checkpoint(truncate)")

    assert found(files(file.parent / file.name), NAME, "kanari7391842") == []


def test_a_child_of_two_schools_is_erased_at_both(app: Flask, session: Session, town: Town) -> None:
    here = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    before = make.pupil(session, town.oak_7a, name="林兰", login="old-lan", seat=9)
    before.child_id = here.child_id
    session.commit()

    assert erasing.erase(session, here, by=SYSTEM, now=now()) == 2
    session.commit()

    for one in (here, before):
        assert (one.name, one.number, one.secret_hash) == ("", None, None)
        assert one.erased_at is not None
    assert here.child_id != before.child_id
    open_ones = select(Enrolment).where(Enrolment.pupil_id.in_([here.id, before.id]))
    assert {one.until_on for one in session.scalars(open_ones)} == {local_day(now())}
    with pytest.raises(Conflict):
        erasing.erase(session, here, by=SYSTEM, now=now())


def test_other_children_keep_everything(session: Session, town: Town) -> None:
    quiz = make.quiz(session, town.city, now=now())
    for child in (town.lan, town.bo):
        given.finish(session, quiz, child, right=2, at=now())
    session.commit()
    before = found(everything(session), str(town.bo.id), "陈波", "何涛", "梅雪")

    erasing.erase(
        session, session.get_one(Pupil, (town.lan.school_id, town.lan.id)), by=SYSTEM, now=now()
    )
    session.commit()

    assert found(everything(session), str(town.bo.id), "陈波", "何涛", "梅雪") == before


def test_the_request_is_done_when_the_pupil_is_erased(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    client_as(town.lan).post("/my-data/requests", data={"wish": "deletion", "words": "林兰要删除"})
    office = client_as(town.head_sun)

    office.post(f"/schools/{town.elm.id}/pupils/{town.lan.id}/erasure", data={"sure": "y"})

    (wish,) = session.scalars(select(DataRequest))
    assert (wish.state, wish.words, wish.decided_by) == (WishState.DONE, "", town.head_sun.id)
    listed = office.get(f"/schools/{town.elm.id}/requests").text
    assert "erased" in listed
    assert "林兰" not in listed


def test_an_import_can_still_be_undone_around_an_erased_pupil(
    client_as: ClientAs, app: Flask, session: Session, town: Town
) -> None:
    office = client_as(town.head_sun)
    rows = [("八年级", "1班", "1", NAME, "801"), ("八年级", "1班", "2", "孙二", "802")]
    take_in(office, town.elm, check(office, town.elm, csv(rows)))
    session.rollback()
    child = session.scalars(select(Pupil).where(Pupil.name == NAME)).one()
    erasing.erase(session, child, by=SYSTEM, now=now())
    session.commit()

    (change,) = session.scalars(select(RosterChange))
    changes.undo(session, change, by=town.head_sun, now=now())
    session.commit()

    assert session.scalars(select(Pupil.name).where(Pupil.name == "孙二")).all() == []
    session.refresh(child)
    assert (child.name, child.erased_at is not None) == ("", True)
    assert rollups.differences(session) == []


def test_a_table_whose_rows_nobody_forgets_is_caught(
    app: Flask, session: Session, town: Town
) -> None:
    """The canary's own check: were the names of sign-ins left, the search would find them."""
    session.get_one(Pupil, (town.lan.school_id, town.lan.id)).name = NAME
    session.commit()

    assert found(everything(session), NAME)
    with app.app_context():
        assert len(holdings.every()) > 10
        assert lazy("Sign-ins") in [one.title for one in holdings.every()]


def enrolled(office: Visitor, session: Session, town: Town) -> tuple[Actor, str]:
    """Let the school bring in the list with the child, and change the roster once more."""
    others = [("1", "林兰", ""), ("2", "陈波", ""), ("3", "周华", "")]
    for seat in ("31", "32"):
        rows = [("七年级", "1班", *one) for one in (*others, (seat, NAME, NUMBER))]
        page = check(office, town.elm, csv(rows))
        assert take_in(office, town.elm, page).status_code == 303
    session.rollback()
    child = session.scalars(select(Pupil).where(Pupil.name == NAME)).one()
    assert len(session.scalars(select(RosterChange)).all()) == 2, "kept with the way back"
    held = ((Role.PUPIL, town.elm_7a.path),)
    return Actor(child.id, ActorKind.PUPIL, NAME, held, child.school_id), child.login


def signed_in(
    browser: Visitor, teacher: Visitor, town: Town, child: Actor, login: str
) -> list[str]:
    """Print a card, let the child use it, type a wrong secret; return the secrets of the card."""
    page = teacher.post(
        f"/classes/{town.elm_7a.unit_id}/cards", data={"pupils": [str(child.id)]}
    ).text
    ((first, second),) = CODE.findall(page)
    told = {"school": town.elm.code, "login": login, "code": first + second}
    wrong = {"school": town.elm.code, "login": login, "secret": f"{SECRET}!"}
    assert browser.post("/sign-in", data=wrong).status_code == 401
    answer = browser.post("/card/use", data={**told, "secret": SECRET, "again": SECRET})
    assert answer.status_code == 303
    return [first + second]


def live(
    browser: Visitor, teacher: Visitor, office: Visitor, session: Session, town: Town, child: Actor
) -> None:
    """Lessons, a quiz, teacher's pages, a transfer, consent, a request, a proposal of a list."""
    session.rollback()
    lesson = given.lesson(session, "junior-say-no", title="说不的四种办法")
    campaign = make.campaign(session, town.city, now=now(), lessons=[lesson])
    assert campaign.quiz
    given.finish(session, campaign.quiz, child, right=3, at=now())
    session.add(Transfer(school_id=child.school_id, pupil_id=child.id, code_hash="k" * 64,
                         made_by=town.head_sun.id, made_at=now(),
                         expires_at=now() + timedelta(days=9)))  # fmt: skip
    window = ClassWindow(school_id=town.elm.id, class_id=town.elm_7a.unit_id, code_hash="w" * 64,
                         opened_by=town.ms_chen.id, opened_at=now(), closes_at=now())  # fmt: skip
    session.add(window)
    session.flush()
    session.add(WindowTry(school_id=town.elm.id, window_id=window.id, pupil_id=child.id, wrong=2))
    listed = class_list([(f"{NAME}子", 7, 1, 33, NUMBER), (NAME, 7, 2, 9, None)])
    what = checked.checked(listed, school_year=YEAR, stages=(), reach=Reach.CLASSES)
    changes.propose(
        session, town.elm, ChangeKind.LIST, {"changed": 1}, checked.told(what),
        by=town.head_sun, now=now(),
    )  # fmt: skip
    session.commit()
    visit = browser.post(f"/lessons/{lesson.key}/visit")
    assert visit.status_code in (204, 303)
    words = f"我叫{NAME}，学号 {NUMBER}"
    asked = browser.post("/my-data/requests", data={"wish": "deletion", "words": words})
    assert asked.status_code == 303
    assert NAME in browser.get("/my-data").text
    assert NUMBER in browser.get("/my-data/file").text
    sheet = f"/classes/{town.elm_7a.unit_id}/consent"
    slip = {"said_on": local_day(now()).isoformat(), f"said-{child.id}": "yes"}
    assert teacher.post(sheet, data=slip).status_code == 303
    pages = [f"/classes/{town.elm_7a.unit_id}", f"{sheet}", f"{sheet}/forms"]
    progress = f"/classes/{town.elm_7a.unit_id}/campaigns/{campaign.id}"
    assert all(teacher.get(page).status_code == 200 for page in (*pages, progress))
    assert office.get(f"/schools/{town.elm.id}/requests").status_code == 200


def exported(app: Flask, client_as: ClientAs, town: Town) -> str:
    """Return what goes out of the site afterwards, and what its pages show."""
    office, teacher = client_as(town.head_sun), client_as(town.ms_chen)
    auditor = client_as(town.auditor_fang)
    told = [
        office.get(f"/schools/{town.elm.id}/requests").text,
        office.get(f"/schools/{town.elm.id}/roster/changes").text,
        teacher.get(f"/classes/{town.elm_7a.unit_id}").text,
        teacher.get(f"/classes/{town.elm_7a.unit_id}/cards").text,
        auditor.get("/audit/").text,
        auditor.get("/audit/yearly/file").data.decode(),
        auditor.get("/reports/coverage.csv?unit=9901010001&campaign=contest").text,
    ]
    with app.app_context():
        for version in ("1.1", "1.2"):
            made = oneroster_out.write(
                database.session, town.elm, version=version, school_year=YEAR
            )
            with ZipFile(BytesIO(made.raw)) as file:
                told += [file.read(name).decode() for name in file.namelist()]
    return "\n".join(told)
