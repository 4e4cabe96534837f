"""What every test may ask for: the app, a session of its own, the town, a client for anyone.

Each test that asks for the app runs twice, on SQLite and on PostgreSQL, in a fresh copy of a
database that migrations have made and in which the town stands.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask, before_render_template, template_rendered
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import create_engine, event, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from quizapp.access.policy import Actor, ActorKind
from quizapp.accounts import signin
from quizapp.accounts.models import Person, Pupil
from quizapp.app import create_app
from quizapp.cli.content import load_all
from quizapp.core.clock import now
from quizapp.core.db import database, settle, transaction
from quizapp.core.ids import new_id
from quizapp.core.schema import upgrade
from tests import pagecheck, postgres, town
from tests.settings import KEY, configured
from tests.town import Town

DIALECTS = ("sqlite", "postgresql")


class Databases:
    """Fresh copies of prepared databases, for one dialect: of the town, and of the town with the
    content that ships with the site."""

    def __init__(self, home: Path, server: str | None) -> None:
        self._server = server
        self._home = home
        if server:
            self._ask("CREATE DATABASE town")
        with self._at("town"):
            upgrade()
            with transaction() as session:
                town.build(session)
        self._has_content = False

    def fresh(self, *, with_content: bool) -> str:
        """Return the address of a new copy."""
        if with_content and not self._has_content:
            self._copy("town", "stocked")
            with self._at("stocked"):
                load_all()
            self._has_content = True
        name = f"t{new_id().hex}"
        self._copy("stocked" if with_content else "town", name)
        return self._address(name)

    def drop(self, url: str) -> None:
        name = url.rpartition("/")[2]
        if self._server:
            self._ask(f"DROP DATABASE {name} WITH (FORCE)")
        else:
            for file in self._home.glob(f"{name}*"):
                file.unlink()

    def _address(self, name: str) -> str:
        return f"{self._server}{name}" if self._server else f"sqlite:///{self._home}/{name}.db"

    @contextmanager
    def _at(self, name: str) -> Iterator[None]:
        """Work on one of the databases."""
        app = create_app(configured(self._home / name, self._address(name)), testing=True)
        with app.app_context():
            yield
            database.leave()

    def _copy(self, name: str, to: str) -> None:
        if self._server:
            self._ask(f"CREATE DATABASE {to} TEMPLATE {name} STRATEGY FILE_COPY")
        else:
            shutil.copy(self._home / f"{name}.db", self._home / f"{to}.db")

    def _ask(self, statement: str) -> None:
        engine = create_engine(f"{self._server}postgres", isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """One PostgreSQL server for each worker, started when the first test needs it."""
    with postgres.running() as address:
        yield address


@pytest.fixture(scope="session")
def prepared() -> dict[str, Databases]:
    """The databases of this worker, each prepared when the first test needs it."""
    return {}


@pytest.fixture(params=DIALECTS)
def databases(
    request: pytest.FixtureRequest,
    prepared: dict[str, Databases],
    tmp_path_factory: pytest.TempPathFactory,
) -> Databases:
    dialect = request.param
    if dialect not in prepared:
        address = request.getfixturevalue("server") if dialect == "postgresql" else None
        prepared[dialect] = Databases(tmp_path_factory.mktemp(dialect), address)
    return prepared[dialect]


@pytest.fixture
def content() -> None:
    """The questions and lessons that ship with the site: the test's database has them."""


@pytest.fixture
def database_url(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    url = databases.fresh(with_content="content" in request.fixturenames)
    yield url
    databases.drop(url)


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates compiled once, for all the applications that tests make."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture(scope="session")
def site_once(tmp_path_factory: pytest.TempPathFactory, compiled: FileSystemBytecodeCache) -> Flask:
    """The site, made once for each worker: its hundreds of addresses take a quarter of a second."""
    home = tmp_path_factory.mktemp("once")
    app = create_app(configured(home, "sqlite://"), testing=True)
    app.jinja_env.bytecode_cache = compiled
    app.test_client_class = Visitor
    _forbid_queries_in_templates(app)
    return app


@pytest.fixture
def app(site_once: Flask, database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The site on a database of the test's own, with nothing in its memory."""
    app, settings = site_once, configured(tmp_path / "instance", database_url)
    settings.instance.mkdir()
    before = app.config.copy(), app.extensions.copy()
    app.config["QUIZAPP"] = settings
    settle(app, database_url)
    event.listen(app.extensions["database"], "before_cursor_execute", _refuse_in_templates)
    yield app
    with app.app_context():
        database.leave()
    for kept, was in zip((app.config, app.extensions), before, strict=True):
        kept.clear()
        kept.update(was)


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session of the test's own, so that a forgotten commit is seen."""
    with app.app_context():
        work = database.sessionmaker()
        with work:
            yield work
            work.rollback()


@pytest.fixture(name="town")
def town_as_it_stands(session: Session) -> Town:
    found = town.read(session)
    session.commit()  # Nobody waits for a reader who has seen enough.
    return found


class Visitor(FlaskClient):
    """A browser: it brings the CSRF token along, and looks at every page that it gets."""

    csrf: Any = None

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        headers = dict(kwargs.pop("headers", None) or {})
        reads = kwargs.get("method", "GET") == "GET"
        if self.csrf and not reads and "X-CSRF-Token" not in headers:
            _give_csrf_token(self)  # Signing in and out begins a new session, without one.
            headers["X-CSRF-Token"] = self.csrf
        # In a context of its own, or requests would share the `g` of the test's session.
        request = partial(super().open, *args, headers=headers, **kwargs)
        answer: TestResponse = Context().run(request)
        if answer.mimetype == "text/html" and answer.status_code not in (204, 303, 308):
            pagecheck.check(answer.text, answer.request.path)
        return answer


@pytest.fixture
def new_visitor(app: Flask) -> Callable[[], Visitor]:
    """Return a browser in which nobody has signed in, another one each time."""

    def visit() -> Visitor:
        client = cast(Visitor, app.test_client())
        _give_csrf_token(client)
        return client

    return visit


@pytest.fixture
def visitor(new_visitor: Callable[[], Visitor]) -> Visitor:
    """Somebody who has not signed in."""
    return new_visitor()


@pytest.fixture
def client_as(app: Flask) -> Callable[[Actor], Visitor]:
    """Return a browser in which the actor is signed in, by a row as the page would make it."""

    def sign_in(actor: Actor) -> Visitor:
        with app.app_context(), transaction() as work:
            if actor.kind is ActorKind.PUPIL:
                child = work.get_one(Pupil, (actor.school_id, actor.id))
                signed = signin.begin_pupil(work, child, device="d" * 22, now=now())
            else:
                person = work.get_one(Person, actor.id)
                signed = signin.begin_person(work, person, device="d" * 22, now=now())
        client = cast(Visitor, app.test_client())
        with client.session_transaction() as kept:
            kept["_user_id"], kept["_fresh"] = signed.id, True
            kept.permanent = True
        _give_csrf_token(client)
        return client

    return sign_in


def _give_csrf_token(client: Visitor) -> None:
    raw = "c" * 40
    with client.session_transaction() as kept:
        kept["csrf_token"] = raw
    client.csrf = URLSafeTimedSerializer(KEY, salt="wtf-csrf-token").dumps(raw)


drawing: list[str] = []  # The template that is being drawn.


def _forbid_queries_in_templates(app: Flask) -> None:
    """A template never asks the database: what it needs was loaded before."""

    def begin(_app: Flask, template: Any, **_more: Any) -> None:
        drawing.append(template.name)

    def end(_app: Flask, **_more: Any) -> None:
        drawing.clear()

    before_render_template.connect(begin, app, weak=False)
    template_rendered.connect(end, app, weak=False)


def _refuse_in_templates(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
    assert not drawing, f"{drawing[-1]} asks the database: {statement}"
