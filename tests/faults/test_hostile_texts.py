"""Texts and tables made to harm who reads questions out of them: a sentence, soon, little memory.

Seconds are generous: they tell a trap from none. What is XML or a package stands in
test_hostile_questions.py.
"""

import io
import time
import tracemalloc
import zipfile

import pytest

from quizapp.bank.formats.table import FORMATS

SECONDS, MEGABYTES = 20, 400
MOST = 4 * 2**20
DEEP = 50_000
OPENED = b'{"format":"quizapp-questions","version":1,"questions":['


def _bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 80_000_000)
    return out.getvalue()


def _filled(piece: str) -> bytes:
    raw = piece.encode()
    return raw * (MOST // len(raw))


FILES: dict[str, tuple[str, bytes]] = {
    "text: too large": ("text", b"a" * (MOST + 1)),
    "text: one line": ("text", _filled("A.")),
    "text: lines of options": ("text", _filled("A. 甲 " * 300 + "\n")),
    "text: lines of brackets": ("text", _filled("（" * 1000 + "\n")),
    "text: lines of blanks": ("text", _filled("x" + " " * 3000 + "x\n")),
    "text: lines of spans": ("text", _filled("1-9 A " * 500 + "\n")),
    "text: only line ends": ("text", _filled("\n")),
    "text: many questions": ("text", _filled("1. 谁？（√）\n\n\n\n\n\n")),
    "text: answers without end": ("text", _filled("答案：\n" + "\n" * 60)),
    "text: zeros": ("text", b"\0" * 1000),
    "text: no characters": ("text", bytes(range(128, 256)) * 50),
    "text: half of UTF-16": ("text", b"\xff\xfe\x00"),
    "gift: open braces": ("gift", _filled("{")),
    "gift: many answers": ("gift", b"x {" + _filled("=a#b ~c ")[: MOST - 10] + b"}"),
    "gift: backslashes": ("gift", _filled("\\")),
    "gift: HTML": ("gift", b"[html]" + _filled("<b>")[: MOST - 20] + b"{T}"),
    "gift: comments": ("gift", _filled("// [id:a] [tag:b]\n" + "x" * 60)),
    "aiken: answers": ("aiken", _filled("ANSWER: A\n" + " " * 40)),
    "aiken: options": ("aiken", _filled("A. x\n" + " " * 60)),
    "json: deep": ("json", b"[" * DEEP),
    "json: deep entry": (
        "json",
        OPENED + b'{"kind":"single","zh":' + b'{"a":' * 500 + b"1" + b"}" * 500 + b"}]}",
    ),
    "json: a long number": ("json", b"1" * 100_000),
    "json: many": ("json", OPENED + b"1," * 300_000 + b"1]}"),
    "json: not ours": ("json", b'{"questions": []}'),
    "toml: deep": ("toml", b"a = " + b"[" * DEEP),
    "toml: no list": ("toml", b"[question]\na.b.c = 1\n"),
    "xlsx: bomb": ("xlsx", _bomb()),
    "xlsx: no table": ("xlsx", b"PK\x03\x04" + b"x" * 500),
    "xlsx: no headings": ("xlsx", b"a,b\n1,2\n"),
}


@pytest.mark.parametrize("what", FILES)
def test_a_hostile_file_gets_a_sentence(what: str) -> None:
    form, raw = FILES[what]
    known = FORMATS[form]
    tracemalloc.start()
    began = time.monotonic()

    items = known.read(f"x{known.endings[0]}", raw)

    seconds, (_now, most) = time.monotonic() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert items
    assert all(item.faults for item in items)
    assert seconds < SECONDS
    assert most < MEGABYTES * 2**20


VALUES = (
    '"\\u0000"', '"\\ud800"', "1", "null", "[]", "{}", '["a"]', "1e400", "true", '""', '"<script>"',
    '"../../etc/passwd"',
)  # fmt: skip


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize(
    "field", ["key", "kind", "topic", "stage", "difficulty", "pool", "core", "objective", "source",
              "as_of", "review_by", "zh", "en", "stem", "options", "explain", "params", "other"],
)  # fmt: skip
def test_odd_values_of_json_are_told_or_left_out(field: str, value: str) -> None:
    zh = '"stem": "谁？", "explain": "因为", "options": [{"text": "甲", "right": true}]'
    zh += f', "{field}": {value}' if field in ("stem", "options", "explain", "params") else ""
    entry = f'"kind": "single", "zh": {{{zh}}}, "{field}": {value}'
    raw = f"{OPENED.decode()}{{{entry}}}]}}"

    (item,) = FORMATS["json"].read("x.json", raw.encode())

    said = str([text.plain() for text in item.texts.values()]) + str(item.head) + item.key
    assert "\0" not in said
    said.encode()
    assert item.faults or item.texts["zh"].answer in ([0], [])
