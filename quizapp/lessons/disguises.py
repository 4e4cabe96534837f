"""The look-alikes as their reader sees them: those for the own stage, each with its sources."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, ActorKind
from quizapp.accounts import queries as accounts
from quizapp.bank import queries as bank
from quizapp.bank.rules import BankStage, bank_stage
from quizapp.core.i18n import in_language
from quizapp.lessons.look_alikes import LookAlike


@dataclass(frozen=True)
class Pair:
    """A thing, drawn once for both sides; `version` changes whenever the drawing does.

    `basis`: title and publisher of each text on which it rests.
    """

    key: str
    title: str
    lang: str
    version: str
    width: int
    height: int
    alt: str
    known: str
    hidden: str
    do: str
    stages: Sequence[BankStage]
    basis: Sequence[tuple[str, str]]
    as_of: date


def pairs(session: Session, actor: Actor, found: Sequence[LookAlike], locale: str) -> list[Pair]:
    """Return the pairs that the actor may see: a pupil those of the own stage, staff all."""
    if actor.kind is ActorKind.PUPIL:
        own = bank_stage(accounts.own_enrolment(session, actor).school_class.stage)
        found = [each for each in found if own in each.draft.stages]
    # Most pairs rest on the same passages, so that few questions are asked.
    wanted = dict.fromkeys(tuple(each.draft.source) for each in found)
    basis = {refs: _basis(session, refs) for refs in wanted}
    return [_pair(each, basis[tuple(each.draft.source)], locale) for each in found]


def _basis(session: Session, refs: Sequence[str]) -> list[tuple[str, str]]:
    cited = bank.sources(session, refs)
    return list(dict.fromkeys((one.title, one.publisher) for one in cited))


def _pair(of: LookAlike, basis: Sequence[tuple[str, str]], locale: str) -> Pair:
    words = in_language(of.text, locale)
    return Pair(
        key=of.draft.key,
        title=words["title"],
        lang=words["lang"],
        version=of.picture.version,
        width=of.picture.width,
        height=of.picture.height,
        alt=words["alt"],
        known=words["known"],
        hidden=words["hidden"],
        do=words["do"],
        stages=of.draft.stages,
        basis=basis,
        as_of=of.draft.as_of,
    )
