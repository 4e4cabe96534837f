"""Marked text becomes plain text; what was lost is told, and what could run is gone."""

import pytest

from quizapp.bank.formats.flattened import of_htmls, tidy, told
from quizapp.bank.formats.flattening import of_html
from quizapp.bank.formats.foreign import Unfit, language, truths

HTML = [
    ("<p>一</p><p>二</p>", "一\n二"),
    ("一<br>二<br/>三", "一\n二\n三"),
    ("a &amp; b &lt; c&nbsp; d", "a & b < c d"),
    ("<ul><li>一<li>二</ul>", "一\n二"),
    ("10<sup>5</sup>", "10^5"),
    ("前<script>alert('x')</script>后", "前后"),
    ("前<style>p{}</style><svg><text>x</text></svg>后", "前后"),
    ("<p onclick='x()'>字</p>", "字"),
    ("<scr<script>x</script>ipt>y", "xipt>y"),
    ("<!-- x -->字<!--", "字"),
    ("2 < 3 > 1", "2 < 3 > 1"),
]


@pytest.mark.parametrize(("said", "plain"), HTML)
def test_only_the_words_stay(said: str, plain: str) -> None:
    assert of_html(said).text == plain


def test_a_child_says_the_same_of_each_text() -> None:
    texts = [said for said, _plain in HTML] + ['<p>图<img src="a.png" alt="红灯"></p>']

    flats = of_htmls(texts)

    assert flats is not None
    assert [flats[said].text for said in texts] == [of_html(said).text for said in texts]
    assert flats[texts[-1]].pictures == [("a.png", "红灯")]
    assert of_htmls([]) == {}


def test_a_scene_is_kept_apart_wherever_it_stands() -> None:
    flat = of_html('<div><div class="a scene"><p>放学了</p><p>下雨</p></div></div><p>怎么办？</p>')

    assert (flat.scene, flat.blocks) == (["放学了", "下雨"], ["怎么办？"])


def test_what_was_lost_is_told_once_for_all_texts() -> None:
    flats = [of_html("<b>x</b><iframe></iframe>"), of_html("<b>y</b><math><mi>x</mi></math>")]

    assert told(flats) == [
        "left out, for it could run or load something: iframe",
        "a formula was left out; write it in words or as a picture",
        "left out, for text here is plain: b",
    ]


def test_plain_text_keeps_its_lines() -> None:
    assert tidy(" a  b\x07 \r\n\n c\xa0d \n") == "a b\n\nc d"


def test_the_language_is_that_of_the_signs() -> None:
    assert language("吸烟 is bad", "en") == "zh"
    assert language("Smoking", "en-GB") == "en"
    assert language("119?", "zh-CN") == "zh"
    assert language("Smoking") == "en"
    with pytest.raises(Unfit, match="fr"):
        language("Fumer", "fr")


def test_words_for_true_and_false_are_known_in_their_order() -> None:
    assert truths(["√", "×"], "zh") == ["对", "错"]
    assert truths(["False", "True."], "en") == ["False", "True"]
    assert truths(["对", "不一定"], "zh") is None
    assert truths(["是", "否"], "zh") is None
