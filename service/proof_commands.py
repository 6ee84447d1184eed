"""Commands of proof: `byleave verify | checkpoint`, and `byleave keys rotate-signing`."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

from consent.audit import LedgerFlaw
from consent.checkpoints import Head
from service.admin_key import find_or_make_admin_key
from service.audit import Audits, Finding
from service.checkpoint_files import NotACheckpoint, Statement, heads_of, read_checkpoint
from service.command_database import current_database_of
from service.console import console, errors, foreseen_problems
from service.settings import Clock, Settings
from service.signing import NotSigned, Signing

_MEANINGS = {
    LedgerFlaw.ALTERED: "what stands there is not what its hash says, or not in its place.",
    LedgerFlaw.MISSING: "the checkpoint has an event there, and the ledger has none.",
    LedgerFlaw.REWRITTEN: "the chain agrees with itself, but up to there it is not the checkpoint's.",
    LedgerFlaw.WRONG_LINK: "the chain's id was not made from the customer whom it is said to belong to.",
    LedgerFlaw.WRONG_ERASURE: "what says that it was erased was not signed here, or does not fit the checkpoint.",
}


def rotate_signing() -> None:
    """Sign with a new key from now on. Old receipts stay verifiable: public keys stay published."""
    with foreseen_problems(), current_database_of(settings := Settings()) as engine:
        key_id = _signing(engine, settings).rotate()
    console.print(f"New receipts and checkpoints are signed with key {key_id}.")


def verify(
    checkpoint: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="A file that `byleave checkpoint` has written."),
    ] = None,
) -> None:
    """Recompute the whole consent ledger, and hold it against a checkpoint. Ends with 1 if it does not verify."""
    with foreseen_problems(), current_database_of(settings := Settings()) as engine:
        audits = _audits(engine, settings)
        since: Iterable[Head] = ()
        if checkpoint is not None:
            _show_checkpoint(read_checkpoint(checkpoint, lambda signed: _signed_here(audits, signed)))
            since = heads_of(checkpoint)
        with errors.status("Reading the ledger …"):
            finding = audits.verify(since)
    _end_if_bad(finding)
    console.print(f"Verified: {finding.audit.events:,} events in {finding.audit.chains:,} chains.")
    if checkpoint is None:
        console.print("Events missing at the end of a chain show only with --checkpoint FILE.")


def export_checkpoint() -> None:
    """Print a signed checkpoint of the consent ledger, to be kept outside: `byleave checkpoint > FILE`."""
    with foreseen_problems(), current_database_of(settings := Settings()) as engine:
        finding = _audits(engine, settings).export(typer.echo)
    _end_if_bad(finding)
    errors.print(f"Checkpoint of {finding.audit.events:,} events in {finding.audit.chains:,} chains.")


def _signed_here(audits: Audits, signed: str) -> Statement:
    try:
        return audits.statement_of(signed)
    except NotSigned as error:
        raise NotACheckpoint(f"The checkpoint was not signed by this service: {error.flaw.value}.") from error


def _show_checkpoint(statement: Statement) -> None:
    console.print(
        f"Checkpoint of {statement.issued_at}: {statement.events:,} events in {statement.chains:,} chains."
    )


def _end_if_bad(finding: Finding) -> None:
    bad = finding.audit.first_bad
    if bad is None:
        return
    errors.print(f"NOT verified: chain {bad.chain_id}, position {bad.position}: {_MEANINGS[bad.because]}")
    raise typer.Exit(1)


def _audits(engine: Engine, settings: Settings) -> Audits:
    return Audits(engine, Clock(settings.now), _signing(engine, settings))


def _signing(engine: Engine, settings: Settings) -> Signing:
    return Signing(engine, Clock(settings.now), find_or_make_admin_key(settings))
