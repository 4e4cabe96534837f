"""The database: base class, column types, and the one place that commits."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from time import monotonic
from typing import Annotated, Any, ClassVar, cast
from uuid import UUID

from flask import Flask, current_app, g
from sqlalchemy import (
    JSON,
    Boolean,
    Connection,
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    Enum,
    MetaData,
    QueuePool,
    TypeDecorator,
    UpdateBase,
    create_engine,
    event,
    func,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DisconnectionError, IntegrityError, OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.functions import FunctionElement

from quizapp.core.errors import Conflict
from quizapp.core.i18n import _
from quizapp.core.ids import new_id

PATIENCE = 5  # Seconds for a connection: who waits longer is told to come again.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


IDLE = 5  # Seconds after which a connection is asked whether it lives.


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. A naive one is refused, and UTC comes back: SQLite forgets the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Id = Annotated[UUID, mapped_column(primary_key=True, default=new_id)]
Instant = Annotated[datetime, mapped_column(UtcDateTime)]
Document = Annotated[Any, mapped_column(JSON)]  # Written once, read whole, never reported on.


def enum(kind: type[StrEnum], *, of: str | None = None) -> Enum:
    """Return the column type of an enum: its value as text, with a named CHECK.

    `of` names the column where a table has several of the kind.
    """
    return Enum(
        kind,
        native_enum=False,
        length=24,
        values_callable=lambda members: [m.value for m in members],
        name=f"{of or kind.__name__.lower()}_known",
        create_constraint=True,
    )


class Model(DeclarativeBase):
    """The base of every table."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar = {datetime: UtcDateTime()}


class Database:
    """The engine of an application, and the session of what it is doing now."""

    @property
    def engine(self) -> Engine:
        engine: Engine = current_app.extensions["database"]
        return engine

    @property
    def session(self) -> Session:
        """One session for a request, a job or a command; it is closed when that ends."""
        if "session" not in g:
            g.session = self.sessionmaker()
        session: Session = g.session
        return session

    def leave(self) -> None:
        """Close all connections, before a process is forked or when its work is done."""
        self.engine.dispose()

    @property
    def sessionmaker(self) -> sessionmaker[Session]:
        """For those who want a session of their own."""
        return _sessionmaker(self.engine)


@lru_cache(8)  # It makes a class each time, which takes longer than some statements.
def _sessionmaker(engine: Engine) -> sessionmaker[Session]:
    # What is written stays readable after the commit: pages are drawn from it.
    return sessionmaker(engine, expire_on_commit=False)


database = Database()


def init_app(app: Flask) -> None:
    settings = app.config["QUIZAPP"]
    settle(app, settings.database_url, settings.pool_size)
    app.teardown_appcontext(_close)


def settle(app: Flask, url: str, pool_size: int = 20) -> None:
    """Let the application work on the database at this address; `database.leave` ends it."""
    app.extensions["database"] = engine_for(url, pool_size)


def engine_for(url: str, pool_size: int = 20) -> Engine:
    """Return an engine as the site wants it; SQLite is told to forget nothing at a power cut.

    What is written is never part of an error's text, so no name of a child stands in the log.
    """
    is_sqlite = url.startswith("sqlite")
    engine = create_engine(
        url, poolclass=QueuePool, pool_size=pool_size, max_overflow=0, pool_timeout=PATIENCE,
        hide_parameters=True, connect_args={} if is_sqlite else {"connect_timeout": PATIENCE},
    )  # fmt: skip
    if is_sqlite:
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    else:
        event.listen(engine, "checkout", _must_live)
        event.listen(engine, "checkin", _note_use)
    return engine


def _note_use(_raw: object, record: ConnectionPoolEntry | None) -> None:
    if record:
        record.info["used"] = monotonic()


def _must_live(raw: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Ask a connection that has lain idle whether it lives: the pool takes another if it does not.

    One that was used a moment ago is not asked, for that costs as much as a small statement.
    """
    if monotonic() - record.info.get("used", -IDLE) < IDLE:
        return
    try:
        raw.execute("")
        raw.rollback()
    except Exception as gone:
        raise DisconnectionError from gone


def _close(_error: BaseException | None) -> None:
    if session := g.pop("session", None):
        session.close()


def _prepare(raw: Any, _record: object) -> None:
    raw.isolation_level = None  # The driver's own BEGIN cannot be told that we mean to write.
    # FULL: with NORMAL, which is advised everywhere, a power cut takes acknowledged answers.
    lines = ("journal_mode=wal", "synchronous=full", "busy_timeout=15000", "foreign_keys=on")
    # Of what is deleted nothing stays in the file: children may have themselves erased.
    for line in (*lines, "secure_delete=on"):
        raw.execute(f"pragma {line}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("begin immediate" if writes else "begin")


@contextmanager
def transaction() -> Iterator[Session]:
    """All or nothing, opened by views, API, jobs, commands. Conflict: a unique key was taken."""
    session = database.session
    session.commit()  # Ends what the door has read: SQLite must begin anew, as a writer.
    session.connection(execution_options={"writes": True})
    g.committed = False
    try:
        yield session
        session.commit()
        g.committed = True
    except BaseException as error:
        session.rollback()
        if isinstance(error, IntegrityError) and "unique" in str(error.orig).lower():
            raise Conflict(_("Somebody was faster. Please look again.")) from error
        raise


@contextmanager
def writing() -> Iterator[Connection]:
    """A transaction for one short write on SQLite, apart from the session of the request."""
    writer = database.engine.execution_options(writes=True)
    with writer.begin() as connection:
        yield connection
    g.committed = True


def alone(statement: str, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
    """Let PostgreSQL do one statement that is a transaction in itself, and return its rows.

    Written for the driver, not for SQLAlchemy: here a millisecond is a tenth of a server.
    """
    try:
        rows = _alone(statement, values)
    except database.engine.dialect.loaded_dbapi.OperationalError as lost:
        raise OperationalError(statement, None, lost) from lost
    g.committed = True
    return rows


def _alone(statement: str, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
    lent = database.engine.raw_connection()
    raw: Any = lent.driver_connection
    try:
        raw.autocommit = True  # A note of the driver: nothing is sent for it.
        rows: list[tuple[Any, ...]] = raw.execute(statement, values).fetchall()
        raw.autocommit = False
    except BaseException as error:  # Nobody is to get this connection as it is now.
        lent.invalidate(error)
        raise
    finally:
        lent.close()
    return rows


class StandsIn(FunctionElement[bool]):
    """`StandsIn(text, word)`: whether the word is part of the text, sign by sign.

    LIKE says the same and takes twice as long on SQLite, and longer on PostgreSQL.
    """

    type = Boolean()
    inherit_cache = True


@compiles(StandsIn)
def _stands_in(asked: StandsIn, compiler: Any, **more: Any) -> str:
    name = "strpos" if compiler.dialect.name == "postgresql" else "instr"
    return f"{name}({compiler.process(asked.clauses, **more)}) > 0"


class Later(FunctionElement[datetime]):
    """`Later(instant, seconds)`: the instant so much later, or sooner; to the millisecond."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(Later)
def _later(asked: Later, compiler: Any, **more: Any) -> str:
    instant, seconds = (compiler.process(part, **more) for part in asked.clauses)
    if compiler.dialect.name == "postgresql":
        return f"{instant} + make_interval(secs => {seconds})"
    return f"strftime('%Y-%m-%d %H:%M:%f000', {instant}, {seconds} || ' seconds')"


def insert(session: Session, table: type[Model]) -> Any:
    """Return an INSERT that knows ON CONFLICT, in the words of this database."""
    words: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return words.insert(table)


def changed(session: Session, statement: UpdateBase) -> int:
    """Do the UPDATE or DELETE and return how many rows it met: 0 says that somebody was first."""
    done = session.execute(statement.execution_options(synchronize_session=False))
    return cast(CursorResult[Any], done).rowcount


def lock(session: Session, *tables: type[Model]) -> None:
    """Keep other writers out of these tables until the transaction ends; SQLite has one anyway."""
    if session.get_bind().dialect.name == "postgresql":
        names = ", ".join(table.__tablename__ for table in tables)
        session.execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))


def hold(session: Session, name: str, *, shared: bool = False) -> None:
    """Wait for one's turn at what the name stands for, and keep it until the transaction ends.

    Many may hold it `shared` at a time, or one alone. On SQLite a writer is alone anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        way = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
        session.execute(select(way(func.hashtextextended(name, 0))))


def snapshot() -> Session:
    """Return the session of a reader to whom all statements show the same moment."""
    session = database.session
    if database.engine.dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    return session


def count(session: Session, table: type[Model], at: Mapping[str, object], **steps: int) -> None:
    """Let the cell of a roll-up grow by these steps; it is made if it is not there.

    `at` holds the whole primary key. One statement: reading, adding and writing would lose
    counts when two do it at once.
    """
    made = insert(session, table).values(**at, **steps)
    grown = {name: getattr(table, name) + step for name, step in steps.items()}
    session.execute(made.on_conflict_do_update(index_elements=list(at), set_=grown))
