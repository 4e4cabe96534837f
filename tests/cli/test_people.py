"""Commands about staff: who is invited where, and the way back for the last administrator."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM
from quizapp.accounts import second_factor
from quizapp.accounts.models import Person, RecoveryCode
from quizapp.core.clock import now
from tests.settings import KEY
from tests.town import Town


@pytest.mark.parametrize(
    ("role", "unit"),
    [("school_admin", "990101"), ("platform_admin", "990100"), ("education_officer", "9901010001")],
)
def test_a_role_is_given_only_where_it_belongs(
    app: Flask, session: Session, town: Town, role: str, unit: str
) -> None:
    told = ("--login", "x", "--name", "x", "--role", role, "--unit", unit)

    done = app.test_cli_runner().invoke(args=["person", "invite", *told])

    assert done.exit_code == 1
    assert "You cannot give this role there." in done.output
    assert session.scalars(select(Person).where(Person.login == "x")).all() == []


def test_a_second_factor_that_nobody_can_take_away_is_taken_away_by_command(
    app: Flask, session: Session, town: Town
) -> None:
    kong = session.get_one(Person, town.admin_kong.id)
    second_factor.set_up(session, kong, "A" * 32, step=1, key=KEY, by=SYSTEM, now=now())
    session.commit()

    def run(login: str) -> int:
        words = ["person", "end-second-factor", "--login", login]
        return app.test_cli_runner().invoke(args=words).exit_code

    assert run("nobody") == 1
    assert run("admin_kong") == 0
    session.refresh(kong)
    assert (kong.totp_secret, kong.totp_step) == (None, None)
    assert session.scalars(select(RecoveryCode)).all() == []
