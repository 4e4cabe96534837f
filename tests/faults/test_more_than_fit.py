"""More come than fit: who sits goes on, who is new waits in line and gets in, nothing is lost.

On SQLite only: the line stands before any database.
"""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.core.clock import now
from quizapp.quizzes.models import Answer, Sitting
from tests import make
from tests.faults.client import PATIENCE, Client, Pass, sign_in
from tests.site import serving
from tests.town import Town

PEOPLE_A_SECOND = 2  # Six may begin a quiz in a second, sixty after a quiet time.
SITTING, NEW = 6, 80


@dataclass
class Child:
    kept: Pass
    acknowledged: int = 0
    places: list[int] = field(default_factory=list)  # What those who waited were told.
    refused: list[int] = field(default_factory=list)
    sitting: UUID | None = None

    def begin(self, site: str, quiz: UUID) -> None:
        """Begin as a program does that comes back when it is told to."""
        client, ends = Client.of(site, self.kept), monotonic() + PATIENCE
        while self.sitting is None and monotonic() < ends:
            reply = client.send("POST", f"/api/v1/quizzes/{quiz}/sittings")
            if reply.status == 503:
                assert reply.json["error"]["code"] == "waiting"
                self.places.append(reply.json["error"]["place"])
                sleep(min(2, int(reply.headers["Retry-After"])))
            else:
                assert reply.status in (200, 201), reply.body
                self.sitting = UUID(reply.json["id"])
        client.close()

    def save_until(self, site: str, over: threading.Event) -> None:
        """Save again and again; whatever is not taken at once is written down."""
        client = Client.of(site, self.kept)
        while not over.is_set():
            answers = [{"position": 1, "choice": ["a"], "seq": self.acknowledged + 1}]
            reply = client.send(
                "PUT", f"/api/v1/sittings/{self.sitting}/answers", {"answers": answers}
            )
            if reply.status == 200:
                self.acknowledged += 1
            else:
                self.refused.append(reply.status)
            sleep(0.05)
        client.close()


def stored(session: Session, children: Sequence[Child]) -> list[int | None]:
    """Return the seq that stands in the database for each, in their order."""
    session.rollback()
    found: dict[UUID | None, int] = dict(
        session.execute(select(Answer.sitting_id, Answer.seq)).all()
    )
    return [found.get(child.sitting) for child in children]


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_who_sits_goes_on_while_newcomers_wait_in_line(
    app: Flask,
    session: Session,
    town: Town,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quiz = make.quiz(session, town.city, now=now(), minutes=30)
    pupils = [make.pupil(session, town.elm_7a) for _ in range(SITTING + NEW)]
    children = [Child(kept) for kept in sign_in(app, session, pupils, now=now()).values()]
    session.commit()
    sitting, new, over = children[:SITTING], children[SITTING:], threading.Event()
    monkeypatch.setenv("QUIZAPP_NEWCOMERS", str(PEOPLE_A_SECOND))
    (tmp_path / "server").mkdir()

    with (
        serving(database_url, tmp_path / "server", "--no-jobs", "--workers", "1") as site,
        ThreadPoolExecutor(len(children)) as room,
    ):
        for child in sitting:
            child.begin(site, quiz.id)
        saving = [room.submit(child.save_until, site, over) for child in sitting]
        list(room.map(lambda child: child.begin(site, quiz.id), new))
        over.set()
        for one in saving:
            one.result()

    assert [child.refused for child in sitting] == [[]] * SITTING
    assert sum(bool(child.places) for child in new) >= NEW - 70  # The others had room.
    assert all(child.sitting for child in new)
    assert len(session.scalars(select(Sitting.id)).all()) == SITTING + NEW
    assert stored(session, sitting) == [child.acknowledged for child in sitting]
    assert min(child.acknowledged for child in sitting) > 0
