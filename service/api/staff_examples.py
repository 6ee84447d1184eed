"""Examples of what staff send and get: tasks and their rules, the brief, audiences, insights."""

from typing import Any

_RULE = {
    "after": "purchase",
    "category": "printers",
    "role": "store manager",
    "days": 3,
    "say": {"en": "Ask whether the printer is set up.", "zh-Hans": "请询问打印机是否已安装好。"},
}
_STORED_RULE = {"id": "after-a-printer", "product_id": None, "touchpoint": None, "rating_at_most": None} | (
    _RULE | {"active": True}
)
_TASK = {
    "task_id": "tsk_01JZ6X3Q9V0000000000000000",
    "customer_id": "c-1001",
    "rule_id": "after-a-printer",
    "state": "open",
    "assignee": "Wei",
    "role": "store manager",
    "due_on": "2026-06-12",
    "why": "Bought HP OfficeJet Pro 8600 on 9 June 2026.",
    "say": "Ask whether the printer is set up.",
    "comment": None,
    "urgency": None,
    "outcome": None,
    "ended_at": None,
}

_BRIEF = {
    "brief_id": "brf_01JZ6X3Q9V0000000000000000",
    "customer_id": "c-1001",
    "generated_at": "2026-06-10T09:00:00Z",
    "locale": "en",
    "customer_type": "regular",
    "owns": [
        {
            "product": {"id": "hp-ojp-8600", "title": "HP OfficeJet Pro 8600"},
            "since": "2026-03-03",
            "times": 1,
        }
    ],
    "due": [
        {
            "product": {"id": "hp-950-black", "title": "HP 950 Black Ink Cartridge"},
            "code": "fits_device",
            "text": "Fits your HP OfficeJet Pro 8600",
            "detail": "You bought this device here on 3 March 2026.",
        }
    ],
    "preferences": {
        "likes": {"brand": ["HP"], "category": []},
        "dislikes": {"brand": [], "category": []},
        "sizes": {},
        "budget": None,
    },
    "said": [
        {
            "kind": None,
            "product": None,
            "rating": 3,
            "mood": None,
            "importance": 8,
            "comment": "I waited long.",
            "touchpoint": "store",
            "journey": "visit-77",
        }
    ],
    "tasks": [_TASK],
    "data_used": [
        {"field": "purchases.product", "purpose": "assistance", "consent": "con_01JZ6X3Q9V0000000000000000"}
    ],
    "data_not_used": [{"field": "preferences.likes", "because": "not_asked"}],
}
_VALUE = {
    "customer_id": "c-1001",
    "locale": "en",
    "text": "Since 3 March 2026, 12 of our answers to you rested on what you allow. "
    "Times that you called one helpful: 2. Times that we contacted you: 3. "
    "Things that you bought within two weeks after we had suggested them: 1.",
    "since": "2026-03-03",
    "personal": 12,
    "helpful": 2,
    "followed_up": 0,
    "contacted": [
        {"kind": "reminder", "contacts": 2, "sent": 1, "opened": 0, "declined": 0, "bought": 1},
        {"kind": "follow_up", "contacts": 1, "sent": 0, "opened": 1, "declined": 0, "bought": 0},
    ],
    "bought_after": 1,
}
_TOUCHPOINTS = {
    "touchpoints": [
        {
            "touchpoint": "waiting",
            "customers": 120,
            "average": 3.4,
            "importance": 8.1,
            "peaks": 75,
            "ends": None,
        }
    ],
    "journeys": {"customers": 110, "average": 5.6, "peak": 3.1, "end": 7.2, "peak_end": 5.2},
    "fewer_than": 5,
}

STAFF_REQUESTS: dict[str, Any] = {
    "preview_audience": {
        "bought": {"category": "coffee", "since": "2026-03"},
        "customer_type": "regular",
        "channel": "email",
    },
    "put_task_rule": _RULE,
    "end_task": {"outcome": "done", "text": "It prints. She asked for the price of paper."},
}
STAFF_ANSWERS: dict[str, Any] = {
    "put_task_rule": _STORED_RULE,
    "get_task_rule": _STORED_RULE,
    "list_task_rules": {"rules": [_STORED_RULE]},
    "get_brief": _BRIEF,
    "get_value": _VALUE,
    "preview_audience": {"count": 35, "fewer_than": 5, "customers": None},
    "get_touchpoints": _TOUCHPOINTS,
    "get_consent_insights": {
        "months": [
            {"month": "2026-06", "purpose": "recommendations", "given": 210, "refused": 35, "withdrawn": None}
        ],
        "fewer_than": 5,
    },
    "get_suggestion_insights": {
        "months": [{"month": "2026-06", "customers": 190, "answers": 2_415}],
        "said": [{"kind": "helpful", "customers": 60}, {"kind": "not_now", "customers": 15}],
        "fewer_than": 5,
    },
    "list_tasks": {"tasks": [_TASK], "next_cursor": None},
    "end_task": _TASK
    | {
        "state": "done",
        "outcome": "It prints. She asked for the price of paper.",
        "ended_at": "2026-06-10T09:00:00Z",
    },
}
