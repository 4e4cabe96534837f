"""Where the files that ship with the site lie, and whether the disk has room for more."""

import shutil
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
LEAST_FREE = 0.1  # The share of a disk below which somebody must act.


def has_room(folder: Path) -> bool:
    """Whether enough of the disk under the folder is free."""
    return free_share(folder) >= LEAST_FREE


def free_share(folder: Path) -> float:
    """Return the share (0–1) of the disk under the folder that is free."""
    disk = shutil.disk_usage(folder)
    return disk.free / disk.total


def data_dir(name: str) -> Path:
    """Return the folder `question_bank`, `lessons` or `migrations`; FileNotFoundError without."""
    for place in (PACKAGE / "_data" / name, PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"{name}/ is neither in the package nor beside it")
