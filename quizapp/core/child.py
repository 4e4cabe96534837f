"""Runs a module of ours as a child process: what kills a parser must not kill the server."""

import os
import resource
import subprocess
import sys
from pathlib import Path

MEMORY, SECONDS = 512 * 2**20, 30


def ask(module: str, raw: bytes, *words: str) -> bytes | None:
    """Return what the module writes to its stdout; None if it was killed or came to grief."""
    # The child gets no secrets of ours, only what it takes to find the same modules.
    root = str(Path(__file__).parents[2])
    kept = {key: os.environ[key] for key in ("PATH", "LD_LIBRARY_PATH") if key in os.environ}
    try:
        child = subprocess.run(  # noqa: S603 - our own module, and names of files that we read.
            [sys.executable, "-P", "-m", module, *words],
            input=raw,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            env=kept | {"PYTHONPATH": os.pathsep.join([*filter(None, sys.path), root])},
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    return None if child.returncode else child.stdout


def limit(memory: int = MEMORY, seconds: int = SECONDS) -> None:
    """Called by the child first of all: with the bytes and seconds of a processor it may take."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # A core file would hold pupils' names.
