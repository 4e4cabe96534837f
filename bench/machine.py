"""On what was measured, in a line: without names, addresses and paths."""

import os
import platform
import sqlite3
import subprocess

from quizapp.core.clock import now
from tests import postgres


def described() -> str:
    """Return date, machine, versions, and how busy the machine was before we began."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = platform.freedesktop_os_release()
    told = subprocess.run(
        [postgres.programs() / "postgres", "--version"], capture_output=True, text=True, check=True
    )
    parts = [
        f"{now():%Y-%m-%d}",
        f"{len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB, "
        f"{system['ID'].title()} {system.get('VERSION_ID', '')}".strip(),
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
        f"PostgreSQL {told.stdout.split()[2]}",
        f"load {os.getloadavg()[0]:.1f} before",
    ]
    return " · ".join(parts)
