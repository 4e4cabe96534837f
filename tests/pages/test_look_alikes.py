"""The page of look-alikes: the same drawing at both sides, and what to do."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.bank.models import Source
from quizapp.lessons.models import LessonText
from quizapp.orgs.rules import Stage
from tests import stories
from tests.conftest import Visitor
from tests.town import Town

ClientAs = Callable[[Actor], Visitor]
PAGE = "/lessons/look-alikes"


@pytest.fixture(autouse=True)
def sources(session: Session, town: Town) -> None:
    says = {"packed-as": "食品本身不是毒品。", "advice": "不接受陌生人给的零食。"}
    session.add(
        Source(
            key="disguises", title="毒品伪装", publisher="青禾市", date=date(2026, 1, 1),
            read_on=date(2026, 11, 1), certainty="text", passages=says,
        )
    )  # fmt: skip
    session.commit()


def test_both_sides_show_the_same_drawing(client_as: ClientAs, town: Town) -> None:
    page = client_as(town.lan).get(PAGE).text
    pair = page.split('id="milk-tea"')[1].split("</section>")[0]
    images = [part.split(">")[0] for part in pair.split("<img")[1:]]

    assert len(images) == 2
    assert images[0] == images[1]
    assert "毒品伪装（青禾市）" in pair
    assert "What to do" in pair
    assert "12355" in page


def test_children_see_what_is_for_their_stage(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    town.oak_7a.stage, town.oak_7a.grade = Stage.PRIMARY, 5
    session.commit()
    children = client_as(town.mei).get(PAGE).text

    assert 'id="milk-tea"' in children
    assert 'id="stamps"' not in children
    assert 'id="stamps"' in client_as(town.lan).get(PAGE).text
    assert 'id="stamps"' in client_as(town.mr_wu).get(PAGE).text


def test_a_drawing_is_served_to_anybody_and_nothing_else_is(
    visitor: Visitor, client_as: ClientAs, town: Town
) -> None:
    drawing = visitor.get(f"{PAGE}/milk-tea.svg")

    assert (drawing.status_code, drawing.mimetype) == (200, "image/svg+xml")
    assert "sandbox" in drawing.headers["Content-Security-Policy"]
    assert visitor.get(f"{PAGE}/look-alikes.toml").status_code == 404
    assert visitor.get(f"{PAGE}/coffee-cup.svg").status_code == 404
    assert visitor.get(f"{PAGE}/..%2Flook-alikes.toml").status_code == 404


def test_lists_and_lessons_about_disguise_lead_there(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    about, other = (stories.lesson(session, f"junior-{name}") for name in ("masks", "other"))
    said = session.query(LessonText).filter_by(lesson_id=about.id).one()
    said.sources = [*said.sources, "disguises:packed-as"]
    session.commit()

    for actor in (town.lan, town.ms_chen):
        client = client_as(actor)
        assert f'href="{PAGE}"' in client.get("/lessons/").text
        assert f'href="{PAGE}"' in client.get(f"/lessons/{about.key}").text
        assert f'href="{PAGE}"' not in client.get(f"/lessons/{other.key}").text
