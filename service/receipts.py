"""Use cases of receipts: issue the signed copy of a consent that she keeps, and tell whether one is ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine

from consent.receipts import NamedCheckpoint, Terms, canonical, receipt_document
from consent.records import consent_records
from consent.vocabulary import BUILT_IN, PurposeCatalogue
from service.db.checkpoints import StoredCheckpoint, read_latest_checkpoint
from service.db.consent_ledger import events_of, read_entries
from service.db.engine import snapshot
from service.db.notices import read_notices
from service.errors import no_such_consent
from service.ids import new_id
from service.settings import Clock
from service.signing import NotSigned, SignedKind, Signing


class ReceiptFlaw(StrEnum):
    """Why a receipt does not hold: a closed list, the same on the wire."""

    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    WRONG_SIGNATURE = "wrong_signature"
    RECORD_DIFFERS = "record_differs"


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """A record, and the JWS over its canonical form."""

    signed: str
    record: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Receipts:
    """The receipts of one shop. None is stored: she keeps it, and the ledger says the same again."""

    engine: Engine
    clock: Clock
    signing: Signing
    terms: Terms
    purposes: PurposeCatalogue = BUILT_IN

    def issue(self, customer_id: str, consent_id: str) -> Receipt:
        """A receipt for one of her consents as it stands now.

        Raises Problem (404) for a consent that is not hers.
        """
        with snapshot(self.engine) as connection:
            entries = read_entries(connection, customer_id)
            events = events_of(connection, entries)
            named = (one.evidence.notice_id for one in events if one.consent_id == consent_id)
            notices = read_notices(connection, (notice_id for notice_id in named if notice_id))
            checkpoint = read_latest_checkpoint(connection)
        now = self.clock.now()
        for record in consent_records(events, customer_id=customer_id, at=now):
            if record.consent_id == consent_id:
                document = receipt_document(
                    record,
                    [entry for entry in entries if entry.event.consent_id == consent_id],
                    terms=self.terms,
                    notices=notices,
                    receipt_id=new_id("rct"),
                    issued_at=now,
                    checkpoint=_named(checkpoint),
                    purposes=self.purposes,
                )
                signed = self.signing.sign(SignedKind.RECEIPT, canonical(document))
                return Receipt(signed=signed, record=document)
        raise no_such_consent()

    def flaw(self, signed: str, record: Mapping[str, Any]) -> ReceiptFlaw | None:
        """Why this is no receipt of ours for `record`; `None` if it is one."""
        try:
            payload = self.signing.open(SignedKind.RECEIPT, signed)
        except NotSigned as error:
            return ReceiptFlaw(error.flaw.value)
        try:
            is_the_same = canonical(record) == payload
        except (ValueError, RecursionError):
            is_the_same = False
        return None if is_the_same else ReceiptFlaw.RECORD_DIFFERS


def _named(checkpoint: StoredCheckpoint | None) -> NamedCheckpoint | None:
    if checkpoint is None:
        return None
    return NamedCheckpoint(root=checkpoint.root, issued_at=checkpoint.issued_at)
