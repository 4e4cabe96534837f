"""Markdown becomes HTML that is safe, and never costs more than a moment."""

import re

import pytest

from quizapp.core import markup
from quizapp.core.errors import Invalid

HOSTILE = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//x></ScRiPt>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<details open ontoggle=alert(1)>",
    "<style>*{background:url(//x)}</style>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo 1 ?>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A&#x61;vascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    "[x](//evil.example)",
    "[x](/\\evil.example)",
    "[x](http://evil.example)",
    "[x]: javascript:alert(1)\n\n[x]",
    "![x](javascript:alert(1))",
    "![x](https://evil.example/pixel.gif)",
    "![x](//evil.example/pixel.gif)",
    "![x](/../../sign-out)",
    "![x](/a.svg?next=1)",
    '![x" onerror="alert(1)](/a.svg)',
    '[x](/a "t\\" onclick=\\"alert(1)")',
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "**<b onclick=alert(1)>**",
    "| a |\n|-|\n| <script>alert(1)</script> |",
    "<javascript:alert(1)>",
    '<x@y.example" onclick=alert(1)>',
    "\x02wzxhzdk:0\x03"[1:-1],
]
TAG = re.compile(r"<([a-z0-9]+)([^>]*)>")
# Each makes a reader without guards look through the text again and again, for seconds or minutes.
DEAR = {
    "brackets": "[" * 20_000,
    "pictures": "![" * 10_000,
    "links never closed": "[a](" * 5_000,
    "links into links": "[" * 10_000 + "](b)" * 2_500,
    "references": "[a][" * 5_000,
    "quotations": ">" * 20_000,
    "quotations apart": "> " * 10_000,
    "lists on a line": "- " * 10_000,
    "lists and quotations": "- > " * 5_000,
    "a list like a stair": "\n".join("    " * step + "- a" for step in range(95)),
    "headings": "# a\n" * 5_000,
    "rules": "* * *\n" * 3_300,
    "too long": "a" * 20_001,
    "too long in Chinese": "毒" * 6_667,
    "too many lines": "\n" * 1_001,
    "signs of the reader": "\x02klzzwxh:0000\x03",
}


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_hostile_becomes_harmless(text: str) -> None:
    try:
        html = markup.markdown(text)
    except Invalid:
        return

    for name, attributes in TAG.findall(html):
        assert name in markup.TAGS
        said = re.sub(r'"[^"]*"', '""', attributes)
        assert not re.search(r"\bon\w+=|style=|javascript:", said), html
        for value in re.findall(r'(?:src|href)="([^"]*)"', attributes):
            assert re.match(r"/(?![/\\.])|https:|tel:|mailto:|#", value), html
    assert not re.search(r"<(script|style|iframe|svg|math|img [^>]*http)", html), html


def test_html_in_a_text_is_shown_as_it_was_written() -> None:
    assert markup.markdown("a <b>c</b>") == "<p>a &lt;b&gt;c&lt;/b&gt;</p>"


def test_what_lessons_are_written_with_is_kept() -> None:
    html = markup.markdown(
        '## 第一\n\n**不是。**食品 [课](/lessons/ "t") [打](tel:110)\n\n3. 三\n4. 四\n\n> 引\n\n'
        "甲 | 乙\n- | -\n1 | 2\n\n![图](/lessons/primary/pictures/two-packs.svg?v=0a1b2c3d)"
    )

    for part in (
        "<h2>第一</h2>", "<strong>不是。</strong>食品", '<a href="/lessons/" title="t"',
        'href="tel:110"', '<ol start="3">', "<blockquote>", "<td>2</td>",
        '<img alt="图" src="/lessons/primary/pictures/two-packs.svg?v=0a1b2c3d">',
    ):  # fmt: skip
        assert part in html


def test_ruby_is_kept_when_a_program_made_it() -> None:
    ruby = '<ruby>毒<rp>(</rp><rt aria-hidden="true">dú</rt><rp>)</rp></ruby>'

    assert markup.clean(ruby) == ruby


def test_a_figure_quotes_what_it_is_given() -> None:
    made = markup.figure("/lessons/a/b.svg", '"><script>', 640, 360, markup.markdown("*a*"))

    assert made == (
        '<figure><img src="/lessons/a/b.svg" alt="&quot;&gt;&lt;script&gt;" width="640" '
        'height="360" loading="lazy"><figcaption><p><em>a</em></p></figcaption></figure>'
    )


def test_a_figure_of_another_site_is_dropped() -> None:
    made = markup.figure("https://evil.example/x.svg", "a", 1, 1, markup.markdown("b"))

    assert "evil" not in made


def test_a_fold_quotes_its_title() -> None:
    made = markup.fold("<b>", markup.markdown("c"))

    assert made == "<details><summary>&lt;b&gt;</summary><p>c</p></details>"


def test_a_box_quotes_its_label_and_title_and_has_only_a_class_of_its_own() -> None:
    made = markup.box("takeaway", markup.markdown("a"), label="<b>", title="<i>")

    assert made == (
        '<section class="takeaway"><p class="box__label">&lt;b&gt;</p><h3>&lt;i&gt;</h3><p>a</p>'
        "</section>"
    )
    assert "masthead" not in markup.clean('<section class="masthead"><p class="skip">a</p>')


def test_sound_has_captions_and_comes_from_here_alone() -> None:
    made = markup.played("audio", "/lessons/a/b.mp3?v=0a", "/lessons/a/b.vtt?v=0b", "zh", "<b>")
    foreign = markup.played("video", "https://evil.example/b.mp4", "//evil.example/b.vtt", "en", "")

    assert made == (
        '<figure><audio controls="" preload="none" src="/lessons/a/b.mp3?v=0a"><track '
        'kind="captions" src="/lessons/a/b.vtt?v=0b" srclang="zh" label="中文" default=""></audio>'
        "<figcaption>&lt;b&gt;</figcaption></figure>"
    )
    assert "evil" not in foreign


def test_stored_html_is_shown_as_it_was_made() -> None:
    assert markup.trusted("<p>a</p>").__html__() == "<p>a</p>"


@pytest.mark.parametrize("name", DEAR)
def test_a_text_that_is_dear_to_read_is_refused_unread(name: str) -> None:
    assert markup.faults(DEAR[name])
    with pytest.raises(Invalid):
        markup.markdown(DEAR[name])


def test_what_is_left_to_read_is_bounded() -> None:
    """Brackets times the length of their paragraph is all that a reader of links looks through."""
    paragraph = "[a](b)" + "字" * 594

    assert markup.search(paragraph) == 600
    assert markup.search("\n\n".join([paragraph] * 10)) == 6_000
    assert markup.search(f"{paragraph}\n{paragraph}") == 2 * 1_201
    assert markup.search(f"{paragraph}\n \r\n{paragraph}") == 1_200


@pytest.mark.parametrize(
    ("line", "deep"),
    [
        ("text", 0), ("- a", 1), ("1. a", 1), ("> a", 1), (">> a", 2), ("> - a", 2), ("- - a", 2),
        ("    - a", 2), ("\t- a", 2), ("                - a", 5), ("                    - a", 6),
        ("**a**", 0), ("-a", 0), ("1.5 g", 0), ("+ a", 1), ("    code", 1),
    ],
)  # fmt: skip
def test_depth_counts_indent_and_markers(line: str, deep: int) -> None:
    assert markup.depth(line) == deep


def test_a_fault_says_in_which_line() -> None:
    text = "a\n\n" + "    " * 5 + "- b\n\n\x01"

    assert [line for line, _says in markup.faults(text)] == [3, 5]
