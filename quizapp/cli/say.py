"""How commands speak: results to standard output, faults all at once and exit 1."""

from collections.abc import Iterable
from typing import NoReturn

import click

from quizapp.core.errors import DomainError


def refuse(faults: Iterable[object]) -> NoReturn:
    """List the faults, a line each, and end with exit 1."""
    for fault in faults:
        click.echo(str(fault), err=True)
    raise SystemExit(1)


def refused(error: DomainError) -> NoReturn:
    refuse([str(error), *(f"  {name}: {what}" for name, what in error.fields.items())])
