"""The commands of `quizapp`. Exit 0: done; 1: refused, with all faults listed; 2: usage."""

from flask import Flask

from quizapp.cli import (
    audit,
    bank,
    content,
    demo,
    oneroster,
    people,
    reports,
    roster,
    schema,
    serving,
    units,
)


def init_app(app: Flask) -> None:
    roster.roster.add_command(oneroster.export)
    for group in (
        schema.db, audit.audit, content.content, bank.bank, roster.roster, units.units, units.roll,
        people.person, reports.report, reports.rollups, serving.serve, serving.jobs,
        serving.doctor, demo.demo,
    ):  # fmt: skip
        app.cli.add_command(group)
