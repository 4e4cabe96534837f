"""`quizapp demo`: fills an empty site with a made-up city, for trying out and for measuring."""

import json
import secrets
from datetime import datetime
from pathlib import Path
from random import Random
from uuid import UUID

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM
from quizapp.accounts import credentials
from quizapp.accounts.models import Pupil
from quizapp.cli import city as making
from quizapp.cli.city_history import History
from quizapp.cli.content import load_all
from quizapp.cli.say import refuse
from quizapp.core import schema
from quizapp.core.clock import local_day, now
from quizapp.core.db import database, transaction
from quizapp.lessons.models import Lesson
from quizapp.orgs import rolls
from quizapp.orgs.models import Unit
from quizapp.reports import rollups

SIGN_INS = "demo-signins.json"


@click.command("demo")
@click.option("--schools", default=12, show_default=True, type=click.IntRange(5, 5000))
@click.option("--pupils", default=4000, show_default=True, type=click.IntRange(100, 5_000_000))
@click.option("--seed", default=1, show_default=True, help="The same seed, the same city.")
@click.option(
    "--signins",
    default=300,
    show_default=True,
    help="Pupils to try the site as: nothing is done yet.",
)
@click.option("--if-empty", is_flag=True, help="Do nothing where a city stands already.")
@with_appcontext
def demo(schools: int, pupils: int, seed: int, signins: int, if_empty: bool) -> None:
    """Make a synthetic city in mid-term: schools, pupils, lessons read, quizzes taken.

    Example: quizapp demo --schools 12 --pupils 4000 --seed 1
    """
    schema.upgrade()
    if database.session.scalar(select(func.count()).select_from(Unit)):
        if if_empty:
            _introduce()
            return
        refuse(["there are units in this site already; demo wants an empty database"])
    click.echo("Loading questions and lessons …")
    load_all()
    click.echo(f"Making a city of {schools} schools and {pupils} pupils …")
    told = _make(schools=schools, pupils=pupils, seed=seed, signins=signins, at=now())
    file = _file()
    file.write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")
    file.chmod(0o600)
    _introduce()


def _make(*, schools: int, pupils: int, seed: int, signins: int, at: datetime) -> dict[str, object]:
    """Make everything; one transaction for the frame, one for each school, one for the roll-ups."""
    chance, today = Random(seed), local_day(at)  # noqa: S311 - the same city for the same seed.
    password, secret = _sayable(), _sayable()
    with transaction() as session:
        city = making.places(session, schools=schools, pupils=pupils, today=today, chance=chance)
        people = making.staff(session, city, password=password, today=today)
        contest = making.contest(session, city, now=at, today=today)
        lessons = _first_of_each_stage(session)
        making.first_lesson(session, city, lessons, now=at, today=today)
    sizes = making.shares(pupils, [float(len(city.classes[s.id])) for s in city.schools])
    kept, told, made = credentials.hashed(secret), [], {}
    with click.progressbar(list(zip(city.schools, sizes, strict=True)), label="schools") as bar:
        for number, (school, size) in enumerate(bar):
            wanted = signins // schools + (number < signins % schools)
            with transaction() as session:
                children = making.children(
                    session, city, school, size=size, today=today, chance=chance
                )
                keep = children[:: max(1, len(children) // max(1, wanted))][:wanted]
                quiz = contest.quiz
                assert quiz is not None  # noqa: S101 - the contest has one.
                history = History(session, quiz, lessons, today=today, chance=chance)
                history.write(children, share=chance.uniform(0.6, 0.99), keep={c.id for c in keep})
                _give_secret(session, school.id, [c.id for c in keep], kept)
            made[school.id] = children
            told += [
                {"school": school.code, "login": c.login, "secret": secret,
                 "class": c.school_class.unit.name}
                for c in keep
            ]  # fmt: skip
    with transaction() as session:
        roll = rolls.enter(
            session, session.merge(city.unit), making.headcounts(city, made, chance),
            counted_on=making.term_began(today), source="演示数据", by=SYSTEM, now=at,
        )  # fmt: skip
        for school in city.schools:
            rolls.confirm(session, roll, school, by=SYSTEM, now=at)
        rolls.sign(session, roll, signer="青禾市教育局（演示）", by=SYSTEM, now=at)
        rolls.ask(
            session, session.merge(city.unit), city.schools, counted_on=today, source="学校填报",
            by=SYSTEM, now=at,
        )  # fmt: skip
        rollups.rebuild(session, by=SYSTEM)
    return {
        "pupils": told, "staff": people, "campaign": contest.key, "city": city.unit.code,
    }  # fmt: skip


def _introduce() -> None:
    """Print how to sign in: all of the staff, and one pupil of each of three schools."""
    if not _file().exists():
        return
    told = json.loads(_file().read_text("utf-8"))
    for one in told["staff"]:
        click.echo(f"  {one['role']:18} {one['login']:20} {one['password']}  ({one['unit']})")
    first = {one["school"]: one for one in reversed(told["pupils"])}
    for one in list(first.values())[-3:]:
        click.echo(
            f"  {'pupil':18} {one['school']} {one['login']}   {one['secret']}  ({one['class']})"
        )
    click.echo(f"More sign-ins of pupils: {_file().name} in the instance folder")


def _file() -> Path:
    return Path(current_app.config["QUIZAPP"].instance) / SIGN_INS


def _give_secret(session: Session, school_id: UUID, pupils: list[UUID], kept: str) -> None:
    session.execute(
        update(Pupil)
        .where(Pupil.school_id == school_id, Pupil.id.in_(pupils))
        .values(secret_hash=kept)
    )


def _first_of_each_stage(session: Session) -> list[Lesson]:
    lessons = session.scalars(select(Lesson).order_by(Lesson.stage, Lesson.position)).all()
    first: dict[str, Lesson] = {}
    for lesson in lessons:
        first.setdefault(lesson.stage, lesson)
    return list(first.values())


def _sayable() -> str:
    """Return a secret of ten digits: a demo on one machine, but not the same on all."""
    return str(secrets.randbelow(9 * 10**9) + 10**9)
