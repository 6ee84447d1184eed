"""Objections and restriction over HTTP: deny-only, at once, whatever is given, until they are lifted."""

from typing import Any

import pytest
from sqlalchemy import Engine, text

from consent.events import EventKind
from consent.scope import Scope
from consent.vocabulary import FIELD_CODES
from service.db.consent_ledger import NewEvent, lock_ledger
from service.db.engine import write_transaction
from tests.builders import a_moment
from tests.byleave import Byleave
from tests.conftest import settings_for

HER = "anna"
PATH = f"/v1/customers/{HER}/objections"


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    byleave.product("printer")
    byleave.product("ink", fits=["printer"])
    byleave.product("paper", featured_rank=1)
    byleave.bought(HER, "printer")
    byleave.allows(HER, "purchases", "devices")
    return byleave


def reasons(shop: Byleave) -> set[str]:
    answer = shop.suggestions(HER)
    if answer["personalised"]:
        assert answer["data_used"]
        return set()
    assert answer["data_used"] == []
    return {one["because"] for one in answer["data_not_used"]}


def test_an_objection_to_profiling_holds_from_the_next_request_whatever_is_given(shop: Byleave) -> None:
    assert reasons(shop) == set()
    objection_id = shop.objects(HER, "profiling")
    assert reasons(shop) == {"objected"}
    shop.allows(HER, "purchases")
    assert reasons(shop) == {"objected"}
    shop.lifts(HER, objection_id)
    assert reasons(shop) == set()


def test_an_objection_may_be_to_some_data_only(shop: Byleave) -> None:
    shop.objects(HER, "profiling", "purchases")
    not_used = {one["field"]: one["because"] for one in shop.suggestions(HER)["data_not_used"]}
    assert not_used["purchases.product"] == "objected"
    assert "devices.product" not in not_used or not_used["devices.product"] != "objected"


def test_an_objection_to_marketing_leaves_suggestions_here_alone(shop: Byleave) -> None:
    shop.objects(HER, "marketing")
    assert reasons(shop) == set()


def test_an_objection_to_profiling_ends_learning_from_her(shop: Byleave) -> None:
    for number in range(5):
        shop.bought(f"c-{number}", "paper")
        shop.allows(f"c-{number}", "purchases", purpose="learning")
    codes = [item["reason"]["code"] for item in shop.visitor_suggestions()["items"]]
    assert "popular" in codes or "featured" in codes
    shop.product("paper")
    assert "popular" in {item["reason"]["code"] for item in shop.visitor_suggestions()["items"]}
    shop.objects("c-0", "profiling")
    assert "popular" not in {item["reason"]["code"] for item in shop.visitor_suggestions()["items"]}


def test_a_restriction_keeps_her_data_and_lets_nobody_read_them(shop: Byleave) -> None:
    shop.owns(HER, {"product_id": "printer"})
    objection_id = shop.objects(HER, "restriction")
    assert reasons(shop) == {"restricted"}
    assert shop.http.get(f"/v1/customers/{HER}/devices").json()["devices"] != []
    shop.lifts(HER, objection_id)
    assert reasons(shop) == set()
    assert shop.suggestions(HER)["items"][0]["product"]["id"] == "ink"


def test_an_objection_deletes_what_exists_by_consent_alone(shop: Byleave) -> None:
    shop.owns(HER, {"product_id": "printer"})
    shop.objects(HER, "profiling")
    assert shop.http.get(f"/v1/customers/{HER}/devices").json()["devices"] == []


def test_objected_is_told_before_restricted(shop: Byleave) -> None:
    shop.objects(HER, "restriction")
    shop.objects(HER, "profiling")
    assert reasons(shop) == {"objected"}


def test_they_are_listed_with_what_they_cover_and_are_no_consents(shop: Byleave) -> None:
    ids = [shop.objects(HER, kind) for kind in ("profiling", "marketing", "restriction")]
    shop.lifts(HER, ids[1])
    listed = shop.http.get(PATH).json()["objections"]
    assert [(one["objection_id"], one["kind"], one["state"]) for one in listed] == [
        (ids[0], "profiling", "standing"),
        (ids[1], "marketing", "lifted"),
        (ids[2], "restriction", "standing"),
    ]
    assert listed[0]["purposes"] == ["recommendations", "reminders", "learning", "standing_orders"]
    assert len(listed[2]["purposes"]) == 7
    consents = shop.http.get(f"/v1/customers/{HER}/consents").json()["consents"]
    assert not {one["consent_id"] for one in consents} & set(ids)
    first = shop.http.get(PATH, params={"limit": 2}).json()
    rest = shop.http.get(PATH, params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [*first["objections"], *rest["objections"]] == listed


def test_lifting_twice_is_the_same_and_somebody_elses_is_unknown(shop: Byleave) -> None:
    objection_id = shop.objects(HER, "profiling")
    answers = [shop.http.delete(f"{PATH}/{objection_id}") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    for path in (f"/v1/customers/ben/objections/{objection_id}", f"{PATH}/obj_1"):
        answer = shop.http.delete(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_objection")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"kind": "everything"}, "invalid_request"),
        ({}, "invalid_request"),
        ({"kind": "profiling", "data": ["shoes"]}, "unknown_data"),
        ({"kind": "profiling", "why": "because"}, "invalid_request"),
    ],
)
def test_what_is_no_objection_is_refused(shop: Byleave, body: dict[str, Any], code: str) -> None:
    answer = shop.http.post(PATH, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert shop.http.get(PATH).json()["objections"] == []


def test_a_repeated_call_is_one_objection(shop: Byleave) -> None:
    key = {"Idempotency-Key": "once"}
    answers = [shop.http.post(PATH, json={"kind": "profiling"}, headers=key) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len(shop.http.get(PATH).json()["objections"]) == 1


def test_while_restricted_nothing_is_deleted_not_even_by_a_withdrawal(shop: Byleave) -> None:
    shop.owns(HER, {"product_id": "printer"})
    shop.objects(HER, "restriction")
    shop.withdraws_all(HER)
    with shop.app.state.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM devices")).scalar_one() == 1


@pytest.mark.parametrize(
    "how", [{"decision": "renewed", "renews": ...}, {"decision": "given", "replaces": ...}]
)
def test_an_objection_is_no_consent_that_can_be_renewed_or_replaced(
    byleave: Byleave, how: dict[str, object]
) -> None:
    objection = byleave.objects(HER, "marketing")
    stated = {name: objection if value is ... else value for name, value in how.items()}
    decision = {"purpose": "reminders", "data": ["purchases"]} | stated
    answer = byleave.http.post(f"/v1/customers/{HER}/consents", json={"decisions": [decision]})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_consent")


def test_while_restricted_nothing_is_added(shop: Byleave) -> None:
    shop.allows(HER, "browsing")
    shop.objects(HER, "restriction")
    seen = shop.bought(HER, "printer", type="view")
    assert (seen["status"], seen["because"]) == ("dropped", "restricted")
    path, body = f"/v1/customers/{HER}/devices", {"devices": [{"product_id": "printer"}]}
    assert shop.http.put(path, json=body, headers={"If-Match": "*"}).json()["code"] == "not_permitted"


def test_a_restriction_of_some_data_keeps_no_other(shop: Byleave) -> None:
    shop.allows(HER, "browsing")
    shop.owns(HER, {"product_id": "printer"})
    shop.bought(HER, "printer", type="view")
    shop.objects(HER, "restriction", "devices")
    shop.withdraws_all(HER)
    with shop.app.state.engine.connect() as connection:
        counts = [connection.execute(text(f"SELECT count(*) FROM {name}")) for name in ("devices", "views")]
        assert [one.scalar_one() for one in counts] == [1, 0]


@pytest.mark.parametrize("by", ["withdrawal", "expiry", "no end"])
def test_what_ended_while_restricted_is_not_brought_back(database_url: str, by: str) -> None:
    """A yes that she gives meanwhile is good for what comes; what an ended yes had covered goes when it is lifted."""
    with Byleave(settings_for(database_url)) as shop:
        shop.product("printer")
        until = {"expires_at": "2026-06-11T00:00:00Z"} if by == "expiry" else {}
        consent = shop.allows(HER, "devices", **until)
        shop.owns(HER, {"product_id": "printer"})
        objection_id = shop.objects(HER, "restriction")
        if by == "withdrawal":
            shop.withdraws(HER, consent)
    with Byleave(settings_for(database_url, now="2026-06-12T09:00:00Z")) as shop:
        shop.allows(HER, "devices")
        shop.lifts(HER, objection_id)
        devices = shop.http.get(f"/v1/customers/{HER}/devices").json()["devices"]
        assert len(devices) == (1 if by == "no end" else 0)


@pytest.mark.parametrize(
    ("kind", "dpv", "because"),
    [
        ("restriction", "ServiceProvision", "restricted"),
        ("marketing", "DirectMarketing", "objected"),
        ("profiling", "TargetedAdvertising", "objected"),
        ("marketing", "ServiceProvision", None),
    ],
)
def test_a_purpose_that_is_added_later_is_covered_if_it_is_of_the_kind(
    database_url: str, kind: str, dpv: str, because: str | None
) -> None:
    added = {"code": "club", "question": "Our club", "dpv": f"https://w3id.org/dpv#{dpv}"}
    with Byleave(settings_for(database_url)) as before:
        objection_id = before.objects(HER, kind, "purchases")
    with Byleave(settings_for(database_url, purposes=[added])) as after:
        after.allows(HER, "purchases", "devices", purpose="club")
        assert club(after, "purchases.product") == because
        assert club(after, "devices.product") is None
        assert after.http.get(PATH).json()["objections"][0]["kind"] == kind
        after.lifts(HER, objection_id)
        assert club(after, "purchases.product") is None


@pytest.mark.parametrize(
    ("kind", "purposes", "because"),
    [
        (EventKind.OBJECTED, ("recommendations", "reminders", "learning"), "objected"),
        (EventKind.RESTRICTED, ("recommendations", "service"), "restricted"),
        (EventKind.OBJECTED, ("reminders",), "single_use"),
    ],
    ids=["profiling", "restriction", "marketing"],
)
def test_an_objection_of_before_there_were_standing_orders_holds_for_them(
    byleave: Byleave, engine: Engine, kind: EventKind, purposes: tuple[str, ...], because: str
) -> None:
    with write_transaction(engine) as connection:
        ledger = lock_ledger(connection, HER)
        for purpose in purposes:
            scope = Scope(purpose=purpose, fields=frozenset(FIELD_CODES))
            ledger.append(NewEvent(consent_id="obj_1", kind=kind, scope=scope), now=a_moment())
    byleave.orders_regularly(HER, "coffee")
    asked = {"customer_id": HER, "purpose": "standing_orders", "field": "purchases.product"}
    asked |= {"item": {"order": None, "product": "coffee"}}
    answer = byleave.http.post("/v1/decisions", json={"requests": [asked]}).json()["decisions"][0]
    assert answer["because"] == because


@pytest.mark.parametrize(
    ("kind", "because"), [("restriction", "restricted"), ("marketing", "objected"), ("profiling", "objected")]
)
def test_each_covers_what_the_shop_has_dropped_and_brings_back(
    database_url: str, kind: str, because: str
) -> None:
    added = {"code": "club", "question": "Our club", "dpv": "https://w3id.org/dpv#DirectMarketing"}
    with Byleave(settings_for(database_url, purposes=[added])) as before:
        before.allows(HER, "purchases", purpose="club")
    with Byleave(settings_for(database_url)) as without:
        without.objects(HER, kind)
    with Byleave(settings_for(database_url, purposes=[added])) as again:
        assert club(again, "purchases.product") == because


def test_a_visitors_restriction_of_before_covers_what_the_customer_allowed_since(database_url: str) -> None:
    added = {"code": "club", "question": "Our club", "dpv": "https://w3id.org/dpv#ServiceProvision"}
    with Byleave(settings_for(database_url)) as before:
        before.objects("visitor", "restriction")
    with Byleave(settings_for(database_url, purposes=[added])) as after:
        after.allows(HER, "purchases", purpose="club")
        merged = after.http.post(f"/v1/customers/{HER}/merge", json={"visitor_id": "visitor"})
        assert merged.status_code == 200
        assert club(after, "purchases.product") == "restricted"


def club(byleave: Byleave, field: str) -> str | None:
    asked = {"customer_id": HER, "purpose": "club", "field": field}
    answer = byleave.http.post("/v1/decisions", json={"requests": [asked]}).json()["decisions"][0]
    because: str | None = answer["because"]
    return because
