"""Her own list of devices: a small document that she edits, kept only while some purpose may read it."""

from collections.abc import Collection
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text

from tests.byleave import Byleave

ANNA = "anna"
DEVICES = f"/v1/customers/{ANNA}/devices"
PRINTER = {"product_id": "printer", "since": None, "status": "owned"}
TOASTER = {"product_id": "toaster", "since": "2024-02-29", "status": "gone"}


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    byleave.product("printer")
    byleave.product("toaster")
    byleave.product("ink", fits=["printer"])
    return byleave


def put(
    byleave: Byleave, *devices: dict[str, Any], if_match: str | None = "*", customer_id: str = ANNA
) -> httpx.Response:
    headers = {} if if_match is None else {"If-Match": if_match}
    path = f"/v1/customers/{customer_id}/devices"
    return byleave.http.put(path, json={"devices": list(devices)}, headers=headers)


def listed(byleave: Byleave) -> list[dict[str, Any]]:
    devices: list[dict[str, Any]] = byleave.http.get(DEVICES).json()["devices"]
    return devices


def assert_refused(answer: httpx.Response, status: int, code: str, paths: Collection[str] = ()) -> None:
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    assert [error["path"] for error in problem["errors"]] == list(paths)


def test_a_list_comes_back_as_she_gave_it(shop: Byleave) -> None:
    shop.allows(ANNA, "devices")
    answer = put(shop, PRINTER, TOASTER)
    assert answer.status_code == 200
    assert answer.json() == {"devices": [PRINTER, TOASTER]}
    again = shop.http.get(DEVICES)
    assert again.json() == answer.json()
    assert again.headers["ETag"] == answer.headers["ETag"]
    assert again.headers["Cache-Control"] == "private, no-store"


def test_a_device_needs_nothing_but_its_product(shop: Byleave) -> None:
    shop.allows(ANNA, "devices.product")
    assert put(shop, {"product_id": "printer"}).json() == {"devices": [PRINTER]}


def test_the_empty_list_has_a_tag_too(shop: Byleave) -> None:
    empty = shop.http.get(DEVICES)
    assert empty.json() == {"devices": []}
    shop.allows(ANNA, "devices")
    assert put(shop, PRINTER, if_match=empty.headers["ETag"]).status_code == 200


def test_any_list_matches_a_star(shop: Byleave) -> None:
    shop.allows(ANNA, "devices")
    assert put(shop, PRINTER, if_match="*").status_code == 200
    assert put(shop, TOASTER, if_match="*").json() == {"devices": [TOASTER]}


def test_who_has_not_seen_the_last_change_does_not_overwrite_it(shop: Byleave) -> None:
    shop.allows(ANNA, "devices")
    seen = put(shop, PRINTER).headers["ETag"]
    put(shop, TOASTER, if_match=seen)
    stale = put(shop, PRINTER, if_match=seen)
    assert_refused(stale, 412, "precondition_failed")
    assert "ETag" not in stale.headers  # who may only write is not told what is there
    assert listed(shop) == [TOASTER]
    now = shop.http.get(f"/v1/customers/{ANNA}/devices").headers["ETag"]
    assert put(shop, PRINTER, if_match=f'"other", {now}').status_code == 200


def test_a_change_without_a_tag_is_refused(shop: Byleave) -> None:
    shop.allows(ANNA, "devices")
    answer = put(shop, PRINTER, if_match=None)
    assert_refused(answer, 428, "precondition_required")
    assert "If-Match" in answer.json()["detail"]
    assert_refused(put(shop, PRINTER, if_match=""), 412, "precondition_failed")


def test_what_she_did_not_allow_is_not_kept_and_is_named(shop: Byleave) -> None:
    all_fields = ["devices.product", "devices.since", "devices.status"]
    answer = put(shop, TOASTER)
    assert_refused(answer, 409, "not_permitted", all_fields)
    assert {error["message"] for error in answer.json()["errors"]} == {"not_asked"}
    shop.allows(ANNA, "devices.product")
    shop.decides(ANNA, "refused", "recommendations", "devices.since")
    answer = put(shop, TOASTER)
    assert_refused(answer, 409, "not_permitted", all_fields[1:])
    assert [error["message"] for error in answer.json()["errors"]] == ["refused", "not_asked"]
    assert listed(shop) == []


def test_any_purpose_that_may_read_it_keeps_it(shop: Byleave) -> None:
    shop.allows(ANNA, "devices", purpose="assistance")
    assert put(shop, TOASTER).status_code == 200
    assert listed(shop) == [TOASTER]


def test_an_empty_list_may_always_be_put(shop: Byleave) -> None:
    assert put(shop).json() == {"devices": []}
    shop.allows(ANNA, "devices")
    put(shop, PRINTER)
    assert put(shop).json() == {"devices": []}
    assert put(shop).json() == {"devices": []}


def test_a_list_that_names_something_unknown_or_twice_is_refused(shop: Byleave) -> None:
    shop.allows(ANNA, "devices")
    put(shop, PRINTER)
    unknown = put(shop, PRINTER, {"product_id": "kettle"})
    assert_refused(unknown, 422, "unknown_product", ["devices.1.product_id"])
    twice = put(shop, PRINTER, TOASTER, PRINTER)
    assert_refused(twice, 422, "invalid_request", ["devices.2.product_id"])
    assert listed(shop) == [PRINTER]


def test_what_makes_no_sense_is_refused_by_name(shop: Byleave) -> None:
    shop.allows(ANNA, "devices")
    for changes, path in (
        ({"product_id": "a b"}, "product_id"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2026-02-30"}, "since"),
        ({"since": "20240229"}, "since"),
        ({"since": 0}, "since"),
        ({"status": "lost"}, "status"),
        ({"colour": "red"}, "colour"),
    ):
        assert_refused(put(shop, PRINTER | changes), 422, "invalid_request", [f"devices.0.{path}"])
    endless = [{"product_id": f"p-{number}"} for number in range(101)]
    assert_refused(put(shop, *endless), 422, "invalid_request", ["devices"])


def test_the_list_goes_with_the_last_purpose_that_may_read_it(shop: Byleave, engine: Engine) -> None:
    suggestions = shop.allows(ANNA, "devices")
    staff = shop.allows(ANNA, "devices", purpose="assistance")
    put(shop, PRINTER, TOASTER)
    shop.withdraws(ANNA, suggestions)
    assert listed(shop) == [PRINTER, TOASTER]
    shop.withdraws(ANNA, staff)
    assert listed(shop) == []
    assert _rows(engine) == []
    shop.allows(ANNA, "devices")
    assert listed(shop) == [], "it is deleted, not hidden"


def test_a_detail_goes_with_the_last_purpose_that_may_read_it(shop: Byleave, engine: Engine) -> None:
    shop.allows(ANNA, "devices")
    put(shop, PRINTER | {"since": "2025-01-01"}, TOASTER)
    shop.decides(ANNA, "withdrawn", "recommendations", "devices.since")
    assert listed(shop) == [PRINTER, TOASTER | {"since": None}]
    shop.decides(ANNA, "withdrawn", "recommendations", "devices.status")
    assert listed(shop) == [PRINTER], "that it is gone may not be known, so it is not listed"
    assert _rows(engine) == [("printer", None, "owned")]


@pytest.mark.parametrize("decision", ["withdrawn", "refused", "revoked"])
def test_every_kind_of_no_deletes_it(shop: Byleave, engine: Engine, decision: str) -> None:
    shop.allows(ANNA, "devices")
    put(shop, PRINTER)
    shop.decides(ANNA, decision, "recommendations", "devices")
    assert _rows(engine) == []


def test_withdrawing_everything_deletes_it(shop: Byleave, engine: Engine) -> None:
    shop.allows(ANNA, "devices")
    put(shop, PRINTER)
    shop.withdraws_all(ANNA)
    assert _rows(engine) == []


def test_nobody_elses_list_is_touched(shop: Byleave) -> None:
    for customer_id in (ANNA, "ben"):
        shop.allows(customer_id, "devices")
        put(shop, PRINTER, customer_id=customer_id)
    shop.withdraws_all("ben")
    assert listed(shop) == [PRINTER]


def _rows(engine: Engine) -> list[tuple[Any, ...]]:
    """What the database holds of her list, whatever the API shows of it."""
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT product_id, owned_since, ownership FROM devices"))
        return [tuple(row) for row in rows]
