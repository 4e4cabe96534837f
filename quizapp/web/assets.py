"""Static files, under an address that names their content, so that browsers keep them for good."""

import hashlib
import shutil
from functools import cache
from pathlib import Path

from flask import Flask, current_app
from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

from quizapp.core.paths import PACKAGE

STATIC = PACKAGE / "static"
YEAR = 31_536_000


def init_app(app: Flask) -> None:
    digest = _digest()
    root = app.config["QUIZAPP"].instance / f"static-{digest}"
    files = WhiteNoise(app.wsgi_app, max_age=YEAR, immutable_file_test=lambda _path, _url: True)
    files.add_files(str(root if root.is_dir() else STATIC), prefix=f"static/{digest}/")
    app.wsgi_app = files  # type: ignore[method-assign]
    app.extensions["static files"] = files


@cache  # A page asks a hundred times; the disk is asked once.
def asset(path: str) -> str:
    """Return the address of a file in static/; a FileNotFoundError tells of a wrong name."""
    if not (STATIC / path).is_file():
        raise FileNotFoundError(path)
    return f"/static/{_digest()}/{path}"


def compress(instance: Path) -> None:
    """Put the static files, each with a compressed twin, where the server finds them."""
    root = instance / f"static-{_digest()}"
    if root.is_dir():
        return
    for old in instance.glob("static-*"):
        shutil.rmtree(old)
    made = instance / f"static-{_digest()}.new"
    shutil.rmtree(made, ignore_errors=True)
    shutil.copytree(STATIC, made)
    compressor = Compressor(use_brotli=False, quiet=True)
    for file in made.rglob("*"):
        if file.is_file() and compressor.should_compress(file.name):
            list(compressor.compress(str(file)))
    made.rename(root)
    # This very process was made before they were there.
    current_app.extensions["static files"].add_files(str(root), prefix=f"static/{_digest()}/")


def version() -> str:
    """Return what all static files together are known by; it changes with any of them."""
    return _digest()


@cache
def _digest() -> str:
    told = hashlib.sha256()
    for file in sorted(f for f in STATIC.rglob("*") if f.is_file()):
        told.update(str(file.relative_to(STATIC)).encode())
        told.update(file.read_bytes())
    return told.hexdigest()[:12]
