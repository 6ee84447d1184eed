"""Examples for the OpenAPI document, one for each request and answer, by the name of the operation.

Tests hold them against the schemas that they illustrate, and send the requests.
"""

from typing import Any

from service.api.erasure_example import ERASURE
from service.api.outreach_example import PLAN, PLANNED, PROPOSALS, STOPPED
from service.api.receipt_example import RECEIPT
from service.api.staff_examples import STAFF_ANSWERS, STAFF_REQUESTS

_PRODUCT: dict[str, Any] = {
    "title": "HP 950 Black Ink Cartridge",
    "short_title": "HP 950 black ink",
    "brand": "HP",
    "category": "ink",
    "price": {"amount": "27.99", "currency": "USD"},
    "url": "https://shop.example/p/hp-950-black",
    "image_url": "https://shop.example/i/hp-950-black.jpg",
    "attributes": {"color": "black", "item_group_id": "hp-950-black", "usual_interval_days": 63},
}

_EVENTS: dict[str, Any] = {
    "events": [
        {
            "id": "order-7001-1",
            "type": "purchase",
            "customer_id": "c-2001",
            "product_id": "hp-ojp-8600",
            "occurred_at": "2026-03-03T14:05:00Z",
            "order_id": "order-7001",
            "price": {"amount": "149.00", "currency": "USD"},
            "sales_channel": "web",
        },
        {
            "id": "view-90210",
            "type": "view",
            "customer_id": "c-2001",
            "product_id": "hp-950-black",
            "occurred_at": "2026-03-03T14:12:00Z",
        },
    ]
}

_DECISIONS: list[dict[str, Any]] = [
    {
        "decision": "given",
        "purpose": "recommendations",
        "data": ["purchases.product", "purchases.date"],
        "captured_via": "account page",
        "method": "checkbox",
        "locale": "en",
    }
]

_CONSENT: dict[str, Any] = {
    "consent_id": "con_01KVTP6Z4N8C7Q2M5R9X1W3Y6A",
    "purpose": "recommendations",
    "data": ["purchases.date", "purchases.product"],
    "in_force": ["purchases.date", "purchases.product"],
    "channels": None,
    "items": None,
    "data_from": None,
    "state": "given",
    "given_at": "2026-03-03T14:06:00Z",
    "recorded_at": "2026-03-03T14:06:00Z",
    "expires_at": None,
    "uses_left": None,
    "price_limit": None,
    "notice_id": None,
    "notice_binding": "assumed",
}

_OBJECTION: dict[str, Any] = {
    "objection_id": "obj_01KVTP6Z4N8C7Q2M5R9X1W3Y6B",
    "kind": "profiling",
    "purposes": ["recommendations", "reminders", "learning", "standing_orders"],
    "data": ["purchases.date", "purchases.product"],
    "state": "standing",
    "objected_at": "2026-06-10T09:00:00Z",
}

_FEEDBACK: dict[str, Any] = {
    "feedback_id": "fbk_01KVTP8E2B6H4J9T3D5F7G1K0N",
    "said_at": "2026-06-10T09:00:00Z",
    "kind": "was_a_gift",
    "product_id": "hp-ojp-8600",
    "rating": None,
    "mood": None,
    "importance": None,
    "comment": None,
    "touchpoint": "home",
    "journey": None,
    "done": "You said it was a gift: we no longer suggest anything for HP OfficeJet Pro 8600.",
}

_RECOMMENDATION: dict[str, Any] = {
    "recommendation_id": "rec_01KVTP8E2B6H4J9T3D5F7G1K0M",
    "customer_id": "c-1001",
    "personalised": True,
    "generated_at": "2026-06-10T09:00:00Z",
    "locale": "en",
    "items": [
        {
            "rank": 1,
            "kind": "product",
            "product": {
                "id": "hp-950-black",
                "title": "HP 950 Black Ink Cartridge",
                "short_title": "HP 950 black ink",
                "brand": "HP",
                "url": "https://shop.example/p/hp-950-black",
                "image_url": "https://shop.example/i/hp-950-black.jpg",
                "price": {"amount": "27.99", "currency": "USD"},
            },
            "reason": {
                "code": "fits_device",
                "text": "Fits your HP OfficeJet Pro 8600",
                "detail": "You bought this device here on 3 March 2026.",
                "facts": [
                    {
                        "source": "customer",
                        "field": "purchases.product",
                        "ref": "hp-ojp-8600",
                        "value": None,
                        "share": 1.0,
                        "consent": "con_01KVTP6Z4N8C7Q2M5R9X1W3Y6A",
                    },
                    {
                        "source": "customer",
                        "field": "purchases.date",
                        "ref": "hp-ojp-8600",
                        "value": "2026-03-03",
                        "share": 0.0,
                        "consent": "con_01KVTP6Z4N8C7Q2M5R9X1W3Y6A",
                    },
                    {
                        "source": "catalogue",
                        "field": "fits",
                        "ref": "hp-950-black → hp-ojp-8600",
                        "value": None,
                        "share": 0.0,
                        "consent": None,
                    },
                ],
                "others": {"count": 0, "share": 0.0},
            },
            "controls": [
                "not_mine",
                "have_it",
                "was_a_gift",
                "not_now",
                "not_interested",
                "stop_using_this",
            ],
        }
    ],
    "data_used": [
        {
            "field": "purchases.product",
            "purpose": "recommendations",
            "consent": "con_01KVTP6Z4N8C7Q2M5R9X1W3Y6A",
        }
    ],
    "data_not_used": [{"field": "browsing.views", "because": "not_asked"}],
}

_TIP: dict[str, Any] = {
    "products": ["hp-ojp-8600"],
    "brands": [],
    "categories": [],
    "due": {"after_days": 60, "until_days": 120},
    "texts": {
        "en": {
            "title": "Print a little, often",
            "text": "One page in colour a week keeps the nozzles from drying out.",
        },
        "zh-Hans": {"title": "少量多次打印", "text": "每周打印一页彩色内容。这样喷嘴不会干涸。"},
    },
}

_STORED_TIP: dict[str, Any] = {
    "id": "print-a-little",
    **_TIP,
    "due": {"after_days": 60, "until_days": 120, "every_days": None, "from": None, "to": None},
}

_MESSAGE: dict[str, Any] = {
    "kind": "service",
    "topic": "appointments",
    "texts": {
        "en": {
            "title": "Lena is away next week",
            "text": "From 15 to 19 June Lena is on leave. Your appointment can be moved, or Kim can see you.",
        },
    },
    "concerns": {"served_by": ["lena"], "since": "2026-01-01"},
    "known_since": "2026-06-08",
    "valid_from": "2026-06-08",
    "valid_until": "2026-06-19",
}

_STORED_MESSAGE: dict[str, Any] = {
    "id": "lena-is-away",
    **_MESSAGE,
    "concerns": {
        "customer_ids": [],
        "products": [],
        "categories": [],
        "served_by": ["lena"],
        "since": "2026-01-01",
    },
    "products": [],
    "categories": [],
    "interval_days": None,
}

_RECOMMENDATION["items"].append(
    {
        "rank": 2,
        "kind": "tip",
        "tip": {"id": "print-a-little", **_TIP["texts"]["en"], "locale": "en"},
        "reason": {
            "code": "care",
            "text": "Care for the HP OfficeJet Pro 8600 you bought",
            "detail": "You bought it here on 3 March 2026.",
            "facts": [
                {**_RECOMMENDATION["items"][0]["reason"]["facts"][0], "share": 0.5},
                {**_RECOMMENDATION["items"][0]["reason"]["facts"][1], "share": 0.5},
                {
                    "source": "catalogue",
                    "field": "tip",
                    "ref": "print-a-little → hp-ojp-8600",
                    "value": None,
                    "share": 0.0,
                    "consent": None,
                },
            ],
            "others": {"count": 0, "share": 0.0},
        },
        "controls": [],
    }
)

_VISITORS_RECOMMENDATION: dict[str, Any] = _RECOMMENDATION | {
    "customer_id": None,
    "personalised": False,
    "items": [
        {
            **_RECOMMENDATION["items"][0],
            "reason": {
                "code": "featured",
                "text": "Our pick for everyone",
                "detail": "",
                "facts": [
                    {
                        "source": "catalogue",
                        "field": "featured_rank",
                        "ref": None,
                        "value": 1,
                        "share": 1.0,
                        "consent": None,
                    }
                ],
                "others": {"count": 0, "share": 0.0},
            },
        }
    ],
    "data_used": [],
    "data_not_used": [{"field": "purchases.product", "because": "not_asked"}],
}

_HISTORY: dict[str, Any] = {
    "events": [
        {
            "position": 1,
            "event_id": "evt_01KVTP6Z4PA3B5C7D9E1F3G5H7",
            "consent_id": _CONSENT["consent_id"],
            "event": "given",
            "purpose": "recommendations",
            "data": ["purchases.date", "purchases.product"],
            "channels": None,
            "items": None,
            "data_from": None,
            "uses": None,
            "expires_at": None,
            "price_limit": None,
            "recorded_at": "2026-03-03T14:06:00Z",
            "occurred_at": None,
            "replaces": None,
            "notice_id": None,
            "shown": None,
            "captured_via": "account page",
            "method": "checkbox",
            "locale": "en",
            "actor": None,
            "chain_id": "chb_5f0c1b7d9e3a42c68d11f7b0a9e4c3d25f6a7b8c9d0e1f2a3b4c5d6e7f8091a2",
            "previous_hash": "0" * 64,
            "hash": "9b0c1f5a6d2e47f88a31c5d7e90b2f6413a8c6e5d4f7b2a190e8d7c6b5a49382",
        }
    ],
    "next_cursor": None,
}

_CHECKPOINT: dict[str, Any] = {
    "issued_at": "2026-06-10T09:00:00Z",
    "chains": 2_500,
    "events": 10_000,
    "root": "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    "signed": "eyJhbGciOiJFZERTQSIsInR5cCI6ImJ5bGVhdmUtY2hlY2twb2ludCtqd3MifQ.eyJjaGFpbnMiOjI1MDB9.c2lnbg",
}

_CHANGES: dict[str, Any] = {
    "changes": [
        {
            "number": 10_001,
            "kind": "consent",
            "chain_id": "chn_01KVTP6Z4M2N4P6Q8R1S3T5V7W",
            "customer_id": "c-2001",
            "position": 2,
            "event_id": "evt_01KVTP8E2B6H4J9T3D5F7G1K0M",
            "consent_id": _CONSENT["consent_id"],
            "event": "withdrawn",
            "purpose": "recommendations",
            "data": ["purchases.date", "purchases.product"],
            "channels": None,
            "items": None,
            "data_from": None,
            "uses": None,
            "expires_at": None,
            "price_limit": None,
            "recorded_at": "2026-06-10T09:00:00Z",
            "occurred_at": None,
            "replaces": None,
            "notice_id": None,
            "method": "button",
            "previous_hash": "9b0c1f5a6d2e47f88a31c5d7e90b2f6413a8c6e5d4f7b2a190e8d7c6b5a49382",
            "hash": "3f1d2c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f001",
        }
    ],
    "next": 10_001,
    "checkpoint": _CHECKPOINT,
}

_USES: dict[str, Any] = {
    "uses": [
        {
            "answer_id": _RECOMMENDATION["recommendation_id"],
            "kind": "answer",
            "field": "purchases.product",
            "purpose": "recommendations",
            "consent": _CONSENT["consent_id"],
            "used_at": "2026-06-10T09:00:00Z",
        }
    ],
    "next_cursor": None,
}

_STORED_PRODUCT: dict[str, Any] = {
    "id": "hp-950-black",
    **_PRODUCT,
    "available": True,
    "sensitive": False,
    "sample_of": None,
    "featured_rank": None,
    "fits": ["hp-ojp-8600"],
}

_DEVICES: dict[str, Any] = {
    "devices": [{"product_id": "hp-ojp-8600", "since": "2026-03-03", "status": "owned"}]
}

_PREFERENCES: dict[str, Any] = {
    "likes": {"brand": ["Faber"], "category": ["pens"]},
    "dislikes": {"brand": [], "category": ["perfume"]},
    "sizes": {"shoes": ["38", "38.5"]},
    "budget": {"amount": "40.00", "currency": "EUR"},
}

_OCCASIONS: dict[str, Any] = {
    "occasions": [
        {
            "name": "Valentine's Day",
            "date": "02-14",
            "recipient": "partner",
            "lead_days": 7,
            "budget": {"amount": "60.00", "currency": "EUR"},
        },
        {"name": None, "date": "mothers_day", "recipient": "mother", "lead_days": None, "budget": None},
    ]
}

_CONTACT: dict[str, Any] = {
    "channels": ["email"],
    "time_zone": "Europe/Berlin",
    "quiet_hours": ["21:00", "08:00"],
    "rhythm": "P1M",
}

_NOTICE: dict[str, Any] = {
    "purposes": ["recommendations"],
    "locale": "en",
    "title": "Suggestions that fit",
    "text": "We use what you buy here to show you what fits. You can stop this at any time.",
    "data": ["purchases.product", "purchases.date"],
    "recipients": [],
    "retention": "P400D",
    "storage_location": "Ireland",
    "withdrawal_method": "https://shop.example/account/permissions",
    "material_change": False,
}

_PUBLISHED: dict[str, Any] = {
    "notice_id": "ntc_01KVTP5Y3Q7B9D2F4H6J8K0M1N",
    "version": 1,
    "sha256": "293fdc787231a9df2d8784e6fa2dbae2efe1d2f6e3bec6e52e43d30929349b73",
    **_NOTICE,
    "data": ["purchases.date", "purchases.product"],
    "translation_of": None,
    "published_at": "2026-03-01T08:00:00Z",
}

_TOKEN: dict[str, Any] = {
    "customer_id": "c-2001",
    "scopes": ["consents:read", "consents:write", "recommendations:read"],
    "expires_in": 900,
}

REQUESTS: dict[str, Any] = {
    "post_recommendations": {"limit": 10, "touchpoint": "home", "locale": "en"},
    "record_decisions": {"decisions": _DECISIONS},
    "what_if": {
        "changes": [{"decision": "withdrawn", "purpose": "recommendations", "data": ["purchases"]}],
        "request": {"limit": 10},
    },
    "object_to": {"kind": "profiling"},
    "decide_many": {
        "requests": [
            {
                "customer_id": "c-1001",
                "purpose": "recommendations",
                "field": "purchases.product",
                "channel": "web",
            }
        ]
    },
    "publish_notice": _NOTICE,
    "merge_visitor": {"visitor_id": "v-90210"},
    "put_product": _PRODUCT,
    "put_products": {
        "products": [
            {"id": "hp-ojp-8600", "title": "HP OfficeJet Pro 8600"},
            {"id": "hp-950-black", **_PRODUCT},
        ]
    },
    "put_fits": {"devices": ["hp-ojp-8600"]},
    "put_tip": _TIP,
    "put_message": _MESSAGE,
    "plan_outreach": PLAN,
    "report_outreach": {"outcome": "sending"},
    "propose_orders": {"limit": 100},
    "take_in_events": _EVENTS,
    "put_devices": _DEVICES,
    "put_preferences": _PREFERENCES,
    "put_occasions": _OCCASIONS,
    "put_contact": _CONTACT,
    "give_feedback": {
        "kind": "was_a_gift",
        "product_id": "hp-ojp-8600",
        "touchpoint": "home",
    },
    "create_token": _TOKEN,
    "verify_receipt": RECEIPT,
    **STAFF_REQUESTS,
}

ANSWERS: dict[str, Any] = {
    "get_recommendations": _RECOMMENDATION,
    "post_recommendations": _RECOMMENDATION,
    "get_visitor_recommendations": _VISITORS_RECOMMENDATION,
    "record_decisions": {"consents": [_CONSENT]},
    "list_consents": {"consents": [_CONSENT], "next_cursor": None},
    "list_history": _HISTORY,
    "withdraw": _CONSENT | {"state": "withdrawn", "in_force": []},
    "withdraw_all": {"consents": [_CONSENT | {"state": "withdrawn", "in_force": []}]},
    "what_if": {
        "before": _RECOMMENDATION,
        "after": _VISITORS_RECOMMENDATION | {"customer_id": "c-1001"},
        "lost": ["hp-950-black"],
        "gained": [],
    },
    "object_to": _OBJECTION,
    "list_objections": {"objections": [_OBJECTION], "next_cursor": None},
    "lift_objection": _OBJECTION | {"state": "lifted"},
    "decide_many": {
        "decisions": [
            {
                "permitted": True,
                "because": None,
                "consent_id": _CONSENT["consent_id"],
                "expires_at": None,
                "uses_left": None,
            }
        ]
    },
    "merge_visitor": {"consents": [_CONSENT | {"state": "refused", "in_force": []}]},
    "list_uses": _USES,
    "list_purposes": {
        "purposes": [
            {
                "code": "recommendations",
                "question": "Show me personal suggestions here",
                "dpv": "https://w3id.org/dpv#ProvidePersonalisedRecommendations",
                "shares": False,
            }
        ]
    },
    "list_data_fields": {
        "data_fields": [
            {
                "code": "purchases.product",
                "category": "purchases",
                "name": "product",
                "meaning": "which product she bought or returned here",
            }
        ]
    },
    "publish_notice": _PUBLISHED,
    "list_notices": {"notices": [_PUBLISHED], "next_cursor": None},
    "get_notice": _PUBLISHED,
    "put_product": _STORED_PRODUCT,
    "get_product": _STORED_PRODUCT,
    "put_products": {"created": 1, "replaced": 1},
    "put_fits": {"product_id": "hp-950-black", "devices": ["hp-ojp-8600"]},
    "put_tip": _STORED_TIP,
    "get_tip": _STORED_TIP,
    "put_message": _STORED_MESSAGE,
    "plan_outreach": PLANNED,
    "report_outreach": STOPPED,
    "propose_orders": PROPOSALS,
    "get_message": _STORED_MESSAGE,
    "list_messages": {"messages": [_STORED_MESSAGE], "next_cursor": None},
    "list_tips": {"tips": [_STORED_TIP], "next_cursor": None},
    "take_in_events": {
        "results": [
            {"id": "order-7001-1", "status": "held", "because": "not_asked"},
            {"id": "view-90210", "status": "dropped", "because": "not_asked"},
        ],
    },
    "get_devices": _DEVICES,
    "put_devices": _DEVICES,
    "get_preferences": _PREFERENCES,
    "put_preferences": _PREFERENCES,
    "get_occasions": _OCCASIONS,
    "put_occasions": _OCCASIONS,
    "get_contact": _CONTACT,
    "put_contact": _CONTACT,
    "give_feedback": {"feedback": _FEEDBACK, "ask": [], "not_kept": [], "narrowed": None},
    "list_feedback": {"feedback": [_FEEDBACK], "next_cursor": None},
    "create_token": {
        "token": "eyJhbGciOiJIUzI1NiIsInR5cCI6ImJ5bGVhdmUrand0In0.eyJzdWIiOiJjLTIwMDEifQ.c2lnbmF0dXJl",
        "token_type": "Bearer",
        "customer_id": "c-2001",
        "scopes": _TOKEN["scopes"],
        "expires_at": "2026-06-10T09:15:00Z",
    },
    "get_receipt": RECEIPT,
    "erase_customer": ERASURE,
    "verify_receipt": {"valid": False, "because": "record_differs"},
    "refresh_learning": {
        "customers": 1_204,
        "products": 818,
        "before": "fd61a03af4f77d870fc21e05e7e80678095c92d808cfb3b5c279ee04c74aca13",
        "after": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "rebuilt": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "permitted": True,
        "exact": True,
        "now": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
        "receipt": "eyJhbGciOiJFZERTQSJ9.eyJleGFjdCI6dHJ1ZX0.c2lnbmVk",
    },
    "verify_ledger": {
        "verified": True,
        "events": 10_000,
        "checkpoint": _CHECKPOINT,
        "first_bad": None,
    },
    "list_changes": _CHANGES,
    "list_signing_keys": {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "x": "x1Nx9WlGw63QNozXXfLHgADbhhX9qjNc9mJxyh2LOBk",
                "kid": "xmQmTI2cvv3tzDdQINcEICbYSc0dgK75-NEQOvcE7j4",
                "alg": "EdDSA",
                "use": "sig",
            }
        ]
    },
    "get_privacy_control": {"gpc": True, "lastUpdate": "2026-11-22"},
    "get_health": {"status": "ok"},
    "get_readiness": {"status": "ok"},
    **STAFF_ANSWERS,
}

PROBLEM: dict[str, Any] = {
    "type": "urn:byleave:problem:unknown_purpose",
    "title": "Unprocessable Entity",
    "status": 422,
    "detail": "decisions.0.purpose is no known purpose; use one of: recommendations, reminders.",
    "code": "unknown_purpose",
    "errors": [
        {
            "path": "decisions.0.purpose",
            "message": "is no known purpose; use one of: recommendations, reminders",
        }
    ],
}
