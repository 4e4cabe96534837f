"""The bank's search page over 20,000 questions: by topic, by words that many say, few or none."""

from collections.abc import Iterator
from datetime import date, datetime
from random import Random
from typing import Any
from urllib.parse import quote

from sqlalchemy import create_engine, insert, select, text
from sqlalchemy.orm import Session

from bench.figures import Figure, Target
from bench.ground import DIALECTS, Demo, Ground, cpu, say
from bench.load import timed
from quizapp.bank.models import Question, Revision, RevisionState, Topic
from quizapp.bank.rules import BankStage, Kind, Origin, Pool
from quizapp.core.ids import new_id

HELD = 20_000
REQUESTS, WARM_UP = 30, 12  # Both workers are to be warm.
TARGET = Target(100, "p95")
# From so many signs a made-up text is put together; real ones have some 300 signs as well.
SIGNS = "人有请你试一支没见过的电子烟同学朋友告诉老师离开拒绝健康法律时间地方知道可以应该为什么"
LOOKS = {
    "one topic": "topic={topic}",
    "two filters": "stage=junior&kind=single",
    "drafts": "state=draft",
    "a source of few": "source=drug-law",
    "all filters": "stage=junior&kind=single&difficulty=1&state=in_use&pool=open&source=rule&words="
    + quote("电"),
    "the twentieth page": "stage=junior&after=bench-03000",
    "a word of many": "words=" + quote("电"),
    "a word of one": "words=" + quote("孔雀"),
    "no such word": "words=" + quote("没有这样的词语"),
}


def measure(ground: Ground) -> Iterator[Figure]:
    for dialect, name in DIALECTS.items():
        demo = ground.demo(dialect, schools=5, pupils=200)
        say(f"search: {HELD:,} questions, {name}")
        topic = _fill(demo)
        with demo.served() as address:
            editor = demo.staff(address, "editor")
            for what, query in LOOKS.items():
                path = f"/bank/?{query.format(topic=topic)}"
                for _ in range(WARM_UP):
                    timed(editor, "GET", path)
                before = cpu()
                took = [timed(editor, "GET", path) for _ in range(REQUESTS)]
                spent = (cpu() - before) / REQUESTS
                of = f"search: {what}, {HELD:,} questions, {name}"
                yield Figure(of, took, "ms", TARGET)
                yield Figure(f"{of}: CPU of the server", [spent], "ms")


def _fill(demo: Demo) -> str:
    """Put the questions beside those of the demo; return the key of a topic."""
    engine, chance = create_engine(demo.url), Random(4)
    with Session(engine) as session:
        topics = list(session.scalars(select(Topic.key).order_by(Topic.key)))
        heads = [_question(number, topics, chance) for number in range(HELD)]
        texts = [_revision(head, chance) for head in heads]
        session.execute(insert(Question), list(map(_findable, heads, texts)))
        session.execute(insert(Revision), texts)
        session.commit()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    engine.dispose()
    return topics[0]


def _question(number: int, topics: list[str], chance: Random) -> dict[str, Any]:
    return {
        "id": new_id(), "key": f"bench-{number:05}", "topic_key": chance.choice(topics),
        "kind": chance.choice(list(Kind)), "stage": chance.choice(list(BankStage)),
        "difficulty": chance.randint(1, 3), "pool": Pool.OPEN, "core": False, "current": 1,
    }  # fmt: skip


def _findable(head: dict[str, Any], text: dict[str, Any]) -> dict[str, Any]:
    made = Question(key=head["key"])
    made.found_by(Revision(**text))
    return head | {"cited": made.cited, "sought": made.sought}


def _revision(head: dict[str, Any], chance: Random) -> dict[str, Any]:
    def said(signs: int) -> str:
        return "".join(chance.choices(SIGNS, k=signs))

    options = [{"text": said(20), "feedback": said(30)} for _ in range(4)]
    rare = "孔雀" if head["key"].endswith("12345") else ""
    return {
        "id": new_id(), "question_id": head["id"], "number": 1, "state": RevisionState.APPROVED,
        "origin": Origin.FILE, "digest": "0" * 64, "kind": head["kind"], "objective": said(20),
        "sources": ["rule:refuse-leave-tell"], "as_of": date(2026, 11, 1),
        "review_by": date(2027, 6, 30), "answer": [0],
        "text": {"zh": {"stem": said(60) + rare, "options": options, "explain": said(80)}},
        "made_at": datetime.fromisoformat("2026-11-01T00:00:00+00:00"),
    }  # fmt: skip
