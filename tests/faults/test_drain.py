"""A server that reloads or ends lets requests finish; what it acknowledged is there afterwards."""

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quizapp.core.clock import now
from quizapp.quizzes.models import Quiz
from tests import make
from tests.faults.client import DEVICE, PATIENCE, Client, Pass, sign_in
from tests.faults.ledger import Ledger, keep_saving, lost
from tests.faults.server import Server
from tests.town import Town

CLIENTS, MORE = 3, 10
ONE = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


def prepared(app: Flask, session: Session, town: Town, *, pupils: int) -> tuple[Quiz, list[Pass]]:
    quiz: Quiz = make.quiz(session, town.city, now=now(), attempts=20, minutes=60)
    children = [make.pupil(session, town.elm_7a) for _ in range(pupils)]
    passes = list(sign_in(app, session, children, now=now()).values())
    session.commit()
    return quiz, passes


def begin_to_save(server: Server, kept: Pass, sitting: str) -> tuple[socket.socket, bytes]:
    """Send all of a save but its last bytes; return the connection and these."""
    body = json.dumps({"answers": [{"position": 1, "choice": ["a"], "seq": 9}]}).encode()
    cookies = "; ".join(
        f"{name}={value}" for name, value in {**kept.cookies, "device": DEVICE}.items()
    )
    head = (
        f"PUT /api/v1/sittings/{sitting}/answers HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Cookie: {cookies}\r\nX-CSRF-Token: {kept.csrf}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    place = urlsplit(server.address)
    line = socket.create_connection((place.hostname or "", place.port or 0), timeout=PATIENCE)
    line.sendall(head.encode() + body[:-5])
    return line, body[-5:]


@ONE
def test_what_is_under_way_is_answered_before_the_server_ends(
    app: Flask, session: Session, town: Town, database_url: str, tmp_path: Path
) -> None:
    quiz, (kept,) = prepared(app, session, town, pupils=1)

    with Server(database_url, tmp_path / "server") as server:
        client = Client.of(server.address, kept)
        sitting = client.insist("POST", f"/api/v1/quizzes/{quiz.id}/sittings").json["id"]
        client.close()
        line, rest = begin_to_save(server, kept, sitting)
        time.sleep(0.5)  # A worker has begun to read it.
        server.stop()
        time.sleep(0.5)
        line.sendall(rest)
        answer = line.recv(65536)
        line.close()
        ended = server.start_anew()
        again = Client.of(server.address, kept)
        stands = again.insist("POST", f"/api/v1/quizzes/{quiz.id}/sittings").json["answers"]
        again.close()

    assert answer.startswith(b"HTTP/1.1 200 "), answer
    assert ended == 0
    assert [(one["position"], one["seq"]) for one in stands] == [(1, 9)]


@ONE
def test_nothing_acknowledged_is_lost_while_the_server_reloads_and_is_started_anew(
    app: Flask, session: Session, town: Town, database_url: str, tmp_path: Path
) -> None:
    quiz, passes = prepared(app, session, town, pupils=CLIENTS)
    ledger = Ledger()

    with Server(database_url, tmp_path / "server") as server, ThreadPoolExecutor(CLIENTS) as room:
        saving = [
            room.submit(keep_saving, server.address, [kept], quiz.id, ledger, Random(number))
            for number, kept in enumerate(passes)
        ]
        try:
            ledger.wait_for(MORE)
            old = server.workers()
            server.reload()
            ledger.wait_for(MORE)
            until_gone(server, old)
            ledger.wait_for(MORE)
            server.stop()
            ended = server.start_anew()
            ledger.wait_for(MORE)
        finally:
            ledger.stop.set()
        for one in saving:
            one.result()

    assert ended == 0
    assert lost(session, ledger) == []


def until_gone(server: Server, old: list[int]) -> None:
    """Wait until none of the old workers is left."""
    ends = time.monotonic() + PATIENCE
    while set(server.workers()) & set(old):
        assert time.monotonic() < ends, "the old workers stay"
        time.sleep(0.1)
