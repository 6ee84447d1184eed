"""The strategies that need nothing of hers: on the page, featured, popular, and the rest of the shop."""

from collections.abc import Mapping
from itertools import permutations

from recommender.catalogue import Catalogue
from recommender.inputs import Settings
from recommender.learning.contributions import History
from recommender.learning.settings import LearningSettings
from recommender.results import WHOLE, Candidate, Fact, Reason, ReasonCode, Source
from recommender.strategies.featured import FEATURED
from recommender.strategies.fits_this import FITS_THIS
from recommender.strategies.from_catalogue import FROM_CATALOGUE
from recommender.strategies.popular import POPULAR
from recommender.strategy import Strategy
from tests.builders import a_catalogue, a_product, a_request, a_situation, bought_by_others

SHOP = a_catalogue(
    "printer",
    "fax",
    "black",
    "cyan",
    a_product("roll", featured_rank=4),
    a_product("paper", featured_rank=1),
    fits={"black": ["printer"], "cyan": ["printer"], "roll": ["fax", "printer"]},
)


def proposals(
    strategy: Strategy,
    *page: str,
    shop: Catalogue = SHOP,
    others: Mapping[str, History] | None = None,
    k: int = 5,
    customer_id: str = "anna",
) -> list[Candidate]:
    situation = a_situation(
        shop,
        request=a_request(*page),
        others=others,
        settings=Settings(learning=LearningSettings(k=k)),
        customer_id=customer_id,
    )
    return list(strategy.propose(situation))


def ids(candidates: list[Candidate]) -> list[str]:
    return [candidate.product_id for candidate in candidates]


# Fits this


def test_what_fits_the_product_on_the_page_in_the_shops_order() -> None:
    assert ids(proposals(FITS_THIS, "printer")) == ["roll", "black", "cyan"]


def test_nothing_fits_an_empty_page_or_a_product_without_supplies() -> None:
    assert proposals(FITS_THIS) == []
    assert proposals(FITS_THIS, "paper", "never-heard-of") == []


def test_in_a_cart_one_supply_of_each_comes_before_the_second_of_any() -> None:
    found = proposals(FITS_THIS, "printer", "fax")
    assert ids(found) == ["roll", "roll", "black", "cyan"]
    assert [one.reason.params["device"] for one in found] == ["printer", "fax", "printer", "printer"]


def test_what_is_sold_out_takes_no_place_on_the_page() -> None:
    shop = a_catalogue(
        a_product("a1", available=False),
        "a2",
        "b1",
        "b2",
        fits={"a1": ["a"], "a2": ["a"], "b1": ["b"], "b2": ["b"]},
    )
    assert ids(proposals(FITS_THIS, "b", "a", shop=shop)) == ["b1", "a2", "b2"]


def test_the_reason_is_the_product_on_the_page() -> None:
    assert proposals(FITS_THIS, "fax")[0].reason == Reason(
        code=ReasonCode.FITS_THIS,
        facts=(
            Fact(source=Source.REQUEST, field="product_id", ref="fax", share=WHOLE),
            Fact(source=Source.CATALOGUE, field="fits", ref="roll → fax"),
        ),
        params={"device": "fax"},
    )


# Featured


def test_what_the_shop_features_in_its_order() -> None:
    found = proposals(FEATURED)
    assert ids(found) == ["paper", "roll"]
    assert found[1].reason == Reason(
        code=ReasonCode.FEATURED,
        facts=(Fact(source=Source.CATALOGUE, field="featured_rank", value=4, share=WHOLE),),
    )


# Popular


def test_what_at_least_k_others_bought_the_most_first() -> None:
    learned = bought_by_others({"paper": 7, "black": 9, "cyan": 5, "roll": 4, "fax": 7})
    assert ids(proposals(POPULAR, others=learned, k=5)) == ["black", "fax", "paper", "cyan"]


def test_ids_settle_a_tie_among_the_popular() -> None:
    for order in permutations(["fax", "paper", "printer"]):
        learned = bought_by_others(**{f"other-{number}": order for number in range(6)})
        situation = a_situation(SHOP, others=learned)
        assert ids(list(POPULAR.propose(situation))) == ["fax", "paper", "printer"]


def test_what_cannot_be_had_takes_no_place_among_the_popular() -> None:
    shop = a_catalogue("paper", a_product("sold-out", available=False))
    learned = bought_by_others({"paper": 7, "sold-out": 9, "unknown": 9})
    assert [(one.product_id, one.score) for one in proposals(POPULAR, shop=shop, others=learned)] == [
        ("paper", 0)
    ]


def test_k_is_a_setting() -> None:
    assert ids(proposals(POPULAR, others=bought_by_others({"paper": 2, "black": 1}), k=2)) == ["paper"]


def test_she_herself_is_none_of_the_others() -> None:
    learned = bought_by_others({"paper": 4}, anna=["paper"])
    assert proposals(POPULAR, others=learned, customer_id="anna") == []
    assert ids(proposals(POPULAR, others=learned, customer_id="ben")) == ["paper"]


def test_what_is_sensitive_is_popular_with_nobody() -> None:
    shop = a_catalogue("paper", a_product("test", sensitive=True))
    assert ids(proposals(POPULAR, shop=shop, others=bought_by_others({"paper": 5, "test": 9}))) == ["paper"]


def test_the_reason_tells_no_more_than_k() -> None:
    for supporters in (5, 50):
        found = proposals(POPULAR, others=bought_by_others({"paper": supporters}), k=5)
        assert found[0].reason == Reason(
            code=ReasonCode.POPULAR,
            facts=(Fact(source=Source.OTHERS, field="purchases.product", ref="paper", value=5, share=WHOLE),),
            params={"at_least": 5},
        )


# From the catalogue


def test_everything_available_category_by_category() -> None:
    shop = a_catalogue(
        a_product("ink-1", category="ink"),
        a_product("ink-2", category="ink"),
        a_product("pen", category="pens"),
        a_product("sold-out", available=False),
    )
    found = proposals(FROM_CATALOGUE, shop=shop)
    assert ids(found) == ["ink-1", "pen", "ink-2"]
    assert found[0].reason == Reason(
        code=ReasonCode.FROM_CATALOGUE,
        facts=(Fact(source=Source.CATALOGUE, field="available", ref="ink-1", share=WHOLE),),
    )
