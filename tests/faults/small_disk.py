"""A disk of some megabytes that only one process and its children see, and that can be filled.

It is a tmpfs in a mount namespace of its own. That needs no root where the kernel lets users make
namespaces, as that of Debian does.
"""

import ctypes
import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

MEGABYTE = 2**20
FILLER = "filler"  # Made from within: only the user of the process can make files there.
NEW_MOUNTS, NEW_USERS = 0x00020000, 0x10000000  # CLONE_NEWNS, CLONE_NEWUSER
DUMPABLE = 4  # PR_SET_DUMPABLE: else who has changed its user may not write its own maps.


def mounting(folder: Path, size: int) -> Callable[[], None]:
    """Return what a new process has to call to see such a disk in the folder; size in bytes."""
    libc = ctypes.CDLL(None, use_errno=True)

    def must(failed: int, what: str) -> None:
        if failed:
            why = os.strerror(ctypes.get_errno())
            raise RuntimeError(f"{what}: {why}; user namespaces are needed for a small disk")

    def mount() -> None:  # In the new process nothing can be imported: not even a codec.
        user, group = os.getuid(), os.getgid()
        libc.prctl(DUMPABLE, 1, 0, 0, 0)
        must(libc.unshare(NEW_USERS | NEW_MOUNTS), "unshare")
        Path("/proc/self/setgroups").write_bytes(b"deny")
        Path("/proc/self/uid_map").write_bytes(b"%d %d 1" % (user, user))
        Path("/proc/self/gid_map").write_bytes(b"%d %d 1" % (group, group))
        told = f"size={size},mode=0700".encode()
        must(libc.mount(b"small", os.fsencode(folder), b"tmpfs", 0, told), "mount")
        (folder / FILLER).touch()

    return mount


def seen_by(pid: int, folder: Path) -> Path:
    """Return the folder as the process sees it."""
    return Path(f"/proc/{pid}/root{folder}")


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Take all the room there is, to the last byte, and give it back."""
    filler = folder / FILLER
    with filler.open("r+b", buffering=0) as file:
        for piece in (MEGABYTE, 4096, 1):
            try:
                while file.write(b"x" * piece):
                    pass
            except OSError as full:
                if full.errno != errno.ENOSPC:
                    raise
    try:
        yield
    finally:
        os.truncate(filler, 0)
