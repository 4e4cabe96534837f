"""Photographs become small WebP: the part of core/pictures.py that opens what may be hostile.

Run as a program it is the child in which that happens, with limits.
"""

import io
import json
import sys
import time

from PIL import ExifTags, Image
from PIL.Image import Transpose

from quizapp.core import child, webp

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
MAX_BYTES = 60_000  # What a weak network brings in a second or two.
MAX_PIXELS = 40_000_000  # Phones take fewer; four bytes each must fit into the memory of a child.
SECONDS = 20  # For all together; then the child says so itself, before it is killed.
SIDES, QUALITIES = (1280, 960, 640, 480), (80, 60, 40)
TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT, 3: Transpose.ROTATE_180, 4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE, 6: Transpose.ROTATE_270, 7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}  # fmt: skip
"""How a picture is set upright, by the number that a camera notes."""

Made = tuple[str | None, int, int, bytes]
"""A fault, a key of `_says` in core/pictures.py, and nothing; or None, width, height, bytes."""


def main() -> None:
    """Be the child: on stdin a line of JSON with the size of each file, and then their bytes.

    On stdout a line `[[fault or null, width, height, size], …]`, and then the bytes of what was
    made.
    """
    child.limit()
    sizes = json.loads(sys.stdin.buffer.readline())
    files = [sys.stdin.buffer.read(size) for size in sizes]
    found = [made_anew(raw) if time.process_time() < SECONDS else _refused("heavy")
             for raw in files]  # fmt: skip
    told = [(fault, width, height, len(raw)) for fault, width, height, raw in found]
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n")
    for _fault, _width, _height, raw in found:
        sys.stdout.buffer.write(raw)


def made_anew(raw: bytes) -> Made:
    """Return the picture as WebP of at most MAX_BYTES, or its fault. Only for the child."""
    Image.MAX_IMAGE_PIXELS = None  # Counted here, before anything is unpacked.
    try:
        with Image.open(io.BytesIO(raw), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                return _refused("bomb")
            # Some phones put a second view into a JPEG; only the first one is drawn.
            if image.format != "MPO" and getattr(image, "is_animated", False):
                return _refused("moves")
            if max(image.size) <= SIDES[0] and len(raw) <= MAX_BYTES and webp.is_bare(raw):
                return None, image.width, image.height, raw  # Made anew it would be another file.
            image.draft("RGB", (SIDES[0], SIDES[0]))
            return _smallest(_upright(image))
    except MemoryError:
        return _refused("heavy")
    except Exception:  # Decoders raise whatever a broken file makes them stumble over.
        return _refused("damaged")


def _upright(image: Image.Image) -> Image.Image:
    """Return the dots alone, turned as the camera was held, at most as large as is shown."""
    mode = "RGBA" if image.has_transparency_data else "RGB"
    image.thumbnail((SIDES[0], SIDES[0]))
    bare = Image.new(mode, image.size)
    bare.paste(image.convert(mode))
    turn = TURNS.get(_held(image))
    return bare if turn is None else bare.transpose(turn)


def _held(image: Image.Image) -> int:
    """Return how the camera was held, as it noted it; 1 where its notes cannot be read."""
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # Notes are broken more often than pictures.
        return 1


def _smallest(image: Image.Image) -> Made:
    """Return the largest and best that is small enough."""
    for side in SIDES:
        image.thumbnail((side, side))
        for quality in QUALITIES:
            out = io.BytesIO()
            image.save(out, "WEBP", quality=quality)
            if out.tell() <= MAX_BYTES:
                return None, image.width, image.height, out.getvalue()
    return _refused("heavy")


def _refused(fault: str) -> Made:
    return fault, 0, 0, b""


if __name__ == "__main__":
    main()
