"""What she tells us herself: preferences, occasions, contact. Each field is kept only while something permits it."""

from collections.abc import Collection
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text

from tests.byleave import Byleave
from tests.conftest import settings_for
from tests.planting import everything_stored

ANNA = "anna"
EURO = {"amount": "40.00", "currency": "EUR"}
PREFERENCES: dict[str, Any] = {
    "likes": {"brand": ["Faber"], "category": ["pens"]},
    "dislikes": {"brand": ["Acme"], "category": ["perfume"]},
    "sizes": {"shoes": ["38", "38.5"]},
    "budget": EURO,
}
VALENTINE: dict[str, Any] = {
    "name": "Our day",
    "date": "02-14",
    "recipient": "partner",
    "lead_days": 7,
    "budget": EURO,
}
OCCASIONS: dict[str, Any] = {"occasions": [VALENTINE, VALENTINE | {"date": "mothers_day"}]}
CONTACT: dict[str, Any] = {
    "channels": ["email", "sms"],
    "time_zone": "Europe/Berlin",
    "quiet_hours": ["21:00", "08:00"],
    "rhythm": "P1M",
}
DOCUMENTS = {"preferences": PREFERENCES, "occasions": OCCASIONS, "contact": CONTACT}
NOTHING: dict[str, Any] = {
    "preferences": {
        "likes": {"brand": [], "category": []},
        "dislikes": {"brand": [], "category": []},
        "sizes": {},
        "budget": None,
    },
    "occasions": {"occasions": []},
    "contact": {"channels": [], "time_zone": None, "quiet_hours": None, "rhythm": None},
}
FIELDS = {
    "preferences": ["budget", "dislikes", "likes", "sizes"],
    "occasions": ["budget", "date", "lead_days", "name", "recipient"],
    "contact": ["channels", "quiet_hours", "rhythm", "time_zone"],
}

each_document = pytest.mark.parametrize("document", DOCUMENTS)


def path_of(document: str, customer_id: str = ANNA) -> str:
    return f"/v1/customers/{customer_id}/{document}"


def put(byleave: Byleave, document: str, body: Any, if_match: str | None = "*") -> httpx.Response:
    headers = {} if if_match is None else {"If-Match": if_match}
    return byleave.http.put(path_of(document), json=body, headers=headers)


def told(byleave: Byleave, document: str) -> Any:
    return byleave.http.get(path_of(document)).json()


def assert_refused(answer: httpx.Response, status: int, code: str, paths: Collection[str] = ()) -> None:
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    assert [error["path"] for error in problem["errors"]] == list(paths)


@each_document
def test_it_comes_back_as_she_gave_it(byleave: Byleave, document: str) -> None:
    empty = byleave.http.get(path_of(document))
    assert empty.json() == NOTHING[document]
    byleave.allows(ANNA, document)
    answer = put(byleave, document, DOCUMENTS[document], empty.headers["ETag"])
    assert (answer.status_code, answer.json()) == (200, DOCUMENTS[document])
    again = byleave.http.get(path_of(document))
    assert (again.json(), again.headers["ETag"]) == (answer.json(), answer.headers["ETag"])
    assert again.headers["ETag"] != empty.headers["ETag"]
    assert again.headers["Cache-Control"] == "private, no-store"
    assert put(byleave, document, NOTHING[document]).json() == NOTHING[document]


@each_document
def test_who_has_not_seen_the_last_change_does_not_overwrite_it(byleave: Byleave, document: str) -> None:
    byleave.allows(ANNA, document)
    seen = put(byleave, document, NOTHING[document]).headers["ETag"]
    put(byleave, document, DOCUMENTS[document], seen)
    assert_refused(put(byleave, document, NOTHING[document], seen), 412, "precondition_failed")
    assert_refused(put(byleave, document, NOTHING[document], None), 428, "precondition_required")
    assert told(byleave, document) == DOCUMENTS[document]


@each_document
def test_what_nothing_permits_is_not_kept_and_is_named(
    byleave: Byleave, engine: Engine, document: str
) -> None:
    fields = [f"{document}.{name}" for name in FIELDS[document]]
    assert_refused(put(byleave, document, DOCUMENTS[document]), 409, "not_permitted", fields)
    assert put(byleave, document, NOTHING[document]).status_code == 200, "nothing is what may be kept"
    byleave.decides(ANNA, "refused", "recommendations", fields[0])
    byleave.allows(ANNA, *fields[1:], purpose="reminders")
    refused = put(byleave, document, DOCUMENTS[document])
    assert_refused(refused, 409, "not_permitted", fields[:1])
    assert [error["message"] for error in refused.json()["errors"]] == ["refused"]
    assert everything_stored(engine, document) == {document: []}


@each_document
def test_each_field_goes_with_the_last_purpose_that_may_read_it(
    byleave: Byleave, engine: Engine, document: str
) -> None:
    byleave.allows(ANNA, document)
    byleave.allows(ANNA, document, purpose="reminders")
    put(byleave, document, DOCUMENTS[document])
    byleave.decides(ANNA, "withdrawn", "recommendations", document)
    assert told(byleave, document) == DOCUMENTS[document], "it may still be read for reminders"
    first = f"{document}.{FIELDS[document][0]}"
    byleave.decides(ANNA, "withdrawn", "reminders", first)
    left = told(byleave, document)
    assert left != DOCUMENTS[document]
    assert "40.00" not in str(left) and "email" not in str(left)
    byleave.allows(ANNA, document)
    assert told(byleave, document) == left, "it is deleted, not hidden"
    byleave.withdraws_all(ANNA)
    assert told(byleave, document) == NOTHING[document]
    assert everything_stored(engine, document) == {document: []}


def test_an_occasion_goes_with_its_date(byleave: Byleave, engine: Engine) -> None:
    byleave.allows(ANNA, "occasions")
    put(byleave, "occasions", OCCASIONS)
    byleave.decides(ANNA, "withdrawn", "recommendations", "occasions.date")
    assert everything_stored(engine, "occasions") == {"occasions": []}


@each_document
def test_what_runs_out_is_hidden_from_that_moment_on(database_url: str, document: str) -> None:
    with Byleave(settings_for(database_url)) as byleave:
        byleave.allows(ANNA, document, expires_at="2026-06-11T00:00:00Z")
        put(byleave, document, DOCUMENTS[document])
    with Byleave(settings_for(database_url, now="2026-06-12T09:00:00Z")) as byleave:
        assert told(byleave, document) == NOTHING[document]
        byleave.allows(ANNA, document)
        assert told(byleave, document) == NOTHING[document], "a new yes brings back nothing of the old one"


@each_document
def test_a_restriction_keeps_it_and_adds_nothing(byleave: Byleave, document: str) -> None:
    byleave.allows(ANNA, document)
    put(byleave, document, DOCUMENTS[document])
    objection = byleave.objects(ANNA, "restriction")
    assert told(byleave, document) == DOCUMENTS[document]
    assert put(byleave, document, DOCUMENTS[document]).status_code == 200, "nothing is added by it"
    byleave.withdraws_all(ANNA)
    byleave.allows(ANNA, document)
    byleave.lifts(ANNA, objection)
    assert told(byleave, document) == NOTHING[document], "a later yes brings back nothing of before"


FEWER: dict[str, list[dict[str, Any]]] = {
    "preferences": [
        PREFERENCES | {"likes": {"brand": [], "category": ["pens"]}},
        PREFERENCES | {"dislikes": {"brand": ["Acme"], "category": []}, "budget": None},
        PREFERENCES | {"sizes": {"shoes": ["38.5"]}},
    ],
    "occasions": [
        {"occasions": OCCASIONS["occasions"][1:]},
        {"occasions": [VALENTINE | {"name": None, "budget": None}]},
    ],
    "contact": [CONTACT | {"channels": ["sms"]}, CONTACT | {"quiet_hours": None}],
}
MORE: dict[str, list[tuple[dict[str, Any], str]]] = {
    "preferences": [
        (PREFERENCES | {"likes": {"brand": ["Acme"], "category": ["pens"]}, "dislikes": {}}, "likes"),
        (PREFERENCES | {"dislikes": {"brand": ["Acme", "pens"], "category": ["perfume"]}}, "dislikes"),
        (PREFERENCES | {"sizes": {"shoes": ["39"]}}, "sizes"),
        (PREFERENCES | {"sizes": {"gloves": ["38"]}}, "sizes"),
        (PREFERENCES | {"budget": EURO | {"amount": "39.00"}}, "budget"),
    ],
    "occasions": [({"occasions": [{"date": "02-15"}]}, "date")],
    "contact": [
        (CONTACT | {"channels": ["sms", "push"]}, "channels"),
        (CONTACT | {"rhythm": "P2M"}, "rhythm"),
    ],
}


@pytest.mark.parametrize(("document", "fewer"), [(name, one) for name in FEWER for one in FEWER[name]])
def test_under_a_restriction_she_takes_back_one_of_several(
    byleave: Byleave, document: str, fewer: dict[str, Any]
) -> None:
    byleave.allows(ANNA, document)
    put(byleave, document, DOCUMENTS[document])
    byleave.objects(ANNA, "restriction")
    assert put(byleave, document, fewer).status_code == 200
    assert told(byleave, document) == fewer


@pytest.mark.parametrize(("document", "more"), [(name, one) for name in MORE for one in MORE[name]])
def test_under_a_restriction_nothing_takes_the_place_of_what_she_takes_back(
    byleave: Byleave, document: str, more: tuple[dict[str, Any], str]
) -> None:
    byleave.allows(ANNA, document)
    put(byleave, document, DOCUMENTS[document])
    byleave.objects(ANNA, "restriction")
    body, field = more
    assert_refused(put(byleave, document, body), 409, "not_permitted", [f"{document}.{field}"])
    assert told(byleave, document) == DOCUMENTS[document]


def test_what_she_adds_to_another_field_while_one_is_restricted_stays_when_that_is_lifted(
    byleave: Byleave,
) -> None:
    byleave.allows(ANNA, "preferences.likes")
    put(byleave, "preferences", {"likes": PREFERENCES["likes"]})
    objection = byleave.objects(ANNA, "restriction", "preferences.likes")
    byleave.allows(ANNA, "preferences.dislikes")
    both = {name: PREFERENCES[name] for name in ("likes", "dislikes")}
    assert put(byleave, "preferences", both).status_code == 200
    byleave.lifts(ANNA, objection)
    assert told(byleave, "preferences") == NOTHING["preferences"] | both


@each_document
def test_a_call_that_is_sent_twice_is_answered_with_what_is_there_now(
    byleave: Byleave, document: str
) -> None:
    byleave.allows(ANNA, document)
    seen = byleave.http.get(path_of(document)).headers["ETag"]
    call = {
        "json": DOCUMENTS[document],
        "headers": {"If-Match": seen, "Idempotency-Key": f"told-{document}"},
    }
    first, again = (byleave.http.put(path_of(document), **call) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert (first.json(), first.headers["ETag"]) == (again.json(), again.headers["ETag"])


def test_a_grant_for_one_answer_is_spent_only_if_something_of_hers_was_there(byleave: Byleave) -> None:
    byleave.allows(ANNA, "preferences", purpose="assistance")
    byleave.allows(ANNA, "preferences", uses=1)
    path = f"/v1/customers/{ANNA}/recommendations"

    def ask(key: str) -> set[str]:
        answer = byleave.http.post(path, json={}, headers={"Idempotency-Key": key})
        return {one["field"] for one in answer.json()["data_used"]}

    assert ask("nothing there") == set()
    byleave.tells(ANNA, "preferences", **PREFERENCES | {"sizes": {}})
    assert ask("tap-1") == {"preferences.budget", "preferences.dislikes", "preferences.likes"}
    assert ask("tap-2") == set()


def test_nobody_elses_is_touched(byleave: Byleave, engine: Engine) -> None:
    for customer_id in (ANNA, "ben"):
        byleave.allows(customer_id, *DOCUMENTS)
        for document, body in DOCUMENTS.items():
            byleave.tells(customer_id, document, **body)
    byleave.withdraws_all("ben")
    for document, body in DOCUMENTS.items():
        assert told(byleave, document) == body
    with engine.connect() as connection:
        for document in DOCUMENTS:
            rows = connection.execute(text(f"SELECT DISTINCT customer_id FROM {document}"))
            assert [row.customer_id for row in rows] == [ANNA]


@pytest.mark.parametrize(
    ("changes", "path", "says"),
    [
        ({"likes": {"brand": ["FABER "]}, "dislikes": {"brand": ["faber"]}}, "dislikes.brand.0", "likes"),
        ({"likes": {"category": ["Pens"]}, "dislikes": {"category": ["ink", "pens"]}}, "dislikes.category.1", "likes"),
        ({"likes": {"colour": ["red"]}}, "likes.colour", "known: brand, category"),
        ({"likes": {"brand": [""]}}, "likes.brand.0", "empty"),
        ({"sizes": {"shoes": []}}, "sizes.shoes", "empty"),
        ({"sizes": {"shoes": "38"}}, "sizes.shoes", "list"),
        ({"budget": {"amount": "-1", "currency": "EUR"}}, "budget.amount", "decimal"),
        ({"likes": {"brand": [f"b-{n}" for n in range(101)]}}, "likes.brand", "100"),
    ],
    ids=str,
)  # fmt: skip
def test_preferences_that_make_no_sense_are_refused(
    byleave: Byleave, changes: dict[str, Any], path: str, says: str
) -> None:
    byleave.allows(ANNA, "preferences")
    answer = put(byleave, "preferences", changes)
    assert_refused(answer, 422, "invalid_request", [path])
    assert says in answer.json()["errors"][0]["message"]


def test_a_brand_of_a_category_that_she_dislikes_is_no_contradiction(byleave: Byleave) -> None:
    byleave.allows(ANNA, "preferences")
    likes_and_dislikes = {"likes": {"brand": ["Faber"]}, "dislikes": {"category": ["Faber"]}}
    assert put(byleave, "preferences", likes_and_dislikes).status_code == 200


@pytest.mark.parametrize(
    "day",
    ["02-29", "12-31", "2026-02-14", "2028-02-29", "chinese_new_year", "easter", "qixi", "valentines_day"],
)
def test_an_occasion_is_each_year_once_or_a_feast(byleave: Byleave, day: str) -> None:
    byleave.allows(ANNA, "occasions.date")
    answer = put(byleave, "occasions", {"occasions": [{"date": day}]})
    assert answer.json()["occasions"][0] == {
        "date": day,
        **dict.fromkeys(("name", "recipient", "lead_days", "budget")),
    }


@pytest.mark.parametrize(
    ("changes", "path", "says"),
    [
        *[
            ({"date": day}, "date", "02-14 or 2026-02-14, or one of: chinese_new_year")
            for day in ("02-30", "13-01", "2026-02-29", "20260214", "2-14", "birthday", "Easter", "", "2026-W07")
        ],
        ({"date": 214}, "date", "text"),
        ({"recipient": "Klaus"}, "recipient", "must be one of: partner, mother"),
        ({"lead_days": -1}, "lead_days", "at least 0"),
        ({"lead_days": 91}, "lead_days", "at most 90"),
        *[({"lead_days": days}, "lead_days", "whole number") for days in ("soon", "7", True, 7.5)],
        ({"year": 2026}, "year", "no field"),
    ],
    ids=str,
)  # fmt: skip
def test_occasions_that_make_no_sense_are_refused(
    byleave: Byleave, changes: dict[str, Any], path: str, says: str
) -> None:
    byleave.allows(ANNA, "occasions")
    answer = put(byleave, "occasions", {"occasions": [VALENTINE, VALENTINE | changes]})
    assert_refused(answer, 422, "invalid_request", [f"occasions.1.{path}"])
    assert says in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("changes", "path", "says"),
    [
        ({"channels": ["pigeon"]}, "channels.0", "must be one of: app, chat, email"),
        *[
            ({"time_zone": zone}, "time_zone", "IANA")
            for zone in ("Berlin", "../../etc/passwd", "localtime", "Factory")
        ],
        ({"quiet_hours": ["21:00", "21:00"]}, "quiet_hours", "two different times"),
        ({"quiet_hours": ["21:00"]}, "quiet_hours", "must have at least 2 entries"),
        ({"quiet_hours": ["21:00"]}, "quiet_hours", "at least 2"),
        ({"quiet_hours": ["21:00", "24:00"]}, "quiet_hours.1", "23:59"),
        ({"quiet_hours": ["9 pm", "08:00"]}, "quiet_hours.0", "such as 21:00"),
        ({"rhythm": "P0D"}, "rhythm", "ISO 8601"),
        ({"rhythm": "monthly"}, "rhythm", "P1M"),
        ({"rhythm": "PT1H"}, "rhythm", "ISO 8601"),
        ({"phone": "+49"}, "phone", "no field"),
    ],
    ids=str,
)
def test_contact_that_makes_no_sense_is_refused(
    byleave: Byleave, changes: dict[str, Any], path: str, says: str
) -> None:
    byleave.allows(ANNA, "contact")
    answer = put(byleave, "contact", CONTACT | changes)
    assert_refused(answer, 422, "invalid_request", [path])
    assert says in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("hours", [["08:00", "21:00"], ["23:59", "00:00"]])
def test_quiet_hours_may_lie_on_both_sides_of_midnight(byleave: Byleave, hours: list[str]) -> None:
    byleave.allows(ANNA, "contact")
    assert put(byleave, "contact", {"quiet_hours": hours}).json()["quiet_hours"] == hours
