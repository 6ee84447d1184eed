"""M6, told you: she says herself what she likes, what she does not, her sizes and her budget; and that counts.

More than what was guessed, from the next request on, and no longer than she allows it.
"""

from typing import Any

import pytest

from tests.byleave import Byleave, product_ids

MEI = "mei"
PATH = f"/v1/customers/{MEI}/preferences"


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    """A stationer's that has learned what goes with what; she has bought ink and allows that to be used."""

    def euros(amount: str) -> dict[str, Any]:
        return {"price": {"amount": amount, "currency": "EUR"}}

    byleave.product("faber-fine", "Faber fineliner", brand="Faber", category="pens", **euros("3.50"))
    byleave.product("faber-gold", "Faber gold nib", brand="Faber", category="pens", **euros("180.00"))
    byleave.product("acme-ball", "Acme ballpoint", brand="Acme", category="pens", **euros("1.20"))
    byleave.product("acme-pad", "Acme writing pad", brand="Acme", category="paper", featured_rank=1)
    byleave.product("ink", "Blue ink", brand="Nordlys", category="ink")
    byleave.product("scent", "Scented paper", brand="Nordlys", category="paper")
    byleave.product("slippers-38", "Slippers 38", category="slippers", attributes={"size": "38"})
    byleave.product("slippers-44", "Slippers 44", category="slippers", attributes={"size": "44"})
    for number in range(6):
        for product_id in ("ink", "scent", "acme-ball"):
            byleave.bought(f"c-{number}", product_id, when="2026-06-01T10:00:00Z")
        byleave.allows(f"c-{number}", "purchases", purpose="learning")
    byleave.bought(MEI, "ink", when="2026-06-01T10:00:00Z")
    byleave.allows(MEI, "purchases")
    return byleave


def reasons(answer: dict[str, Any]) -> dict[str, str]:
    return {item["product"]["id"]: item["reason"]["code"] for item in answer["items"]}


def read(answer: dict[str, Any]) -> set[str]:
    return {one["field"] for one in answer["data_used"] if one["field"].startswith("preferences.")}


def test_what_she_tells_outranks_what_was_guessed_from_the_next_request_on(shop: Byleave) -> None:
    guessed = shop.suggestions(MEI)
    assert guessed["personalised"]
    assert guessed["items"][0]["product"]["id"] in {"ink", "scent", "acme-ball"}
    consent = shop.allows(MEI, "preferences")
    shop.tells(MEI, "preferences", likes={"brand": ["faber"]}, budget={"amount": "20", "currency": "EUR"})

    answer = shop.suggestions(MEI)
    first = answer["items"][0]
    assert (first["product"]["id"], first["reason"]["code"]) == ("faber-fine", "declared")
    assert first["reason"]["text"] == "You like Faber"
    assert first["reason"]["detail"] == "You told us that you like Faber. It is within your budget."
    facts = [(fact["field"], fact["share"], fact["consent"]) for fact in first["reason"]["facts"]]
    assert facts[:2] == [("preferences.likes", 0.75, consent), ("preferences.budget", 0.25, consent)]
    assert answer["personalised"] is True
    assert reasons(answer)["faber-gold"] != "declared", "it costs nine times what she wants to spend"

    shop.withdraws(MEI, consent)
    assert shop.suggestions(MEI)["items"] == guessed["items"]
    assert shop.http.get(PATH).json()["likes"] == {"brand": [], "category": []}, "kept only by her leave"


def test_what_she_does_not_want_is_in_no_list_and_on_no_page(shop: Byleave) -> None:
    shop.allows(MEI, "preferences.dislikes")
    shop.tells(MEI, "preferences", dislikes={"brand": ["ACME"], "category": ["Slippers"]})
    unwanted = {"acme-ball", "acme-pad", "slippers-38", "slippers-44"}
    for query in ({}, {"product_id": "ink"}, {"list": "new"}, {"limit": 50}):
        answer = shop.suggestions(MEI, **query)
        assert unwanted.isdisjoint(product_ids(answer))
        assert read(answer) == {"preferences.dislikes"}, "what was left out because of her is named"
        assert answer["personalised"] is True
    assert unwanted <= set(product_ids(shop.visitor_suggestions(limit=50)))


def test_what_she_cannot_wear_is_not_offered(shop: Byleave) -> None:
    shop.allows(MEI, "preferences.sizes")
    shop.tells(MEI, "preferences", sizes={"slippers": ["37", "38"]})
    found = product_ids(shop.suggestions(MEI, limit=50))
    assert "slippers-38" in found
    assert "slippers-44" not in found


def test_the_same_told_for_another_purpose_changes_nothing(shop: Byleave) -> None:
    """She told it for reminders: it is kept, and no suggestion here knows of it."""
    before = shop.suggestions(MEI, limit=50)
    shop.allows(MEI, "preferences", "occasions", "contact", purpose="reminders")
    shop.tells(
        MEI,
        "preferences",
        likes={"brand": ["Faber"]},
        dislikes={"category": ["paper"]},
        sizes={"slippers": ["44"]},
    )
    shop.tells(MEI, "occasions", occasions=[{"date": "qixi", "recipient": "partner"}])
    shop.tells(MEI, "contact", channels=["email"])
    after = shop.suggestions(MEI, limit=50)
    assert (after["items"], after["data_used"], after["data_not_used"]) == (
        before["items"],
        before["data_used"],
        before["data_not_used"],
    )


def test_she_allows_one_field_and_not_the_other(shop: Byleave) -> None:
    shop.allows(MEI, "preferences", purpose="assistance")
    shop.allows(MEI, "preferences.likes")
    shop.tells(
        MEI,
        "preferences",
        likes={"category": ["pens"]},
        dislikes={"brand": ["Faber"]},
        budget={"amount": "2", "currency": "EUR"},
    )
    answer = shop.suggestions(MEI)
    assert read(answer) == {"preferences.likes"}
    assert [id_ for id_, code in reasons(answer).items() if code == "declared"] == [
        "acme-ball",
        "faber-fine",
        "faber-gold",
    ]
    assert answer["items"][0]["reason"]["text"] == "You told us you like pens"
    assert {"field": "preferences.dislikes", "because": "not_asked"} in answer["data_not_used"]


def test_how_to_reach_her_is_read_for_no_suggestion(shop: Byleave) -> None:
    shop.allows(MEI, "contact")
    shop.tells(MEI, "contact", channels=["email"])
    answer = shop.suggestions(MEI)
    because = {one["field"]: one["because"] for one in answer["data_not_used"]}
    assert because["contact.channels"] == "not_requested"


def test_who_likes_and_dislikes_the_same_is_asked_which(shop: Byleave) -> None:
    shop.allows(MEI, "preferences")
    body = {"likes": {"brand": ["Faber"]}, "dislikes": {"brand": ["FABER"]}}
    refused = shop.http.put(PATH, json=body, headers={"If-Match": "*"})
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "dislikes.brand.0")
    assert "among her likes" in refused.json()["detail"]


def test_the_story_in_chinese(shop: Byleave) -> None:
    shop.allows(MEI, "preferences")
    shop.tells(
        MEI,
        "preferences",
        likes={"brand": ["Faber"], "category": ["paper"]},
        budget={"amount": "20", "currency": "EUR"},
    )
    told = {
        item["product"]["id"]: item["reason"] for item in shop.suggestions(MEI, locale="zh-Hans")["items"]
    }
    assert told["faber-fine"]["text"] == "您喜欢 Faber"
    assert told["faber-fine"]["detail"] == "您告诉过我们您喜欢Faber。价格在您的预算之内。"
    assert told["scent"]["text"] == "您说过您喜欢paper"
