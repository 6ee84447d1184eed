"""The example of an erasure's record for the OpenAPI document: data, shaped as `consent/erasure_receipts.py` has it."""

from typing import Any

from service.api.receipt_example import RECEIPT

ERASURE: dict[str, Any] = {
    "receipt": RECEIPT["receipt"],
    "record": {
        "@context": RECEIPT["record"]["@context"],
        "@id": "urn:byleave:receipt:rct_01KVTP9A1B2C3D4E5F6G7H8J9K",
        "@type": "dpv:RightExerciseRecord",
        "dpv:hasIdentifier": "rct_01KVTP9A1B2C3D4E5F6G7H8J9K",
        "dct:issued": "2026-06-10T09:00:00Z",
        "dpv:hasDataSubject": {
            "@id": "urn:byleave:customer:c-2001",
            "@type": "dpv:DataSubject",
            "dpv:hasIdentifier": "c-2001",
        },
        "dpv:hasRight": {
            "@type": "dpv:DataSubjectRight",
            "dct:description": "erasure: all data about the customer is deleted",
        },
        "dpv:hasRequestStatus": {"@id": "dpv:RequestFulfilled"},
        "dpv:isIndicatedAtTime": "2026-06-10T09:00:00Z",
        "dpv:hasProcess": {
            "@type": "dpv:Process",
            "dpv:hasPurpose": {"@id": "dpv:RightsFulfilment"},
            "dpv:hasProcessing": {"@id": "dpv:Erase"},
            "dpv:hasDataController": {"@id": "urn:byleave:controller"},
            "dpv:hasPersonalData": [
                {"@type": "dpv:PersonalData", "dpv:hasIdentifier": "consents", "byleave:rows": 2},
                {"@type": "dpv:PersonalData", "dpv:hasIdentifier": "purchases", "byleave:rows": 7},
            ],
        },
        "dpv:hasEntity": [
            {
                "@id": "urn:byleave:controller",
                "@type": ["dpv:DataController", "dpv:LegalEntity"],
                "dpv:hasIdentifier": "urn:byleave:controller",
                "dpv:hasName": "Example Shop Ltd",
                "dpv:hasAddress": "1 Market Street, Dublin",
                "dpv:hasContact": "privacy@shop.example",
            }
        ],
        "byleave:chain_id": "chb_5f0c1b7d9e3a42c68d11f7b0a9e4c3d25f6a7b8c9d0e1f2a3b4c5d6e7f8091a2",
        "byleave:events": 2,
        "byleave:last_hash": "9b0c1f5a6d2e47f88a31c5d7e90b2f6413a8c6e5d4f7b2a190e8d7c6b5a49382",
        "byleave:kept": "That a chain of this many events was erased, and a keyed hash of this id.",
    },
}
