"""The command `byleave purge`: deletes what may not be kept any longer, and says what it was."""

from typing import Annotated

import typer

from service.command_database import current_database_of
from service.console import console, errors, foreseen_problems
from service.db.engine import rehearsal
from service.purge import Purge
from service.settings import Clock, Settings


def purge(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be deleted, and delete nothing.")
    ] = False,
) -> None:
    """Delete what may not be kept any longer. Run it every night, beside the service."""
    with foreseen_problems(), current_database_of(settings := Settings()) as engine:
        purging = Purge(
            engine=engine,
            clock=Clock(settings.now),
            unpermitted_purchases=settings.purchases,
            hold_days=settings.hold_days,
            retention=settings.retention_limits,
            use_record_days=settings.use_record_days,
            contact_days=settings.contact_days,
        )
        with errors.status("Reading …"):
            deleted = purging.rehearse(rehearsal) if dry_run else purging.run()
    console.print("Nothing was deleted (--dry-run). It would be:" if dry_run else "Deleted:")
    for name, rows in sorted((+deleted).items()):
        console.print(f"{rows:>12,}  {name}")
    if not deleted.total():
        console.print(f"{'nothing':>12}")
