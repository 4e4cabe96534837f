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


def svg(inner: str) -> bytes:
    return f'<svg {SPACE} viewBox="0 0 640 360">{inner}</svg>'.encode()


def grown(element: str, refers: str) -> bytes:
    """Return a drawing of eleven levels, each of which draws the one before ten times."""
    levels = "".join(
        f'<{element} id="l{n}">{refers.format(n - 1) * 10}</{element}>' for n in range(1, 12)
    )
    return svg(f'<{element} id="l0"><path d="M0 0h9"/></{element}>{levels}{refers.format(11)}')


def parts_of(raw: bytes) -> list[tuple[bytes, bytes]]:
    at, found = 12, []
    while at < len(raw):
        size = int.from_bytes(raw[at + 4 : at + 8], "little")
        found.append((raw[at : at + 4], raw[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    return found


def webp(*parts: tuple[bytes, bytes]) -> bytes:
    body = b"".join(
        name + struct.pack("<I", len(said)) + said + bytes(len(said) % 2) for name, said in parts
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def lossy() -> bytes:
    ((name, said),) = parts_of(photo(30, 20, "WEBP"))
    assert name == b"VP8 "
    return said


def between() -> bytes:
    """Return a frame with words behind its first stream, which says that they belong to it."""
    said = lossy()
    head = int.from_bytes(said[:3], "little")
    longer = (head + (len(SECRET) << 5)).to_bytes(3, "little")
    end = 10 + (head >> 5)
    return longer + said[3:end] + SECRET + said[end:]


def seen_through(*, lossless: bool = False, notes: bytes = b"") -> list[tuple[bytes, bytes]]:
    grey = Image.linear_gradient("L").resize((30, 20))
    image = Image.merge("RGBA", (grey, grey, grey, grey.transpose(Image.Transpose.ROTATE_180)))
    return parts_of(saved(image, "WEBP", lossless=lossless, exif=notes))


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
    "two frames": (
        lambda: webp((b"VP8 ", lossy()), (b"VP8 ", SECRET * 3)), (30, 20)
    ),
    "words behind a frame": (lambda: webp((b"VP8 ", lossy() + SECRET)), (30, 20)),
    "four signs behind a frame": (lambda: webp((b"VP8 ", lossy() + SECRET[:4])), (30, 20)),
    "words within a frame": (lambda: webp((b"VP8 ", between())), (30, 20)),
    "words behind a lossless frame": (
        lambda: webp(*[(name, said + SECRET) for name, said in parts_of(
            saved(Image.linear_gradient("L").resize((30, 20)).convert("RGB"), "WEBP",
                  lossless=True))]), (30, 20)
    ),
    "words behind what one can see through": (
        lambda: webp(*[(name, said + SECRET * (name == b"ALPH"))
                       for name, said in seen_through()]), (30, 20)
    ),
    "a page behind a WebP": (lambda: photo(30, 20, "WEBP") + SECRET, (30, 20)),
}  # fmt: skip
BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "a bomb": (lambda: claiming(60_000, 60_000), "more than 40 million dots"),
    "a lying size": (lambda: claiming(5000, 5000), "damaged"),
    "a cut file": (lambda: photo(form="PNG")[:900], "damaged"),
    "a name alone": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(99), "damaged"),
    "words in a long head": (
        lambda: webp(*[(name, said + SECRET * (name == b"VP8X"))
                       for name, said in seen_through()]), "damaged"
    ),
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
    "a bomb of uses": (lambda: grown("g", '<use href="#l{}"/>'), "too often"),
    "a bomb of symbols": (lambda: grown("symbol", '<use href="#l{}"/>'), "too often"),
    "a bomb of patterns": (
        lambda: grown("pattern", '<rect width="9" height="9" fill="url(#l{})"/>'), "too often"
    ),
    "a bomb of masks": (lambda: grown("mask", '<g style="mask:url(#l{})"/>'), "too often"),
    "a bomb of clips": (
        lambda: grown("clipPath", '<path d="M0 0h9" clip-path="url(&quot;#l{}&quot;)"/>'),
        "too often",
    ),
    "one large thing drawn often": (
        lambda: svg(f'<path id="a" d="{"M0 0h9" * 3000}"/>' + '<use href="#a"/>' * 900),
        "too often",
    ),
    "a large tile on many": (
        lambda: svg(f'<pattern id="a">{"<path/>" * 2000}</pattern>'
                    f'<g fill="url(#a)">{"<path/>" * 2000}</g>'), "too often"
    ),
    "what draws itself": (lambda: svg('<g id="a"><use href="#a"/></g>'), "too often"),
    "a sign at each corner": (lambda: svg('<marker id="a"/>'), "<marker> may not stand"),
    "a name that hides": (lambda: svg('<use href="#%61"/>'), "links to #%61"),
    "a set of images": (
        lambda: svg("<rect style=\"fill:image-set('https://x/a.png' 1x)\"/>"), "fetches something"
    ),
    "another word for an address": (
        lambda: svg("<rect style=\"fill:src('https://x/a.png')\"/>"), "fetches something"
    ),
    "an address without a scheme": (
        lambda: svg("<rect style=\"--a:'//x/a.png'\"/>"), "fetches something"
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
    assert SECRET[:4] not in picture.raw
    with Image.open(io.BytesIO(picture.raw)) as opened:
        assert opened.size == size
        assert not {"exif", "icc_profile", "xmp"} & set(opened.info)
        assert opened.mode == ("RGBA" if "through" in name else "RGB")


MADE: dict[str, Callable[[], bytes]] = {
    "a photo": with_place,
    "small": lambda: photo(30, 20, "PNG"),
    "one colour": lambda: saved(Image.new("RGB", (900, 600), "white"), "PNG"),
    "one dot": lambda: saved(Image.new("RGB", (1, 1)), "PNG"),
    "noise": lambda: saved(Image.frombytes("RGB", (90, 60), os.urandom(16_200)), "PNG"),
    "seen through": lambda: webp(*seen_through(notes=b"Exif\0\0" + SECRET)),
}


@pytest.mark.parametrize("name", MADE)
def test_what_was_made_once_stays_as_it_is(name: str) -> None:
    first, _told = alone(MADE[name]())
    assert first

    again, _told = alone(first.raw)

    assert again
    assert again.sha256 == first.sha256


def test_a_lossless_picture_without_notes_stays_as_it_is() -> None:
    raw = webp(*seen_through(lossless=True))

    picture, _told = alone(raw)

    assert picture
    assert picture.raw == raw


def test_a_drawing_may_say_a_thing_once_and_draw_it_often() -> None:
    shapes = "".join(f'<use href="#p" x="{n}"/>' for n in range(200))
    raw = svg(
        '<linearGradient id="s"><stop offset="0"/></linearGradient><linearGradient id="t" '
        f'href="#s"/><g id="p" fill="url(#t)"><path d="M0 0h9"/></g>{shapes}'
    )

    picture, told = alone(raw)

    assert picture, told
    assert picture.raw == raw


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
