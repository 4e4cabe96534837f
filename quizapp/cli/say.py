"""How commands speak: results to standard output, faults all at once and exit 1."""

from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

import click

from quizapp.core.errors import DomainError
from quizapp.core.headed import Fault


def refuse(faults: Iterable[object]) -> NoReturn:
    """List the faults, a line each, and end with exit 1."""
    for fault in faults:
        click.echo(str(fault), err=True)
    raise SystemExit(1)


def lines(file: Path, faults: Iterable[Fault]) -> list[str]:
    """Return "file:row: column: what is wrong, and what to do (code)" for each fault."""
    return [
        f"{file.name}:{fault.row}: {f'{fault.column}: ' if fault.column else ''}{fault.says} "
        f"({fault.code})"
        for fault in faults
    ]


def refused(error: DomainError) -> NoReturn:
    refuse([str(error), *(f"  {name}: {what}" for name, what in error.fields.items())])
