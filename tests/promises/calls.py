"""Every operation there is, a request that works for each, and the scope that it asks for."""

from itertools import count
from typing import Any

import httpx

from service.api.examples import REQUESTS
from service.callers import Scope
from tests.byleave import Byleave

ANNA = "/v1/customers/anna"
CONSENT_ID = "{consent_id}"
OBJECTION_ID = "{objection_id}"
NOTICE_ID = "{notice_id}"
ANY_KEY = "any key"

# Every operation, a request that works, and the scope that it asks for.
ROUTES: dict[tuple[str, str], str] = {
    ("GET", f"{ANNA}/recommendations"): "recommendations:read",
    ("HEAD", f"{ANNA}/recommendations"): "recommendations:read",
    ("POST", f"{ANNA}/recommendations"): "recommendations:read",
    ("GET", "/v1/recommendations"): "recommendations:read",
    ("HEAD", "/v1/recommendations"): "recommendations:read",
    ("POST", f"{ANNA}/consents"): "consents:write",
    ("GET", f"{ANNA}/consents"): "consents:read",
    ("GET", f"{ANNA}/consents/history"): "consents:read",
    ("POST", f"{ANNA}/consents/{CONSENT_ID}/withdraw"): "consents:write",
    ("POST", f"{ANNA}/consents/withdraw-all"): "consents:write",
    ("POST", f"{ANNA}/merge"): "consents:write",
    ("GET", f"{ANNA}/consents/{CONSENT_ID}/receipt"): "consents:read",
    ("POST", f"{ANNA}/what-if"): "recommendations:read",
    ("POST", f"{ANNA}/objections"): "consents:write",
    ("GET", f"{ANNA}/objections"): "consents:read",
    ("DELETE", f"{ANNA}/objections/{OBJECTION_ID}"): "consents:write",
    ("POST", "/v1/decisions"): "consents:read",
    ("POST", "/v1/receipts/verify"): "consents:read",
    ("GET", "/v1/audit/verify"): "audit:read",
    ("GET", "/v1/changes"): "changes:read",
    ("GET", f"{ANNA}/uses"): "consents:read",
    ("GET", "/v1/purposes"): ANY_KEY,
    ("GET", "/v1/data-fields"): ANY_KEY,
    ("POST", "/v1/notices"): "notices:write",
    ("GET", "/v1/notices"): ANY_KEY,
    ("GET", f"/v1/notices/{NOTICE_ID}"): ANY_KEY,
    ("PUT", "/v1/products/ink"): "catalogue:write",
    ("GET", "/v1/products/ink"): "catalogue:read",
    ("POST", "/v1/products/batch"): "catalogue:write",
    ("PUT", "/v1/products/ink/fits"): "catalogue:write",
    ("PUT", "/v1/tips/care"): "catalogue:write",
    ("GET", "/v1/tips/care"): "catalogue:read",
    ("GET", "/v1/tips"): "catalogue:read",
    ("DELETE", "/v1/tips/care"): "catalogue:write",
    ("PUT", "/v1/messages/note"): "catalogue:write customers:write",
    ("GET", "/v1/messages/note"): "catalogue:read customers:read",
    ("GET", "/v1/messages"): "catalogue:read customers:read",
    ("DELETE", "/v1/messages/note"): "catalogue:write customers:write",
    ("PUT", "/v1/task-rules/note"): "catalogue:write",
    ("GET", "/v1/task-rules/note"): "catalogue:read",
    ("GET", "/v1/task-rules"): "catalogue:read",
    ("GET", "/v1/tasks"): "staff:read",
    ("GET", f"{ANNA}/brief"): "staff:read",
    ("GET", f"{ANNA}/value"): "consents:read",
    ("POST", "/v1/audiences/preview"): "audiences:read",
    ("GET", "/v1/insights/touchpoints"): "insights:read",
    ("GET", "/v1/insights/consents"): "insights:read",
    ("GET", "/v1/insights/suggestions"): "insights:read",
    ("POST", "/v1/tasks/tsk_1/outcome"): "staff:write",
    ("POST", "/v1/events"): "events:write",
    ("POST", "/v1/outreach/plan"): "outreach:write",
    ("POST", "/v1/outreach/out_1/outcome"): "outreach:write",
    ("POST", "/v1/standing-orders/propose"): "outreach:write",
    ("POST", "/v1/learning/refresh"): "events:write",
    ("POST", "/v1/tokens"): "tokens:create",
    ("GET", f"{ANNA}/devices"): "customers:read",
    ("PUT", f"{ANNA}/devices"): "customers:write",
    ("GET", f"{ANNA}/preferences"): "customers:read",
    ("PUT", f"{ANNA}/preferences"): "customers:write",
    ("GET", f"{ANNA}/occasions"): "customers:read",
    ("PUT", f"{ANNA}/occasions"): "customers:write",
    ("GET", f"{ANNA}/contact"): "customers:read",
    ("PUT", f"{ANNA}/contact"): "customers:write",
    ("POST", f"{ANNA}/feedback"): "customers:write",
    ("GET", f"{ANNA}/feedback"): "customers:read",
    ("GET", "/v1/staff/feed"): "staff:read",
    ("GET", f"{ANNA}/export"): "consents:read customers:read",
    ("DELETE", f"{ANNA}/events/e-1"): "customers:write",
    ("DELETE", ANNA): "customers:write",
}
BODIES: dict[tuple[str, str], Any] = {
    ("POST", f"{ANNA}/recommendations"): REQUESTS["post_recommendations"],
    ("POST", f"{ANNA}/consents"): REQUESTS["record_decisions"],
    ("POST", f"{ANNA}/what-if"): REQUESTS["what_if"],
    ("POST", f"{ANNA}/objections"): REQUESTS["object_to"],
    ("POST", "/v1/decisions"): REQUESTS["decide_many"],
    ("POST", "/v1/notices"): REQUESTS["publish_notice"],
    ("POST", f"{ANNA}/merge"): REQUESTS["merge_visitor"],
    ("PUT", "/v1/products/ink"): REQUESTS["put_product"],
    ("POST", "/v1/products/batch"): REQUESTS["put_products"],
    ("PUT", "/v1/products/ink/fits"): {"devices": []},
    ("PUT", "/v1/tips/care"): REQUESTS["put_tip"] | {"products": [], "categories": ["printers"]},
    ("PUT", "/v1/messages/note"): REQUESTS["put_message"],
    ("POST", "/v1/audiences/preview"): REQUESTS["preview_audience"],
    ("PUT", "/v1/task-rules/note"): REQUESTS["put_task_rule"],
    ("POST", "/v1/tasks/tsk_1/outcome"): REQUESTS["end_task"],
    ("POST", "/v1/events"): REQUESTS["take_in_events"],
    ("POST", "/v1/outreach/plan"): REQUESTS["plan_outreach"],
    ("POST", "/v1/outreach/out_1/outcome"): REQUESTS["report_outreach"],
    ("POST", "/v1/standing-orders/propose"): REQUESTS["propose_orders"],
    ("PUT", f"{ANNA}/devices"): {"devices": []},
    ("PUT", f"{ANNA}/preferences"): {},
    ("PUT", f"{ANNA}/occasions"): {"occasions": []},
    ("PUT", f"{ANNA}/contact"): {},
    # A withdrawal: it works whatever she allows.
    ("POST", f"{ANNA}/feedback"): {"kind": "stop_using_this", "product_id": "ink"},
    ("POST", "/v1/receipts/verify"): REQUESTS["verify_receipt"],
    ("POST", "/v1/tokens"): {"customer_id": "anna", "scopes": ["consents:read"]},
}
# A key of its own for each call: some ask for one.
_KEYS = (f"call-{number}" for number in count())

# Under a customer's path, and not for her token.
FOR_KEYS_ONLY = {f"{ANNA}/merge"}
NOT_THERE = {"unknown_event", "unknown_tip", "unknown_message", "unknown_outreach"}
NOT_THERE |= {"unknown_task", "unknown_task_rule"}
OPEN = {"/healthz", "/readyz", "/openapi.json", "/docs", "/docs/assets", "/.well-known/jwks.json"} | {
    "/.well-known/gpc.json"
}


def a_key(byleave: Byleave, *scopes: Scope) -> str:
    return str(byleave.app.state.keys.create("for a test", list(scopes))[1])


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def call(
    byleave: Byleave,
    method: str,
    path: str,
    headers: Any,
    consent_id: str = "con_1",
    *,
    customer: str = "anna",
    product: str = "ink",
    objection_id: str = "obj_1",
) -> httpx.Response:
    body = BODIES.get((method, path))
    named = (
        path.replace(CONSENT_ID, consent_id)
        .replace(OBJECTION_ID, objection_id)
        .replace("/anna", f"/{customer}")
    )
    if NOTICE_ID in path:
        named = path.replace(NOTICE_ID, _a_notice(byleave))
    return byleave.http.request(
        method,
        named.replace("/ink", f"/{product}"),
        json=body,
        headers={"If-Match": "*", "Idempotency-Key": next(_KEYS), **headers},
    )


def _a_notice(byleave: Byleave) -> str:
    """One that there is."""
    there: list[dict[str, Any]] = byleave.http.get("/v1/notices").json()["notices"]
    return there[0]["notice_id"] if there else byleave.publishes()


def was_let_in(answer: httpx.Response) -> bool:
    """It worked, or would have, had there been such a thing."""
    return answer.is_success or (answer.status_code == 404 and answer.json()["code"] in NOT_THERE)


def assert_shut_out(answer: httpx.Response) -> None:
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["Cache-Control"] == "no-store"
    if answer.request.method != "HEAD":
        assert answer.json()["code"] == "not_authenticated"
