"""Whether a WebP has nothing in it but its dots: no notes, and no text that no decoder reads.

Containers: developers.google.com/speed/webp/docs/riff_container. Frames: RFC 6386, 7.3, 9.2-9.5.
"""

import io
from collections.abc import Iterator

from PIL import Image

Part = tuple[bytes, bytes]  # Its name, and what it says.

HEADER, LOSSY, LOSSLESS, ALPHA = b"VP8X", b"VP8 ", b"VP8L", b"ALPH"
WHOLE = ([LOSSY], [LOSSLESS], [HEADER, LOSSY], [HEADER, LOSSLESS], [HEADER, ALPHA, LOSSY])
HAS_ALPHA = 0x10
FRAME = 10  # What stands before the first of the two streams of a lossy frame.
# Encoders end a stream with up to three bytes that a decoder does not need: without four, dots
# are missing. Whoever hides something behind a stream has three bytes for it.
SPARE = 4


def is_bare(raw: bytes) -> bool:
    """Whether each part is one that draws, and each stream is needed up to its end.

    How long a stream is, nothing in the file says. So it is tried: cut short it gives other dots,
    or none, unless something stood behind it.
    """
    parts = list(_parts(raw))
    if [name for name, _said in parts] not in WHOLE or _packed(parts) != raw:
        return False
    name, said = parts[0]
    if name == HEADER and (len(said) != 10 or said[0] & ~HAS_ALPHA or any(said[1:4])):
        return False
    if any(name == LOSSY and (len(said) < FRAME + 9 or _streams(said)) for name, said in parts):
        return False
    dots = _dots(raw)
    return bool(dots) and all(_dots(short) != dots for short in _cut(parts))


def _parts(raw: bytes) -> Iterator[Part]:
    at = 12
    while at < len(raw):
        size = int.from_bytes(raw[at + 4 : at + 8], "little")
        yield raw[at : at + 4], raw[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _packed(parts: list[Part]) -> bytes:
    body = b"".join(
        name + len(said).to_bytes(4, "little") + said + bytes(len(said) % 2) for name, said in parts
    )
    return b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"WEBP" + body


def _cut(parts: list[Part]) -> Iterator[bytes]:
    """Yield the file once for each stream in it, that one cut short."""
    for number, (name, said) in enumerate(parts):
        if name == HEADER:
            continue
        shorter = [said[:-SPARE]]
        if name == LOSSY:
            head = int.from_bytes(said[:3], "little")
            end = FRAME + (head >> 5)  # Of the stream of modes, before that of the dots.
            less = max(0, (head >> 5) - SPARE) << 5 | head & 31
            shorter.append(
                less.to_bytes(3, "little") + said[3 : max(FRAME, end - SPARE)] + said[end:]
            )
        for short in shorter:
            yield _packed([*parts[:number], (name, short), *parts[number + 1 :]])


def _dots(raw: bytes) -> bytes:
    """Return what is drawn, b"" if nothing can be."""
    try:
        with Image.open(io.BytesIO(raw), formats=("WEBP",)) as image:
            return image.tobytes()
    except MemoryError:
        raise
    except Exception:  # Decoders raise whatever a broken file makes them stumble over.
        return b""


def _streams(frame: bytes) -> int:
    """Return how often the stream of dots is parted in two: what hides between is not found."""
    bits = _Bits(frame[FRAME:])
    bits.read(2)  # Colours, clamping.
    if bits.read(1):  # Segments.
        has_map, has_data = bits.read(1), bits.read(1)
        if has_data:
            bits.read(1)
            bits.skip_signed(4, 7)
            bits.skip_signed(4, 6)
        if has_map:
            bits.skip_signed(3, 7)  # Eight bits without a sign.
    bits.read(10)  # The filter, its level and sharpness.
    if bits.read(1) and bits.read(1):
        bits.skip_signed(8, 6)
    return bits.read(2)


class _Bits:
    """The reader of a stream's even bits."""

    def __init__(self, said: bytes) -> None:
        self._rest = iter(said)
        self._value = self._byte() << 8 | self._byte()
        self._range, self._shifts = 255, 0

    def read(self, many: int) -> int:
        """Return the number that the next bits say."""
        number = 0
        for _n in range(many):
            number = number << 1 | self._bit()
        return number

    def skip_signed(self, many: int, bits: int) -> None:
        """Pass numbers that are there only where a bit says so."""
        for _n in range(many):
            if self._bit():
                self.read(bits + 1)

    def _byte(self) -> int:
        return next(self._rest, 0)

    def _bit(self) -> int:
        split = 1 + ((self._range - 1) * 128 >> 8)
        bit = int(self._value >= split << 8)
        self._range = self._range - split if bit else split
        self._value -= split << 8 if bit else 0
        while self._range < 128:
            self._value, self._range = self._value << 1, self._range << 1
            self._shifts = (self._shifts + 1) % 8
            if not self._shifts:
                self._value |= self._byte()
        return bit
