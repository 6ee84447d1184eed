"""Use case: erase a customer, all at once, and give her the signed record of it.

What stays names nobody: the signed end of her chain, and a keyed hash of her id (docs/erasure.md).
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from consent import vocabulary
from consent.erasure_receipts import Erased, erasure_document
from consent.receipts import Terms, canonical
from service.db.changes import add_erasure_change
from service.db.consent_ledger import lock_ledger
from service.db.engine import drop_old_pages, write_transaction
from service.db.epochs import ERASURES, LEARNING_DENIALS, advance_epoch, lock_epoch
from service.db.erasures import ErasedChain, add_erasure
from service.db.learning_changes import learning_changed
from service.db.own_data import delete_own_rows
from service.ids import new_id
from service.once import Once, attempt
from service.receipts import Receipt
from service.settings import Clock
from service.signing import SignedKind, Signer, Signing
from service.tombstones import Tombstones

# What the record calls the tables; a chain without events is none, and of her calls only hashes are stored.
_NAMES = {"use_records": "uses", "message_customers": "messages", "consent_events": "consents"}
_NOT_TOLD = frozenset({"consent_chains", "idempotency_keys", "stored_answers"})


@dataclass(frozen=True, slots=True)
class Erasures:
    """The erasures of one shop."""

    engine: Engine
    clock: Clock
    signing: Signing
    tombstones: Tombstones
    terms: Terms

    def erase(self, customer_id: str, once: Once | None = None) -> Receipt:
        """Delete all that is stored of her, durably, before this returns. A second time there is nothing left.

        A repeated call erases nothing: she may have come back since.
        """
        signer = self.signing.signer()
        with write_transaction(self.engine) as connection:
            tried = attempt(connection, once, now=self.clock.now())
            if tried.is_first:
                erased = self._erase(connection, customer_id, signer, once)
                tried.note(**_noted(erased))
            else:
                erased = _erased_before(customer_id, tried.made)
        drop_old_pages(self.engine)
        document = erasure_document(
            erased, terms=self.terms, receipt_id=new_id("rct"), issued_at=self.clock.now()
        )
        return Receipt(signed=signer.sign(SignedKind.RECEIPT, canonical(document)), record=document)

    def _erase(self, connection: Connection, customer_id: str, signer: Signer, once: Once | None) -> Erased:
        # In this order, as all others that need several of these locks: nobody waits in a circle.
        lock_epoch(connection, ERASURES)
        ledger = lock_ledger(connection, customer_id)
        if any(event.scope.purpose == vocabulary.LEARNING for event in ledger.events):
            advance_epoch(connection, LEARNING_DENIALS)
        learning_changed(connection, [ledger.chain_id])
        now, events = self.clock.now(), len(ledger.events)
        rows = delete_own_rows(connection, customer_id, but_for=(once.caller, once.key) if once else None)
        self.tombstones.add(connection, customer_id, now)
        if events:
            chain = ErasedChain(chain_id=ledger.chain_id, events=events, hash=ledger.last_hash, erased_at=now)
            add_erasure(connection, chain, signer.sign(SignedKind.ERASURE, chain.statement()))
            add_erasure_change(connection, ledger.chain_id)
        return Erased(
            customer_id=customer_id,
            erased_at=now,
            rows={_NAMES.get(name, name): count for name, count in rows.items() if name not in _NOT_TOLD},
            chain_id=ledger.chain_id if events else None,
            events=events,
            last_hash=ledger.last_hash if events else None,
        )


def _noted(erased: Erased) -> dict[str, Any]:
    """For the answer to a repeated call; without her id, which that call brings again."""
    told = asdict(erased) | {"erased_at": erased.erased_at.isoformat()}
    return {name: value for name, value in told.items() if name != "customer_id"}


def _erased_before(customer_id: str, made: dict[str, Any]) -> Erased:
    told = made | {"erased_at": datetime.fromisoformat(made["erased_at"])}
    return Erased(customer_id=customer_id, **told)
