"""What was read, when, for which answer, by which consent: she can see it, within a second."""

import time
from typing import Any

import pytest

from tests.byleave import Byleave
from tests.conftest import settings_for

ANNA = "anna"
USES = f"/v1/customers/{ANNA}/uses"


def uses(byleave: Byleave, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = byleave.http.get(USES, params=query).json()["uses"]
    return found


def a_shop(byleave: Byleave) -> Byleave:
    byleave.product("printer")
    byleave.product("ink", fits=["printer"])
    byleave.bought(ANNA, "printer")
    return byleave


def test_a_reading_shows_within_a_second(byleave: Byleave) -> None:
    a_shop(byleave)
    consent_id = byleave.allows(ANNA, "purchases.product", "purchases.date", "purchases.price")
    answer = byleave.suggestions(ANNA)
    deadline = time.monotonic() + 1
    while not uses(byleave):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    told = {(one["answer_id"], one["field"], one["purpose"], one["consent"]) for one in uses(byleave)}
    assert told == {
        (answer["recommendation_id"], one["field"], one["purpose"], one["consent"])
        for one in answer["data_used"]
    }
    assert {one["consent"] for one in uses(byleave)} == {consent_id}
    assert {one["used_at"] for one in uses(byleave)} == {answer["generated_at"]}
    assert "purchases.price" not in {one["field"] for one in uses(byleave)}, "nothing needed the price"


def test_an_answer_that_read_nothing_leaves_no_record(byleave: Byleave) -> None:
    a_shop(byleave)
    byleave.suggestions(ANNA)
    byleave.visitor_suggestions()
    byleave.app.state.use_recorder.flush()
    assert uses(byleave) == []


def test_if_the_shop_wants_it_the_record_is_there_before_the_answer(database_url: str) -> None:
    with Byleave(settings_for(database_url, use_records="sync")) as byleave:
        a_shop(byleave)
        byleave.allows(ANNA, "purchases.product")
        byleave.suggestions(ANNA)
        assert [one["field"] for one in uses(byleave)] == ["purchases.product"]


def test_a_service_that_is_stopped_stores_what_is_left(database_url: str) -> None:
    with Byleave(settings_for(database_url)) as byleave:
        a_shop(byleave)
        byleave.allows(ANNA, "purchases.product")
        answers = [byleave.suggestions(ANNA)["recommendation_id"] for _ in range(5)]
    with Byleave(settings_for(database_url)) as byleave:
        assert {one["answer_id"] for one in uses(byleave)} == set(answers)


def test_the_newest_comes_first_and_the_list_comes_in_pages(byleave: Byleave) -> None:
    a_shop(byleave)
    byleave.allows(ANNA, "purchases.product", "purchases.date")
    answers = [byleave.suggestions(ANNA)["recommendation_id"] for _ in range(3)]
    byleave.app.state.use_recorder.flush()
    in_order = [one["answer_id"] for one in uses(byleave)]
    assert in_order == [answer for answer in reversed(answers) for _ in range(2)]
    page = byleave.http.get(USES, params={"limit": 4}).json()
    rest = byleave.http.get(USES, params={"limit": 4, "cursor": page["next_cursor"]}).json()
    assert page["uses"] + rest["uses"] == uses(byleave)
    assert rest["next_cursor"] is None
    assert byleave.http.get(USES, params={"limit": 101}).status_code == 422


def test_readings_between_two_pages_move_nothing(byleave: Byleave) -> None:
    a_shop(byleave)
    byleave.allows(ANNA, "purchases.product", "purchases.date")
    answers = [byleave.suggestions(ANNA)["recommendation_id"] for _ in range(10)]
    byleave.app.state.use_recorder.flush()
    pages: list[list[dict[str, Any]]] = []
    query: dict[str, Any] = {"limit": 7}
    while True:
        page = byleave.http.get(USES, params=query).json()
        pages.append(page["uses"])
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
        # A reading in between comes first in the list, and moves nothing on the pages that follow.
        byleave.suggestions(ANNA)
        byleave.app.state.use_recorder.flush()
    assert [len(page) for page in pages] == [7, 7, 6]
    assert [use["answer_id"] for page in pages for use in page] == [
        answer for answer in reversed(answers) for _ in range(2)
    ]


def test_nobody_sees_what_was_read_of_somebody_else(byleave: Byleave) -> None:
    a_shop(byleave)
    byleave.allows(ANNA, "purchases.product")
    byleave.suggestions(ANNA)
    byleave.app.state.use_recorder.flush()
    assert byleave.http.get("/v1/customers/ben/uses").json() == {"uses": [], "next_cursor": None}


@pytest.mark.parametrize("withdrawn", ["one", "all"])
def test_a_record_outlives_the_consent_that_it_names(byleave: Byleave, withdrawn: str) -> None:
    a_shop(byleave)
    consent_id = byleave.allows(ANNA, "purchases.product")
    byleave.suggestions(ANNA)
    if withdrawn == "one":
        byleave.withdraws(ANNA, consent_id)
    else:
        byleave.withdraws_all(ANNA)
    byleave.suggestions(ANNA)
    byleave.app.state.use_recorder.flush()
    assert [one["consent"] for one in uses(byleave)] == [consent_id]
