"""The commands of `quizapp`. Exit 0: done; 1: refused, with all faults listed; 2: usage."""

from flask import Flask

from quizapp.cli import (
    audit,
    background,
    bank,
    content,
    copies,
    demo,
    doctor,
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
    schema.db.add_command(copies.backup)
    schema.db.add_command(copies.restore)
    for group in (
        schema.db, audit.audit, content.content, bank.bank, roster.roster, units.units, units.roll,
        people.person, reports.report, reports.rollups, serving.serve,
        background.jobs, doctor.doctor, demo.demo,
    ):  # fmt: skip
        app.cli.add_command(group)
