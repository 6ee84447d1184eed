"""The examples of planning contacts and of proposing orders: one that is made, and somebody who is held back."""

from typing import Any

PLAN: dict[str, Any] = {"date": "2026-06-10", "channels": ["email", "app"], "limit": 100, "locale": "en"}

_REASON: dict[str, Any] = {
    "code": "fits_device",
    "text": "Fits your HP OfficeJet Pro 8600",
    "detail": "You bought this device here on 3 March 2026. You last bought HP 950 black ink 10 weeks ago.",
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
            "source": "catalogue",
            "field": "fits",
            "ref": "hp-950-black → hp-ojp-8600",
            "value": None,
            "share": 0.0,
            "consent": None,
        },
    ],
    "others": {"count": 0, "share": 0.0},
}

PLANNED: dict[str, Any] = {
    "outreach": [
        {
            "outreach_id": "out_01KVTP7A1B2C3D4E5F6G7H8J9K",
            "customer_id": "c-1001",
            "date": "2026-06-10",
            "channel": "email",
            "kind": "reminder",
            "items": [
                {
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
                    "reason": _REASON,
                }
            ],
            "message": None,
            "reason": _REASON,
            "ask": [],
            "state": "planned",
            "send_from": "2026-06-10T06:00:00Z",
            "send_until": "2026-06-10T19:00:00Z",
        }
    ],
    "held_back": [{"customer_id": "c-1002", "because": ["cap_reached", "already_told"], "message_id": None}],
    "next_cursor": None,
}

STOPPED: dict[str, Any] = {
    "outreach_id": "out_01KVTP7A1B2C3D4E5F6G7H8J9K",
    "state": "stopped",
    "go": False,
    "because": ["no_permission"],
}

PROPOSALS: dict[str, Any] = {
    "proposed": [
        {
            "customer_id": "c-1001",
            "product_id": "coffee",
            "consent_id": "con_01KVTP6Z4N8C7Q2M5R9X1W3Y6A",
            "event_id": "evt_01KVTP7A1B2C3D4E5F6G7H8J9K",
            "price_limit": {"amount": "20.00", "currency": "EUR"},
            "uses_left": 2,
        }
    ],
    "held_back": [{"customer_id": "c-1002", "product_id": "coffee", "because": "not_due"}],
    "next_cursor": None,
}
