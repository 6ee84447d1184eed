"""The API describes itself: a valid OpenAPI 3.1 document, true examples, and pages that ask nobody else."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from service.api.examples import REQUESTS
from service.auth import Scope
from tests.byleave import Byleave

# Their answer is a file, or a stream, which JSON schemas and examples do not describe.
ARCHIVES = {"/v1/customers/{customer_id}/export", "/v1/staff/feed"}
JSON, PROBLEM_JSON = "application/json", "application/problem+json"


@pytest.fixture
def document(byleave: Byleave) -> dict[str, Any]:
    told: dict[str, Any] = byleave.http.get("/openapi.json", headers={"Authorization": ""}).json()
    return told


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, of_path in document["paths"].items():
        for method, operation in of_path.items():
            yield method, path, operation


def contents(operation: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(what, media type, its content) of the request and of every answer."""
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        yield "request", media_type, content
    for status, answer in operation["responses"].items():
        for media_type, content in answer.get("content", {}).items():
            yield status, media_type, content


def test_it_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"] == "Byleave"
    assert set(document) == {"openapi", "info", "paths", "components"}
    assert document["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    references = set(re.findall(r"'\$ref': '([^']+)'", str(document)))
    assert references
    for reference in references:
        resolve(reference, document)


def test_bounds_are_told_in_the_words_of_json_schema(document: dict[str, Any]) -> None:
    """Pydantic hands through as `ge` what it cannot place, and no client knows that."""
    assert re.findall(r"'(?:ge|gt|le|lt)': ", str(document)) == []


def test_no_two_shapes_have_one_name(document: dict[str, Any]) -> None:
    """FastAPI tells them apart by their modules, in names that clients cannot generate."""
    assert [name for name in document["components"]["schemas"] if "__" in name] == []


def test_clients_can_be_generated(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(names)) == len(names)
    for method, path, operation in operations(document):
        in_path = re.findall(r"{(\w+)}", path)
        told = [one["name"] for one in operation.get("parameters", []) if one["in"] == "path"]
        assert told == in_path, (method, path)
        assert operation["description"] and operation["tags"], (method, path)
        assert all("schema" in content for _, _, content in contents(operation)), (method, path)


def test_every_request_and_every_answer_has_an_example_that_its_schema_allows(
    document: dict[str, Any],
) -> None:
    for method, path, operation in operations(document):
        for what, media_type, content in contents(operation):
            if (what == "request" or what.startswith("2")) and path not in ARCHIVES:
                assert media_type == JSON
                assert "example" in content, (method, path, what)
            if "example" in content:
                check(content["example"], content["schema"], document, where=f"{method} {path} {what}")


def test_every_error_is_described_as_a_problem(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        for status, media_type, content in contents(operation):
            if status.startswith(("4", "5")):
                assert media_type == PROBLEM_JSON, (method, path, status)
                assert content["schema"] == {"$ref": "#/components/schemas/ProblemOut"}


def test_a_route_that_asks_for_a_key_says_so(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        is_open = path in ("/healthz", "/readyz") or path.startswith("/.well-known/")
        assert ("security" in operation) is not is_open, (method, path)
        assert ("401" in operation["responses"]) is not is_open, (method, path)


def test_every_call_that_changes_something_takes_an_idempotency_key(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        headers = [one["name"] for one in operation.get("parameters", []) if one["in"] == "header"]
        assert ("Idempotency-Key" in headers) is (method not in ("get", "head")), (method, path)


def test_a_document_that_is_edited_is_described_with_its_etag(document: dict[str, Any]) -> None:
    for edited in ("devices", "preferences", "occasions", "contact"):
        for operation in document["paths"][f"/v1/customers/{{customer_id}}/{edited}"].values():
            assert operation["responses"]["200"]["headers"]["ETag"]["required"] is True


FOR_ANY_KEY = {"/v1/purposes", "/v1/data-fields", "/v1/notices", "/v1/notices/{notice_id}"}


def test_each_operation_names_the_scope_that_it_needs(byleave: Byleave, document: dict[str, Any]) -> None:
    """It is true: with that scope alone nobody is turned away, and with all others everybody is."""
    keys = byleave.app.state.keys
    for method, path, operation in operations(document):
        if "security" not in operation or (method == "get" and path in FOR_ANY_KEY):
            assert "x-required-scope" not in operation
            continue
        needed = [Scope(one) for one in operation["x-required-scope"].split()]
        assert all(f"`{one.value}`" in operation["description"] for one in needed)
        ids = {"product_id": "ink", "consent_id": "con_1", "objection_id": "obj_1", "notice_id": "ntc_1"}
        ids |= {"tip_id": "care", "message_id": "note", "outreach_id": "out_1"}
        ids |= {"rule_id": "note", "task_id": "tsk_1"}
        url = path.format(customer_id="anna", event_id="e-1", **ids)
        for scopes, is_refused in (
            (needed, False),
            *((sorted(set(Scope) - {one}), True) for one in needed),
        ):
            _, key = keys.create("one", scopes)
            headers = {"Authorization": f"Bearer {key}"}
            answer = byleave.http.request(method, url, headers=headers, json={})
            assert (answer.status_code == 403) is is_refused, (method, path, answer.text)
            if is_refused:
                assert any(f"--scope {one.value}" in answer.json()["detail"] for one in needed)


def test_the_examples_of_the_requests_work_one_after_the_other(
    byleave: Byleave, document: dict[str, Any]
) -> None:
    requests = {
        operation["operationId"]: operation["requestBody"]["content"][JSON]["example"]
        for _, _, operation in operations(document)
        if "requestBody" in operation
    }
    customer = "/v1/customers/c-2001"
    for name, method, path in (
        ("publish_notice", "POST", "/v1/notices"),
        ("put_product", "PUT", "/v1/products/hp-950-black"),
        ("put_products", "POST", "/v1/products/batch"),
        ("put_fits", "PUT", "/v1/products/hp-950-black/fits"),
        ("put_tip", "PUT", "/v1/tips/print-a-little"),
        ("put_message", "PUT", "/v1/messages/lena-is-away"),
        ("put_task_rule", "PUT", "/v1/task-rules/after-a-printer"),
        ("preview_audience", "POST", "/v1/audiences/preview"),
        ("take_in_events", "POST", "/v1/events"),
        ("record_decisions", "POST", f"{customer}/consents"),
        ("post_recommendations", "POST", f"{customer}/recommendations"),
        ("what_if", "POST", f"{customer}/what-if"),
        ("decide_many", "POST", "/v1/decisions"),
        ("merge_visitor", "POST", f"{customer}/merge"),
        ("create_token", "POST", "/v1/tokens"),
        ("verify_receipt", "POST", "/v1/receipts/verify"),
    ):
        headers = {"Idempotency-Key": name}
        answer = byleave.http.request(method, path, json=requests.pop(name), headers=headers)
        assert answer.is_success, (name, answer.text)
    for edited in ("devices", "preferences", "occasions", "contact"):
        byleave.allows("c-2001", edited)
        body = requests.pop(f"put_{edited}")
        answer = byleave.http.put(f"{customer}/{edited}", json=body, headers={"If-Match": "*"})
        assert answer.json() == body
    byleave.allows("c-2001", "feedback")
    assert byleave.http.post(f"{customer}/feedback", json=requests.pop("give_feedback")).is_success
    byleave.allows("c-2001", "contact", "purchases", purpose="reminders")
    answer = byleave.http.post("/v1/outreach/plan", json=requests.pop("plan_outreach"))
    (contact,) = answer.json()["outreach"]
    path = f"/v1/outreach/{contact['outreach_id']}/outcome"
    assert byleave.http.post(path, json=requests.pop("report_outreach")).json()["go"]
    headers = {"Idempotency-Key": "propose_orders"}
    path, body = "/v1/standing-orders/propose", requests.pop("propose_orders")
    assert byleave.http.post(path, json=body, headers=headers).is_success
    byleave.allows("c-2001", "purchases", purpose="assistance")
    byleave.product("a-printer", category="printers")
    byleave.bought("c-2001", "a-printer", when="2026-06-09T10:00:00Z")
    (task,) = byleave.http.get("/v1/tasks").json()["tasks"]
    ended = byleave.http.post(f"/v1/tasks/{task['task_id']}/outcome", json=requests.pop("end_task"))
    assert ended.json()["state"] == "done"
    assert byleave.http.post(f"{customer}/objections", json=requests.pop("object_to")).status_code == 201
    assert requests == {}, "every example was tried"


def test_an_answer_has_the_fields_of_its_example(byleave: Byleave, document: dict[str, Any]) -> None:
    byleave.product("printer", category="printers")
    byleave.product("ink", fits=["printer"], price={"amount": "27.99", "currency": "USD"})
    byleave.bought("anna", "printer")
    consent_id = byleave.allows("anna", "purchases")
    byleave.allows("anna", "devices")
    byleave.owns("anna", {"product_id": "printer", "since": "2026-03-03"})
    for edited in ("preferences", "occasions", "contact"):
        byleave.allows("anna", edited, purpose="assistance")
        byleave.tells("anna", edited, **REQUESTS[f"put_{edited}"])
    byleave.suggestions("anna")
    text = {"title": "Print a little", "text": "One page a week keeps the nozzles open."}
    byleave.tip("care", products=["printer"], due={"after_days": 1}, texts={"en": text, "zh-Hans": text})
    byleave.message(
        "note", kind="service", topic="opening", texts={"en": text}, concerns={"products": ["ink"]}
    )
    byleave.allows("anna", "feedback")
    byleave.says("anna", "helpful", product_id="ink")
    _staff_have_something_to_see(byleave)
    byleave.allows("anna", "contact", "purchases", purpose="reminders")
    (contact,) = byleave.plans("2026-06-12", customer_id="anna")["outreach"]
    byleave.reports(contact, "sent")
    notice_id = byleave.publishes(data=["purchases"], recipients=[])
    byleave.app.state.use_recorder.flush()
    byleave.app.state.audits.verify()  # signed, and the last checkpoint from now on
    objection_id = byleave.objects("anna", "marketing")
    for method, path, operation in operations(document):
        if method == "get" and path not in ARCHIVES:
            ids = {
                "product_id": "ink",
                "consent_id": consent_id,
                "objection_id": objection_id,
                "notice_id": notice_id,
                "tip_id": "care",
                "message_id": "note",
                "rule_id": "after-a-printer",
            }
            name = path.format(customer_id="anna", **ids)
            answer = byleave.http.get(name).json()
            content = operation["responses"]["200"]["content"][JSON]
            check(answer, content["schema"], document, where=path)
            assert _fields(answer) >= _fields(content["example"]), path


def _staff_have_something_to_see(byleave: Byleave) -> None:
    """A task and a page for Anna; and enough customers who say how it was."""
    byleave.http.put("/v1/task-rules/after-a-printer", json=REQUESTS["put_task_rule"])
    byleave.allows("anna", "purchases", "feedback", purpose="assistance")
    byleave.bought("anna", "printer", when="2026-06-09T10:00:00Z")
    for number in range(5):
        byleave.allows(f"guest-{number}", "feedback", purpose="experience")
        byleave.says(f"guest-{number}", "helpful")
        visit = {"touchpoint": "store", "journey": f"visit-{number}"}
        byleave.says(f"guest-{number}", rating=3, importance=8, **visit)


def _fields(value: Any, path: str = "") -> set[str]:
    """The paths of all fields, of the first row of each list; not those inside free-form attributes."""
    if isinstance(value, dict) and not path.endswith(".attributes"):
        return {f"{path}.{name}" for name in value}.union(
            *(_fields(part, f"{path}.{name}") for name, part in value.items())
        )
    return _fields(value[0], f"{path}[]") if isinstance(value, list) and value else set()


def test_the_pages_ask_nobody_but_this_service(byleave: Byleave) -> None:
    page = byleave.http.get("/docs", headers={"Authorization": ""})
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    links = re.findall(r"(?:src|href)=[\"']([^\"']+)", page.text)
    assert len(links) >= 3
    for link in [*links, "/openapi.json"]:
        assert link.startswith("/"), f"{link} asks somebody else"
        answer = byleave.http.get(link, headers={"Authorization": ""})
        assert answer.status_code == 200, link
        assert len(answer.content) > 500, link
    assert not re.findall(r"https?://(?!www\.w3\.org)", page.text)


def resolve(reference: str, document: dict[str, Any]) -> dict[str, Any]:
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    assert isinstance(found, dict)
    return found


def check(value: Any, schema: dict[str, Any], document: dict[str, Any], *, where: str) -> None:
    """Hold a value against a JSON schema, as far as the document of this service uses them."""
    if "$ref" in schema:
        check(value, resolve(schema["$ref"], document), document, where=where)
        return
    if "anyOf" in schema:
        assert any(_allows(value, one, document) for one in schema["anyOf"]), f"{where}: {value}"
        return
    if "oneOf" in schema:
        told = schema["discriminator"]
        named = {"$ref": told["mapping"][value[told["propertyName"]]]}
        assert named in schema["oneOf"]
        check(value, named, document, where=where)
        return
    if "enum" in schema:
        assert value in schema["enum"], f"{where}: {value}"
    if "const" in schema:
        assert value == schema["const"], f"{where}: {value}"
    if "type" in schema:
        assert isinstance(value, _TYPES[schema["type"]]), f"{where}: {value} is no {schema['type']}"
    if isinstance(value, str):
        assert len(value) <= schema.get("maxLength", len(value)), f"{where}: too long"
        assert re.search(schema.get("pattern", ""), value), f"{where}: {value}"
    if isinstance(value, list):
        for number, part in enumerate(value):
            check(part, schema["items"], document, where=f"{where}.{number}")
    if isinstance(value, dict):
        _check_object(value, schema, document, where)


def _check_object(
    value: dict[str, Any], schema: dict[str, Any], document: dict[str, Any], where: str
) -> None:
    known = schema.get("properties", {})
    missing = set(schema.get("required", ())) - set(value)
    assert not missing, f"{where}: {missing} missing"
    # An answer that holds more than its schema tells is as wrong as one that holds less.
    if known and not schema.get("additionalProperties", False):
        assert not set(value) - set(known), f"{where}: {set(value) - set(known)} not described"
    for name in set(value) & set(known):
        check(value[name], known[name], document, where=f"{where}.{name}")


def _allows(value: Any, schema: dict[str, Any], document: dict[str, Any]) -> bool:
    try:
        check(value, schema, document, where="")
    except AssertionError:
        return False
    return True


_TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
