"""Pictures: what is harmless becomes small and bare, what is not is told in a sentence."""

import io
import os
import struct
import zlib
from collections.abc import Callable

import pytest
from PIL import Image

from quizapp.core import child, pictures
from quizapp.core.pictures import Picture

SPACE = 'xmlns="http://www.w3.org/2000/svg"'
SVG = f'<svg {SPACE} viewBox="0 0 640 360"><rect width="9" height="9"/></svg>'.encode()
BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
Seen = dict[str, tuple[Picture | None, str]]
SECRET = b"Elm Street 7"


def saved(image: Image.Image, form: str, **more: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **more)
    return out.getvalue()


def photo(width: int = 1600, height: int = 800, form: str = "JPEG", **more: object) -> bytes:
    return saved(Image.linear_gradient("L").resize((width, height)).convert("RGB"), form, **more)


def with_place() -> bytes:
    """Return a photo of a camera that was held upright, with the place where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6  # A quarter to the right.
    exif[0x010E] = SECRET.decode()
    return photo(exif=exif)


def claiming(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes whose head says that it is this large."""

    def part(name: bytes, said: bytes) -> bytes:
        return (
            struct.pack(">I", len(said)) + name + said + struct.pack(">I", zlib.crc32(name + said))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    dots = zlib.compress(bytes(1000))
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + part(b"IHDR", head) + part(b"IDAT", dots) + part(b"IEND", b"")


def moving() -> bytes:
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]
    return saved(frames[0], "GIF", save_all=True, append_images=frames[1:])


def alone(raw: bytes) -> tuple[Picture | None, str]:
    ((picture, faults),) = pictures.examine([raw])
    return picture, " ".join(says for _line, says in faults)


GOOD: dict[str, tuple[Callable[[], bytes], tuple[int, int]]] = {
    "a photo turned upright": (with_place, (640, 1280)),
    "a small PNG": (lambda: photo(30, 20, "PNG"), (30, 20)),
    "a PNG one can see through": (
        lambda: saved(Image.new("RGBA", (30, 20), (9, 9, 9, 0)), "PNG"), (30, 20)
    ),
    "WebP with notes": (lambda: photo(30, 20, "WEBP", exif=b"Exif\0\0" + SECRET), (30, 20)),
    "a still GIF": (lambda: photo(30, 20, "GIF"), (30, 20)),
    "JPEG for print": (lambda: saved(Image.new("CMYK", (30, 20)), "JPEG"), (30, 20)),
    "a page behind the picture": (
        lambda: photo(30, 20, "PNG") + b"<script>alert(1)</script>" + SECRET, (30, 20)
    ),
    "a page behind a WebP": (lambda: photo(30, 20, "WEBP") + SECRET, (30, 20)),
}  # fmt: skip
BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "a bomb": (lambda: claiming(60_000, 60_000), "more than 40 million dots"),
    "a lying size": (lambda: claiming(5000, 5000), "damaged"),
    "a cut file": (lambda: photo(form="PNG")[:900], "damaged"),
    "a name alone": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(99), "damaged"),
    "a film": (moving, "the picture moves"),
    "a document": (lambda: b"%PDF-1.7", "no picture"),
    "a page": (lambda: b"<html><script>x</script></html>", "<script> may not stand"),
    "nothing": (lambda: b"", "no picture"),
    "11 MB": (lambda: b"\xff\xd8\xff" + bytes(11 * 2**20), "larger than 10 MB"),
    "a script": (lambda: SVG.replace(b"<rect", b"<script/><rect"), "<script> may not stand"),
    "a handler": (lambda: SVG.replace(b"<rect", b'<rect onload="x()"'), "onload may not stand"),
    "an XML bomb": (
        lambda: f'<!DOCTYPE svg [<!ENTITY l0 "ha">{BOMB}]>'.encode()
        + SVG.replace(b"<rect", b"<title>&l9;</title><rect"), "DOCTYPE may not stand"
    ),
    "a link under another name": (
        lambda: SVG.replace(b"<rect", b'<use xmlns:x="http://www.w3.org/1999/xlink" '
                                      b'x:href="https://x/a.svg#b"/><rect'), "links to https://x"
    ),
    "hidden signs": (
        lambda: SVG.replace(b"<rect", b'<rect style="fill:u\\72l(https://x)"'), "fetches something"
    ),
    "no size at all": (lambda: SVG.replace(b"640 360", b"0 0"), "has no size"),
}  # fmt: skip


@pytest.fixture(scope="module")
def seen() -> Seen:
    """Return what is said of each, all of them looked at together."""
    raws = {name: make() for name, (make, _says) in (GOOD | BAD).items()}
    found = pictures.examine(list(raws.values()))
    return {
        name: (picture, " ".join(says for _line, says in faults))
        for name, (picture, faults) in zip(raws, found, strict=True)
    }


@pytest.mark.parametrize("name", GOOD)
def test_what_is_harmless_becomes_small_and_bare(seen: Seen, name: str) -> None:
    _make, size = GOOD[name]

    picture, told = seen[name]

    assert picture, told
    assert (picture.media_type, (picture.width, picture.height)) == ("image/webp", size)
    assert len(picture.raw) <= 60_000
    assert SECRET not in picture.raw
    with Image.open(io.BytesIO(picture.raw)) as opened:
        assert opened.size == size
        assert not {"exif", "icc_profile", "xmp"} & set(opened.info)
        assert opened.mode == ("RGBA" if "see through" in name else "RGB")


def test_what_was_made_once_stays_as_it_is() -> None:
    first, _told = alone(with_place())
    assert first

    again, _told = alone(first.raw)

    assert again
    assert again.sha256 == first.sha256


def test_noise_is_made_smaller_until_it_fits() -> None:
    picture, told = alone(saved(Image.frombytes("RGB", (1400, 900), os.urandom(3_780_000)), "PNG"))

    assert picture, told
    assert 100 < picture.width < 1280
    assert len(picture.raw) <= 60_000


def test_a_drawing_stays_as_it_is() -> None:
    picture, _told = alone(SVG)

    assert picture == Picture("image/svg+xml", 640, 360, SVG)


@pytest.mark.parametrize("name", BAD)
def test_what_is_harmful_is_told(seen: Seen, name: str) -> None:
    _make, says = BAD[name]

    picture, told = seen[name]

    assert picture is None
    assert says in told


def test_a_child_that_comes_to_grief_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "SECONDS", 0.01)

    picture, told = alone(photo(30, 20, "PNG"))

    assert picture is None
    assert "more memory or time" in told
