"""One page for the staff who serve her, of what she lets them see; and what her permissions have brought her."""

from typing import Any

import pytest

from consent.vocabulary import FIELD_CODES
from tests.byleave import Byleave

MAYA = "maya"
STAFF = {"purpose": "assistance"}
HERS = ("purchases", "devices", "feedback", "preferences")


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    """Maya bought a printer and, three times, coffee; told of a fax, and said how it was. All kept for some purpose."""
    byleave.product("printer", "HP OfficeJet", category="printers")
    byleave.product("fax", "Fax")
    byleave.product("ink", "HP ink", fits=["printer"])
    byleave.product("coffee", "Coffee", category="coffee")
    byleave.product("toy", "Private", sensitive=True)
    byleave.http.put(
        "/v1/task-rules/call",
        json={
            "after": "feedback",
            "rating_at_most": 3,
            "role": "manager",
            "days": 1,
            "say": {"en": "Call.", "zh-Hans": "请致电。"},
        },
    )
    return byleave


def everything_happens_to(shop: Byleave, customer_id: str) -> None:
    shop.allows(customer_id, *HERS, purpose="experience")
    for day in ("2026-04-01", "2026-05-01", "2026-06-01"):
        shop.bought(customer_id, "coffee", when=f"{day}T10:00:00Z")
    shop.bought(customer_id, "printer", when="2026-03-03T10:00:00Z")
    shop.bought(customer_id, "toy", when="2026-03-03T10:00:00Z")
    shop.owns(customer_id, {"product_id": "fax", "since": "2020-01-01"})
    shop.tells(customer_id, "preferences", likes={"brand": ["HP"]}, dislikes={"category": ["toys"]})
    shop.says(customer_id, rating=2, touchpoint="store", comment="I waited long.", importance=9)


def brief(shop: Byleave, customer_id: str = MAYA, **query: Any) -> dict[str, Any]:
    answer = shop.http.get(f"/v1/customers/{customer_id}/brief", params=query)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


@pytest.mark.parametrize(
    ("locale", "due", "why", "say"),
    [
        ("en", "Fits your HP OfficeJet", "Gave 2 of 10 for: store.", "Call."),
        ("zh-Hans", "适合您的 HP OfficeJet", "对“store”的评分为2分（满分10分）。", "请致电。"),  # noqa: RUF001
    ],
)
def test_on_one_page_what_she_owns_what_is_due_what_she_said_and_what_to_do(
    shop: Byleave, locale: str, due: str, why: str, say: str
) -> None:
    consent_id = shop.allows(MAYA, *HERS, **STAFF)
    everything_happens_to(shop, MAYA)
    page = brief(shop, locale=locale)
    owned = {one["product"]["id"]: (one["since"], one["times"]) for one in page["owns"]}
    assert owned == {
        "fax": ("2020-01-01", None),
        "printer": ("2026-03-03", 1),
        "coffee": ("2026-06-01", 3),
    }
    assert [(one["product"]["id"], one["text"]) for one in page["due"]] == [("ink", due)]
    (said,) = page["said"]
    assert (said["rating"], said["comment"], said["touchpoint"]) == (2, "I waited long.", "store")
    assert page["preferences"]["likes"]["brand"] == ["HP"]
    assert page["preferences"]["dislikes"]["category"] == ["toys"]
    (task,) = page["tasks"]
    assert (task["why"], task["say"], task["comment"], task["urgency"]) == (why, say, "I waited long.", 9)
    assert page["customer_type"] == "regular"
    assert {one["consent"] for one in page["data_used"]} == {consent_id}
    assert {one["field"] for one in page["data_used"]} | {
        one["field"] for one in page["data_not_used"]
    } == set(FIELD_CODES)
    shop.app.state.use_recorder.flush()
    uses = shop.http.get(f"/v1/customers/{MAYA}/uses").json()["uses"]
    noted = {one["field"] for one in uses if one["answer_id"] == page["brief_id"]}
    assert noted == {one["field"] for one in page["data_used"]}


def test_who_allows_staff_nothing_has_an_empty_page_whatever_there_is(shop: Byleave) -> None:
    everything_happens_to(shop, MAYA)
    page, stranger = brief(shop), brief(shop, "never-seen")
    for name in ("customer_type", "owns", "due", "preferences", "said", "tasks", "data_used"):
        assert page[name] == stranger[name]
        assert not page[name]
    assert page["data_not_used"] == stranger["data_not_used"]
    assert {one["because"] for one in page["data_not_used"]} == {"not_asked"}


def test_each_field_shows_by_itself(shop: Byleave) -> None:
    shop.allows(MAYA, "purchases.product", "feedback.rating", **STAFF)
    everything_happens_to(shop, MAYA)
    page = brief(shop)
    assert (page["customer_type"], page["preferences"]) == (None, None)
    assert {(one["since"], one["times"]) for one in page["owns"]} == {(None, None)}
    assert [(one["rating"], one["comment"], one["touchpoint"]) for one in page["said"]] == [(2, None, None)]


def test_when_she_takes_it_back_the_page_is_empty_from_the_next_look_on(shop: Byleave) -> None:
    consent_id = shop.allows(MAYA, *HERS, **STAFF)
    everything_happens_to(shop, MAYA)
    assert brief(shop)["owns"]
    shop.withdraws(MAYA, consent_id)
    page = brief(shop)
    assert not any(page[name] for name in ("customer_type", "owns", "due", "said", "tasks", "data_used"))
    assert {one["because"] for one in page["data_not_used"]} >= {"withdrawn"}


def test_her_own_token_does_not_open_what_is_for_staff(shop: Byleave) -> None:
    token = shop.http.post("/v1/tokens", json={"customer_id": MAYA, "scopes": ["customers:read"]}).json()[
        "token"
    ]
    answer = shop.http.get(f"/v1/customers/{MAYA}/brief", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403


# What it brought her


def value(shop: Byleave, customer_id: str = MAYA, locale: str = "en") -> dict[str, Any]:
    shop.app.state.use_recorder.flush()
    answer = shop.http.get(f"/v1/customers/{customer_id}/value", params={"locale": locale})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


@pytest.mark.parametrize(
    ("locale", "nothing", "text"),
    [
        (
            "en",
            "So far no answer has rested on your data. You miss nothing by that.",
            (
                "Since 10 June 2026, 2 of our answers to you rested on what you allow. "
                "Times that you called one helpful: 1. Times that one of us followed up in person: 1."
            ),
        ),
        (
            "zh-Hans",
            "到目前为止，还没有任何推荐用到您的信息；这不影响您得到的服务。",  # noqa: RUF001
            (
                "自2026年6月10日以来，我们为您作出的2次推荐用到了您允许的信息。"  # noqa: RUF001
                "您认为有帮助的次数：1。店员亲自跟进的次数：1。"  # noqa: RUF001
            ),
        ),
    ],
)
def test_what_her_permissions_brought_is_counted_and_never_invented(
    shop: Byleave, locale: str, nothing: str, text: str
) -> None:
    told = value(shop, locale=locale)
    assert (told["text"], told["since"], told["personal"]) == (nothing, None, 0)

    shop.allows(MAYA, "purchases")
    shop.allows(MAYA, "feedback", **STAFF)
    everything_happens_to(shop, MAYA)
    shop.suggestions(MAYA)
    shop.suggestions(MAYA)
    shop.suggestions(MAYA, personalised=False)
    shop.says(MAYA, "helpful")
    (task,) = brief(shop)["tasks"]
    shop.http.post(f"/v1/tasks/{task['task_id']}/outcome", json={"outcome": "done"})

    told = value(shop, locale=locale)
    assert told["text"] == text
    assert (told["since"], told["personal"], told["helpful"], told["followed_up"]) == ("2026-06-10", 2, 1, 1)
    assert value(shop, "never-seen", locale)["text"] == nothing
