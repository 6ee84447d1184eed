"""P6: without any permission the same question gets the same shape of answer; it is not personal, says so,
is no worse than anybody else's, and is not empty while the shop has anything on offer.
"""

from collections.abc import Callable
from typing import Any

import pytest

from consent.vocabulary import FIELD_CODES, PURPOSE_CODES
from service.demo.load import load_demo_shop
from service.settings import Clock
from tests.builders import ASKED_TOGETHER, a_moment
from tests.byleave import Byleave, product_ids

ANNA = "anna"
CATEGORIES = sorted({code.split(".")[0] for code in FIELD_CODES})


def nothing(shop: Byleave) -> None:
    """A shop that has not entered a single product."""


def one_product(shop: Byleave) -> None:
    shop.product("pens")


def only_featured(shop: Byleave) -> None:
    for rank in range(1, 4):
        shop.product(f"gift-{rank}", featured_rank=rank)


def nothing_on_offer(shop: Byleave) -> None:
    shop.product("pens", available=False)
    shop.product("gift", available=False, featured_rank=1)


def one_of_many_on_offer(shop: Byleave) -> None:
    nothing_on_offer(shop)
    shop.product("paper")


def only_supplies(shop: Byleave) -> None:
    """A device that is no longer sold, and what fits it."""
    shop.product("printer", available=False)
    shop.product("ink-black", category="ink", fits=["printer"])
    shop.product("ink-cyan", category="ink", fits=["printer"])


def variants_of_one_thing(shop: Byleave) -> None:
    for colour in ("red", "green", "blue", "white"):
        shop.product(f"pen-{colour}", category="pens", attributes={"item_group_id": "pen"})


def the_first_day(shop: Byleave) -> None:
    """A catalogue, and not one purchase."""
    for number in range(20):
        shop.product(f"product-{number:02}", category=f"category-{number % 3}")


def the_demo_shop(shop: Byleave) -> None:
    load_demo_shop(shop.app.state.engine, Clock(a_moment()))


SHOPS: list[Callable[[Byleave], None]] = [
    nothing,
    one_product,
    only_featured,
    nothing_on_offer,
    one_of_many_on_offer,
    only_supplies,
    variants_of_one_thing,
    the_first_day,
    the_demo_shop,
]
HAVE_NOTHING_ON_OFFER = (nothing, nothing_on_offer)
NAGGING = ("consent", "permission", "sign in", "please", "personal", "cookie", "请", "授权", "登录")
in_every_shop = pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.__name__, indirect=True)


@pytest.fixture
def shop(byleave: Byleave, request: pytest.FixtureRequest) -> Byleave:
    """The shop as filled by the function named in the parameter; Anna bought all that is in it."""
    request.param(byleave)
    for number, product_id in enumerate(product_ids(byleave.visitor_suggestions(limit=50))):
        byleave.bought(ANNA, product_id, when=f"2026-01-{number % 28 + 1:02}T10:00:00Z")
    return byleave


def says_no_to_everything(shop: Byleave, how: str) -> None:
    for purpose in sorted(ASKED_TOGETHER if how == "given" else PURPOSE_CODES):
        shop.decides(ANNA, how, purpose, *CATEGORIES)


def takes_everything_back(shop: Byleave) -> None:
    says_no_to_everything(shop, "given")
    shop.withdraws_all(ANNA)


def lets_everything_expire(shop: Byleave) -> None:
    for purpose in sorted(ASKED_TOGETHER):
        shop.allows(ANNA, *CATEGORIES, purpose=purpose, expires_at="2026-06-01T00:00:00Z")


WITHOUT_PERMISSION: dict[str, Callable[[Byleave], None]] = {
    "was never asked": lambda _: None,
    "put it off": lambda shop: says_no_to_everything(shop, "deferred"),
    "refused everything": lambda shop: says_no_to_everything(shop, "refused"),
    "took everything back": takes_everything_back,
    "let everything expire": lets_everything_expire,
}


def shape(value: Any) -> Any:
    """What kind of thing stands where: names of fields, types of values, the kinds of rows in a list."""
    if isinstance(value, dict):
        return {name: shape(part) for name, part in value.items()}
    if isinstance(value, list):
        return sorted({repr(shape(part)) for part in value})
    return type(value).__name__


def assert_honest(answer: dict[str, Any], visitors: dict[str, Any]) -> None:
    assert answer["personalised"] is False
    assert answer["data_used"] == []
    assert answer["items"] == visitors["items"]
    assert [one["field"] for one in answer["data_not_used"]] == list(FIELD_CODES)
    assert shape(answer) == shape(visitors | {"customer_id": ANNA})


@in_every_shop
def test_whoever_has_allowed_nothing_gets_what_a_visitor_gets(
    shop: Byleave, request: pytest.FixtureRequest
) -> None:
    has_offers = request.node.callspec.params["shop"] not in HAVE_NOTHING_ON_OFFER
    questions: list[dict[str, Any]] = [{"limit": 50}, {"list": "new"}, {"product_id": "printer"}]
    visitors = [shop.visitor_suggestions(**question) for question in questions]
    for decide in WITHOUT_PERMISSION.values():
        decide(shop)
        for question, expected in zip(questions, visitors, strict=True):
            answer = shop.suggestions(ANNA, **question)
            assert_honest(answer, expected)
            assert bool(answer["items"]) is has_offers
    assert_honest(shop.suggestions("never-seen", limit=50) | {"customer_id": ANNA}, visitors[0])


@pytest.mark.parametrize("shop", [the_first_day, variants_of_one_thing], indirect=True)
def test_all_that_is_on_offer_is_there_if_it_is_asked_for(shop: Byleave) -> None:
    says_no_to_everything(shop, "refused")
    offered = 20 if len(product_ids(shop.visitor_suggestions())) == 10 else 4
    assert len(shop.suggestions(ANNA, limit=50)["items"]) == offered
    assert len(shop.suggestions(ANNA, limit=3)["items"]) == 3


@pytest.mark.parametrize("shop", [the_demo_shop], indirect=True)
def test_nobody_is_nagged_and_no_reason_needs_anything_of_hers(shop: Byleave) -> None:
    takes_everything_back(shop)
    for locale in ("en", "zh-Hans"):
        for item in shop.suggestions(ANNA, limit=50, locale=locale)["items"]:
            reason = item["reason"]
            assert item["kind"] == "product"
            assert reason["code"] in ("fits_this", "popular", "featured", "from_catalogue")
            assert {fact["source"] for fact in reason["facts"]} <= {"catalogue", "others", "request"}
            for nagging in NAGGING:
                assert nagging not in f"{reason['text']} {reason['detail']}".lower()


@pytest.mark.parametrize("shop", [only_supplies], indirect=True)
def test_a_customer_whose_data_changes_nothing_is_told_so(shop: Byleave) -> None:
    """Her permission is honoured and nothing follows from it: then the list is not called personal."""
    shop.allows("never-bought", *CATEGORIES)
    answer = shop.suggestions("never-bought")
    assert answer["personalised"] is False
    for one in answer["items"]:
        assert one.pop("controls") == ["have_it", "not_now", "not_interested"], "she could say something"
    for one in (visitors := shop.visitor_suggestions()["items"]):
        assert one.pop("controls") == []
    assert answer["items"] == visitors
    assert answer["data_used"], "it was looked at, and she is told"
