"""Runs the migrations on the database of the application whose context is open."""

from alembic import context

import quizapp.app  # noqa: F401 - every table is known once the application is.
from quizapp.core.db import Model, UtcDateTime, database


def render(kind: str, thing: object, _autogen: object) -> str | bool:
    """Write our column types by their plain names, so that old migrations never import us."""
    if kind == "type" and isinstance(thing, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


with database.engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        render_as_batch=True,
        render_item=render,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
