"""The pages of a class list: choose the file, see all that is wrong and would change, import."""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from html import unescape
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from quizapp.access.policy import Actor, ActorKind, Role
from quizapp.accounts.models import Enrolment, Person, Posting, Pupil
from quizapp.audit.models import AuditEntry
from quizapp.core import sheets
from quizapp.core.clock import now
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.rosters.checked import Checked, unpacked
from quizapp.rosters.difference import SHOWN
from tests import make
from tests.conftest import Visitor
from tests.settings import KEY
from tests.town import NOON, TERM_BEGAN, Town

ClientAs = Callable[[Actor], Visitor]
HEAD = ("年级", "班级", "座号", "姓名", "学号")
GOOD = (("8", "1", "1", "孙一", "801"), ("八年级", "八(2)班", "2", "孙二", "802"))
BAD = (("8", "1", "1", "孙一", "801"), ("8", "", "3", "孙3", ""), ("13", "1", "4", "孙四", "801"))
MEGABYTE = 2**20


def csv(rows: Sequence[Sequence[str]], encoding: str = "utf-8") -> bytes:
    return "\n".join(",".join(row) for row in (HEAD, *rows)).encode(encoding)


def check(
    client: Visitor, school: Unit, raw: bytes, name: str = "list.csv", **fields: Any
) -> TestResponse:
    return client.post(
        f"/schools/{school.id}/roster/check",
        data={"file": (BytesIO(raw), name), **fields},
        content_type="multipart/form-data",
    )


def carried(page: TestResponse) -> str:
    """Return the signed list that the page carries."""
    found = re.search(r'name="checked"[^>]*value="([^"]*)"', page.text)
    assert found, "The page offers no import."
    return found[1]


def take_in(client: Visitor, school: Unit, page: TestResponse, **ticked: str) -> TestResponse:
    return client.post(f"/schools/{school.id}/roster", data={"checked": carried(page), **ticked})


def counts(session: Session) -> tuple[int, ...]:
    """Return how many units, classes, pupils and enrolments there are."""
    session.rollback()  # So that it looks anew.
    tables = (Unit, SchoolClass, Pupil, Enrolment)
    return tuple(session.scalar(select(func.count()).select_from(t)) or 0 for t in tables)


def seen(session: Session, event: str) -> list[AuditEntry]:
    session.rollback()
    return list(session.scalars(select(AuditEntry).where(AuditEntry.event == event)))


def test_a_head_takes_a_list_in(client_as: ClientAs, town: Town, session: Session) -> None:
    client, before = client_as(town.head_sun), counts(session)

    form = client.get(f"/schools/{town.elm.id}/roster/new")
    page = check(client, town.elm, csv(GOOD))

    assert form.status_code == page.status_code == 200
    assert "初二1班" in page.text
    assert "New class" in page.text
    assert counts(session) == before

    answer = take_in(client, town.elm, page)

    assert answer.status_code == 303
    units, classes, pupils, enrolments = before
    assert counts(session) == (units + 2, classes + 2, pupils + 2, enrolments + 2)
    done = client.get(answer.location)
    assert "2 new, 2 new classes" in done.text
    assert "初二2班" in done.text
    (entry,) = seen(session, "roster.changed")
    assert entry.actor_id == town.head_sun.id


def test_the_same_list_again_offers_nothing(client_as: ClientAs, town: Town) -> None:
    client = client_as(town.head_sun)
    take_in(client, town.elm, check(client, town.elm, csv(GOOD)))

    page = check(client, town.elm, csv(GOOD))

    assert "All 2 pupils stand on the roster as listed" in page.text
    assert f'action="/schools/{town.elm.id}/roster"' not in page.text


def test_sending_the_import_twice_does_it_once(
    client_as: ClientAs, town: Town, session: Session
) -> None:
    client = client_as(town.head_sun)
    page = check(client, town.elm, csv(GOOD))
    take_in(client, town.elm, page)
    before = counts(session)

    answer = take_in(client, town.elm, page)

    assert answer.status_code == 303
    assert counts(session) == before


def test_who_moves_or_changes_is_shown_and_that_is_written_down(
    client_as: ClientAs, town: Town, session: Session
) -> None:
    client = client_as(town.head_sun)
    take_in(client, town.elm, check(client, town.elm, csv(GOOD)))

    page = check(
        client, town.elm, csv((("8", "2", "1", "孙一", "801"), ("8", "2", "5", "孙耳", "802")))
    )

    assert "Class: 初二1班 → 初二2班" in page.text
    assert "Name: 孙二 → 孙耳" in page.text
    assert "Seat: 2 → 5" in page.text
    assert [entry.details["pupils"] for entry in seen(session, "pupil.seen")] == [2]


def test_all_faults_are_told_at_once_and_nothing_is_written(
    client_as: ClientAs, town: Town, session: Session
) -> None:
    client, before = client_as(town.head_sun), counts(session)

    page = check(client, town.elm, csv(BAD))

    assert page.status_code == 422
    told = unescape(page.text)
    assert "The name holds digits or signs." in told
    assert "The class is missing." in told
    assert "(class_missing)" in told
    assert "“13” is not understood as a grade." in told
    assert "The same number stands in row" in told
    assert counts(session) == before


def test_the_good_part_is_taken_only_knowingly(
    client_as: ClientAs, town: Town, session: Session
) -> None:
    client, before = client_as(town.head_sun), counts(session)
    page = check(client, town.elm, csv((*GOOD, ("8", "", "3", "孙3", ""))))
    assert "Import the 2 good rows, leave out 1" in page.text

    refused = take_in(client, town.elm, page)

    assert refused.status_code == 422
    assert "Tick this, or mend the file and check it again." in refused.text
    assert counts(session) == before

    answer = take_in(client, town.elm, refused, partial="y")

    assert answer.status_code == 303
    assert counts(session)[2] == before[2] + 2


def test_a_list_from_a_chinese_excel_is_read(client_as: ClientAs, town: Town) -> None:
    page = check(client_as(town.head_sun), town.elm, csv(GOOD, "gb18030"), "初二名单.csv")

    assert page.status_code == 200
    assert "初二2班" in page.text


def test_the_blank_list_is_one_that_is_read(client_as: ClientAs, town: Town) -> None:
    client = client_as(town.head_sun)

    answer = client.get(f"/schools/{town.elm.id}/roster/template")

    (head,) = sheets.read("class-list.xlsx", answer.data)
    assert set(head.cells) == set(HEAD)
    filled = sheets.xlsx_bytes("list", head.cells, GOOD, created=NOON)
    assert check(client, town.elm, filled, "list.xlsx").status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "../../../../etc/passwd.csv",
        "..\\..\\windows\\win.csv",
        'x"><script>alert(1)</script>.csv',
        "{{ 7 * 7 }}.csv",
        "名" * 250 + ".csv",
        "a\x00b.csv",
        "CON.csv",
        ".csv",
        "list.csv.exe",
        "no ending",
        "\u202evsc.txt",
    ],
)
def test_hostile_file_names_do_no_harm(client_as: ClientAs, town: Town, name: str) -> None:
    page = check(client_as(town.head_sun), town.elm, csv(GOOD), name)

    assert page.status_code in (200, 422)
    assert "<script>alert" not in page.text


@pytest.mark.parametrize(
    ("raw", "name"),
    [(b"", "list.csv"), (b"PK\x03\x04 no more", "list.xlsx"), (b"\xff\xfe\x00", "list.csv"),
     (b"\x89PNG\r\n", "list.png")],
)  # fmt: skip
def test_what_is_no_table_is_refused_at_the_field(
    client_as: ClientAs, town: Town, raw: bytes, name: str
) -> None:
    page = check(client_as(town.head_sun), town.elm, raw, name)

    assert page.status_code == 422
    assert 'id="file-error"' in page.text


def test_no_file_is_said_at_the_field(client_as: ClientAs, town: Town) -> None:
    client = client_as(town.head_sun)

    page = client.post(f"/schools/{town.elm.id}/roster/check", data={"stages": "junior"})

    assert page.status_code == 422
    assert "Choose the file first, or paste the rows." in page.text


def test_four_thousand_rows_fit_into_the_page(
    client_as: ClientAs, town: Town, session: Session
) -> None:
    client, before = client_as(town.head_sun), counts(session)
    names = [f"学{chr(0x4E00 + 2 * i)}{chr(0x5E00 + 3 * i)}" for i in range(4000)]
    rows = [
        (str(7 + i % 3), str(1 + i // 3 % 30), str(1 + i // 90), name, f"2026{i:08d}")
        for i, name in enumerate(names)
    ]

    page = check(client, town.elm, csv(rows))
    answer = take_in(client, town.elm, page)

    assert len(carried(page)) < MEGABYTE / 4
    assert answer.status_code == 303
    assert counts(session)[2] == before[2] + 4000


def test_a_check_holds_for_two_hours(client_as: ClientAs, town: Town) -> None:
    token = carried(check(client_as(town.head_sun), town.elm, csv(GOOD)))

    def after(minutes: int) -> Checked | None:
        later = now() + timedelta(minutes=minutes)
        return unpacked(token, school_id=town.elm.id, key=KEY, now=later)

    assert after(119)
    assert after(121) is None


@pytest.mark.parametrize("forge", [lambda _t: "", lambda _t: "x.y.z", lambda t: "A" + t])
def test_a_forged_list_is_refused(
    client_as: ClientAs, town: Town, session: Session, forge: Callable[[str], str]
) -> None:
    client, before = client_as(town.head_sun), counts(session)
    token = carried(check(client, town.elm, csv(GOOD)))

    answer = client.post(f"/schools/{town.elm.id}/roster", data={"checked": forge(token)})

    assert answer.location.endswith("/roster/new")
    assert counts(session) == before


def test_a_list_checked_at_one_school_is_not_taken_in_at_another(
    client_as: ClientAs, town: Town, session: Session
) -> None:
    page = check(client_as(town.head_sun), town.elm, csv(GOOD))
    before = counts(session)

    answer = take_in(client_as(town.head_liu), town.oak, page)

    assert answer.location.endswith("/roster/new")
    assert counts(session) == before


# Pasted rows, and how far a list reaches

ELM_7A = (("7", "1", "1", "林兰", ""), ("7", "1", "2", "陈波", ""))


def test_rows_pasted_from_a_spreadsheet_are_a_list(client_as: ClientAs, town: Town) -> None:
    client, address = client_as(town.head_sun), f"/schools/{town.elm.id}/roster/check"
    tabbed = "\r\n".join("\t".join(row) for row in (HEAD, *GOOD))

    page = client.post(address, data={"pasted": tabbed})
    comma = client.post(address, data={"pasted": csv(GOOD).decode()})
    faulty = client.post(address, data={"pasted": "你好"})
    both = check(client, town.elm, csv(GOOD), pasted=tabbed)

    assert (page.status_code, comma.status_code) == (200, 200)
    assert "初二2班" in page.text
    assert carried(page).split(".")[1] == carried(comma).split(".")[1]
    assert (faulty.status_code, both.status_code) == (422, 422)
    assert "No headings were found" in unescape(faulty.text)
    assert "not both" in both.text


def test_who_leaves_is_named_before_anything_is_written(
    client_as: ClientAs, town: Town, session: Session
) -> None:
    client, address = client_as(town.head_sun), f"/schools/{town.elm.id}/roster/reach"

    page = check(client, town.elm, csv(ELM_7A))
    assert "Who leaves: 1" in page.text
    assert "周华" in page.text
    assert "何涛" not in page.text

    whole = client.post(address, data={"checked": carried(page), "reach": "school"})
    assert "Who leaves: 2" in whole.text
    assert "何涛" in whole.text

    added = client.post(address, data={"checked": carried(page), "reach": "none"})
    assert "Who leaves" not in added.text
    assert "All 2 pupils stand on the roster as listed" in added.text
    odd = client.post(address, data={"checked": carried(page), "reach": "all"})
    assert "Who leaves: 1" in odd.text
    assert client.post(address, data={"checked": "x"}).status_code == 303
    assert [entry.details["pupils"] for entry in seen(session, "pupil.seen")] == [1, 2, 1]


def test_all_who_leave_are_named_however_many(
    client_as: ClientAs, town: Town, session: Session
) -> None:
    names = [f"示例{chr(0x4E00 + n)}" for n in range(SHOWN + 20)]
    for name in names:
        make.pupil(session, town.elm_7b, name=name)
    session.commit()
    client = client_as(town.head_sun)
    page = check(client, town.elm, csv(ELM_7A))

    whole = client.post(
        f"/schools/{town.elm.id}/roster/reach", data={"checked": carried(page), "reach": "school"}
    )

    assert all(name in whole.text for name in names)
    assert seen(session, "pupil.seen")[-1].details["pupils"] == len(names) + 2


def test_a_supplement_takes_nobody_away(client_as: ClientAs, town: Town) -> None:
    page = check(client_as(town.head_sun), town.elm, csv((("7", "1", "9", "孙一", ""),)))

    assert page.status_code == 200
    assert "Who leaves" not in page.text


def test_with_faults_nobody_leaves(client_as: ClientAs, town: Town) -> None:
    page = check(client_as(town.head_sun), town.elm, csv((*ELM_7A, ("7", "1", "3", "周华1", ""))))

    assert "Who leaves" not in page.text
    assert "Nobody leaves by a list with faults" in page.text


# Changes: undone, and agreed to by a second person


def test_an_import_is_undone_from_its_page(
    client_as: ClientAs, town: Town, session: Session
) -> None:
    client, before = client_as(town.head_sun), counts(session)
    done = client.get(take_in(client, town.elm, check(client, town.elm, csv(GOOD))).location)
    found = re.search(r'action="([^"]*/undoing)"', done.text)
    assert found, "The page offers no undoing."

    taken = counts(session)
    assert (client.post(found[1]).status_code, counts(session)) == (422, taken)

    answer = client.post(found[1], data={"sure": "y"})
    assert (answer.status_code, counts(session)) == (303, before)
    page = client.get(answer.location)
    assert "Undone" in page.text
    assert "/undoing" not in page.text
    assert client.post(found[1], data={"sure": "y"}).status_code == 409
    listed = client.get(f"/schools/{town.elm.id}/roster/changes/")
    assert "2 new, 2 new classes" in listed.text
    assert "Head Sun" in listed.text
    assert [entry.actor_id for entry in seen(session, "roster.undone")] == [town.head_sun.id]


def colleague(session: Session, town: Town) -> Actor:
    """Make somebody who runs Elm as Head Sun does."""
    person = Person(login="head_zhao", name="Head Zhao")
    session.add(person)
    session.flush()
    session.add(
        Posting(person_id=person.id, unit_id=town.elm.id, role=Role.SCHOOL_ADMIN,
                from_on=TERM_BEGAN)
    )  # fmt: skip
    session.commit()
    held = ((Role.SCHOOL_ADMIN, town.elm.path),)
    return Actor(person.id, ActorKind.STAFF, person.name, held)


def test_a_large_change_is_agreed_to_by_a_colleague(
    client_as: ClientAs, town: Town, session: Session
) -> None:
    first, second = client_as(town.head_sun), client_as(colleague(session, town))
    page = check(first, town.elm, csv(ELM_7A))
    assert "a second person who may edit the roster agrees" in unescape(page.text)

    asked = take_in(first, town.elm, page).location

    own = first.get(asked)
    assert "You asked for this change" in own.text
    assert "/approval" not in own.text
    assert first.post(f"{asked}/approval").status_code == 409
    look = second.get(asked)
    assert "周华" in look.text
    digest = re.search(r'name="seen"[^>]*value="([^"]*)"', look.text)
    assert digest, "The page offers nothing to agree to."
    assert second.post(f"{asked}/approval", data={"seen": "other"}).location == asked
    open_now = select(func.count()).where(Enrolment.until_on.is_(None))
    assert session.scalar(open_now) == 5

    answer = second.post(f"{asked}/approval", data={"seen": digest[1]})

    assert "/roster/done" in answer.location
    session.rollback()
    assert session.scalar(open_now) == 4
    assert second.post(f"{asked}/refusal").status_code == 409
    events = [seen(session, f"roster.{event}") for event in ("proposed", "approved")]
    assert [[entry.actor_id for entry in found] for found in events] == [
        [town.head_sun.id], [second_id(session)]
    ]  # fmt: skip


def test_undoing_a_large_change_takes_two_as_well(
    client_as: ClientAs, town: Town, session: Session
) -> None:
    first, second = client_as(town.head_sun), client_as(colleague(session, town))
    taken = take_in(first, town.elm, check(first, town.elm, csv(GOOD))).location
    page = first.get(taken).text
    found = re.search(r'action="([^"]*)/undoing"', page)
    assert found, "The page offers no undoing."
    change, before = found[1], counts(session)
    assert "Ask to undo" not in page, "who made it alone just now undoes it alone"
    assert "Ask to undo the change" in second.get(change).text

    asked = second.post(f"{change}/undoing", data={"sure": "y"})

    assert (asked.location, counts(session)) == (change, before)
    waits = second.get(change).text
    assert "You asked to undo this" in waits
    assert f"{change}/undoing/refusal" in waits
    assert second.post(f"{change}/undoing", data={"sure": "y"}).status_code == 409
    assert "Undoing waits" in first.get(f"/schools/{town.elm.id}/roster/changes/").text
    assert "1 change" in first.get(f"/schools/{town.elm.id}").text
    assert second.post(f"{change}/undoing/refusal").location == change
    assert second.post(f"{change}/undoing/refusal").status_code == 409

    second.post(f"{change}/undoing", data={"sure": "y"})
    agreed = first.post(f"{change}/undoing", data={"sure": "y"})

    assert agreed.location == change
    assert counts(session)[2] == before[2] - 2
    events = ("undoing-asked", "undoing-refused", "undone")
    assert [len(seen(session, f"roster.{event}")) for event in events] == [2, 1, 1]


def second_id(session: Session) -> UUID:
    return session.scalars(select(Person.id).where(Person.login == "head_zhao")).one()


def test_who_asked_may_take_it_back(client_as: ClientAs, town: Town, session: Session) -> None:
    client = client_as(town.head_sun)
    asked = take_in(client, town.elm, check(client, town.elm, csv(ELM_7A))).location

    answer = client.post(f"{asked}/refusal")

    assert answer.location == asked
    assert "Turned down" in client.get(asked).text
    assert len(seen(session, "roster.refused")) == 1


def test_a_change_is_of_its_school_alone(client_as: ClientAs, town: Town) -> None:
    client = client_as(town.head_sun)
    asked = take_in(client, town.elm, check(client, town.elm, csv(ELM_7A))).location
    elsewhere = asked.replace(str(town.elm.id), str(town.oak.id))

    for who, address, status in (
        (town.head_liu, asked, 404), (town.head_liu, elsewhere, 404), (town.ms_chen, asked, 403),
    ):  # fmt: skip
        other = client_as(who)
        assert other.get(address).status_code == status
        for verb in ("approval", "refusal", "undoing", "undoing/refusal"):
            assert other.post(f"{address}/{verb}", data={"sure": "y"}).status_code == status


@pytest.mark.parametrize(
    ("who", "status"),
    [("head_liu", 404), ("ms_chen", 403), ("officer_he", 403), ("officer_qin", 403),
     ("admin_kong", 403), ("zhou", 403), ("lan", 403)],
)  # fmt: skip
def test_others_are_refused(
    client_as: ClientAs, town: Town, session: Session, who: str, status: int
) -> None:
    client, address = client_as(getattr(town, who)), f"/schools/{town.elm.id}/roster"
    before = counts(session)

    answers = [
        client.get(f"{address}/new"),
        client.get(f"{address}/template"),
        client.get(f"{address}/done"),
        client.get(f"{address}/changes/"),
        client.post(f"{address}/reach", data={"checked": "", "reach": "school"}),
        check(client, town.elm, csv(GOOD)),
        client.post(address, data={"checked": ""}),
    ]

    assert [answer.status_code for answer in answers] == [status] * 7
    assert counts(session) == before


def test_a_class_is_no_school(client_as: ClientAs, town: Town) -> None:
    client = client_as(town.head_sun)

    for unit_id in (town.elm_7a.unit_id, UUID(int=7)):
        assert client.get(f"/schools/{unit_id}/roster/new").status_code == 404
