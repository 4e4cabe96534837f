"""The line in front of the site: whom it stops, what it says, and that tickets cannot be made."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from quizapp.web import tickets
from quizapp.web.admission import Admission, kind_of
from quizapp.web.headers import FIXED
from quizapp.web.tickets import Kind
from tests.settings import KEY, configured

ID = "01a203f1-1d9d-7313-95fb-9ce5488f4b0f"
START, ENTER = f"/api/v1/quizzes/{ID}/sittings", "/sign-in"
RATE = 2
KEY_OF_TICKETS = tickets.key_of(KEY)


class Site:
    """A site behind the line, that says yes to everything; its clock is moved by hand."""

    def __init__(self, app: Flask) -> None:
        self.now, self.asked = 1_000.0, 0
        self.says, self.location = "200 OK", "/"
        kept = app.config["QUIZAPP"]
        app.config["QUIZAPP"] = configured(kept.instance, kept.database_url, newcomers=RATE)
        self.line = Admission(app, self._inner, clock=lambda: self.now)
        app.config["QUIZAPP"] = kept

    def visitor(self) -> Client:
        return Client(self.line)

    def fill(self) -> None:
        """Let in as many as can come in at once, at both doors."""
        while self.visitor().get(ENTER).status_code == 200:
            pass
        while self.visitor().post(START).status_code == 200:
            pass

    def _inner(self, _environ: Any, respond: Any) -> Iterable[bytes]:
        self.asked += 1
        respond(self.says, [("Content-Type", "text/plain"), ("Location", self.location)])
        return [b"in"]


@pytest.fixture
def site(app: Flask) -> Site:
    made = Site(app)
    made.fill()
    return made


def ticket(answer: TestResponse) -> str:
    told = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("turn="))
    return told.split(";")[0].removeprefix("turn=")


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("GET", "/", Kind.ENTERING),
        ("POST", "/sign-in", Kind.ENTERING),
        ("POST", "/card/use", Kind.ENTERING),
        ("GET", "/window/names", Kind.ENTERING),
        ("GET", f"/quizzes/{ID}", Kind.ENTERING),
        ("POST", "/api/v1/sign-in", Kind.ENTERING),
        ("GET", "/api/v1/quizzes", Kind.ENTERING),
        ("POST", f"/quizzes/{ID}/sittings", Kind.STARTING),
        ("POST", START, Kind.STARTING),
        # Who sits, signs out or works here never waits.
        ("GET", f"/quizzes/sittings/{ID}", None),
        ("POST", f"/quizzes/sittings/{ID}/answers", None),
        ("POST", f"/quizzes/sittings/{ID}/submission", None),
        ("PUT", f"/api/v1/sittings/{ID}/answers", None),
        ("GET", f"/api/v1/sittings/{ID}/time", None),
        ("POST", "/sign-out", None),
        ("DELETE", "/api/v1/sign-in", None),
        ("POST", "/sign-in/staff", None),
        ("GET", f"/watching/{ID}", None),
        ("POST", f"/schools/{ID}/watching/{ID}/pause", None),
        ("GET", "/healthz", None),
        ("GET", "/static/abc/css/site.css", None),
    ],
)
def test_what_waits_when_the_site_is_full(method: str, path: str, kind: Kind | None) -> None:
    assert kind_of(method, path) is kind


def test_who_cannot_come_in_is_told_the_place_and_comes_back_by_itself(site: Site) -> None:
    before = site.asked

    answer = site.visitor().get("/quizzes/?from=<b>")

    assert answer.status_code == 503
    assert "You are number 2 in line." in answer.text  # The first was the one who found it full.
    assert '<meta http-equiv="refresh" content="' in answer.text
    assert ';url=/quizzes/?from=&lt;b&gt;"' in answer.text
    assert int(answer.headers["Retry-After"]) >= 1
    assert site.asked == before
    assert {name: answer.headers[name] for name in FIXED} == FIXED


def test_it_speaks_the_language_of_the_reader(site: Site) -> None:
    chinese = site.visitor()
    chinese.set_cookie("locale", "zh", domain="localhost")

    assert 'lang="zh-CN"' in chinese.get(ENTER).text
    assert 'lang="en"' in site.visitor().get(ENTER).text


def test_programs_are_told_in_json(site: Site) -> None:
    answer = site.visitor().post(START)

    error = json.loads(answer.text)["error"]
    assert (answer.status_code, error["code"], error["fields"]) == (503, "waiting", {})
    assert error["place"] >= 1


def test_the_place_is_kept_and_the_promise_comes_true(site: Site) -> None:
    first, second = site.visitor(), site.visitor()
    first.get(ENTER)
    second.get(ENTER)
    assert "number 3 in line" in second.get(ENTER).text

    site.now += 1.0
    assert site.visitor().get(ENTER).status_code == 503  # Somebody new does not overtake.
    assert first.get(ENTER).status_code == 200
    assert "number 1 in line" in second.get(ENTER).text


def test_who_is_in_goes_on_without_waiting_but_begins_in_turn(site: Site) -> None:
    visitor = site.visitor()
    visitor.get(ENTER)
    site.now += 1.0
    assert visitor.get(ENTER).status_code == 200

    assert all(visitor.get(f"/quizzes/{ID}").status_code == 200 for _ in range(10))
    site.fill()
    assert visitor.post(f"/quizzes/{ID}/sittings").status_code == 503


def test_who_was_in_and_stayed_away_waits_again(site: Site) -> None:
    visitor = site.visitor()
    visitor.get(ENTER)
    site.now += 1.0
    visitor.get(ENTER)

    site.now += tickets.INSIDE + 1
    site.fill()
    assert visitor.get("/quizzes/").status_code == 503


def test_a_start_that_has_to_wait_leads_back_to_its_button(site: Site) -> None:
    visitor, page = site.visitor(), f"/quizzes/{ID}"
    headers = {"Referer": f"http://localhost{page}"}

    answer = visitor.post(f"{page}/sittings", headers=headers)

    assert f';url={page}"' in answer.text
    assert visitor.get(page).status_code == 503  # Not before it is due.
    site.now += 2.0
    assert visitor.get(page).status_code == 200
    assert visitor.post(f"{page}/sittings").status_code == 200
    site.fill()
    assert visitor.get("/").status_code == 200  # Who has begun never waits again.


@pytest.mark.parametrize(
    ("says", "location", "begun"),
    [
        ("201 CREATED", "", True),
        ("303 SEE OTHER", f"/quizzes/sittings/{ID}", True),
        ("303 SEE OTHER", "/sign-in", False),
        ("409 CONFLICT", "", False),
    ],
)
def test_only_who_has_begun_passes_the_line_from_then_on(
    app: Flask, says: str, location: str, begun: bool
) -> None:
    site = Site(app)
    visitor = site.visitor()
    site.says, site.location = says, location
    visitor.post(f"/quizzes/{ID}/sittings")
    site.says = "200 OK"
    site.fill()

    assert (visitor.get("/").status_code == 200) is begun


@pytest.mark.parametrize("referer", ["//evil/x", "https://evil.example/quizzes/", "/reports/", ""])
def test_the_way_back_is_an_own_one(site: Site, referer: str) -> None:
    answer = site.visitor().post(ENTER, headers={"Referer": referer})

    assert ';url=/"' in answer.text


def test_those_who_sit_are_never_asked(site: Site) -> None:
    assert site.visitor().put(f"/api/v1/sittings/{ID}/answers").status_code == 200
    assert site.visitor().post(f"/quizzes/sittings/{ID}/submission").status_code == 200


def test_a_ticket_cannot_be_made_or_changed(site: Site) -> None:
    made = tickets.write(tickets.new(Kind.STARTED, site.now + 60), b"another key")
    real = ticket(site.visitor().get(ENTER))
    earlier = real.replace("e-1", "e-0", 1)
    pretended = real.replace("e-", "x-", 1)

    for told in (made, earlier, pretended, "x", "-", "e-1-2", "é", "x-" + "9" * 200):
        visitor = site.visitor()
        visitor.set_cookie("turn", told, domain="localhost")
        assert visitor.get(ENTER).status_code == 503, told


def test_a_ticket_that_is_passed_on_lets_one_in(site: Site) -> None:
    friends = [site.visitor() for _ in range(5)]
    shared = ticket(friends[0].get(ENTER))
    for _other in range(9):
        site.visitor().get(ENTER)
    site.now += 1.0
    for friend in friends:
        friend.set_cookie("turn", shared, domain="localhost")

    let_in = [friend.get(ENTER).status_code for friend in friends]

    assert sorted(let_in) == [200, 503, 503, 503, 503]


def test_a_ticket_is_kept_for_who_is_late_but_not_for_ever(site: Site) -> None:
    early = tickets.new(Kind.ENTERING, site.now)
    told = tickets.write(early, KEY_OF_TICKETS)

    assert tickets.read(told, KEY_OF_TICKETS, site.now + tickets.KEPT) == early
    assert tickets.read(told, KEY_OF_TICKETS, site.now + tickets.KEPT + 0.1) is None


def test_staff_come_in_by_the_first_page_too(app: Flask, site: Site) -> None:
    def signed(user: str) -> Client:
        visitor = site.visitor()
        serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        name = app.config["SESSION_COOKIE_NAME"]
        visitor.set_cookie(name, serializer.dumps({"_user_id": user}), domain="localhost")
        return visitor

    assert signed("s.token").get("/").status_code == 200
    assert signed("p.school.token").get("/").status_code == 503
    forged = site.visitor()
    forged.set_cookie(app.config["SESSION_COOKIE_NAME"], "eyJfdXNlcl9pZCI6InMuIn0.a.b",
                      domain="localhost")  # fmt: skip
    assert forged.get("/").status_code == 503


def test_a_quiet_site_stops_nobody(app: Flask) -> None:
    site = Site(app)

    assert all(site.visitor().get(ENTER).status_code == 200 for _ in range(RATE * 10))
