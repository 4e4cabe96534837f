"""A disk that forgets at a power cut what it was not told to sync, for SQLite through APSW.

The disk keeps of each file what was written since its last sync. A cut undoes those writes, the
newest first, and may let some of them stand again: a disk writes in what order it likes.
"""

import shutil
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from random import Random

import apsw


@dataclass(frozen=True)
class Write:
    offset: int
    new: bytes
    old: bytes  # What stood there.
    size: int  # Of the file before.


class LossyDisk(apsw.VFS):
    """It is there under the name "lossy" for as long as somebody holds it."""

    def __init__(self) -> None:
        super().__init__("lossy", "")
        self.unsynced: defaultdict[str, list[Write]] = defaultdict(list)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        return _LossyFile(path, flags, self.unsynced[path or ""])

    def cut(self, folder: Path, wreck: Path, chance: Random | None) -> None:
        """Copy the folder as it may stand after a cut; with a chance, parts of writes survive."""
        shutil.copytree(folder, wreck, ignore=shutil.ignore_patterns("*-shm"))
        for path, writes in self.unsynced.items():
            copy = wreck / Path(path).name
            if not copy.exists():
                continue
            with copy.open("r+b") as file:
                for write in reversed(writes):
                    file.seek(write.offset)
                    file.write(write.old)
                    file.truncate(write.size)
                for write in writes:
                    if chance is not None and chance.random() < 0.5:
                        file.seek(write.offset)
                        file.write(write.new)


class _LossyFile(apsw.VFSFile):
    def __init__(
        self, name: str | apsw.URIFilename | None, flags: list[int], unsynced: list[Write]
    ) -> None:
        super().__init__("", name, flags)
        self._unsynced = unsynced

    def xWrite(self, data: bytes, offset: int) -> None:
        size = self.xFileSize()
        old = self.xRead(min(len(data), size - offset), offset) if size > offset else b""
        self._unsynced.append(Write(offset, bytes(data), old, size))
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:
        super().xSync(flags)
        self._unsynced.clear()
