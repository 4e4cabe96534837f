"""Our questions through GIFT, Aiken, plain text, tables, JSON and TOML and back."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM
from quizapp.bank import actions, exports, files
from quizapp.bank.exchange import Item, drafted, unpictured
from quizapp.bank.formats import aiken, gift, json_, plain, sheet, toml_
from quizapp.bank.formats.texts import spoken
from quizapp.bank.kinds.table import TEXTS
from quizapp.bank.kinds.text import Text
from quizapp.bank.rules import BankStage, Kind, Pool
from quizapp.core.clock import now
from quizapp.core.paths import data_dir
from tests import kinds
from tests.questions import PICTURES

Said = dict[str, Any]


@pytest.fixture(scope="module")
def shipped() -> list[Item]:
    bank = files.read(data_dir("question_bank"))
    return [
        unpictured(Item(q.key, q.head.kind, q.texts, q.key, head={
            "topic": q.topic, **q.head.model_dump(exclude={"key", "kind", "zh", "en", "picture"}),
        }))
        for q in bank.questions
    ]  # fmt: skip


def test_json_and_toml_hold_the_whole_bank(shipped: Sequence[Item]) -> None:
    for module in (json_, toml_):
        back = module.read("x", module.write(shipped))

        assert [(b.key, b.kind, b.texts, b.faults) for b in back] == [
            (item.key, item.kind, item.texts, ()) for item in shipped
        ]
        assert [{"core": False} | dict(b.head) for b in back] == [item.head for item in shipped]
        assert not any(module.lost(item) for item in shipped)


@pytest.mark.parametrize("module", [plain, sheet], ids=["plain", "sheet"])
def test_text_and_table_hold_one_language_of_the_bank(module: Any, shipped: Sequence[Item]) -> None:
    back = module.read("x.xlsx", module.write(shipped))

    assert [(b.key, b.kind) for b in back] == [(item.key, item.kind) for item in shipped]
    assert [spoken(b) for b in back] == [spoken(item) for item in shipped]
    assert not any("mean something else" in told for i in shipped for told in module.lost(i))


def test_gift_holds_what_it_does_not_name_as_lost(shipped: Sequence[Item]) -> None:
    back = {item.key: item for item in gift.read("x", gift.write(shipped))}

    for item in shipped:
        lost = " ".join(gift.lost(item))
        if item.kind is Kind.ORDER:
            assert item.key not in back
            assert "left out whole" in lost
            continue
        said, wanted = spoken(back[item.key]), spoken(item)
        if item.kind is Kind.MATCH:
            assert "feedback of the pairs" in lost
            wanted = _without_feedback(wanted)
            said = _without_feedback(said)
        assert (back[item.key].kind, said) == (item.kind, wanted)


def test_aiken_holds_stem_options_and_key(shipped: Sequence[Item]) -> None:
    held = [item for item in shipped if item.kind in aiken.KINDS]
    back = aiken.read("x", aiken.write(shipped))

    assert len(back) == len(held)
    for item, read in zip(held, back, strict=True):
        said, wanted = spoken(read), spoken(item)
        assert [(o["text"], o["right"]) for o in said["options"]] == [
            (o["text"], o["right"]) for o in wanted["options"]
        ]
        assert said["stem"].endswith(wanted["stem"])


def _without_feedback(said: Said) -> Said:
    return {**said, "options": [{**option, "feedback": ""} for option in said["options"]]}


def test_the_exported_folder_loads_to_the_same_bank(session: Session, tmp_path: Path) -> None:
    before = files.read(data_dir("question_bank"))
    actions.load(session, before, by=SYSTEM, now=now())

    with zipfile.ZipFile(io.BytesIO(exports.folder(session, exports.items(session)))) as archive:
        archive.extractall(tmp_path)
    after = files.read(tmp_path / "question_bank")

    assert after.faults == []
    ours = {q.key: q.digest for q in before.questions}
    assert ours.items() <= {q.key: q.digest for q in after.questions}.items()
    assert dict(before.topics).items() <= dict(after.topics).items()
    assert dict(before.sources).items() <= dict(after.sources).items()
    again = actions.load(session, after, by=SYSTEM, now=now())
    assert (again.new, again.changed, list(again.waiting)) == (0, 0, [])


# Whatever a person may write: the signs that mean something somewhere are drawn often.
SIGNS = st.one_of(st.sampled_from("~=#{}:%\\->[]*/|\"'.、，。（）() \nABab12答案解析选"),
                  st.characters(categories=("L", "N", "P", "S")))  # fmt: skip


def words(most: int = 30) -> st.SearchStrategy[str]:
    return st.text(SIGNS, min_size=1, max_size=most).map(str.strip).filter(bool)


def _options(least: int, most: int) -> st.SearchStrategy[list[Said]]:
    option = st.fixed_dictionaries({"text": words(), "feedback": words()})
    return st.lists(option, min_size=least, max_size=most, unique_by=lambda o: o["text"])


@st.composite
def items(draw: st.DrawFn) -> Item:
    kind = draw(st.sampled_from(list(Kind)))
    said: Said = {"stem": draw(words(60)), "explain": draw(words(60))}
    if kind is Kind.FILL:
        said["stem"] = draw(words().filter(lambda w: "_" not in w)) + "____"
        said["accept"] = draw(st.lists(words(20), min_size=1, max_size=4, unique=True))
        said["feedback"] = draw(words())
        wrong = st.fixed_dictionaries({"text": words(20), "feedback": words()})
        said["wrong"] = draw(st.lists(wrong, max_size=3))
    elif kind is Kind.JUDGE:
        right = draw(st.integers(0, 1))
        said["options"] = [{"text": word, "right": n == right, "feedback": draw(words())}
                           for n, word in enumerate(("对", "错"))]  # fmt: skip
    elif kind is Kind.ORDER:
        said["options"] = [{"text": o["text"]} for o in draw(_options(3, 6))]
        said["feedback"] = draw(words())
    elif kind is Kind.MATCH:
        said["options"] = [{**o, "pair": draw(words())} for o in draw(_options(3, 6))]
    else:
        said["options"] = draw(_options(3, 5))
        right = draw(st.integers(0, 2))
        for n, option in enumerate(said["options"]):
            option["right"] = n == right or (kind is Kind.MULTIPLE and n == right - 1)
        if kind is Kind.MULTIPLE:
            said["options"][2]["right"] = True
            said["options"][0]["right"] = True
            said["stem"] += "（可多选）"
        if kind is Kind.SITUATION:
            said["scene"] = draw(words(60))
    text, faults = drafted(kind, said)
    assert text, faults
    return Item("x", kind, {"zh": text}, "a-key")


EVERY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@EVERY
@given(st.lists(items(), min_size=1, max_size=3))
def test_json_and_toml_hold_whatever_is_written(asked: list[Item]) -> None:
    for module in (json_, toml_):
        back = module.read("x", module.write(asked))

        assert [(b.kind, b.texts) for b in back] == [(item.kind, item.texts) for item in asked]


@pytest.mark.parametrize("raw", PICTURES[:2])
def test_json_holds_a_picture_and_other_texts_say_that_they_do_not(raw: bytes) -> None:
    text = TEXTS[Kind.SINGLE].model_validate(
        kinds.texts(Kind.SINGLE)["zh"] | {"picture_alt": "一只袋子"}
    )
    item = Item("x", Kind.SINGLE, {"zh": text}, "a-key", picture=raw)

    (back,) = json_.read("x", json_.write([item]))

    assert (back.picture, back.texts, json_.lost(item)) == (raw, item.texts, [])
    for module in (plain, gift, aiken, sheet, toml_):
        (back,) = module.read("x.xlsx", module.write([item]))
        assert (back.picture, back.faults, back.texts["zh"].picture_alt) == (b"", (), None)
        assert "Its picture is left out." in module.lost(item)


def test_json_holds_as_many_pictures_as_may_be_uploaded(shipped: Sequence[Item]) -> None:
    shown = [replace(item, picture=bytes(60_000)) for item in shipped[:100]]
    raw = json_.write(shown)

    assert 4 * 2**20 < len(raw) < 10 * 2**20
    assert [item.picture for item in json_.read("a.json", raw)] == [bytes(60_000)] * len(shown)
    (told,) = json_.read("a.json", raw + b" " * 10 * 2**20)
    assert "larger than 10 MB" in told.faults[0]


def test_a_picture_that_only_has_a_name_is_left_out_with_its_words() -> None:
    said = b'[[question]]\nkind = "single"\npicture = "bag.svg"\n[question.zh]\nstem = "?"\n'
    said += b'picture_alt = "bag"\nexplain = "."\noptions = [ { text = "a", right = true } ]\n'

    (item,) = toml_.read("x.toml", said)

    assert item.texts["zh"].picture_alt is None
    assert item.dropped == ("Its picture is left out: it is not in the file.",)


@EVERY
@given(items())
def test_gift_holds_whatever_is_written_or_says_so(item: Item) -> None:
    lost = " ".join(gift.lost(item))
    if "left out whole" in lost:
        return
    (back,) = gift.read("x", gift.write([item]))
    said, wanted = spoken(back), spoken(item)
    if item.kind is Kind.MATCH:
        said, wanted = _without_feedback(said), _without_feedback(wanted)

    assert (back.kind, back.key, back.faults) == (item.kind, item.key, ())
    if "arrow" not in lost and "Blank lines" not in lost:
        assert said == wanted


@EVERY
@given(items())
def test_a_table_holds_whatever_is_written_or_says_so(item: Item) -> None:
    lost = sheet.lost(item)
    back = sheet.read("x.xlsx", sheet.write([item]))

    assert lost or [(b.kind, spoken(b)) for b in back] == [(item.kind, spoken(item))]


@EVERY
@given(items())
def test_plain_text_says_where_it_reads_something_else(item: Item) -> None:
    back = plain.read("x", plain.write([item]))

    assert plain.lost(item) or [(b.kind, spoken(b)) for b in back] == [(item.kind, spoken(item))]


@EVERY
@given(st.lists(items().filter(lambda item: item.kind in aiken.KINDS), min_size=1, max_size=3))
def test_aiken_keeps_options_and_key(asked: list[Item]) -> None:
    back = aiken.read("x", aiken.write(asked))

    assert [[" ".join(o["text"].split()) for o in spoken(i)["options"]] for i in asked] == [
        [o["text"] for o in spoken(b)["options"]] for b in back
    ]
    assert [i.texts["zh"].answer for i in asked] == [b.texts["zh"].answer for b in back]


@EVERY
@given(st.text(SIGNS, max_size=300) | st.text(max_size=200))
def test_no_text_breaks_a_reader(said: str) -> None:
    for module in (plain, gift, aiken, json_, toml_):
        raw = said.encode("utf-8", "surrogatepass")
        assert module.read("x", raw)


def test_what_one_language_cannot_say_is_named() -> None:
    texts: dict[str, Text] = {
        lang: TEXTS[Kind.SITUATION].model_validate(said)
        for lang, said in kinds.texts(Kind.SITUATION).items()
    }
    item = Item("x", Kind.SITUATION, texts, "a-key", picture=b"GIF89a")
    headed = replace(item, head={"stage": BankStage.JUNIOR, "pool": Pool.OPEN})

    for module in (plain, gift, aiken, sheet):
        told = " ".join(module.lost(headed))
        assert "other language" in told
        assert "first row of params" in told
        assert "picture" in told
        assert "小雨" in " ".join(
            str(spoken(b)) for b in module.read("x.xlsx", module.write([item]))
        )
