"""Use cases of the audit: read the whole ledger through, and sign what was found for comparing it later.

The last thing signed is kept, to be handed out with the feed of changes and named in receipts.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass

import rfc8785
from sqlalchemy import Connection, Engine

from consent.audit import Audit, StoredErasure, audit
from consent.chain_links import first_bad_link
from consent.checkpoints import Head
from service.checkpoint_files import Statement, write_head, write_statement
from service.db.checkpoints import StoredCheckpoint, keep_checkpoint
from service.db.engine import snapshot, write_transaction
from service.db.erasures import ErasedChain, read_erasures
from service.db.ledger_audit import stored_entries, stored_links
from service.settings import Clock
from service.signing import NotSigned, SignedKind, Signing, Verifier


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What an audit found, with a signed checkpoint of the ledger if nothing is wrong with it."""

    audit: Audit
    checkpoint: StoredCheckpoint | None

    @property
    def verified(self) -> bool:
        return self.audit.first_bad is None


@dataclass(frozen=True, slots=True)
class Audits:
    """The audits of one shop's ledger."""

    engine: Engine
    clock: Clock
    signing: Signing

    def verify(self, since: Iterable[Head] = (), each: Callable[[Head], None] = lambda head: None) -> Finding:
        """Read the ledger, against the heads of a checkpoint if there is one; hands on each head found."""
        with snapshot(self.engine) as connection:
            now = self.clock.now()
            erasures = self._erasures(connection)
            with stored_entries(connection) as entries:
                found = audit(entries, erasures=erasures, since=since, each=each)
            if found.first_bad is None:
                with stored_links(connection) as links:
                    found = found.but_for(first_bad_link(links))
        if found.first_bad is not None:
            return Finding(audit=found, checkpoint=None)
        statement = Statement(
            issued_at=now.isoformat(), chains=found.chains, events=found.events, root=found.root
        )
        # Nothing is signed that was not read through and found good.
        signed = self.signing.sign(SignedKind.CHECKPOINT, rfc8785.dumps(asdict(statement)))
        checkpoint = StoredCheckpoint(
            issued_at=now, chains=found.chains, events=found.events, root=found.root, signed=signed
        )
        with write_transaction(self.engine) as connection:
            keep_checkpoint(connection, checkpoint)
        return Finding(audit=found, checkpoint=checkpoint)

    def _erasures(self, connection: Connection) -> Iterator[StoredErasure]:
        """What stays of erased chains; a head only where the row says what was signed here, to the letter."""
        verifier = self.signing.verifier(connection)
        for row in read_erasures(connection):
            yield StoredErasure(chain_id=row.chain_id, head=row.head if _is_signed(row, verifier) else None)

    def export(self, write: Callable[[str], None]) -> Finding:
        """Write a checkpoint, line by line. It ends with its statement only if the ledger is good."""
        finding = self.verify(each=lambda head: write_head(head, write))
        if finding.checkpoint is not None:
            signed = finding.checkpoint.signed
            write_statement(self.statement_of(signed), signed, write)
        return finding

    def statement_of(self, signed: str) -> Statement:
        """What a checkpoint states. Raises NotSigned if it was not signed here."""
        return Statement(**json.loads(self.signing.open(SignedKind.CHECKPOINT, signed)))


def _is_signed(row: ErasedChain, verifier: Verifier) -> bool:
    try:
        return verifier.open(SignedKind.ERASURE, row.signed) == row.statement()
    except NotSigned:
        return False
