"""An erasure as the document that the customer keeps, in the words of DPV, as JSON-LD.

It names her and the chain that was hers. She is the only one who has both: here only the chain stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consent.dpv import CONTEXT
from consent.moments import rfc3339
from consent.receipts import CONTROLLER, Terms, controller

_KEPT = (
    "That a chain of this many events was erased, with the hash of the last one; and a keyed hash of this id, so "
    "that an import of older data is refused. Neither tells who it was to somebody who does not know it."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Erased:
    """What was erased: how many rows of what; of a chain with events its id, its length and its last hash."""

    customer_id: str
    erased_at: datetime
    rows: Mapping[str, int]
    chain_id: str | None
    events: int
    last_hash: str | None


def erasure_document(erased: Erased, *, terms: Terms, receipt_id: str, issued_at: datetime) -> dict[str, Any]:
    """The receipt of an erasure. Where nothing was stored it says so: no personal data, no chain."""
    return {
        "@context": dict(CONTEXT),
        "@id": f"urn:byleave:receipt:{receipt_id}",
        "@type": "dpv:RightExerciseRecord",
        "dpv:hasIdentifier": receipt_id,
        "dct:issued": rfc3339(issued_at),
        "dpv:hasDataSubject": {
            "@id": f"urn:byleave:customer:{erased.customer_id}",
            "@type": "dpv:DataSubject",
            "dpv:hasIdentifier": erased.customer_id,
        },
        "dpv:hasRight": {
            "@type": "dpv:DataSubjectRight",
            "dct:description": "erasure: all data about the customer is deleted",
        },
        "dpv:hasRequestStatus": {"@id": "dpv:RequestFulfilled"},
        "dpv:isIndicatedAtTime": rfc3339(erased.erased_at),
        "dpv:hasProcess": {
            "@type": "dpv:Process",
            "dpv:hasPurpose": {"@id": "dpv:RightsFulfilment"},
            "dpv:hasProcessing": {"@id": "dpv:Erase"},
            "dpv:hasDataController": CONTROLLER,
            "dpv:hasPersonalData": [
                {"@type": "dpv:PersonalData", "dpv:hasIdentifier": name, "byleave:rows": rows}
                for name, rows in sorted(erased.rows.items())
                if rows
            ],
        },
        "dpv:hasEntity": [controller(terms)],
        "byleave:chain_id": erased.chain_id,
        "byleave:events": erased.events,
        "byleave:last_hash": erased.last_hash,
        "byleave:kept": _KEPT,
    }
