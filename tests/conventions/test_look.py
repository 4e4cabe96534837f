"""What can be computed about the look: contrast of the tokens, the browser floor, the sums."""

import hashlib
import re
import tomllib
from pathlib import Path

import pytest

from scripts.styles import SITE, joined

STATIC = Path(__file__).resolve().parents[2] / "quizapp" / "static"
VENDOR = STATIC / "vendor"
TEMPLATES = STATIC.parent / "templates"

TOKEN = re.compile(r"--([\w-]+): var\(--light, (#\w{6})\) var\(--dark, (#\w{6})\);")
CONTRAST = STATIC / "css/components/contrast.css"


def tokens(text: str) -> dict[str, dict[str, str]]:
    return {name: {"light": light, "dark": dark} for name, light, dark in TOKEN.findall(text)}


TOKENS = tokens((STATIC / "css/base.css").read_text(encoding="utf-8"))
STRONG = TOKENS | tokens(CONTRAST.read_text(encoding="utf-8"))

# What lies on what, and the least contrast in the light theme and in the dark one. 4.5 is the
# floor for text, 7 what running text should have, 3 the floor for what marks a control.
PAIRS = [
    ("ink", "page", 13.1, 14.6),
    ("ink", "desk", 12, 14.6),
    ("ink", "card", 13.8, 11.9),
    ("ink", "raised", 7, 7),
    ("ink", "chosen", 7, 7),
    ("muted", "page", 5.9, 7.3),
    ("muted", "desk", 5.6, 7.3),
    ("muted", "card", 6.2, 7.3),
    ("muted", "raised", 4.5, 4.5),
    ("link", "page", 5.2, 7.1),
    ("link", "desk", 5.2, 7.1),
    ("link", "card", 5.6, 7.1),
    ("band-ink", "sea", 5.6, 5.6),
    ("band-ink", "band", 5.6, 5.6),
    ("side-ink", "side", 7, 7),
    ("disc-ink", "disc", 4.5, 4.5),
    ("go-ink", "go", 5.4, 5.4),
    ("go-ink", "go-edge", 5.4, 5.4),
    ("band-ink", "danger", 4.5, 4.5),
    ("edge", "card", 3.2, 4.1),
    ("edge", "page", 3, 3),
    ("chosen-edge", "chosen", 5, 5.8),
    ("chosen-edge", "card", 5, 5.9),
    ("sun-ink", "sun", 7, 7),
    ("sun", "band", 3.9, 3.9),
    ("good-ink", "good", 7.6, 7.7),
    ("near-ink", "near", 7.6, 8.8),
    ("behind-ink", "behind", 7.6, 7.9),
    ("good-ink", "card", 4.5, 4.5),
    ("error", "card", 7.3, 7.3),
    ("focus", "card", 13.8, 9.7),
    ("focus", "page", 9.7, 9.7),
    ("bar", "card", 3, 3),
    ("bar-behind", "card", 3, 3),
    ("bar", "track", 3, 3),
    ("bar-behind", "track", 3, 3),
]

MARKS = {"edge", "chosen-edge", "focus", "bar", "bar-behind", "sun"}

TOO_NEW = {
    "css": {
        "nesting": r"^\s*&|;\s*&|\{\s*&",
        "newer colours": r"color-mix\(|oklch\(|oklab\(|light-dark\(|\brgb\(from",
        "newer at-rules": r"@scope|@starting-style|@view-transition|@position-try",
        "newer properties": r"text-wrap\s*:|field-sizing|anchor-name|animation-timeline|text-box",
        "subgrid": r"subgrid",
        "popover": r":popover-open|::details-content",
        "what turns layers round": r"!important",
        "scripted classes": r":has\(",
    },
    "js": {
        "array copies": r"\.(toSorted|toReversed|toSpliced|with)\(",
        "grouping": r"(Object|Map)\.groupBy",
        "promises": r"Promise\.(withResolvers|try)|Array\.fromAsync",
        "sets": r"\.(isSubsetOf|symmetricDifference|intersection)\(",
        "popover": r"showPopover|\.popover\b",
        "import attributes": r"\bwith\s*\{\s*type",
        "evaluated text": r"\beval\(|new Function\(|innerHTML|document\.write",
    },
}


def own(kind: str) -> list[Path]:
    return [path for path in sorted(STATIC.rglob(f"*.{kind}")) if VENDOR not in path.parents]


def luminance(colour: str) -> float:
    """Return relative luminance, 0 for black and 1 for white (WCAG 2.2)."""
    shares = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("above", "below", "light", "dark"), PAIRS)
def test_words_and_marks_stand_out(above: str, below: str, light: float, dark: float) -> None:
    for theme, least in (("light", light), ("dark", dark)):
        found = contrast(TOKENS[above][theme], TOKENS[below][theme])

        assert found >= least - 0.05, f"{above} on {below}, {theme}: {found:.2f}"


@pytest.mark.parametrize(("above", "below"), [pair[:2] for pair in PAIRS])
def test_high_contrast_is_higher(above: str, below: str) -> None:
    """Text reaches 7 (WCAG 1.4.6), and what marks a control 4.5, in light and in dark."""
    least = 4.5 if above in MARKS else 7
    for theme in ("light", "dark"):
        found = contrast(STRONG[above][theme], STRONG[below][theme])

        assert found >= least, f"{above} on {below}, {theme}: {found:.2f}"


def test_high_contrast_is_the_same_by_the_switch_and_by_the_system() -> None:
    by_switch, by_system = CONTRAST.read_text(encoding="utf-8").split("@media", 1)

    assert TOKEN.findall(by_switch) == TOKEN.findall(by_system)


def test_colours_stand_once() -> None:
    strays = {
        path.name: found
        for path in own("css")
        if path.name not in {"base.css", "contrast.css", "site.css", "print.css", "cards.css"}
        and (found := re.findall(r"(?<!%23)(?<=[ :(])#[0-9a-f]{6}\b", path.read_text("utf-8")))
    }

    assert strays == {"side.css": ["#6d919c"]}, "The side bar is dark in both themes; no other."


def test_site_css_is_what_its_parts_say() -> None:
    assert SITE.read_text(encoding="utf-8") == joined(), "Run scripts/styles.py."


@pytest.mark.parametrize("kind", ["css", "js"])
def test_chrome_109_understands_it(kind: str) -> None:
    faults = [
        f"{path.relative_to(STATIC)}: {name}"
        for path in own(kind)
        for name, pattern in TOO_NEW[kind].items()
        if re.search(pattern, path.read_text(encoding="utf-8"), re.MULTILINE)
    ]

    assert faults == []


def test_every_sheet_says_its_layer() -> None:
    layers = {"base.css": "base", "print.css": "print"}
    for path in own("css"):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL).strip()
        if path.name == "site.css":
            continue
        wanted = layers.get(path.name, path.parent.name)

        assert f"@layer {wanted} {{" in text, path.name
        assert text.startswith("@layer"), path.name


def test_no_hanzi_is_smaller_than_14_pixels() -> None:
    for path in own("css"):
        sizes = re.findall(r"font-size: ([\d.]+)(rem|px);", path.read_text(encoding="utf-8"))

        assert all(float(size) * (16 if unit == "rem" else 1) >= 12.8 for size, unit in sizes)
    assert "--text-14: .875rem;" in SITE.read_text(encoding="utf-8")


def test_icons_that_templates_name_are_in_the_sprite() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text("utf-8")))
    named = {
        name
        for page in TEMPLATES.rglob("*.html")
        for name in re.findall(r'(?:icon|drawing)\("([\w-]+)"', page.read_text(encoding="utf-8"))
    }

    assert named - drawn == set()


def test_templates_bring_no_style_and_no_script_of_their_own() -> None:
    for page in TEMPLATES.rglob("*.html"):
        text = page.read_text(encoding="utf-8")

        assert not re.search(r"\sstyle=|\son\w+=\"|<style|\|\s*safe\b", text), page.name
        assert re.search(r"<script(?![^>]*(\ssrc=|application/json))", text) is None, page.name


def test_vendored_files_are_the_ones_we_fetched() -> None:
    lines = (VENDOR / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
    there = {p.relative_to(VENDOR).as_posix() for p in VENDOR.rglob("*") if p.is_file()}

    assert set(sums) == there - {"SHA256SUMS"} | {"../icons.svg"}
    for name, digest in sums.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest, name


def test_each_library_has_version_and_licence() -> None:
    versions = tomllib.loads((VENDOR / "VERSIONS.toml").read_text(encoding="utf-8"))

    assert set(versions) == {path.name for path in VENDOR.iterdir() if path.is_dir()}
    for name, library in versions.items():
        assert set(library) == {"version", "licence"}
        assert (VENDOR / name / "LICENSE").stat().st_size > 500
