"""An editor's work and the three who sign for it."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, ActorKind, Aspect, Role
from quizapp.accounts.models import Person, Posting
from quizapp.bank import editing
from quizapp.bank.models import Revision, Source
from quizapp.bank.rules import BankStage, Kind, Pool
from quizapp.bank.written import Written
from tests.town import NOON, TERM_BEGAN, Town

ROLES = {
    Aspect.FACTS: Role.REVIEWER_FACTS,
    Aspect.LEVEL: Role.REVIEWER_LEVEL,
    Aspect.SAFETY: Role.REVIEWER_SAFETY,
}
STEM = "有人请你试一支没见过的电子烟，你怎么做？"


def person(session: Session, town: Town, login: str, *roles: Role) -> Actor:
    """Make a member of staff who holds the roles for the whole nation."""
    made = Person(login=login, name=f"Reviewer {login}")
    session.add(made)
    session.flush()
    for role in roles:
        session.add(
            Posting(person_id=made.id, unit_id=town.nation.id, role=role, from_on=TERM_BEGAN)
        )
    session.flush()
    held = tuple((role, town.nation.path) for role in roles)
    return Actor(made.id, ActorKind.STAFF, made.name, held)


@dataclass(frozen=True)
class Reviewers:
    facts: Actor
    level: Actor
    safety: Actor

    def each(self) -> list[tuple[Aspect, Actor]]:
        return [(aspect, getattr(self, aspect.value)) for aspect in Aspect]


def three(session: Session, town: Town) -> Reviewers:
    return Reviewers(
        **{aspect.value: person(session, town, aspect, role) for aspect, role in ROLES.items()}
    )


def source(session: Session) -> None:
    """Put the rule into the bank that items of skill name."""
    session.add(
        Source(
            key="rule", title="题库守则", publisher="青盾课堂", date=TERM_BEGAN, read_on=TERM_BEGAN,
            certainty="rule", passages={"leave": "拒绝、离开、告诉大人。"},
        )
    )  # fmt: skip
    session.flush()


def written(stem: str = STEM, **more: object) -> Written:
    """Return a question that keeps every rule, once the source is there."""
    options = [
        {"text": "说不要，走开", "feedback": "走开以后就安全了。"},
        {"text": "只试一口", "feedback": "一口也可能伤身体。"},
        {"text": "先收下再说", "feedback": "收下就要继续面对它。"},
    ]
    said: dict[str, object] = {
        "topic_key": "refusal", "kind": Kind.SINGLE, "stage": BankStage.JUNIOR, "difficulty": 1,
        "pool": Pool.OPEN, "core": False, "objective": "会拒绝来路不明的东西",
        "sources": ["rule:leave"], "as_of": date(2026, 11, 1), "review_by": date(2027, 5, 1),
        "text": {"zh": {"stem": stem, "options": options, "explain": "不碰最安全。"}},
        "answer": [0],
    }  # fmt: skip
    return Written(**(said | more))  # type: ignore[arg-type]


def draft(session: Session, by: Actor, stem: str = STEM, **more: object) -> Revision:
    """Write a question that keeps every rule."""
    if session.get(Source, "rule") is None:
        source(session)
    return editing.make(session, written(stem, **more), key="", by=by, now=NOON)
