"""What the directory of a zip file lists, judged before anything is unpacked."""

import io
import struct
import zipfile

MAX_BYTES = 10 * 2**20
MAX_UNPACKED, MAX_RATIO, MAX_PARTS = 50 * 2**20, 100, 1000

ZIP = b"PK\x03\x04"
DIRECTORY_ENTRY = b"PK\x01\x02"


def directory(raw: bytes, most_parts: int = MAX_PARTS) -> tuple[str | None, list[zipfile.ZipInfo]]:
    """Return what the directory lists, or the fault for which the file stays closed.

    "bomb", "damaged" or "password".
    """
    # Counted before the directory is read: 10 MB of entries would cost seconds and 100 MB.
    if raw.count(DIRECTORY_ENTRY) > most_parts:
        return "bomb", []
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError):
        return "damaged", []
    if any("\0" in part.orig_filename for part in parts):
        return "damaged", []  # Programs differ in where such a name ends.
    if any(part.flag_bits & 1 for part in parts):
        return "password", []
    unpacked = sum(part.file_size for part in parts)
    # Against the whole file, for parts that lie upon one another count their bytes twice.
    if unpacked > min(MAX_UNPACKED, MAX_RATIO * len(raw)):
        return "bomb", []
    return None, parts
