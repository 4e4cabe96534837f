"""Fetches the front-end libraries at exact versions and lays them under quizapp/static/vendor.

Run it by hand after changing a version below; what it writes is committed, and a test recomputes
the sums. It needs npm on the path, nothing else, and nothing of it runs on a server.
"""

import hashlib
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

STATIC = Path(__file__).resolve().parent.parent / "quizapp" / "static"
VENDOR = STATIC / "vendor"
SPRITE = STATIC / "icons.svg"

ICONS = """
    arrow-left arrow-right award bar-chart-line bell book bookmark bookmark-fill box-arrow-right
    building calendar-event card-checklist check-circle-fill check-lg chevron-down chevron-right
    circle-half clipboard-check clipboard-data clock cloud-arrow-up cloud-check download envelope
    exclamation-circle-fill exclamation-triangle-fill eye eye-slash file-earmark-spreadsheet flag
    gear geo-alt hourglass-split house info-circle-fill journal-text lightbulb list lock megaphone
    moon-stars mortarboard pencil people person play-fill plus-lg printer qr-code question-circle
    search shield-check sun telephone translate trash triangle-fill upload volume-up wifi-off
    x-circle-fill x-lg
""".split()

Change = Callable[[str], str]


def as_layer(sheet: str) -> str:
    """Put a style sheet into `@layer vendor`, for one outside all layers would beat our own."""
    body = re.sub(r'@charset "[^"]*";|/\*# sourceMappingURL=.*?\*/', "", sheet).strip()
    return f"@layer vendor{{\n{body}\n}}\n"


def as_script(locale: str) -> str:
    """Turn a CommonJS locale into a plain script that hands itself to Plotly."""
    body = re.sub(r"\s+//.*$", "", locale, flags=re.MULTILINE)
    exported = re.compile(r"'use strict';\s*module\.exports = (\{.*\});", re.DOTALL)
    body, found = exported.subn(r"\1", body)
    if not found:
        raise SystemExit("The locale of plotly.js is written differently now: look at it.")
    return f"Plotly.register({body.strip()});\n"


def own_rules(script: str) -> str:
    """Return the rules that plotly.js would insert by itself, which a strict CSP forbids."""
    places = {"X": ".js-plotly-plot .plotly", "Y": ".plotly-notifier"}
    found = re.findall(r'(?:"([XY](?:[ :,][^"]*)?)"|\b(Y)):(["\'])((?:(?!\3).)*;)\3', script)
    rules = {quoted or bare: style for quoted, bare, _, style in found}
    if "X .modebar" not in rules:
        raise SystemExit("The rules of plotly.js are written differently now: look at them.")
    lines = [
        re.sub(r"\b[XY]\b(?=[ :,]|$)", lambda place: places[place[0]], selector) + f"{{{style}}}"
        for selector, style in rules.items()
        if "cloud" not in selector
    ]
    sheet = "\n".join(lines)
    return as_layer(sheet.replace('font-family:"Open Sans",verdana,arial,sans-serif;', ""))


@dataclass(frozen=True)
class Library:
    """One package: where its files go, from → (to, change)."""

    name: str
    version: str
    licence: str
    files: dict[str, tuple[str, Change]] = field(default_factory=dict)


LIBRARIES = [
    Library("bootstrap", "5.3.9", "MIT",
            {"dist/css/bootstrap.min.css": ("bootstrap.css", as_layer)}),
    Library("bootstrap-icons", "1.13.2", "MIT"),
    Library("plotly.js-basic-dist-min", "4.1.1", "MIT",
            {"plotly-basic.min.js": ("plotly-basic.min.js", str)}),
    Library("plotly.js-locales", "3.7.0", "MIT",
            {"zh-cn.js": ("zh-cn.js", as_script)}),
]  # fmt: skip


def unpack(library: Library, into: Path) -> Path:
    """Fetch a package and return the folder of its contents."""
    wanted = f"{library.name}@{library.version}"
    packed = subprocess.run(
        ["npm", "pack", "--silent", "--pack-destination", str(into), wanted],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ).stdout.split()[-1]  # fmt: skip
    with tarfile.open(into / packed) as archive:
        archive.extractall(into / library.name, filter="data")
    return into / library.name / "package"


def sprite(icons: Path) -> str:
    """Gather the icons into one file of symbols, named as the icons are."""
    symbols = []
    for name in sorted(ICONS):
        drawing = (icons / f"{name}.svg").read_text(encoding="utf-8")
        paths = re.search(r"<svg[^>]*>(.*)</svg>", drawing, re.DOTALL)
        if paths is None:
            raise SystemExit(f"{name}.svg holds no drawing.")
        inside = "".join(line.strip() for line in paths[1].splitlines())
        symbols.append(f'<symbol id="{name}" viewBox="0 0 16 16">{inside}</symbol>')
    start = '<svg xmlns="http://www.w3.org/2000/svg" fill="currentColor">'
    return "\n".join([start, "<!-- Bootstrap Icons, MIT licence -->", *symbols, "</svg>", ""])


def lay_out(library: Library, package: Path) -> None:
    """Write what we use of a package, its licence beside it."""
    folder = VENDOR / library.name
    folder.mkdir(parents=True)
    shutil.copyfile(package / "LICENSE", folder / "LICENSE")
    for source, (target, change) in library.files.items():
        text = (package / source).read_text(encoding="utf-8")
        (folder / target).write_text(change(text), encoding="utf-8", newline="\n")


def sums() -> str:
    """Return a line for each file, as sha256sum reads it from the vendor folder."""
    files = sorted(path for path in VENDOR.rglob("*") if path.is_file())
    named = {path.relative_to(VENDOR).as_posix(): path for path in files} | {"../icons.svg": SPRITE}
    named.pop("SHA256SUMS", None)
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n" for name, path in named.items()
    )


def main() -> None:
    """Replace the vendor folder and the sprite."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        for library in LIBRARIES:
            package = unpack(library, Path(folder))
            lay_out(library, package)
            if library.name == "bootstrap-icons":
                SPRITE.write_text(sprite(package / "icons"), encoding="utf-8", newline="\n")
            if library.name == "plotly.js-basic-dist-min":
                script = (package / "plotly-basic.min.js").read_text(encoding="utf-8")
                (VENDOR / library.name / "plotly.css").write_text(own_rules(script), "utf-8")
            print(library.name, library.version)
    versions = [
        f'["{each.name}"]\nversion = "{each.version}"\nlicence = "{each.licence}"\n'
        for each in LIBRARIES
    ]
    (VENDOR / "VERSIONS.toml").write_text("\n".join(versions), encoding="utf-8")
    (VENDOR / "SHA256SUMS").write_text(sums(), encoding="utf-8")


if __name__ == "__main__":
    main()
