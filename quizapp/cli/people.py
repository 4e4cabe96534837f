"""`quizapp person …`: staff, the first administrator among them."""

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from quizapp.access.policy import SYSTEM, Role
from quizapp.accounts import actions, queries, second_factor
from quizapp.accounts.models import Person
from quizapp.cli.say import refused
from quizapp.core.clock import local_day, now
from quizapp.core.db import transaction
from quizapp.core.errors import DomainError, Invalid, Missing
from quizapp.core.i18n import _
from quizapp.orgs import queries as orgs
from quizapp.staff.posts import PLACES, fits

person = AppGroup("person", help="Staff. Example: quizapp person invite --role platform_admin …")
STAFF_ROLES = [role.value for role in Role if PLACES[role]]


@person.command("invite")
@click.option("--login", required=True, help="The sign-in name, unique in the site.")
@click.option("--name", required=True, help="The name that others see.")
@click.option("--role", required=True, type=click.Choice(STAFF_ROLES))
@click.option("--unit", "code", required=True, help="The code of the unit, cn for the whole site.")
def invite(login: str, name: str, role: str, code: str) -> None:
    """Appoint somebody and print the one-time link with which they set a password.

    Who holds the role already gets only a new link.

    Example: quizapp person invite --login root --name 管理员 --role platform_admin --unit cn
    """
    try:
        with transaction() as session:
            unit = orgs.by_code(session, code)
            if not fits(Role(role), unit.kind):
                raise Invalid(_("You cannot give this role there."))
            found = session.scalar(select(Person).where(Person.login == login))
            if found is None:
                found = Person(login=login, name=name)
                session.add(found)
                session.flush()
            held = queries.postings(session, found, on=local_day(now()))
            if (Role(role), unit.id) not in {(one.role, one.unit_id) for one in held}:
                actions.appoint(session, found, Role(role), unit, by=SYSTEM, now=now())
            token = actions.invite(session, found, by=SYSTEM, now=now())
    except DomainError as error:
        refused(error)
    base = current_app.config["QUIZAPP"].base_url or "http://127.0.0.1:8000"
    click.echo(f"{base}/invitations/{token}")
    click.echo("The link works once, for seven days.", err=True)


@person.command("end-second-factor")
@click.option("--login", required=True, help="The sign-in name.")
def end_second_factor(login: str) -> None:
    """Take the second factor away from somebody whom nobody on the site can help.

    Where it is needed, a new one is set up after the next password.

    Example: quizapp person end-second-factor --login root
    """
    try:
        with transaction() as session:
            found = session.scalar(select(Person).where(Person.login == login))
            if found is None:
                raise Missing(_("There is nobody with this sign-in name."))
            second_factor.turn_off(session, found, by=SYSTEM, now=now(), path="/")
    except DomainError as error:
        refused(error)
    click.echo(f"{login}: no second factor now.")
