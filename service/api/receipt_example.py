"""The example of a receipt for the OpenAPI document: data, shaped as `consent/receipts.py` makes it."""

from typing import Any

RECEIPT: dict[str, Any] = {
    "receipt": "eyJhbGciOiJFZERTQSIsInR5cCI6ImJ5bGVhdmUtcmVjZWlwdCtqd3MifQ.eyJAdHlwZSI6IiJ9.c2lnbmF0dXJl",
    "record": {
        "@context": {
            "dpv": "https://w3id.org/dpv#",
            "dct": "http://purl.org/dc/terms/",
            "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
            "byleave": "urn:byleave:vocabulary:",
            "byleave:entry": {"@id": "byleave:entry", "@type": "@json"},
        },
        "@id": "urn:byleave:receipt:rct_01KVTP8E2B6H4J9T3D5F7G1K0M",
        "@type": "dpv:ConsentReceipt",
        "dct:conformsTo": {"@id": "https://w3id.org/dpv/schema/dpv-27560#receipt-record"},
        "dpv:hasIdentifier": "rct_01KVTP8E2B6H4J9T3D5F7G1K0M",
        "dct:issued": "2026-06-10T09:00:00Z",
        "dct:hasPart": {
            "@id": "urn:byleave:consent:con_01KVTP6Z4N8C7Q2M5R9X1W3Y6A",
            "@type": "dpv:ConsentRecord",
            "dct:conformsTo": {"@id": "https://w3id.org/dpv/schema/dpv-27560#record"},
            "dpv:hasIdentifier": "con_01KVTP6Z4N8C7Q2M5R9X1W3Y6A",
            "dpv:hasDataSubject": {
                "@id": "urn:byleave:customer:c-2001",
                "@type": "dpv:DataSubject",
                "dpv:hasIdentifier": "c-2001",
            },
            "dpv:hasProcess": {
                "@type": "dpv:Process",
                "dpv:hasPurpose": {
                    "@id": "dpv:ProvidePersonalisedRecommendations",
                    "dpv:hasIdentifier": "recommendations",
                    "dct:description": "Show me personal suggestions here",
                },
                "dpv:hasLegalBasis": {"@id": "dpv:ExpressedConsent"},
                "dpv:hasPersonalData": [
                    {
                        "@type": "dpv:PersonalData",
                        "dpv:hasIdentifier": "purchases.product",
                        "dct:type": "purchases",
                        "dct:description": "which product she bought or returned here",
                    }
                ],
                "dpv:hasDataController": {"@id": "urn:byleave:controller"},
                "dpv:hasStorageCondition": [
                    {"@type": "dpv:StorageLocation", "dpv:hasLocation": "IE"},
                    {
                        "@type": "dpv:StorageDuration",
                        "dpv:hasDuration": "purchases for 400 days, all else until consent ends",
                    },
                ],
                "dpv:hasJurisdiction": "IE",
                "dpv:hasRecipient": "none",
                "dpv:hasConsentControl": {
                    "@type": "dpv:WithdrawConsent",
                    "dct:description": "https://shop.example/account/permissions",
                },
                "dpv:hasNotice": {
                    "@type": "dpv:ConsentNotice",
                    "dpv:hasIdentifier": "not stated",
                    "dct:language": "en",
                    "byleave:notice_binding": "assumed",
                },
            },
            "dpv:hasEntity": [
                {
                    "@id": "urn:byleave:controller",
                    "@type": ["dpv:DataController", "dpv:LegalEntity"],
                    "dpv:hasIdentifier": "urn:byleave:controller",
                    "dpv:hasName": "Example Shop Ltd",
                    "dpv:hasAddress": "1 Market Street, Dublin 2, Ireland",
                    "dpv:hasContact": "privacy@shop.example",
                }
            ],
            "dpv:hasStatus": {"@id": "dpv:ConsentGiven"},
            "byleave:state": "given",
            "byleave:in_force": ["purchases.product"],
            "byleave:checkpoint": {
                "byleave:root": "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
                "dct:issued": "2026-06-10T03:00:00Z",
            },
            "dpv:hasConsentStatus": [
                {
                    "@id": "urn:byleave:event:evt_01KVTP6Z4PA3B5C7D9E1F3G5H7",
                    "@type": ["dpv:ConsentGiven", "dpv:ExpressedConsent"],
                    "dpv:isIndicatedAtTime": "2026-03-03T14:06:00Z",
                    "dpv:hasDuration": {
                        "@type": "dpv:UntilEventDuration",
                        "rdf:value": "until it is withdrawn",
                    },
                    "dpv:isIndicatedBy": {"@id": "urn:byleave:customer:c-2001"},
                    "dpv:hasIndicationMethod": "checkbox",
                    "byleave:entry": {
                        "chain_id": "chb_5f0c1b7d9e3a42c68d11f7b0a9e4c3d25f6a7b8c9d0e1f2a3b4c5d6e7f8091a2",
                        "previous_hash": "0000000000000000000000000000000000000000000000000000000000000000",
                        "position": 1,
                        "event_id": "evt_01KVTP6Z4PA3B5C7D9E1F3G5H7",
                        "consent_id": "con_01KVTP6Z4N8C7Q2M5R9X1W3Y6A",
                        "kind": "given",
                        "purpose": "recommendations",
                        "fields": ["purchases.product"],
                        "channels": None,
                        "items": None,
                        "data_from": None,
                        "uses": None,
                        "expires_at": None,
                        "recorded_at": "2026-03-03T14:06:00.000000+00:00",
                        "occurred_at": None,
                        "replaces": None,
                        "evidence": {
                            "notice_id": None,
                            "shown": None,
                            "captured_via": "account page",
                            "method": "checkbox",
                            "locale": "en",
                            "actor": None,
                        },
                    },
                    "byleave:hash": "cae7208698ce05e4340b3b8bb5fff4712c47de84e6480a0ea48bf58a9f3a8ac2",
                }
            ],
        },
    },
}
