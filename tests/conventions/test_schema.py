"""Migrations lead from an empty database to what the models say, and nothing is unnamed."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import CheckConstraint

from quizapp.core import schema
from quizapp.core.db import Model, database
from tests.town import Town


def test_migrations_lead_to_what_the_models_say(app: Flask, town: Town) -> None:
    with app.app_context(), database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Model.metadata)

    assert differences == []


def test_the_schema_knows_whether_it_is_current(app: Flask, town: Town) -> None:
    with app.app_context():
        assert schema.is_current()


def test_every_rule_of_a_table_has_a_name() -> None:
    nameless = [
        f"{table.name}: {rule.sqltext}"
        for table in Model.metadata.tables.values()
        for rule in table.constraints
        if isinstance(rule, CheckConstraint) and not rule.name
    ]

    assert nameless == []
