"""Consent: what came back on paper is recorded for a class, and who then reads which name."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts.models import Consent, Pupil
from quizapp.audit.models import AuditEntry
from quizapp.core.clock import local_day, now
from quizapp.orgs import actions as orgs
from quizapp.orgs.models import SchoolClass
from quizapp.orgs.rules import Stage
from quizapp.privacy.models import ConsentEntry
from tests import make
from tests.conftest import Visitor
from tests.pages import given
from tests.town import YEAR, Town

ClientAs = Callable[[Actor], Visitor]


def address(of: SchoolClass) -> str:
    return f"/classes/{of.unit_id}/consent"


def slips(said_on: str | None = None, **words: str) -> dict[str, str]:
    return {"said_on": said_on or local_day(now()).isoformat()} | words


def said(child: Actor) -> str:
    return f"said-{child.id}"


def consents(session: Session) -> dict[str, Consent]:
    session.rollback()  # So that it looks anew.
    session.expire_all()
    return {p.login: p.consent for p in session.scalars(select(Pupil))}


def test_a_teacher_records_the_slips_of_her_class_on_one_page(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    client = client_as(town.ms_chen)
    before = client.get(address(town.elm_7a)).text

    answer = client.post(
        address(town.elm_7a),
        data=slips(
            "2026-09-15", **{said(town.lan): "yes", said(town.bo): "no", said(town.hua): ""}
        ),
    )

    assert "3 of 3 answers are still out" in before
    assert answer.status_code == 303
    assert consents(session) | {"tao": None, "mei": None} == {
        "lan": Consent.GIVEN, "bo": Consent.REFUSED, "hua": Consent.NONE, "tao": None, "mei": None,
    }  # fmt: skip
    entries = session.scalars(select(ConsentEntry).order_by(ConsentEntry.id)).all()
    assert {(e.pupil_id, e.said, e.said_on.isoformat(), e.on_paper) for e in entries} == {
        (town.lan.id, Consent.GIVEN, "2026-09-15", True),
        (town.bo.id, Consent.REFUSED, "2026-09-15", True),
    }
    log = session.scalars(select(AuditEntry).where(AuditEntry.event == "consent.recorded")).one()
    assert (log.actor_id, log.path) == (town.ms_chen.id, town.elm_7a.path)
    assert log.details == {"given": 1, "refused": 1}
    assert "1 of 3 answers are still out" in client.get(address(town.elm_7a)).text


def test_a_guardian_may_change_the_word_and_the_same_again_is_nothing_new(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    client = client_as(town.ms_chen)
    words = []
    for word in ("yes", "yes", "no", "yes"):
        client.post(address(town.elm_7a), data=slips(**{said(town.lan): word}))
        words.append(consents(session)["lan"])

    assert words == [Consent.GIVEN, Consent.GIVEN, Consent.WITHDRAWN, Consent.GIVEN]
    assert len(session.scalars(select(ConsentEntry)).all()) == 3


@pytest.mark.parametrize("day", ["", "2999-01-01", "yesterday"])
def test_a_day_that_cannot_be_is_told_and_what_was_chosen_stays(
    client_as: ClientAs, session: Session, town: Town, day: str
) -> None:
    answer = client_as(town.ms_chen).post(
        address(town.elm_7a), data={"said_on": day, said(town.lan): "no"}
    )

    assert answer.status_code == 422
    assert f'name="said-{town.lan.id}" value="no" checked' in answer.text
    assert consents(session)["lan"] is Consent.NONE


def test_pupils_of_other_classes_cannot_be_slipped_in(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    sent = slips(**{said(town.tao): "no", said(town.mei): "no", "said-nobody": "no"})

    client_as(town.ms_chen).post(address(town.elm_7a), data=sent)

    assert set(consents(session).values()) == {Consent.NONE}


def test_a_name_that_was_refused_is_read_by_the_own_teachers_only(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    session.get_one(Pupil, (town.bo.school_id, town.bo.id)).consent = Consent.REFUSED
    session.commit()
    teacher, office = client_as(town.ms_chen), client_as(town.head_sun)
    pages = [f"/classes/{town.elm_7a.unit_id}", address(town.elm_7a)]

    for page in pages:
        assert "陈波" in teacher.get(page).text
        told = office.get(page).text
        assert "陈波" not in told
        assert "(no consent to show the name) seat 2" in told
        assert "林兰" in told


def test_the_school_sees_counts_by_class(client_as: ClientAs, session: Session, town: Town) -> None:
    for child, word in ((town.lan, Consent.GIVEN), (town.tao, Consent.WITHDRAWN)):
        session.get_one(Pupil, (child.school_id, child.id)).consent = word
    session.commit()

    page = client_as(town.head_sun).get(f"/schools/{town.elm.id}/consent").text

    first, second = (
        page[page.index(address(one)) :].split("</tr>")[0] for one in (town.elm_7a, town.elm_7b)
    )
    numbers = [part.split("<")[0] for part in first.split('class="number">')[1:]]
    assert numbers == ["2", "1", "0", "0", "0"]
    numbers = [part.split("<")[0] for part in second.split('class="number">')[1:]]
    assert numbers == ["0", "0", "0", "0", "1"]
    assert not [name for name in given.PUPILS if name in page]


def test_the_paper_form_is_a_pdf_general_or_with_names(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    office = client_as(town.head_sun)

    general = office.get(f"/schools/{town.elm.id}/consent/form")
    assert given.looks(session) == []
    named = office.get(f"{address(town.elm_7a)}/forms")

    for file in (general, named):
        assert (file.status_code, file.mimetype) == (200, "application/pdf")
        assert file.data.startswith(b"%PDF-")
    assert len(named.data) > len(general.data)
    session.rollback()
    (look,) = given.looks(session)
    assert look.details == {"pupils": 3, "page": "consent.forms"}


def test_a_class_of_fourteen_year_olds_decides_itself(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    ninth = orgs.add_class(
        session, town.oak, school_year=YEAR, stage=Stage.JUNIOR, grade=9, number=1
    )
    session.flush()
    child = make.pupil(session, ninth, name="岳明", login="yue", seat=4)
    session.commit()
    office = client_as(town.head_liu)

    page = office.get(address(ninth)).text
    sent = slips(**{f"said-{child.id}": "no"})
    assert office.post(address(ninth), data=sent).status_code == 303

    assert "14 or older and decide themselves" in page
    assert consents(session)["yue"] is Consent.WITHDRAWN


def test_strangers_are_refused(client_as: ClientAs, session: Session, town: Town) -> None:
    pages = [address(town.elm_7a), f"{address(town.elm_7a)}/forms"]
    school = [f"/schools/{town.elm.id}/consent", f"/schools/{town.elm.id}/consent/form"]

    for who, status in ((town.mr_wu, 404), (town.head_liu, 404), (town.officer_he, 403),
                        (town.auditor_fang, 403), (town.lan, 403)):  # fmt: skip
        client = client_as(who)
        assert {client.get(page).status_code for page in (*pages, *school)} == {status}
        sent = slips(**{said(town.lan): "no"})
        assert client.post(pages[0], data=sent).status_code == status
    assert {client_as(town.ms_chen).get(page).status_code for page in school} == {404}
    assert consents(session)["lan"] is Consent.NONE
    assert given.looks(session) == []
