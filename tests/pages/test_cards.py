"""Login cards: who gets one, the sheet, what the site keeps of it. Lan, Bo and Hua sit in 7A."""

import re
import subprocess
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from quizapp.access.policy import Actor
from quizapp.accounts import actions, qr, queries, signin
from quizapp.accounts.models import Card, Pupil
from quizapp.audit.models import AuditEntry
from quizapp.core import pdf
from quizapp.core.clock import now
from quizapp.core.errors import SignedOut
from quizapp.orgs.models import SchoolClass
from tests import make
from tests.conftest import Visitor
from tests.settings import KEY
from tests.town import NOON, SYSTEM, Town

ClientAs = Callable[[Actor], Visitor]
CODE = re.compile(r'class="cards__code">\s*([2-9A-Z]{5}) ([2-9A-Z]{5})\s*<')


def address(of: SchoolClass) -> str:
    return f"/classes/{of.unit_id}/cards"


def issue(client: Visitor, of: SchoolClass, *pupils: Actor) -> str:
    """Return the page with the cards."""
    answer = client.post(address(of), data={"pupils": [str(child.id) for child in pupils]})
    assert answer.status_code == 200
    return answer.text


def codes(page: str) -> list[str]:
    return [first + second for first, second in CODE.findall(page)]


def cards(session: Session) -> list[Card]:
    session.rollback()  # So that it looks anew.
    return list(session.scalars(select(Card).order_by(Card.id)))


def ticked(page: str, child: Actor) -> bool:
    found = re.search(rf'value="{child.id}"(\s+checked)?', page)
    assert found
    return bool(found[1])


def row_of(page: str, name: str) -> str:
    """Return the row of the table in which the name stands."""
    (row,) = [row for row in page.split("<tr") if f">{name}<" in row]
    return row


def opens(session: Session, child: Actor, code: str) -> bool:
    """Whether the typed code shows the card of the pupil of Elm."""
    session.rollback()
    login = session.get_one(Pupil, (child.school_id, child.id)).login
    try:
        signin.typed_card(session, school="9901010001", login=login, code=code, key=KEY, now=now())
    except SignedOut:
        return False
    return True


def test_those_who_have_chosen_nothing_are_ticked(
    client_as: ClientAs, town: Town, session: Session
) -> None:
    session.get_one(Pupil, (town.lan.school_id, town.lan.id)).secret_hash = "kept"
    session.get_one(Pupil, (town.bo.school_id, town.bo.id)).pin_hash = "kept"
    session.commit()

    page = client_as(town.ms_chen).get(address(town.elm_7a)).text

    assert [ticked(page, child) for child in (town.lan, town.bo, town.hua)] == [False, False, True]
    assert "1 pupils of" in unescape(page)
    (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.event == "pupil.seen"))
    assert (entry.actor_id, entry.path) == (town.ms_chen.id, town.elm_7a.path)
    assert entry.details["pupils"] == 3


def test_pictures_are_a_way_in_and_a_card_that_ran_out_is_none(
    client_as: ClientAs, town: Town, session: Session
) -> None:
    client = client_as(town.ms_chen)
    session.get_one(Pupil, (town.bo.school_id, town.bo.id)).pin_hash = "kept"
    session.commit()
    issue(client, town.elm_7a, town.lan, town.hua)
    (old,) = [card for card in cards(session) if card.pupil_id == town.lan.id]
    old.expires_at = now() - timedelta(seconds=1)
    session.commit()

    pages = [
        client.get(f"/classes/{town.elm_7a.unit_id}").text,
        client.get(address(town.elm_7a)).text,
    ]

    rows = {name: [row_of(page, name) for page in pages] for name in ("林兰", "陈波", "周华")}
    assert ["Needs a card" in rows["林兰"][0], "cannot sign in yet" in rows["林兰"][1]] == [
        True
    ] * 2
    assert ["Pictures" in rows["陈波"][0], "pictures" in rows["陈波"][1]] == [True] * 2
    assert ["Needs a card" in rows["陈波"][0], "cannot sign in" in rows["陈波"][1]] == [False] * 2
    assert ["qr-code" in row for row in rows["周华"]] == [True] * 2


def test_the_sheet_shows_each_secret_once_and_the_site_keeps_hashes(
    client_as: ClientAs, town: Town, session: Session
) -> None:
    page = issue(client_as(town.ms_chen), town.elm_7a, town.lan, town.bo)

    told = codes(page)
    assert len(set(told)) == 2
    for code in told:
        assert page.count(code[:5]) == page.count(code[5:]) == 1
    assert page.count("<svg viewBox") == 2
    for words in ("林兰", "陈波", "榆树中学", "9901010001", "lan", "localhost/card"):
        assert words in unescape(page)
    assert "周华" not in page
    kept = cards(session)
    assert [card.pupil_id for card in kept] == [town.lan.id, town.bo.id]
    for card in kept:
        row = " ".join(str(getattr(card, column.key)) for column in Card.__table__.columns)
        assert not any(code in row for code in told)
        assert [len(card.token_hash), len(card.code_hash)] == [64, 64]
        assert card.expires_at - card.issued_at == timedelta(days=14)


def test_the_sheet_is_kept_by_no_cache(client_as: ClientAs, town: Town) -> None:
    answer = client_as(town.ms_chen).post(address(town.elm_7a), data={"pupils": str(town.lan.id)})

    assert answer.headers["Cache-Control"] == "no-store"
    assert "style=" not in answer.text


def test_the_card_opens_the_site_for_its_pupil(
    client_as: ClientAs, town: Town, session: Session
) -> None:
    lan, bo = codes(issue(client_as(town.ms_chen), town.elm_7a, town.lan, town.bo))

    assert opens(session, town.lan, lan)
    assert opens(session, town.bo, f"{bo[:5]} {bo[5:]}".lower())
    assert not opens(session, town.bo, lan)


def test_a_new_card_kills_the_one_before(client_as: ClientAs, town: Town, session: Session) -> None:
    client = client_as(town.ms_chen)
    (old,) = codes(issue(client, town.elm_7a, town.lan))

    (new,) = codes(issue(client, town.elm_7a, town.lan))

    assert not opens(session, town.lan, old)
    assert opens(session, town.lan, new)
    first, second = cards(session)
    assert first.revoked_at is not None
    assert second.revoked_at is None


def test_the_qr_secret_of_an_old_card_is_dead_too(session: Session, town: Town) -> None:
    seats = [s for s in queries.seats(session, town.elm_7a, now=now()) if s.pupil_id == town.lan.id]

    def token() -> str:
        (paper,) = actions.issue_cards(session, town.elm_7a, seats, key=KEY, by=SYSTEM, now=NOON)
        session.flush()
        return paper.token

    old, new = token(), token()

    assert signin.card(session, school="9901010001", token=new, now=NOON).pupil.name == "林兰"
    with pytest.raises(SignedOut):
        signin.card(session, school="9901010001", token=old, now=NOON)


def test_the_drawing_holds_the_secret_and_nothing_that_the_page_forbids() -> None:
    drawn = qr.svg("https://quiz.example/card#9901010001.abc")

    assert drawn != qr.svg("https://quiz.example/card#9901010001.abd")
    assert drawn.startswith("<svg viewBox=")
    assert not re.search("style|script|href|9901010001", drawn)


def test_with_nobody_ticked_no_card_is_made(
    client_as: ClientAs, town: Town, session: Session
) -> None:
    answer = client_as(town.ms_chen).post(address(town.elm_7a), data={})

    assert answer.status_code == 422
    assert "Tick at least one pupil." in answer.text
    assert cards(session) == []


@pytest.mark.parametrize("wanted", ["tao", "mei", None])
def test_a_pupil_of_another_class_gets_no_card_here(
    client_as: ClientAs, town: Town, session: Session, wanted: str | None
) -> None:
    stranger = str(getattr(town, wanted).id) if wanted else "nobody"

    answer = client_as(town.ms_chen).post(
        address(town.elm_7a), data={"pupils": [str(town.lan.id), stranger]}
    )

    assert answer.status_code == 422
    assert cards(session) == []


@pytest.mark.parametrize(
    ("who", "status"),
    [("mr_wu", 404), ("head_liu", 404), ("officer_he", 403), ("officer_qin", 403),
     ("auditor_fang", 403), ("admin_kong", 403), ("zhou", 403), ("lan", 403), ("mei", 403)],
)  # fmt: skip
def test_others_are_refused(
    client_as: ClientAs, town: Town, session: Session, who: str, status: int
) -> None:
    client = client_as(getattr(town, who))

    answers = [
        client.get(address(town.elm_7a)),
        client.post(address(town.elm_7a), data={"pupils": str(town.lan.id)}),
        client.post(f"/classes/{town.elm_7a.unit_id}/sign-ins/end"),
    ]

    assert [answer.status_code for answer in answers] == [status] * 3
    assert cards(session) == []


def test_the_head_issues_cards_for_every_class_of_the_school(
    client_as: ClientAs, town: Town
) -> None:
    page = issue(client_as(town.head_sun), town.elm_7b, town.tao)

    assert "何涛" in page


def test_a_teacher_signs_the_whole_class_out(client_as: ClientAs, town: Town) -> None:
    lan, tao = client_as(town.lan), client_as(town.tao)

    answer = client_as(town.ms_chen).post(f"/classes/{town.elm_7a.unit_id}/sign-ins/end")

    assert answer.status_code == 303
    assert lan.get(address(town.elm_7a)).location.startswith("/sign-in")
    assert tao.get(address(town.elm_7a)).status_code == 403


# The same cards as a PDF


def as_pdf(client: Visitor, of: SchoolClass, *pupils: Actor) -> TestResponse:
    told = {"pupils": [str(child.id) for child in pupils], "sheet": "pdf"}
    return client.post(address(of), data=told)


def read_pdf(raw: bytes, folder: Path) -> tuple[str, int]:
    """Return the words and how many pages there are, as another program reads them."""
    file = folder / "cards.pdf"
    file.write_bytes(raw)
    words = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, check=True)
    return words.stdout.decode(), words.stdout.count(b"\f")


def test_the_pdf_holds_the_cards_and_no_cache_keeps_it(
    client_as: ClientAs, town: Town, session: Session, tmp_path: Path
) -> None:
    answer = as_pdf(client_as(town.ms_chen), town.elm_7a, town.lan, town.bo)

    words, pages = read_pdf(answer.data, tmp_path)
    told = re.findall(r"\b([2-9A-Z]{5}) ([2-9A-Z]{5})\b", words)
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("application/pdf", "no-store")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=cards-99010100")
    assert (pages, len(set(told))) == (1, 2)
    for shown in ("林兰", "陈波", "榆树中学", "9901010001", "青盾课堂", "localhost/card"):
        assert shown in words
    assert "周华" not in words
    assert "密码" in words
    assert opens(session, town.lan, "".join(told[0]))
    assert opens(session, town.bo, "".join(told[1]))


def test_long_and_rare_names_fit_on_a_card_and_names_are_no_markup(
    client_as: ClientAs, town: Town, session: Session, tmp_path: Path
) -> None:
    names = ["一二三四五六七八九十甲乙丙丁戊己庚辛壬癸", "龘𠮷𬱖", '#read("page.typ") *青*']
    for seat, name in enumerate(names, start=11):
        make.pupil(session, town.elm_7a, name=name, login=f"{'9' * 17}{seat}", seat=seat)
    session.commit()
    everybody = [seat.pupil_id for seat in queries.seats(session, town.elm_7a, now=now())]

    answer = client_as(town.ms_chen).post(
        address(town.elm_7a), data={"pupils": [str(each) for each in everybody], "sheet": "pdf"}
    )

    words, pages = read_pdf(answer.data, tmp_path)
    assert pages == 1
    for name in names:
        assert any(name in line for line in words.splitlines())


def test_eleven_cards_take_two_sheets(tmp_path: Path) -> None:
    one = {"name": "林兰", "seat": None, "login": "1", "groups": ["ABCDE", "FGHJK"]}
    one["qr"] = qr.drawing("https://quiz.example/card#9901010001.abc")
    day = {"zh": "2026年9月1日", "en": "1 September 2026"}
    told = {
        "site": "青盾课堂",
        "school": "榆树中学",
        "code": "1",
        "class": "七年级1班",
        "young": True,
    }

    made = pdf.render(
        "cards", told | {"address": "x/card", "made": day, "until": day, "cards": [one] * 11}
    )

    words, pages = read_pdf(made, tmp_path)
    assert (pages, words.count("林兰")) == (2, 11)
    assert "三张图" in words
    assert "密码" not in words, "young pupils are told of pictures only"


def test_without_a_chinese_font_no_card_is_made_and_the_page_says_why(
    client_as: ClientAs, town: Town, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "SANS", ())
    monkeypatch.setattr(pdf, "SERIF", ())

    answer = as_pdf(client_as(town.ms_chen), town.elm_7a, town.lan)

    assert answer.status_code == 503
    assert "no Chinese font" in answer.text
    assert cards(session) == []


def test_a_lost_card_is_replaced_in_one_click_on_the_class_page(
    client_as: ClientAs, town: Town
) -> None:
    client = client_as(town.ms_chen)
    page = client.get(f"/classes/{town.elm_7a.unit_id}").text
    button = rf'form="new-card" name="pupils" value="{town.lan.id}" aria-label="New card for 林兰"'

    assert button in page
    assert f'<form id="new-card" method="post" action="{address(town.elm_7a)}">' in page
    assert len(codes(issue(client, town.elm_7a, town.lan))) == 1


def test_a_fourth_card_for_the_same_pupil_within_an_hour_needs_somebody_else(
    client_as: ClientAs, town: Town, session: Session
) -> None:
    client = client_as(town.ms_chen)
    for _again in range(3):
        issue(client, town.elm_7a, town.lan)

    answer = client.post(address(town.elm_7a), data={"pupils": str(town.lan.id)})

    assert answer.status_code == 429
    assert "ask a colleague" in answer.text
    assert len(cards(session)) == 3
    (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.event == "card.refused"))
    assert (entry.actor_id, entry.path) == (town.ms_chen.id, town.elm_7a.path)
    issue(client, town.elm_7a, town.bo)
    issue(client_as(town.head_sun), town.elm_7a, town.lan)


def test_an_hour_later_the_same_person_may_again(session: Session, town: Town) -> None:
    seats = [s for s in queries.seats(session, town.elm_7a, now=now()) if s.pupil_id == town.lan.id]
    for _again in range(3):
        actions.issue_cards(session, town.elm_7a, seats, key=KEY, by=town.ms_chen, now=NOON)
        session.flush()

    def often(minutes: int) -> bool:
        later = NOON + timedelta(minutes=minutes)
        return actions.issued_often(session, town.elm_7a, seats, by=town.ms_chen, now=later)

    assert (often(59), often(61)) == (True, False)
