"""Examples for the OpenAPI document. Tests hold them against the schemas that they illustrate."""

from typing import Any

PRODUCT: dict[str, Any] = {
    "title": "HP 950 Black Ink Cartridge",
    "short_title": "HP 950 black ink",
    "brand": "HP",
    "category": "ink",
    "price": {"amount": "27.99", "currency": "USD"},
    "url": "https://shop.example/p/hp-950-black",
    "image_url": "https://shop.example/i/hp-950-black.jpg",
    "attributes": {"color": "black", "item_group_id": "hp-950-black", "usual_interval_days": 63},
}

EVENTS: dict[str, Any] = {
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
        }
    ]
}

DECISIONS: list[dict[str, Any]] = [
    {
        "decision": "given",
        "purpose": "recommendations",
        "data": ["purchases.product", "purchases.date"],
        "captured_via": "account page",
        "method": "checkbox",
        "locale": "en",
    }
]

CONSENT: dict[str, Any] = {
    "consent_id": "con_01KVTP6Z4N8C7Q2M5R9X1W3Y6A",
    "purpose": "recommendations",
    "data": ["purchases.date", "purchases.product"],
    "in_force": ["purchases.date", "purchases.product"],
    "state": "given",
    "given_at": "2026-03-03T14:06:00Z",
    "recorded_at": "2026-03-03T14:06:00Z",
    "expires_at": None,
    "uses_left": None,
    "notice_id": None,
    "notice_binding": "assumed",
}

RECOMMENDATION: dict[str, Any] = {
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
            "controls": [],
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
