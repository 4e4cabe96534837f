"""Files of questions made to harm who opens them, and what the site says of each."""

from collections.abc import Callable

from quizapp.bank.formats import moodle, qti
from tests.faults.hostile import (
    MEGABYTE,
    locked,
    nested,
    noise,
    overlapping,
    packed,
    with_name,
    with_sizes,
)

SECRET = "/etc/passwd"
ROOTS = {"qti": "assessmentItem", "moodle": "quiz"}
BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


def entities(root: str) -> bytes:
    """Return the laughs: ten to the ninth of them, from a kilobyte."""
    return f'<!DOCTYPE {root} [<!ENTITY l0 "ha">{BOMB}]><{root}>&l9;</{root}>'.encode()


def external(root: str) -> bytes:
    return f'<!DOCTYPE {root} [<!ENTITY x SYSTEM "file://{SECRET}">]><{root}>&x;</{root}>'.encode()


def parameter(root: str) -> bytes:
    return f'<!DOCTYPE {root} [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x">%x;]><{root}/>'.encode()


def deep(root: str) -> bytes:
    return f"<{root}>{'<p>' * 500_000}".encode()


def wide(root: str) -> bytes:
    return f"<{root}>{'<p/>' * 2_000_000}</{root}>".encode()


def attributes(root: str) -> bytes:
    said = " ".join(f'a{n}="x"' for n in range(600_000))
    return f"<{root} {said}/>".encode()


def in_xml(form: str, make: Callable[[str], bytes]) -> Callable[[], tuple[str, bytes]]:
    return lambda: (f"{form}.xml", make(ROOTS[form]))


def html(said: str, times: int) -> bytes:
    """Return a Moodle file of questions with this HTML, marked as such."""
    question = (
        '<question type="ordering"><questiontext format="html"><text><![CDATA['
        f"{said}]]></text></questiontext></question>"
    )
    return f"<quiz>{question * times}</quiz>".encode()


FILES: dict[str, Callable[[], tuple[str, bytes]]] = {
    **{
        f"{form}: {what}": in_xml(form, make)
        for form in ROOTS
        for what, make in {
            "an entity bomb": entities,
            "an external entity": external,
            "an external parameter entity": parameter,
            "half a million levels": deep,
            "two million elements": wide,
            "600,000 attributes": attributes,
            "11 MB": lambda root: b"<a>" + b" " * (11 * MEGABYTE),
            "nothing": lambda root: b"",
            "noise": lambda root: noise(MEGABYTE),
        }.items()
    },
    "qti: 200 MB of zeros": lambda: ("a.zip", packed([("a.xml", bytes(200 * MEGABYTE))])),
    "qti: the directory hides the size": lambda: (
        "a.zip", with_sizes(packed([("a.xml", bytes(200 * MEGABYTE))]), 900)
    ),
    "qti: the directory claims 4 GB": lambda: (
        "a.zip", with_sizes(packed([("a.xml", b"<a/>")]), 2**32 - 2)
    ),
    "qti: zips in zips": lambda: ("a.zip", nested(5)),
    "qti: 100,000 parts": lambda: ("a.zip", packed((f"{n}.xml", b"") for n in range(100_000))),
    "qti: parts lie upon one another": lambda: (
        "a.zip", overlapping(packed([("a.xml", bytes(9 * MEGABYTE))]), 900)
    ),
    "qti: a password": lambda: ("a.zip", locked(packed([("a.xml", b"<a/>")]))),
    "qti: a name that leads out": lambda: ("a.zip", packed([("../../etc/cron.d/x.xml", b"<a/>")])),
    "qti: a name from the root": lambda: ("a.zip", packed([("/etc/cron.d/x.xml", b"<a/>")])),
    "qti: a name with NUL": lambda: (
        "a.zip", with_name(packed([("item.xml", b"<a/>")]), "item.xml", "ite\0.xml")
    ),
    "qti: an entity bomb in a package": lambda: (
        "a.zip", packed([("a.xml", entities("assessmentItem"))])
    ),
    "qti: elements beside noise": lambda: (
        "a.zip", packed([("a.xml", wide("assessmentItem")), ("a.png", noise(MEGABYTE))])
    ),
    "qti: no zip": lambda: ("a.zip", b"PK\x03\x04" + bytes(MEGABYTE)),
    "moodle: 8 MB of open tags": lambda: ("a.xml", html("<div>" * 3900, 420)),
    "moodle: as many open tags as may be": lambda: ("a.xml", html("<div>" * 500, 390)),
    "moodle: one text of 5 MB": lambda: ("a.xml", html("&" * (5 * MEGABYTE), 1)),
    "moodle: 100,000 questions": lambda: ("a.xml", html("", 60_000)),
}  # fmt: skip


def said(what: str, name: str, raw: bytes) -> str:
    read = qti.read if what.startswith("qti") else moodle.read
    items = read(name, raw)
    assert not any(item.texts for item in items), what
    return " ".join(dict.fromkeys(fault for item in items for fault in item.faults))
