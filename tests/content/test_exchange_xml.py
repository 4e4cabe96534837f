"""Questions go into QTI and Moodle XML and come back; what others write is read or named."""

import io
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import moodle_xml_parser.parser as moodle_parser  # type: ignore[import-untyped]
import pytest
from hypothesis import Phase, given, settings
from qti_convert import downgrade_package, upgrade_package
from qti_package_maker.package_interface import QTIPackageInterface  # type: ignore[import-untyped]

from quizapp.bank import files
from quizapp.bank.exchange import Item, drafted
from quizapp.bank.formats import moodle, qti
from quizapp.bank.formats.flattened import tidied
from quizapp.bank.kinds.choices import Choices
from quizapp.bank.rules import Kind
from tests import kinds
from tests.questions import ONE_OF_EACH, first_row

Write = Callable[[Sequence[Item]], bytes]
Read = Callable[[str, bytes], list[Item]]

FORMATS: dict[str, tuple[Write, Read]] = {
    **{f"qti {v}": (partial(qti.write, version=v), qti.read) for v in ("2.1", "2.2", "3.0")},
    "moodle": (moodle.write, moodle.read),
}
LOST = {"qti": qti.lost, "moodle": moodle.lost}


def stripped(said: Any) -> Any:
    if isinstance(said, str):
        return said.strip()
    if isinstance(said, dict):
        return {name: stripped(inner) for name, inner in said.items()}
    return [stripped(inner) for inner in said] if isinstance(said, list) else said


def every_kind() -> list[Item]:
    found = []
    for kind in Kind:
        text, _wrong = drafted(kind, kinds.texts(kind)["zh"])
        assert text
        found.append(Item("", kind, {"zh": text}, f"kind-{kind}"))
    return found


def packed(named: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, said in named.items():
            archive.writestr(name, said)
    return out.getvalue()


@pytest.fixture(scope="module")
def shipped() -> list[Item]:
    bank = files.read(Path(__file__).parents[2] / "question_bank")
    return [
        Item("", q.head.kind, q.texts, q.key,
             picture=bank.pictures[q.picture_sha256].raw if q.picture_sha256 else b"")
        for q in bank.questions
    ]  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
# Every reading is a process, so what fails is not made smaller.
@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(asked=ONE_OF_EACH)
def test_a_question_comes_back_as_it_went_or_its_loss_is_told(
    name: str, asked: Sequence[Item]
) -> None:
    write, read = FORMATS[name]
    lost = LOST[name.split(maxsplit=1)[0]]

    back = read("a", write(asked))

    for item, again in zip(asked, back, strict=True):
        assert (again.faults, again.dropped) == ((), ())
        assert (again.kind, again.key) == (item.kind, item.key)
        assert again.picture == item.picture
        was, told = first_row(item), " ".join(lost(item))
        assert first_row(again) == stripped(tidied(was))
        assert "row of params" in told or not item.texts["zh"].params
        assert "Blanks" in told or tidied(was) == was


@pytest.mark.parametrize("name", FORMATS)
def test_the_shipped_bank_comes_back(name: str, shipped: Sequence[Item]) -> None:
    write, read = FORMATS[name]

    back = read("a", write(shipped))

    assert [(i.kind, i.key, i.picture, first_row(i)) for i in back] == [
        (i.kind, i.key, i.picture, first_row(i)) for i in shipped
    ]
    assert {told for item in back for told in item.dropped} == set()


def test_what_a_format_cannot_hold_is_named(shipped: Sequence[Item]) -> None:
    item = next(item for item in shipped if len(item.texts) == 2 and item.texts["zh"].params)

    for lost in LOST.values():
        assert len(lost(item)) == 2


def test_the_same_questions_give_the_same_bytes() -> None:
    for write, _read in FORMATS.values():
        assert write(every_kind()) == write(every_kind())


def test_a_single_item_is_read_alone() -> None:
    for version in ("2.1", "2.2", "3.0"):
        for item in every_kind():
            (again,) = qti.read("a.xml", qti.single(item, version))

            assert (again.kind, again.key, again.faults) == (item.kind, item.key, ())
            assert first_row(again) == first_row(item)


# Independent packages.


def test_a_converter_of_others_understands_our_packages(shipped: Sequence[Item]) -> None:
    """citolab-qti-convert turns 2.x into 3.0 and 3.0 into 2.1; nothing is lost on that way."""
    some = [*every_kind(), *shipped[::40]]
    for version, convert in (
        ("2.1", upgrade_package), ("2.2", upgrade_package), ("3.0", downgrade_package)
    ):  # fmt: skip
        converted = convert(qti.write(some, version))

        back = qti.read("a.zip", packed(converted.files))

        assert getattr(converted, "warnings", []) == []
        assert [(i.kind, i.key, i.faults, first_row(i)) for i in back] == [
            (i.kind, i.key, (), first_row(i)) for i in some
        ]


def test_what_another_program_wrote_in_qti_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """qti-package-maker writes QTI 2.1 and takes English only."""
    monkeypatch.chdir(tmp_path)
    package = QTIPackageInterface("demo", allow_mixed=True)
    for kind, said in (
        ("MC", ("Which number calls an <b>ambulance</b>?", ["110", "120", "119"], "120")),
        ("MA", ("Who can help?", ["teacher", "a stranger", "police"], ["teacher", "police"])),
        ("MATCH", ("What are they for?", ["110", "120", "119"], ["police", "doctor", "fire"])),
        ("ORDER", ("In which order?", ["look", "call", "wait"])),
        ("FIB", ("The line for the young is?", ["12355", "1 2 3 5 5"])),
    ):
        package.add_item(kind, said)
    package.save_package("blackboard_qti_v2_1", outfile="x.zip")

    single, multiple, match, order, fill, test = qti.read("x.zip", Path("x.zip").read_bytes())

    assert [i.kind for i in (single, multiple, match, order, fill)] == [
        Kind.SINGLE, Kind.MULTIPLE, Kind.MATCH, Kind.ORDER, Kind.FILL
    ]  # fmt: skip
    assert single.texts["en"].stem == "Which number calls an ambulance?"
    assert single.texts["en"].answer == [1]
    assert single.dropped == ("left out, for text here is plain: b",)
    assert multiple.texts["en"].answer == [0, 2]
    assert match.texts["en"].model_dump()["options"][1]["pair"] == "doctor"
    assert [step["text"] for step in order.texts["en"].model_dump()["options"]] == [
        "look", "call", "wait"
    ]  # fmt: skip
    assert fill.texts["en"].model_dump()["accept"] == ["12355", "1 2 3 5 5"]
    assert "assessmentTest" in test.faults[0]


def test_a_reader_of_others_understands_our_moodle_xml() -> None:
    """moodle-xml-parser knows multichoice only."""
    asked = [i for i in every_kind() if i.kind in (Kind.SINGLE, Kind.MULTIPLE, Kind.SITUATION)]

    found = moodle_parser.parse_bytes(moodle.write(asked))["multichoice"]

    assert len(found) == len(asked)
    for item, seen in zip(asked, found, strict=True):
        said = first_row(item)
        assert said["stem"] in seen.text_pre_parse
        assert said.get("scene", "") in seen.text_pre_parse
        assert seen.general_feedback == said["explain"]
        assert seen.single == (item.kind is not Kind.MULTIPLE)
        assert [(o.answer, o.score_fraction > 0, o.feedback) for o in seen.options] == [
            (o["text"], o["right"], o["feedback"] or "") for o in said["options"]
        ]
        text = item.texts["zh"]
        assert isinstance(text, Choices)
        rights = [o.score_fraction for o in seen.options if o.score_fraction > 0]
        assert sum(rights) == pytest.approx(100, abs=0.001)


# What others write.

ITEM = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="choice"
 title="x" adaptive="false" timeDependent="false" xml:lang="en">{said}</assessmentItem>"""
TWO = """<responseDeclaration identifier="R" cardinality="single" baseType="identifier">
 <correctResponse><value>t</value></correctResponse></responseDeclaration>
<itemBody>{body}<choiceInteraction responseIdentifier="R" maxChoices="1">
 <prompt>吸烟有害吗？</prompt>
 <simpleChoice identifier="t">{yes}</simpleChoice><simpleChoice identifier="f">{no}</simpleChoice>
</choiceInteraction></itemBody>{more}"""


def two(yes: str = "正确", no: str = "错误", body: str = "", more: str = "") -> Item:
    said = ITEM.format(said=TWO.format(yes=yes, no=no, body=body, more=more))
    (item,) = qti.read("a.xml", said.encode())
    return item


def test_true_and_false_get_our_words_and_that_is_told() -> None:
    item = two()

    assert item.kind is Kind.JUDGE
    assert [o["text"] for o in first_row(item)["options"]] == ["对", "错"]
    assert item.dropped == ("its options are called 对 / 错 here, not 正确 / 错误",)
    assert item.key == ""  # A name of theirs is no key of ours.


def test_modal_feedback_finds_its_option_and_the_only_other_one_explains() -> None:
    modal = (
        '<modalFeedback outcomeIdentifier="F" identifier="{}" showHide="show">{}</modalFeedback>'
    )

    item = two(more=modal.format("f", "不对") + modal.format("any", "烟草里有尼古丁"))

    said = first_row(item)
    assert [o["feedback"] for o in said["options"]] == [None, "不对"]
    assert said["explain"] == "烟草里有尼古丁"


def test_two_explanations_are_told_and_none_is_guessed() -> None:
    modal = (
        '<modalFeedback outcomeIdentifier="F" identifier="{}" showHide="show">{}</modalFeedback>'
    )

    item = two(more=modal.format("good", "答对了") + modal.format("bad", "再想想"))

    assert first_row(item)["explain"] == ""
    assert [told for told in item.dropped if "答对了" in told or "再想想" in told] != []


def test_what_would_run_or_load_does_nothing_and_is_told() -> None:
    item = two(body="<p onclick='x()'>题前<script>alert(1)</script><iframe src='//x'/></p>")

    assert first_row(item)["stem"] == "题前\n吸烟有害吗？"
    assert "left out, for it could run or load something: script, iframe" in item.dropped


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("<itemBody><p>x</p></itemBody>", "it asks for 0"),
        ("<itemBody><inlineChoiceInteraction responseIdentifier='R'/></itemBody>",
         "inlineChoiceInteraction is not read here"),
        ("<itemBody><hotspotInteraction/><uploadInteraction/></itemBody>",
         "hotspotInteraction, uploadInteraction"),
        ("<itemBody><customInteraction/></itemBody>", "customInteraction"),
        (TWO.format(yes="a", no="b", body="<textEntryInteraction/>", more=""),
         "1 × textEntryInteraction, 1 × choiceInteraction"),
        (TWO.format(yes="a", no="b", body="", more="").replace("<value>t<", "<value>z<"),
         "“z” is right, but there is no such option"),
        (TWO.format(yes="a", no="b", body="", more="").replace("<value>t</value>", ""),
         "does not say which answer is right"),
        ("<templateDeclaration identifier='x'/>" + TWO.format(yes="a", no="b", body="", more=""),
         "drawn by a template"),
        (TWO.format(yes="a" * 201, no="b", body="", more=""), "longer than 200"),
    ],
)  # fmt: skip
def test_what_is_no_question_here_says_why(said: str, words: str) -> None:
    (item,) = qti.read("a.xml", ITEM.format(said=said).encode())

    assert item.texts == {}
    assert words in " ".join(item.faults)


def test_another_language_than_ours_is_refused() -> None:
    said = ITEM.format(said=TWO.format(yes="a", no="b", body="", more=""))
    said = said.replace('"en"', '"nl"').replace("吸烟有害吗？", "Is roken slecht?")

    (item,) = qti.read("a.xml", said.encode())

    assert "“nl”" in item.faults[0]


def test_associated_pairs_become_a_match() -> None:
    choices = "".join(
        f'<simpleAssociableChoice identifier="{n}" matchMax="1">{n}</simpleAssociableChoice>'
        for n in "ABCDE"
    )
    said = ITEM.format(said=(
        '<responseDeclaration identifier="R" cardinality="multiple" baseType="pair">'
        "<correctResponse><value>A D</value><value>B C</value></correctResponse>"
        '</responseDeclaration><itemBody><associateInteraction responseIdentifier="R">'
        f"<prompt>Pairs</prompt>{choices}</associateInteraction></itemBody>"
    ))  # fmt: skip

    (item,) = qti.read("a.xml", said.encode())

    assert item.kind is Kind.MATCH
    said_ = item.texts["en"].model_dump()
    assert [(o["text"], o["pair"]) for o in said_["options"]] == [("A", "D"), ("B", "C")]
    assert said_["others"] == ["E"]


def test_a_package_tells_what_is_missing_broken_or_no_question() -> None:
    shown = '<p><img src="../p/x%20y.png" alt="烟"/><img src="no.png" alt=""/></p>'
    whole = ITEM.format(said=TWO.format(yes="对", no="错", body=shown, more=""))
    manifest = "".join(
        f'<resource type="imsqti_item_xmlv2p1" href="{href}"/>'
        for href in ("items/b.xml", "items/gone.xml", "items/broken.xml")
    )
    raw = packed({
        "imsmanifest.xml": f"<manifest><resources>{manifest}</resources></manifest>",
        "items/b.xml": whole, "items/broken.xml": "<assessmentItem", "items/late.xml": whole,
        "p/x y.png": b"\x89PNG", "test.xml": "<assessmentTest/>", "old.xml": "<questestinterop/>",
    })  # fmt: skip

    found = {item.ref: item for item in qti.read("a.zip", raw)}

    assert found["a.zip: items/b.xml"].picture == b"\x89PNG"
    assert found["a.zip: items/b.xml"].texts["zh"].picture_alt == "烟"
    assert "no.png is not in the file" in " ".join(found["a.zip: items/b.xml"].dropped)
    assert "not in the package" in found["a.zip: items/gone.xml"].faults[0]
    assert "damaged" in found["a.zip: items/broken.xml"].faults[0]
    assert found["a.zip: items/late.xml"].kind is Kind.JUDGE
    assert "assessmentTest" in found["a.zip: test.xml"].faults[0]
    assert "QTI 1" in found["a.zip: old.xml"].faults[0]


QUESTION = """<question type="{type}"><name><text>x</text></name>
<questiontext format="html"><text><![CDATA[{stem}]]></text></questiontext>{more}</question>"""


def moodle_of(*questions: str) -> list[Item]:
    return moodle.read("a.xml", f"<quiz>{''.join(questions)}</quiz>".encode())


def test_moodle_html_becomes_plain_text_and_losses_are_told() -> None:
    answers = "".join(
        f'<answer fraction="{f}" format="html"><text>{t}</text>'
        f"<feedback><text>{b}</text></feedback></answer>"
        for f, t, b in (
            ("100", "&lt;p&gt;119&lt;/p&gt;", ""),
            ("50", "120", "急救"),
            ("0", "1", ""),
        )
    )

    (item,) = moodle_of(
        QUESTION.format(
            type="multichoice",
            stem="<p>火&nbsp;警<b>电话</b>？</p><script>x()</script>"
            '<img src="@@PLUGINFILE@@/a.png">',
            more=f"{answers}<single>true</single>"
            "<generalfeedback><text>因为</text></generalfeedback>"
            "<correctfeedback><text>Well done</text></correctfeedback>"
            '<file name="a.png" encoding="base64">iVBO</file><file name="x.exe">TVo=</file>',
        )
    )

    said = first_row(item)
    assert said["stem"] == "火 警电话？"
    assert said["explain"] == "因为"
    assert [o["right"] for o in said["options"]] == [True, False, False]
    assert said["options"][1]["feedback"] == "急救"
    assert item.picture == b"\x89PN"
    told = " | ".join(item.dropped)
    for words in ("worth 50 %", "Well done", "script", "plain: b", "x.exe", "a.png"):
        assert words in told


@pytest.mark.parametrize("in_stem", [True, False])
def test_each_text_of_moodle_has_pictures_of_its_own(in_stem: bool) -> None:
    """Pasted ones are all called image.png."""
    shown = "&lt;p&gt;?&lt;/p&gt;&lt;img src='@@PLUGINFILE@@/image.png' alt='{}'&gt;"
    file = '<file name="image.png" encoding="base64">{}</file>'
    answers = "".join(
        f"<answer fraction='{worth}'><text>{worth} {shown.format(worth)}</text>{file.format(raw)}"
        "</answer>"
        for worth, raw in ((100, "Qg=="), (0, "Qw=="))
    )
    stem = f"<text>{shown.format('')}</text>{file.format('QQ==') if in_stem else ''}"

    (item,) = moodle_of(
        f'<question type="multichoice"><questiontext format="html">{stem}</questiontext>'
        f"{answers}<single>true</single></question>"
    )

    assert item.picture == (b"A" if in_stem else b"")
    told = " | ".join(item.dropped)
    assert ("image.png is not in the file" in told) is not in_stem
    assert [f"image.png ({worth}) was left out" in told for worth in (100, 0)] == [True, True]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("essay", "“essay” is not read here"),
        ("cloze", "“cloze” is not read here"),
        ("ddmarker", "multichoice, truefalse"),
        ("description", "is a description"),
        ("multichoice", "does not say which answer is right"),
        ("truefalse", "not true and false"),
        ("shortanswer", "does not say which answer is right"),
    ],
)
def test_types_that_are_not_read_are_named(name: str, words: str) -> None:
    (item,) = moodle_of(QUESTION.format(type=name, stem="x", more=""))

    assert words in item.faults[0]


def test_a_category_is_no_question_and_stars_are_not_guessed() -> None:
    star = '<answer fraction="100"><text>heroin*</text></answer>'

    (item,) = moodle_of(
        '<question type="category"><category><text>$course$/top</text></category></question>',
        QUESTION.format(type="shortanswer", stem="x ____", more=star),
    )

    assert item.ref == "a.xml: 1"
    assert "many words" in item.faults[0]


def test_a_file_of_another_kind_is_told() -> None:
    assert "no Moodle XML" in moodle.read("a.xml", b"<html/>")[0].faults[0]
    assert "no question (assessmentItem)" in qti.read("a.xml", b"<quiz/>")[0].faults[0]
    assert "no question in it" in qti.read("a.zip", packed({"a.txt": "x"}))[0].faults[0]
    assert "no question in it" in moodle.read("a.xml", b"<quiz/>")[0].faults[0]
