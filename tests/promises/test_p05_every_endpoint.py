"""P5, of every operation: what happens when consent is unknown?

One table says it, and an operation that is not in it fails the test. Everything that can be stored of a customer
is stored here, with a marker in every column; every statement that is sent meanwhile is looked at.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from sqlalchemy import Engine, event

from consent.events import EventKind
from consent.reasons import Because
from consent.scope import Scope
from consent.vocabulary import FIELD_CODES, PURPOSE_CODES
from service.db.consent_ledger import NewEvent, lock_ledger
from service.db.engine import write_transaction
from tests.builders import a_moment
from tests.byleave import Byleave
from tests.planting import DATA_TABLES, plant_data
from tests.promises.calls import ANNA, CONSENT_ID, NOTICE_ID, OBJECTION_ID, call
from tests.promises.test_p11_nobody_else_gets_in import FILLED_IN


class When(Enum):
    """What happens when it is not known whether she allows it."""

    NOT_PERSONAL = (
        "an answer that rests on nothing of hers, with a code for every field; her data is not read"
    )
    SAYS_NO = "no, with a code; her data is not read"
    NOT_KEPT = "what exists only by consent is not kept, and the answer says why, with a code"
    HER_OWN = (
        "serves no purpose: she, or who answers for her, sees and settles what is hers and nobody else's"
    )
    PASSED_OVER = "it is looked at when its turn comes, and passed over without a word; nothing of it is told"
    OF_THE_WILLING = "about all who allow to be contacted; of nobody else anything is read"
    NOT_SHOWN = "staff are shown nothing of her, nor that there is something; her data is not read"
    NO_DATA = "her data has no part in it, and is not read"


# The answer to "what happens when consent is unknown?", for every operation under /v1.
WHEN_CONSENT_IS_UNKNOWN: Mapping[tuple[str, str], When] = {
    ("GET", f"{ANNA}/recommendations"): When.NOT_PERSONAL,
    ("HEAD", f"{ANNA}/recommendations"): When.NOT_PERSONAL,
    ("POST", f"{ANNA}/recommendations"): When.NOT_PERSONAL,
    ("POST", f"{ANNA}/what-if"): When.NOT_PERSONAL,
    ("GET", "/v1/recommendations"): When.NOT_PERSONAL,
    ("HEAD", "/v1/recommendations"): When.NOT_PERSONAL,
    ("POST", "/v1/decisions"): When.SAYS_NO,
    ("POST", "/v1/outreach/plan"): When.OF_THE_WILLING,
    ("POST", "/v1/outreach/out_1/outcome"): When.NO_DATA,
    ("POST", "/v1/standing-orders/propose"): When.SAYS_NO,
    ("POST", "/v1/events"): When.NOT_KEPT,
    ("PUT", f"{ANNA}/devices"): When.NOT_KEPT,
    ("GET", f"{ANNA}/devices"): When.HER_OWN,
    ("PUT", f"{ANNA}/preferences"): When.NOT_KEPT,
    ("GET", f"{ANNA}/preferences"): When.HER_OWN,
    ("PUT", f"{ANNA}/occasions"): When.NOT_KEPT,
    ("GET", f"{ANNA}/occasions"): When.HER_OWN,
    ("PUT", f"{ANNA}/contact"): When.NOT_KEPT,
    ("GET", f"{ANNA}/contact"): When.HER_OWN,
    ("POST", f"{ANNA}/feedback"): When.NOT_KEPT,
    ("GET", f"{ANNA}/feedback"): When.HER_OWN,
    ("GET", "/v1/staff/feed"): When.PASSED_OVER,
    ("GET", "/v1/tasks"): When.NOT_SHOWN,
    ("POST", "/v1/tasks/tsk_1/outcome"): When.NOT_SHOWN,
    ("GET", f"{ANNA}/brief"): When.NOT_SHOWN,
    ("GET", f"{ANNA}/value"): When.HER_OWN,
    ("POST", "/v1/audiences/preview"): When.NOT_SHOWN,
    ("GET", "/v1/insights/touchpoints"): When.NOT_SHOWN,
    ("GET", "/v1/insights/suggestions"): When.NOT_SHOWN,
    ("GET", "/v1/insights/consents"): When.NO_DATA,
    ("PUT", "/v1/task-rules/note"): When.NO_DATA,
    ("GET", "/v1/task-rules/note"): When.NO_DATA,
    ("GET", "/v1/task-rules"): When.NO_DATA,
    ("GET", f"{ANNA}/export"): When.HER_OWN,
    ("DELETE", ANNA): When.HER_OWN,
    ("DELETE", f"{ANNA}/events/e-1"): When.HER_OWN,
    ("POST", f"{ANNA}/consents"): When.HER_OWN,
    ("POST", f"{ANNA}/consents/{CONSENT_ID}/withdraw"): When.HER_OWN,
    ("POST", f"{ANNA}/consents/withdraw-all"): When.HER_OWN,
    ("POST", f"{ANNA}/merge"): When.HER_OWN,
    ("POST", f"{ANNA}/objections"): When.HER_OWN,
    ("DELETE", f"{ANNA}/objections/{OBJECTION_ID}"): When.HER_OWN,
    ("GET", f"{ANNA}/consents"): When.NO_DATA,
    ("GET", f"{ANNA}/consents/history"): When.NO_DATA,
    ("GET", f"{ANNA}/consents/{CONSENT_ID}/receipt"): When.NO_DATA,
    ("GET", f"{ANNA}/objections"): When.NO_DATA,
    ("GET", f"{ANNA}/uses"): When.NO_DATA,
    ("POST", "/v1/receipts/verify"): When.NO_DATA,
    ("GET", "/v1/audit/verify"): When.NO_DATA,
    ("GET", "/v1/changes"): When.NO_DATA,
    ("GET", "/v1/purposes"): When.NO_DATA,
    ("GET", "/v1/data-fields"): When.NO_DATA,
    ("POST", "/v1/notices"): When.NO_DATA,
    ("GET", "/v1/notices"): When.NO_DATA,
    ("GET", f"/v1/notices/{NOTICE_ID}"): When.NO_DATA,
    ("PUT", "/v1/products/ink"): When.NO_DATA,
    ("GET", "/v1/products/ink"): When.NO_DATA,
    ("POST", "/v1/products/batch"): When.NO_DATA,
    ("PUT", "/v1/products/ink/fits"): When.NO_DATA,
    ("PUT", "/v1/tips/care"): When.NO_DATA,
    ("GET", "/v1/tips/care"): When.NO_DATA,
    ("DELETE", "/v1/tips/care"): When.NO_DATA,
    ("GET", "/v1/tips"): When.NO_DATA,
    ("PUT", "/v1/messages/note"): When.NO_DATA,
    ("GET", "/v1/messages/note"): When.NO_DATA,
    ("DELETE", "/v1/messages/note"): When.NO_DATA,
    ("GET", "/v1/messages"): When.NO_DATA,
    ("POST", "/v1/learning/refresh"): When.NO_DATA,
    ("POST", "/v1/tokens"): When.NO_DATA,
}
OPERATIONS = list(WHEN_CONSENT_IS_UNKNOWN)
PURPOSES = sorted(PURPOSE_CODES)
READS_NOTHING = (When.NOT_PERSONAL, When.SAYS_NO, When.NOT_SHOWN, When.NO_DATA)
# What an operation reads by, if not by `recommendations`; the last ones look at all customers.
SERVES = {
    ("GET", "/v1/tasks"): "assistance",
    ("POST", "/v1/tasks/tsk_1/outcome"): "assistance",
    ("GET", f"{ANNA}/brief"): "assistance",
    ("POST", "/v1/audiences/preview"): "reminders",
    ("GET", "/v1/insights/touchpoints"): "experience",
    ("GET", "/v1/insights/suggestions"): "experience",
    ("POST", "/v1/standing-orders/propose"): "standing_orders",
}
OVER_ALL = list(SERVES)[3:]
MARKER = "qqmarker"
PLANTED = (MARKER, "90909091", "1999-09-09")
_A_DATA_TABLE = re.compile(rf"\b({'|'.join(DATA_TABLES)})\b")


class Sent:
    """The statements that were sent, those that name a table with data of customers, with their values."""

    def __init__(self) -> None:
        self.about_data: list[tuple[str, str]] = []

    @property
    def read_from(self) -> set[str]:
        """The tables that were read. What is emptied because nothing permits it any more is not read by that."""
        reading = [
            one
            for one, _ in self.about_data
            if not one.startswith(("DELETE", "UPDATE")) or "RETURNING" in one
        ]
        return {name for statement in reading for name in _A_DATA_TABLE.findall(statement)}

    def note(self, _: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
        if _A_DATA_TABLE.search(statement):
            self.about_data.append((statement, repr(values)))


@contextmanager
def statements(shop: Byleave) -> Iterator[Sent]:
    sent, engine = Sent(), shop.app.state.engine
    event.listen(engine, "before_cursor_execute", sent.note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", sent.note)


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    byleave.product("printer")
    byleave.product("ink", fits=["printer"])
    byleave.product("paper", featured_rank=1)
    return byleave


def plant_customers(engine: Engine, customer_ids: list[str]) -> None:
    """All that can be stored of each of them, but for consents."""
    plant_data(engine, {one: f"{MARKER}-{one}" for one in customer_ids}, product_id="printer")


def allow(engine: Engine, grants: Mapping[str, tuple[str, frozenset[str]]]) -> None:
    """Customer id -> the purpose and the fields that she allows."""
    with write_transaction(engine) as connection:
        for number, (customer_id, (purpose, fields)) in enumerate(grants.items()):
            scope = Scope(purpose=purpose, fields=fields)
            given = NewEvent(consent_id=f"con_{number}", kind=EventKind.GIVEN, scope=scope)
            lock_ledger(connection, customer_id).append(given, now=a_moment())


def ask(shop: Byleave, operation: tuple[str, str], customer_id: str) -> tuple[httpx.Response, Sent]:
    with statements(shop) as sent:
        answer = call(shop, *operation, {}, customer=customer_id)
    assert answer.status_code < 500, (operation, answer.text)
    return answer, sent


def codes(answer: Mapping[str, Any]) -> dict[str, str]:
    return {one["field"]: one["because"] for one in answer["data_not_used"]}


def assert_nothing_of_hers(answer: httpx.Response, *told: object) -> None:
    shown = f"{answer.headers} {answer.text}"
    assert [one for one in PLANTED if one in shown] == [], told


def assert_a_code_for_every_field(answer: httpx.Response, *told: object) -> None:
    body = answer.json()
    for one in (body["before"], body["after"]) if "before" in body else (body,):
        assert (one["personalised"], one["data_used"]) == (False, []), told
        assert set(codes(one)) == set(FIELD_CODES), told
        assert set(codes(one).values()) <= {"not_asked", "withdrawn"}, told
    # What-if asks what would be after a withdrawal: that alone may be told in other words.
    first = body.get("before", body)
    assert set(codes(first).values()) == {"not_asked"}, told


def test_every_operation_has_an_answer(byleave: Byleave) -> None:
    served = {
        (method, (route.path or "").format(**FILLED_IN))
        for route in iter_route_contexts(byleave.app.routes)
        for method in (route.methods or {"GET"})
        if (route.path or "").startswith("/v1")
    }
    assert served == set(OPERATIONS), (
        "say in the table above what a new operation does when consent is unknown"
    )


def assert_unknown_means_no(
    shop: Byleave, operation: tuple[str, str], customer_id: str, learned_from: frozenset[str] = frozenset()
) -> None:
    """`learned_from`: the tables that learning may read, because somebody allows just that."""
    when = WHEN_CONSENT_IS_UNKNOWN[operation]
    answer, sent = ask(shop, operation, customer_id)
    told = (operation, customer_id, sent.about_data)
    if when in READS_NOTHING:
        assert sent.read_from <= learned_from, told
    if when is When.HER_OWN:
        hers = [values for _, values in sent.about_data if f"'{customer_id}'" in values]
        assert len(hers) == len(sent.about_data), told
    else:
        assert_nothing_of_hers(answer, *told)
    if when is When.NOT_PERSONAL and operation[0] != "HEAD":
        assert answer.status_code == 200
        assert_a_code_for_every_field(answer, *told)


def test_she_was_never_asked(shop: Byleave, engine: Engine) -> None:
    customers = [f"c-{number}" for number in range(len(OPERATIONS))]
    plant_customers(engine, customers)
    for customer_id, operation in zip(customers, OPERATIONS, strict=True):
        assert_unknown_means_no(shop, operation, customer_id)


def test_of_somebody_else_nothing_is_read_or_told_whatever_is_asked(shop: Byleave, engine: Engine) -> None:
    """A stranger asks: her own rights reach what is hers, which is nothing, and never the others' rows."""
    plant_customers(engine, ["anna", "ben"])
    for number, operation in enumerate(OPERATIONS):
        answer, sent = ask(shop, operation, f"stranger-{number}")
        assert_nothing_of_hers(answer, operation)
        assert [one for one in sent.about_data if "'anna'" in one[1] or "'ben'" in one[1]] == [], operation


def test_she_allows_another_purpose(shop: Byleave, engine: Engine) -> None:
    """Each of the others by one customer; learning last, because its own door reads then, for what all may see."""
    reading = [one for one in OPERATIONS if WHEN_CONSENT_IS_UNKNOWN[one] in READS_NOTHING]
    others = sorted((one for one in PURPOSES if one != "recommendations"), key="learning".__eq__)
    plant_customers(engine, others)
    allowed_by_somebody = set[str]()
    for purpose in others:
        allowed_by_somebody.add(purpose)
        allow(engine, {purpose: (purpose, frozenset(FIELD_CODES))})
        learned_from = frozenset({"purchases"}) if purpose == "learning" else frozenset()
        for operation in reading:
            served = SERVES.get(operation, "recommendations")
            is_read_by_now = operation in OVER_ALL and served in allowed_by_somebody
            if served != purpose and not is_read_by_now:
                assert_unknown_means_no(shop, operation, purpose, learned_from)
        shop.app.state.use_recorder.flush()
        assert shop.http.get(f"/v1/customers/{purpose}/uses").json()["uses"] == []


def test_what_she_allows_for_suggestions_staff_do_not_see(shop: Byleave, engine: Engine) -> None:
    plant_customers(engine, ["anna"])
    allow(engine, {"anna": ("recommendations", frozenset(FIELD_CODES))})
    for operation in SERVES:
        assert_unknown_means_no(shop, operation, "anna")


def test_she_allows_every_field_but_one(shop: Byleave, engine: Engine) -> None:
    """For each field of the catalogue; that the others are read shows that there was something to leave."""
    but_one = {f"but-{number}": field for number, field in enumerate(FIELD_CODES)}
    plant_customers(engine, list(but_one))
    allow(
        engine,
        {one: ("recommendations", frozenset(FIELD_CODES) - {field}) for one, field in but_one.items()},
    )
    for customer_id, field in but_one.items():
        for method in ("GET", "POST"):
            answer, sent = ask(shop, (method, f"{ANNA}/recommendations"), customer_id)
            body = answer.json()
            assert codes(body)[field] == "not_asked", (method, field)
            assert field not in {one["field"] for one in body["data_used"]}
            assert body["data_used"] != [], field
            assert sent.read_from, field
            assert f"{MARKER}-{customer_id}-" not in answer.text


def test_every_purpose_and_every_field_is_a_no_with_a_code(shop: Byleave, engine: Engine) -> None:
    """Of one who was never asked, and of one who allows that field for all other purposes."""
    plant_customers(engine, ["anna", *PURPOSES])
    with write_transaction(engine) as connection:
        for but in PURPOSES:
            ledger = lock_ledger(connection, but)
            for number, purpose in enumerate(one for one in PURPOSES if one != but):
                scope = Scope(purpose=purpose, fields=frozenset(FIELD_CODES))
                given = NewEvent(consent_id=f"con_{number}", kind=EventKind.GIVEN, scope=scope)
                ledger.append(given, now=a_moment())
    asked = [
        {"customer_id": customer_id, "purpose": purpose, "field": field}
        for purpose in PURPOSES
        for field in FIELD_CODES
        for customer_id in ("anna", purpose)
    ]
    decided = decisions(shop, asked)
    assert [one["because"] for one in decided] == ["not_asked"] * len(PURPOSES) * len(FIELD_CODES) * 2
    assert not any(one["permitted"] or one["consent_id"] for one in decided)
    of_others = [one | {"customer_id": PURPOSES[0]} for one in asked if one["purpose"] == PURPOSES[1]]
    assert all(one["permitted"] for one in decisions(shop, of_others)), "and where she allows it, it is a yes"


UNKNOWN_PURPOSES = ("advertising", "Recommendations", "*", "recommendations ")
UNKNOWN_FIELDS = ("purchases", "purchases.*", "purchases.colour", "PURCHASES.PRODUCT", "*", "chat.messages")


def decisions(shop: Byleave, asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    with statements(shop) as sent:
        answer = shop.http.post("/v1/decisions", json={"requests": asked})
    assert (answer.status_code, sent.about_data) == (200, []), answer.text
    made: list[dict[str, Any]] = answer.json()["decisions"]
    return made


def test_what_nobody_knows_is_a_no_with_a_code(shop: Byleave, engine: Engine) -> None:
    """Though she allows all that there is; and it cannot be recorded either."""
    plant_customers(engine, ["anna"])
    allow(engine, {"anna": ("recommendations", frozenset(FIELD_CODES))})
    asked = [
        {"customer_id": "anna", "purpose": one, "field": "purchases.product"} for one in UNKNOWN_PURPOSES
    ]
    asked += [{"customer_id": "anna", "purpose": "recommendations", "field": one} for one in UNKNOWN_FIELDS]
    told = [(one["permitted"], one["because"]) for one in decisions(shop, asked)]
    no_purpose, no_field = (False, Because.UNKNOWN_PURPOSE.value), (False, Because.UNKNOWN_FIELD.value)
    assert told == [no_purpose] * len(UNKNOWN_PURPOSES) + [no_field] * len(UNKNOWN_FIELDS)

    kinds = {"unknown_purpose": [(one, "purchases") for one in UNKNOWN_PURPOSES]}
    kinds["unknown_data"] = [("recommendations", one) for one in UNKNOWN_FIELDS if one != "purchases"]
    for code, pairs in kinds.items():
        for purpose, data in pairs:
            change = {"decision": "given", "purpose": purpose, "data": [data]}
            for path, body in (("consents", "decisions"), ("what-if", "changes")):
                change["decision"] = "given" if path == "consents" else "withdrawn"
                answer = shop.http.post(f"{ANNA}/{path}", json={body: [change]})
                assert (answer.status_code, answer.json()["code"]) == (422, code), (path, purpose, data)
    assert len(shop.http.get(f"{ANNA}/consents/history").json()["events"]) == 1


def test_what_exists_only_by_consent_is_not_kept_and_the_answer_says_why(shop: Byleave) -> None:
    when = {"customer_id": "anna", "occurred_at": "2026-06-10T08:00:00Z"}
    events = [
        {"id": "e-1", "type": "view", "product_id": "ink"} | when,
        {"id": "e-2", "type": "search", "query": "ink"} | when,
        {"id": "e-3", "type": "cart_add", "product_id": "ink"} | when,
        {"id": "e-4", "type": "purchase", "product_id": "ink"} | when,
    ]
    results = shop.http.post("/v1/events", json={"events": events}).json()["results"]
    assert [(one["status"], one["because"]) for one in results] == [("dropped", "not_asked")] * 3 + [
        ("held", "not_asked")
    ], "the sale happened anyway: it is held, and not read"
    bodies: dict[str, Any] = {
        "devices": {"devices": [{"product_id": "printer"}]},
        "preferences": {"likes": {"brand": ["Faber"]}},
        "occasions": {"occasions": [{"date": "02-14"}]},
        "contact": {"channels": ["email"]},
    }
    for document, body in bodies.items():
        refused = shop.http.put(f"{ANNA}/{document}", json=body, headers={"If-Match": "*"})
        assert (refused.status_code, refused.json()["code"]) == (409, "not_permitted")
        assert "not_asked" in refused.text


def test_the_look_at_statements_sees_what_is_read(shop: Byleave, engine: Engine) -> None:
    """Otherwise nothing above would be looking at anything."""
    plant_customers(engine, ["anna"])
    allow(engine, {"anna": ("recommendations", frozenset(FIELD_CODES))})
    for operation in (("GET", f"{ANNA}/recommendations"), ("POST", f"{ANNA}/what-if")):
        _, sent = ask(shop, operation, "anna")
        assert sent.read_from == set(DATA_TABLES) - {"searches", "contact"}, "no strategy uses them"
        assert all("'anna'" in values for _, values in sent.about_data)
    exported, _ = ask(shop, ("GET", f"{ANNA}/export"), "anna")
    assert exported.status_code == 200
    browsing = {"views", "searches", "cart_additions"}
    assert (
        set(DATA_TABLES)
        == {"purchases", "devices", "preferences", "occasions", "contact", "feedback"} | browsing
    )
