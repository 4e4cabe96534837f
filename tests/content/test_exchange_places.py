"""Topic, stage, difficulty and objective on their way through formats of others, and back."""

import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from qti_convert import downgrade_package, upgrade_package
from sqlalchemy.orm import Session

from quizapp.bank import imports
from quizapp.bank.exchange import Item
from quizapp.bank.formats import gift, moodle, qti
from quizapp.bank.imports import Defaults
from quizapp.bank.models import Topic
from quizapp.bank.rules import BankStage, Kind
from tests import kinds
from tests.content.test_exchange_xml import every_kind, packed

Write = Callable[[Sequence[Item]], bytes]
Read = Callable[[str, bytes], list[Item]]
FORMATS: dict[str, tuple[Write, Read]] = {
    **{f"qti {v}": (partial(qti.write, version=v), qti.read) for v in ("2.1", "2.2", "3.0")},
    "moodle": (moodle.write, moodle.read),
    "gift": (gift.write, gift.read),
}
HEADS: list[dict[str, Any]] = [
    {"topic": "law", "stage": BankStage.JUNIOR, "difficulty": 3, "objective": "知道 A<B & C"},
    {"topic": "law", "stage": BankStage.PRIMARY, "difficulty": 1, "objective": "会拒绝"},
    {},
    {"topic": "every-kind", "stage": BankStage.SENIOR, "difficulty": 2, "objective": "会求助"},
]
HELD = {"qti": {"stage", "difficulty", "objective"}, "moodle": {"stage", "difficulty"},
        "gift": {"stage", "difficulty"}}  # fmt: skip


def headed() -> list[Item]:
    single = next(item for item in every_kind() if item.kind is Kind.SINGLE)
    return [replace(single, head=head, key=f"a-{n}") for n, head in enumerate(HEADS)]


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_holds_what_it_has_a_place_for(name: str) -> None:
    write, read = FORMATS[name]
    held = HELD[name.split(maxsplit=1)[0]]

    back = read("a", write(headed()))

    assert [(item.category, item.head) for item in back] == [
        (head.get("topic", ""), {field: said for field, said in head.items() if field in held})
        for head in HEADS
    ]


def test_a_converter_of_others_leaves_the_metadata_of_a_package() -> None:
    for version, convert in (("2.1", upgrade_package), ("3.0", downgrade_package)):
        converted = convert(qti.write(headed(), version))

        back = qti.read("a.zip", packed(converted.files))

        assert [(item.category, item.head.get("difficulty")) for item in back] == [
            (head.get("topic", ""), head.get("difficulty")) for head in HEADS
        ]


LOM = """<lom xmlns="http://www.imsglobal.org/xsd/imsmd_v1p2"><educational><difficulty>
<value><langstring xml:lang="x-none">Very Difficult</langstring></value></difficulty></educational>
<classification><purpose><value><langstring>Discipline</langstring></value></purpose><taxonpath>
<taxon><entry><langstring>德育</langstring></entry><taxon><entry><langstring>各种题型</langstring>
</entry></taxon></taxon></taxonpath></classification></lom>"""


def test_metadata_of_other_programs_are_read() -> None:
    raw = qti.write(headed()[2:3])
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    files["imsmanifest.xml"] = files["imsmanifest.xml"].replace(
        '<file href="0001', f'<metadata>{LOM}</metadata><file href="0001'
    )

    (item,) = qti.read("a.zip", packed({**files}))

    assert item.category == "德育/各种题型"
    assert item.head == {"difficulty": 3}


@pytest.mark.parametrize(
    ("category", "topic"),
    [("every-kind", "every-kind"), ("各种题型", "every-kind"), ("every KIND", "every-kind"),
     ("各种题型/单选题", "every-kind"), ("另一个/各种题型", "every-kind"),
     ("各种题型/另一个", "another"), ("单选题", "default"), ("", "default")],
)  # fmt: skip
def test_a_category_that_names_a_topic_is_its_topic(
    session: Session, category: str, topic: str
) -> None:
    for n, (key, zh) in enumerate(
        [(kinds.TOPIC, "各种题型"), ("another", "另一个"), ("default", "随便")]
    ):
        session.add(Topic(key=key, position=n, names={"zh": zh, "en": key.replace("-", " ")}))
    session.flush()
    item = replace(headed()[2], key="", category=category)

    (found,) = imports.looked_at(session, [item], Defaults(BankStage.JUNIOR, "default"))

    assert found.said
    assert found.said.topic_key == topic
    assert ["单选题" in told for told in found.item.dropped] == [True] * (category == "单选题")


def test_categories_of_moodle_and_gift_hold_until_the_next(session: Session) -> None:
    questions = gift.read("x", (
        "$CATEGORY: $course$/top/甲/乙\n\n一{T}\n\n二{T}\n\n$CATEGORY: $course$/top\n\n三{T}\n"
    ).encode())  # fmt: skip
    place = '<question type="category"><category><text>{}</text></category></question>'
    right = "<answer fraction='{}'><text>{}</text></answer>"
    ask = (
        '<question type="truefalse"><questiontext><text>{}</text></questiontext>'
        f"{right.format(100, 'true')}{right.format(0, 'false')}</question>"
    )
    parts = [place.format("$system$/甲/乙"), ask.format("一"), ask.format("二"),
             place.format("top"), ask.format("三")]  # fmt: skip
    others = moodle.read("x", f"<quiz>{''.join(parts)}</quiz>".encode())

    for items in (questions, others):
        assert [item.category for item in items] == ["甲/乙", "甲/乙", ""]
