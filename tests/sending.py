"""Sends a body to an operation that takes one, by the operation's name."""

import json
from itertools import count
from typing import Any

import httpx

from tests.byleave import Byleave

JSON = {"Content-Type": "application/json"}
REQUESTED: dict[str, tuple[str, str]] = {
    "put_product": ("PUT", "/v1/products/hp-950-black"),
    "put_products": ("POST", "/v1/products/batch"),
    "put_fits": ("PUT", "/v1/products/hp-950-black/fits"),
    "put_tip": ("PUT", "/v1/tips/care"),
    "put_message": ("PUT", "/v1/messages/note"),
    "put_task_rule": ("PUT", "/v1/task-rules/welcome"),
    "end_task": ("POST", "/v1/tasks/tsk_1/outcome"),
    "plan_outreach": ("POST", "/v1/outreach/plan"),
    "propose_orders": ("POST", "/v1/standing-orders/propose"),
    "report_outreach": ("POST", "/v1/outreach/out_1/outcome"),
    "preview_audience": ("POST", "/v1/audiences/preview"),
    "give_feedback": ("POST", "/v1/customers/anna/feedback"),
    "take_in_events": ("POST", "/v1/events"),
    "record_decisions": ("POST", "/v1/customers/anna/consents"),
    "post_recommendations": ("POST", "/v1/customers/anna/recommendations"),
    "what_if": ("POST", "/v1/customers/anna/what-if"),
    "decide_many": ("POST", "/v1/decisions"),
    "publish_notice": ("POST", "/v1/notices"),
    "merge_visitor": ("POST", "/v1/customers/anna/merge"),
    "put_devices": ("PUT", "/v1/customers/anna/devices"),
    "put_preferences": ("PUT", "/v1/customers/anna/preferences"),
    "put_occasions": ("PUT", "/v1/customers/anna/occasions"),
    "put_contact": ("PUT", "/v1/customers/anna/contact"),
    "object_to": ("POST", "/v1/customers/anna/objections"),
    "create_token": ("POST", "/v1/tokens"),
    "verify_receipt": ("POST", "/v1/receipts/verify"),
}
_NUMBERS = count()
# What is only judged or made, never stored: any record is a record, genuine or not.
# Plans and proposals are made customer by customer, and go on where they stopped; tasks and contacts have to be there
# first.
OF_SEVERAL_STEPS = {"plan_outreach", "propose_orders", "report_outreach", "end_task"}
NOTHING_IS_WRITTEN = {"create_token", "verify_receipt", "what_if", "decide_many"}


def send(byleave: Byleave, name: str, body: Any, **headers: str) -> httpx.Response:
    method, path = REQUESTED[name]
    # As ASCII: so a lone surrogate can be sent, as a careless client would.
    content = json.dumps(body, ensure_ascii=True).encode()
    if name == "post_recommendations":
        headers = {"Idempotency-Key": f"call-{next(_NUMBERS)}"} | headers
    return byleave.http.request(method, path, content=content, headers=JSON | {"If-Match": "*"} | headers)
