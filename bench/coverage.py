"""The coverage page of a whole city for its officer: counts come from roll-ups alone."""

from collections.abc import Iterator

from sqlalchemy import create_engine, text

from bench.figures import Figure, Target
from bench.ground import Ground, say
from bench.load import timed

SCHOOLS, PUPILS = 100, 40_000
REQUESTS, WARM_UP = 50, 5


def measure(ground: Ground) -> Iterator[Figure]:
    demo = ground.demo("postgresql", schools=SCHOOLS, pupils=PUPILS)
    _analyze(demo.url)
    with demo.served() as address:
        say("coverage")
        officer = demo.staff(address, "education_officer")
        told = demo.told
        path = f"/reports/coverage?unit={told['city']}&campaign={told['campaign']}"
        took = [timed(officer, "GET", path) for _ in range(REQUESTS + WARM_UP)]
    what = f"coverage: page of the city, {SCHOOLS} schools, {PUPILS:,} pupils, PostgreSQL"
    yield Figure(what, took[WARM_UP:], "ms", Target(50, "p95"))


def _analyze(url: str) -> None:
    """Do what PostgreSQL does by itself a minute after a large import."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()
