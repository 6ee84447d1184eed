"""M8, I never asked for this: she searched for a Huawei phone on one site, and was shown it on another.

Here nothing takes what was seen elsewhere, what she allowed for one purpose serves no other, and what is on the
page serves this one answer.
"""

import csv
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZipFile

import pytest

from tests.builders import ASKED_TOGETHER
from tests.byleave import Byleave, product_ids
from tests.conftest import settings_for

LIN = "lin"
SEARCH = {"type": "search", "query": "Huawei phone", "occurred_at": "2026-06-10T08:00:00Z"}
GPC = {"Sec-GPC": "1"}
# Where something was seen: a body with a place for it would take what other sites have seen.
OF_ELSEWHERE = {"source", "site", "referrer", "origin", "domain", "ip", "cookie", "user_agent", "device_id"}


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    byleave.product("huawei-p60", "Huawei P60 phone", category="phones")
    byleave.product("case-p60", "Case for Huawei P60", category="cases", fits=["huawei-p60"])
    byleave.product("kettle", "Kettle", category="kitchen", featured_rank=1)
    byleave.product("filter", "Kettle filter", category="kitchen", fits=["kettle"])
    return byleave


def sends(shop: Byleave, customer_id: str, **event: Any) -> dict[str, Any]:
    """The shop's page says that she did this; gives what became of it."""
    body = {"id": f"e-{customer_id}-{event['type']}", "customer_id": customer_id} | event
    answer = shop.http.post("/v1/events", json={"events": [body]})
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()["results"][0]
    return result


def kept_of(shop: Byleave, customer_id: str) -> dict[str, list[list[str]]]:
    """File of her archive -> its rows, those with something in them, without what she allowed."""
    archive = ZipFile(BytesIO(shop.http.get(f"/v1/customers/{customer_id}/export").content))
    files = [name for name in archive.namelist() if name.endswith(".csv") and "consent" not in name]
    rows = {name: list(csv.reader(StringIO(archive.read(name).decode())))[1:] for name in files}
    return {name: found for name, found in rows.items() if found}


def uses(shop: Byleave, customer_id: str) -> list[dict[str, Any]]:
    shop.app.state.use_recorder.flush()
    found: list[dict[str, Any]] = shop.http.get(f"/v1/customers/{customer_id}/uses").json()["uses"]
    return found


def because(answer: dict[str, Any]) -> dict[str, str]:
    return {one["field"]: one["because"] for one in answer["data_not_used"]}


def assert_as_for_a_stranger(shop: Byleave, customer_id: str, **query: Any) -> dict[str, Any]:
    answer = shop.suggestions(customer_id, **query)
    assert answer["items"] == shop.suggestions("a-stranger", **query)["items"] != []
    assert (answer["personalised"], answer["data_used"]) == (False, [])
    assert uses(shop, customer_id) == []
    return answer


def test_she_searched_on_one_site_and_is_not_shown_it_on_another(shop: Byleave) -> None:
    """The other site's data is on sale; this shop bought it and tries to bring it in, in each way there is."""
    for other in ({"source": "search-engine.example"}, {"site": "search-engine.example"}, {"referrer": "x"}):
        event = SEARCH | other | {"id": "e-1", "customer_id": LIN}
        answer = shop.http.post("/v1/events", json={"events": [event]})
        (path,) = other
        assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, f"events.0.{path}")
    for kind in ("search_elsewhere", "ad_click", "page_view", "interest"):
        answer = shop.http.post("/v1/events", json={"events": [SEARCH | {"id": "e-1", "type": kind}]})
        assert answer.status_code == 422
    for told in ({"query": "Huawei phone"}, {"referrer": "search-engine.example"}, {"interests": "phones"}):
        assert shop.http.get(f"/v1/customers/{LIN}/recommendations", params=told).status_code == 422
    assert kept_of(shop, LIN) == {}
    assert_as_for_a_stranger(shop, LIN)


def test_no_call_has_a_place_for_what_was_seen_elsewhere(shop: Byleave) -> None:
    described = shop.http.get("/openapi.json").json()
    schemas = described["components"]["schemas"]
    events = schemas["EventIn"]["properties"]
    assert set(events) & OF_ELSEWHERE == set()
    kinds = schemas["EventType"]["enum"]
    assert sorted(kinds) == ["cart_add", "purchase", "return", "search", "view"], (
        "all of them acts in this shop"
    )
    taking = [name for name in schemas if name.endswith(("In", "Query", "Body"))]
    assert {"EventIn", "DeviceIn", "DecisionIn", "RecommendationBody"} <= set(taking)
    named = {(name, one) for name in taking for one in schemas[name].get("properties", {})}
    assert [(name, one) for name, one in named if one in OF_ELSEWHERE] == []
    parameters = {
        one["name"].lower()
        for path in described["paths"].values()
        for operation in path.values()
        for one in operation.get("parameters", [])
    }
    assert parameters & OF_ELSEWHERE == set()


def test_what_she_looks_at_here_is_dropped_until_she_allows_it_and_the_shop_is_told(shop: Byleave) -> None:
    for event in (SEARCH, SEARCH | {"type": "view", "product_id": "huawei-p60"}):
        told = sends(shop, LIN, **event)
        assert (told["status"], told["because"]) == ("dropped", "not_asked")
    assert kept_of(shop, LIN) == {}
    assert because(assert_as_for_a_stranger(shop, LIN))["browsing.searches"] == "not_asked"
    shop.decides(LIN, "refused", "recommendations", "browsing")
    told = sends(shop, LIN, **SEARCH | {"id": "e-2"})
    assert (told["status"], told["because"]) == ("dropped", "refused")
    assert kept_of(shop, LIN) == {}
    shop.allows(LIN, "browsing")
    assert sends(shop, LIN, **SEARCH | {"id": "e-3"})["status"] == "recorded"
    assert list(kept_of(shop, LIN)) == ["searches.csv"], "the same search, once she allows it"


@pytest.mark.parametrize("purpose", ["reminders", "service", "learning", "experience", "assistance"])
def test_what_she_allowed_for_another_purpose_is_not_read_for_suggestions(
    shop: Byleave, purpose: str
) -> None:
    shop.bought(LIN, "huawei-p60")
    consent = shop.allows(LIN, "purchases", "browsing", "devices", purpose=purpose)
    shop.owns(LIN, {"product_id": "huawei-p60"})
    assert sends(shop, LIN, **SEARCH)["status"] == "recorded", "that purpose may read it"
    assert set(because(assert_as_for_a_stranger(shop, LIN)).values()) == {"not_asked"}
    asked = [
        {"customer_id": LIN, "purpose": one, "field": "purchases.product"}
        for one in (purpose, "recommendations")
    ]
    that, this = shop.http.post("/v1/decisions", json={"requests": asked}).json()["decisions"]
    assert (that["permitted"], that["consent_id"]) == (True, consent)
    assert (this["permitted"], this["because"]) == (False, "not_asked")

    shop.allows(LIN, "purchases", "devices")
    assert product_ids(shop.suggestions(LIN))[0] == "case-p60", "the data was there, and would have mattered"


def test_what_is_on_the_page_serves_this_answer_and_is_recorded_nowhere(shop: Byleave) -> None:
    before = shop.suggestions(LIN)
    on_the_page = assert_as_for_a_stranger(shop, LIN, product_id="huawei-p60")
    first = on_the_page["items"][0]
    assert (first["product"]["id"], first["reason"]["code"]) == ("case-p60", "fits_this")
    assert {fact["source"] for fact in first["reason"]["facts"]} == {"request", "catalogue"}
    assert kept_of(shop, LIN) == {}
    assert shop.http.get(f"/v1/customers/{LIN}/consents/history").json()["events"] == []
    after = shop.suggestions(LIN)
    assert after["items"] == before["items"]
    assert "fits_this" not in {item["reason"]["code"] for item in after["items"]}


def test_global_privacy_control_leaves_what_stays_in_the_shop_as_it_is(shop: Byleave) -> None:
    shop.bought(LIN, "huawei-p60")
    shop.allows(LIN, "purchases")
    path = f"/v1/customers/{LIN}/recommendations"
    with_signal, without = (shop.http.get(path, headers=headers).json() for headers in (GPC, {}))
    assert with_signal["items"] == without["items"]
    assert with_signal["data_used"] == without["data_used"] != []
    purposes = shop.http.get("/v1/purposes").json()["purposes"]
    assert [one["code"] for one in purposes if one["shares"]] == [], (
        "nothing that is built in leaves the shop"
    )
    for purpose in sorted(ASKED_TOGETHER):
        body = {"decisions": [{"decision": "given", "purpose": purpose, "data": ["devices"]}]}
        assert shop.http.post(f"/v1/customers/{LIN}/consents", json=body, headers=GPC).status_code == 201


def test_global_privacy_control_denies_sharing(database_url: str) -> None:
    """A shop that shares with partners: with the signal she cannot be made to agree to that."""
    partners = {
        "code": "partners",
        "question": "Share with our partners",
        "dpv": "https://w3id.org/dpv#PersonalisedAdvertising",
        "shares": True,
    }
    path = f"/v1/customers/{LIN}/consents"
    with Byleave(settings_for(database_url, purposes=[partners])) as shop:
        for purpose, headers, status in (
            ("partners", GPC, 409),
            ("recommendations", GPC, 201),
            ("partners", {}, 201),
        ):
            body = {"decisions": [{"decision": "given", "purpose": purpose, "data": ["purchases"]}]}
            answer = shop.http.post(path, json=body, headers=headers)
            assert answer.status_code == status, (purpose, headers)
            if status == 409:
                assert answer.json()["code"] == "global_privacy_control"
                assert shop.http.get(path).json()["consents"] == [], "and it is not in her ledger either"


def test_what_she_allowed_before_she_logged_in_is_not_carried_over(shop: Byleave) -> None:
    """Somebody else may have sat at that computer."""
    shop.allows("visitor-7", "browsing", "devices")
    assert sends(shop, "visitor-7", **SEARCH)["status"] == "recorded"
    shop.owns("visitor-7", {"product_id": "huawei-p60"})
    assert product_ids(shop.suggestions("visitor-7"))[0] == "case-p60"

    merged = shop.http.post(f"/v1/customers/{LIN}/merge", json={"visitor_id": "visitor-7"})
    assert (merged.status_code, merged.json()["consents"]) == (200, [])
    assert kept_of(shop, LIN) == {}
    assert set(because(assert_as_for_a_stranger(shop, LIN)).values()) == {"not_asked"}
    assert sends(shop, LIN, **SEARCH | {"id": "e-lin"})["status"] == "dropped"
