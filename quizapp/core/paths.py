"""Where the files that ship with the site lie: in the wheel, or in the repository."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def data_dir(name: str) -> Path:
    """Return the folder `question_bank`, `lessons` or `migrations`; FileNotFoundError without."""
    for place in (PACKAGE / "_data" / name, PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"{name}/ is neither in the package nor beside it")
