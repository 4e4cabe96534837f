"""The questions of the bank on their way out: what is in use today, as items and as files."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, selectinload

from quizapp.bank import queries
from quizapp.bank.exchange import Item, drafted
from quizapp.bank.formats import toml_
from quizapp.bank.formats.entries import marked
from quizapp.bank.models import BankPicture, Question, Revision, Source
from quizapp.bank.queries import CURRENT, IN_USE


def items(session: Session) -> list[Item]:
    """Return what every question in use says today, by key, anchors among them."""
    rows = select(Revision).join(Question, CURRENT).options(
        contains_eager(Revision.question), selectinload(Revision.picture).undefer(BankPicture.raw)
    )  # fmt: skip
    return [
        _item(revision) for revision in session.scalars(rows.where(IN_USE).order_by(Question.key))
    ]


def folder(session: Session, asked: Sequence[Item]) -> bytes:
    """Return the folder question_bank/ with these items, all topics and all sources, as a zip."""
    topics = {topic.key: topic.names for topic in queries.topics(session)}
    sources = {
        source.key: {
            "title": source.title, "publisher": source.publisher, "date": source.date,
            "read_on": source.read_on, "certainty": source.certainty,
            "passages": source.passages,
        }
        for source in session.scalars(select(Source).order_by(Source.key))
    }  # fmt: skip
    return toml_.folder(asked, topics, sources)


def _item(revision: Revision) -> Item:
    question, kind = revision.question, revision.kind
    texts = {}
    for lang, plain in revision.text.items():
        text, faults = drafted(kind, marked(kind, plain, revision.answer))
        if text is None:
            raise ValueError(f"{question.key}, {lang}: {'; '.join(faults)}")
        texts[lang] = text
    head = {
        "topic": question.topic_key, "stage": question.stage, "difficulty": question.difficulty,
        "pool": question.pool, "core": question.core, "objective": revision.objective,
        "source": list(revision.sources), "as_of": revision.as_of,
        "review_by": revision.review_by,
    }  # fmt: skip
    picture = revision.picture.raw if revision.picture else b""
    return Item(question.key, kind, texts, question.key, picture=picture, head=head)
