"""A program that talks to the server as the page's own script does, over one kept connection."""

import gzip
import json
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import insert
from sqlalchemy.orm import Session

from quizapp.accounts import credentials
from quizapp.accounts.models import Pupil, PupilSignIn
from quizapp.accounts.signin import PUPIL_LIFE
from quizapp.core.ids import new_id
from tests.settings import KEY

PATIENCE = 60  # Seconds until a call must have been answered: a time-out, not a measure.
PAUSE = 0.05  # Seconds before the same call is made again.
AWAY = (OSError, HTTPException)  # Refused, cut off, or ended in the middle of an answer.
DEVICE = "d" * 22


@dataclass(frozen=True)
class Pass:
    """What a browser keeps of somebody who has signed in."""

    cookies: Mapping[str, str]
    csrf: str


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Client:
    """One browser at one server. It is for one thread at a time."""

    address: str
    cookies: dict[str, str] = field(default_factory=lambda: {"device": DEVICE})
    csrf: str = ""

    def __post_init__(self) -> None:
        host = urlsplit(self.address)
        self._connection = HTTPConnection(host.hostname or "", host.port, timeout=PATIENCE)

    @classmethod
    def of(cls, address: str, kept: Pass) -> "Client":
        return cls(address, {"device": DEVICE, **kept.cookies}, kept.csrf)

    def send(
        self, method: str, path: str, body: object = None, form: Mapping[str, str] | None = None
    ) -> Reply:
        """Make one call; one of AWAY if no whole answer comes, and then nobody knows its effect."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        headers |= {"X-CSRF-Token": self.csrf, "Accept-Encoding": "gzip"}
        sent = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            sent = json.dumps(body).encode()
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            sent = urlencode(form).encode()
        try:
            self._connection.request(method, path, sent, headers)
            answer = self._connection.getresponse()
            reply = Reply(answer.status, dict(answer.getheaders()), _unpacked(answer))
            for line in answer.msg.get_all("Set-Cookie", []):
                cookies = SimpleCookie(line)
                self.cookies |= {name: morsel.value for name, morsel in cookies.items()}
        except AWAY:
            self.close()
            raise
        return reply

    def insist(self, method: str, path: str, body: object = None) -> Reply:
        """Make the call again and again until the server has taken it, as the page does."""
        ends = time.monotonic() + PATIENCE
        while True:
            try:
                reply = self.send(method, path, body)
                if reply.status != 503:
                    return reply
            except AWAY:
                pass
            if time.monotonic() > ends:
                raise TimeoutError(f"{method} {path}")
            time.sleep(PAUSE)

    def close(self) -> None:
        self._connection.close()


def _unpacked(answer: HTTPResponse) -> bytes:
    body = answer.read()
    return gzip.decompress(body) if answer.getheader("Content-Encoding") == "gzip" else body


def at_once(clients: Sequence[Client], method: str, path: str) -> list[Reply]:
    """Make the call from all of them at the same time; all must be taken."""
    with ThreadPoolExecutor(len(clients)) as pool:
        replies = list(pool.map(lambda client: client.insist(method, path), clients))
    assert all(reply.status in (200, 201) for reply in replies), replies
    return replies


def browsing(app: Flask, told: Mapping[str, object]) -> Pass:
    """Return what a browser keeps whose session holds this, signed as the site signs it."""
    interface = app.session_interface
    assert isinstance(interface, SecureCookieSessionInterface)
    signing = interface.get_signing_serializer(app)
    assert signing is not None
    cookie = str(signing.dumps({**told, "csrf_token": "c" * 40}))
    csrf = URLSafeTimedSerializer(KEY, salt="wtf-csrf-token").dumps("c" * 40)
    return Pass({app.config["SESSION_COOKIE_NAME"]: cookie}, csrf)


def sign_in(
    app: Flask, session: Session, children: list[Pupil], *, now: datetime
) -> dict[Pupil, Pass]:
    """Sign the pupils in by rows and by cookies as the page makes them, without any hashing."""
    rows, kept = [], {}
    for child in children:
        token = credentials.new_token()
        rows.append(
            {
                "school_id": child.school_id,
                "id": new_id(),
                "pupil_id": child.id,
                "token_hash": credentials.digest(token),
                "started_at": now,
                "expires_at": now + PUPIL_LIFE,
                "device_id": DEVICE,
            }
        )
        told = {"_user_id": f"p.{child.school_id}.{token}", "_fresh": True, "_permanent": True}
        kept[child] = browsing(app, told)
    session.execute(insert(PupilSignIn), rows)
    return kept
