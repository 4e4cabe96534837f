"""Pinyin: what a sign sounds like in its word, and how it is put over a page."""

import pytest

from quizapp.core import pinyin, ruby


def heard(text: str) -> str:
    return " ".join(pinyin.sounds(text, pinyin.own_words()))


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ("觉得", "jué de"), ("睡够觉", "shuì gòu jiào"), ("得到", "dé dào"),
        ("还得想", "hái děi xiǎng"), ("说得清楚", "shuō de qīng chu"),
        ("高兴地收下", "gāo xìng de shōu xià"), ("地上", "dì shàng"), ("睡不着", "shuì bù zháo"),
        ("看着", "kàn zhe"), ("替你着想", "tì nǐ zhuó xiǎng"), ("还我", "hái wǒ"),
        ("就还我", "jiù huán wǒ"), ("还有", "hái yǒu"), ("大脑还在长", "dà nǎo hái zài zhǎng"),
        ("坐在长椅上", "zuò zài cháng yǐ shàng"), ("家长", "jiā zhǎng"), ("尊重", "zūn zhòng"),
        ("重画", "chóng huà"), ("两种", "liǎng zhǒng"), ("教室", "jiào shì"), ("教我", "jiāo wǒ"),
        ("学校教", "xué xiào jiāo"), ("学校教育", "xué xiào jiào yù"), ("数一数", "shǔ yī shǔ"),
        ("数字", "shù zì"), ("两处", "liǎng chù"), ("处罚", "chǔ fá"), ("昏倒", "hūn dǎo"),
        ("倒掉", "dào diào"), ("同学有难", "tóng xué yǒu nàn"), ("很难", "hěn nán"),
        ("空着", "kòng zhe"), ("空气", "kōng qì"), ("部分", "bù fen"),
        ("三个人排成一行", "sān gè rén pái chéng yī háng"), ("当条件", "dàng tiáo jiàn"),
        ("当着", "dāng zhe"), ("不一定", "bù yī dìng"), ("电子烟", "diàn zǐ yān"),
        ("都会上瘾", "dōu huì shàng yǐn"), ("一只手", "yī zhī shǒu"), ("快乐", "kuài lè"),
        ("音乐", "yīn yuè"), ("拿着装样子", "ná zhe zhuāng yàng zi"),
        ("换了账号", "huàn le zhàng hào"), ("不当面说", "bù dāng miàn shuō"),
        ("当面说", "dāng miàn shuō"),
    ],
)  # fmt: skip
def test_a_sign_sounds_as_it_does_in_its_word(text: str, sound: str) -> None:
    assert heard(text) == sound


def test_an_own_word_goes_before_the_same_word_of_the_dictionary() -> None:
    assert pinyin.sounds("都会", {}) == ["dū", "huì"]
    assert pinyin.sounds("都会", {"都会": ["dōu", "huì"]}) == ["dōu", "huì"]


def spelled(text: str) -> list[str]:
    return ["x"] * len(text)


def test_each_sign_has_its_syllable_and_the_rest_stays() -> None:
    made = ruby.over('<p title="毒 > 品">毒，a</p>', spelled)

    assert made == (
        '<p title="毒 > 品"><span class="pinyin"><ruby>毒<rt aria-hidden="true">x</rt></ruby>'
        "，a</span></p>"
    )


@pytest.mark.parametrize(
    "html",
    [
        "<select><option>毒</option></select>", "<textarea>毒</textarea>", "<script>毒</script>",
        "<ruby>毒<rt>dú</rt></ruby>", "<p><bdi>单毒</bdi></p>",
        "<!-- 毒 <p> -->", "<b>&lt;p&gt;</b>",
    ],
)  # fmt: skip
def test_what_cannot_hold_pinyin_has_none(html: str) -> None:
    assert ruby.over(html, spelled) == html


def test_a_sign_that_nobody_knows_stays_alone() -> None:
    assert "<rt" not in ruby.over("毒", lambda _run: [""])


@pytest.mark.parametrize(
    ("name", "found_by"),
    [
        ("王小青", "wangxiaoqing wxq"), ("曾小青", "zengxiaoqing zxq cengxiaoqing cxq"),
        ("单小青", "shanxiaoqing sxq danxiaoqing dxq"), ("翟青", "zhaiqing zq diqing dq"),
        ("覃青", "qinqing qq tanqing tq"), ("仇青", "qiuqing qq chouqing cq"),
        ("解青", "xieqing xq jieqing jq"), ("区青", "ouqing oq quqing qq"),
        ("朴青", "piaoqing pq puqing"), ("查青", "zhaqing zq chaqing cq"),
        ("盖青", "geqing gq gaiqing"), ("尉迟青", "yuchiqing ycq weichiqing wcq"),
        ("万俟青", "moqiqing mqq wanqiqing wqq"), ("长孙青", "zhangsunqing zsq"),
        ("郇青", "xunqing xq huanqing hq"), ("青单", "qingdan qd"), ("Ada", "ada"),
        ("A·单", "adan ad"),
    ],
)  # fmt: skip
def test_a_name_is_found_by_each_reading_of_its_surname(name: str, found_by: str) -> None:
    assert pinyin.spelled(name) == found_by


def test_a_long_name_fits_where_it_is_kept() -> None:
    assert len(pinyin.spelled("曾" + "庄" * 39)) == pinyin.MOST
