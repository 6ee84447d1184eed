"""What commands print, and how they end when something foreseen is in the way."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from service.startup import FORESEEN, advice

# Names of keys, columns and messages are shown as they are: a bracket or a colon in them is no markup.
console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
errors = Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)


@contextmanager
def foreseen_problems() -> Iterator[None]:
    """One clear message instead of a traceback, for what can be foreseen."""
    try:
        yield
    except FORESEEN as error:
        errors.print(f"byleave: {advice(error)}")
        raise typer.Exit(1) from error
