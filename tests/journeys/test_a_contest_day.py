"""A day of a contest: thirty children, six of whom have bad luck, and every count is exact."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM
from quizapp.accounts.models import Pupil
from quizapp.bank.models import Topic
from quizapp.bank.rules import Kind
from quizapp.core.clock import now
from quizapp.home import watch_queries
from quizapp.quizzes import jobs, papers
from quizapp.quizzes.models import (
    Answer,
    ClosedBy,
    MissedAnswer,
    Quiz,
    Sitting,
    SittingState,
    Turnout,
)
from tests import make
from tests.faults.client import Client, Pass, sign_in
from tests.journeys.conftest import ONE_DATABASE, PHONE
from tests.town import Town

pytestmark = ONE_DATABASE
ITEMS, POINTS, MINUTES = 4, 5, 10
CROWD, AT_ONCE = 24, 8
TOPIC = "contest-day"
UNLUCKY = ("network", "machine", "tabs", "late", "more time", "no scripts")
SAVED = ".saved--saved"
SitDown = Callable[..., BrowserContext]


@pytest.fixture
def quiz(session: Session, town: Town) -> Quiz:
    session.add(Topic(key=TOPIC, position=9, names={"zh": "竞赛日", "en": "Contest day"}))
    for number in range(100, 100 + ITEMS):
        make.question(session, number, kind=Kind.SINGLE, topic=TOPIC)
    return make.quiz(
        session, town.city, now=now(), items=ITEMS, minutes=MINUTES, by=SYSTEM, topic=TOPIC
    )


@pytest.fixture
def children(session: Session, town: Town, quiz: Quiz) -> dict[str, Pupil]:
    """The unlucky ones by their luck, the others by a number."""
    names = [*UNLUCKY, *(f"{number}" for number in range(CROWD))]
    made = {name: make.pupil(session, town.elm_7a) for name in names}
    made["more time"].extra_percent = 50
    session.commit()
    return made


@pytest.fixture
def sit_down(
    app: Flask, site: str, browser: Browser, session: Session, children: dict[str, Pupil]
) -> SitDown:
    """Signs a child in at a machine of its own."""

    def at_a_machine(name: str, *, scripts: bool = True) -> BrowserContext:
        kept = sign_in(app, session, [children[name]], now=now())[children[name]]
        session.commit()
        context = browser.new_context(viewport=PHONE, java_script_enabled=scripts)
        context.set_default_timeout(20_000)
        context.add_cookies(
            [{"name": name, "value": value, "url": site} for name, value in kept.cookies.items()]
        )
        return context

    return at_a_machine


def crowd(site: str, quiz: UUID, passes: Sequence[Pass]) -> Counter[str]:
    """Let these take the quiz through the API, some at a time; return what they were told."""

    def take(number: int) -> dict[str, Any]:
        client = Client.of(site, passes[number])
        begun = client.insist("POST", f"/api/v1/quizzes/{quiz}/sittings").json
        path = f"/api/v1/sittings/{begun['id']}"
        for item in begun["items"]:
            choice = [one["key"] for one in item["choices"]
                      if one["text"].startswith("right") == knows(number)][:1]  # fmt: skip
            answer = {"position": item["position"], "choice": choice, "seq": 1}
            told = client.insist("PUT", f"{path}/answers", {"answers": [answer]})
            assert told.json["saved"] == [{"position": item["position"], "seq": 1}]
        receipt: dict[str, Any] = client.insist("POST", f"{path}/submission").json
        client.close()
        return receipt

    with ThreadPoolExecutor(AT_ONCE) as room:
        receipts = list(room.map(take, range(len(passes))))
    return Counter(f"{told['score']} of {told['maximum']}" for told in receipts)


def knows(number: int) -> bool:
    return number % 4 != 0


def begin(page: Page, site: str, quiz: UUID) -> str:
    """Start the quiz, or go on with it, and return the address of the sitting."""
    page.goto(f"{site}/quizzes/{quiz}")
    page.locator("main form button, main a.button").first.click()
    expect(page.locator("form[action$='/answers']")).to_be_visible()
    return page.url.partition("#")[0]


def choose_right(page: Page, *positions: int, state: str | None = SAVED) -> None:
    for position in positions:
        page.evaluate(f"location.hash = 'item-{position}'")
        page.locator(f"#item-{position} label.answer", has_text="right").click()
        if state:
            expect(page.locator(state).first).to_be_visible()


def hand_in(page: Page, sitting: str) -> None:
    page.goto(f"{sitting}/review")
    page.locator("form[action$='/submission'] button").click()
    expect(page).to_have_url(re.compile("/result$"))


def loses_the_network(sit_down: SitDown, site: str, quiz: UUID) -> None:
    page = sit_down("network").new_page()
    sitting = begin(page, site, quiz)
    choose_right(page, 1, 2)
    page.context.set_offline(True)
    choose_right(page, 3, 4, state=".saved--kept")
    page.context.set_offline(False)
    expect(page.locator(SAVED)).to_be_visible()
    hand_in(page, sitting)
    page.context.close()


def loses_the_machine(sit_down: SitDown, site: str, quiz: UUID) -> None:
    before = sit_down("machine")
    page = before.new_page()
    begin(page, site, quiz)
    choose_right(page, 1, 2)
    before.close()

    page = sit_down("machine").new_page()
    sitting = begin(page, site, quiz)
    for position in (1, 2):
        chosen = page.locator(f"#item-{position} label.answer", has_text="right")
        expect(chosen.locator("input")).to_be_checked()
    choose_right(page, 3, 4)
    hand_in(page, sitting)
    page.context.close()


def uses_two_tabs(sit_down: SitDown, site: str, quiz: UUID) -> None:
    context = sit_down("tabs")
    page, tab = context.new_page(), context.new_page()
    sitting = begin(page, site, quiz)
    tab.goto(sitting)
    choose_right(page, 1, 2)
    choose_right(tab, 3, 4)
    hand_in(tab, sitting)
    page.goto(f"{sitting}/review")  # The other tab is shown what became of it.
    expect(page).to_have_url(re.compile("/result$"))
    context.close()


def is_late(sit_down: SitDown, site: str, quiz: UUID, session: Session) -> None:
    page = sit_down("late").new_page()
    begin(page, site, quiz)
    choose_right(page, 1, 2)
    page.context.set_offline(True)
    choose_right(page, 3, state=".saved--kept")
    page.evaluate(f"location.hash = 'item-{ITEMS}'")
    page.get_by_role("button", name="Check and hand in").first.click()
    page.get_by_role("button", name="Hand in when").click()
    pass_by(session, timedelta(minutes=MINUTES, seconds=70))
    page.context.set_offline(False)
    expect(page).to_have_url(re.compile("/result$"))
    expect(page.get_by_text("so it does not count: question 3.")).to_be_visible()
    page.context.close()


def has_more_time(sit_down: SitDown, site: str, quiz: UUID, app: Flask, session: Session) -> None:
    page = sit_down("more time").new_page()
    sitting = begin(page, site, quiz)
    choose_right(page, 1, 2)
    pass_by(session, timedelta(minutes=MINUTES + 2))
    with app.app_context():
        assert jobs.sweep() == 0, "three of fifteen minutes are left"
    page.reload()
    choose_right(page, 3, 4)
    hand_in(page, sitting)
    page.context.close()


def has_no_scripts(sit_down: SitDown, site: str, quiz: UUID) -> None:
    page = sit_down("no scripts", scripts=False).new_page()
    begin(page, site, quiz)
    for position in range(1, ITEMS + 1):
        page.locator(f"#item-{position} label.answer", has_text="right").click()
    page.locator("[data-part=last]").click()
    expect(page).to_have_url(re.compile("/review$"))
    page.locator("form[action$='/submission'] button").click()
    expect(page).to_have_url(re.compile("/result$"))
    page.context.close()


def pass_by(session: Session, time: timedelta) -> None:
    """Let so much time pass for whoever is sitting."""
    session.rollback()
    sitting = session.scalars(select(Sitting).where(Sitting.state == SittingState.OPEN)).one()
    session.execute(
        update(Sitting)
        .where(Sitting.id == sitting.id)
        .values(started_at=sitting.started_at - time, deadline=sitting.deadline - time)
    )
    session.commit()


def test_every_count_is_exact(
    app: Flask, site: str, session: Session, town: Town, quiz: Quiz, children: dict[str, Pupil],
    sit_down: SitDown,
) -> None:  # fmt: skip
    others = [child for name, child in children.items() if name not in UNLUCKY]
    passes = list(sign_in(app, session, others, now=now()).values())
    session.commit()

    assert crowd(site, quiz.id, passes) == {"20 of 20": 18, "0 of 20": 6}
    loses_the_network(sit_down, site, quiz.id)
    loses_the_machine(sit_down, site, quiz.id)
    uses_two_tabs(sit_down, site, quiz.id)
    is_late(sit_down, site, quiz.id, session)
    has_more_time(sit_down, site, quiz.id, app, session)
    has_no_scripts(sit_down, site, quiz.id)
    with app.app_context():
        assert jobs.sweep() == 0

    session.expire_all()
    sittings = {one.pupil_id: one for one in session.scalars(select(Sitting))}
    assert len(sittings) == session.scalar(select(func.count()).select_from(Sitting)) == 30
    late = sittings[children["late"].id]
    assert (late.closed_by, late.score, late.finished, late.passed) == (
        ClosedBy.BELL, 2 * POINTS, True, False,
    )  # fmt: skip
    for name, child in children.items():
        sitting = sittings[child.id]
        if sitting is late:
            continue
        right = name in UNLUCKY or knows(int(name))
        assert (sitting.closed_by, sitting.answered) == (ClosedBy.PUPIL, ITEMS), name
        assert (sitting.score, sitting.passed) == (ITEMS * POINTS * right, right), name
        assert all(item.chosen for item in papers.paper(session, sitting, "en")), name
    missed = session.scalars(select(MissedAnswer)).all()
    assert [(one.sitting_id, one.position) for one in missed] == [(late.id, 3)]
    assert session.scalar(select(func.count()).select_from(Answer)) == 30 * ITEMS
    told = [(one.opened, one.finished, one.valid, one.passed)
            for one in session.scalars(select(Turnout))]  # fmt: skip
    assert [sum(rung) for rung in zip(*told, strict=True)] == [30, 30, 30, 23]
    seen = watch_queries.of_school(session, town.head_sun, quiz, town.elm, now=now()).total
    assert (seen.started, seen.finished, seen.under_way, seen.bell) == (30, 30, 0, 1)
    checked = app.test_cli_runner().invoke(args=["rollups", "check"])
    assert checked.exit_code == 0, checked.output
