"""Similar: what is like a product on the page, and never what only looks like it."""

from recommender.catalogue import Catalogue
from recommender.inputs import Settings
from recommender.results import WHOLE, Candidate, Fact, Reason, ReasonCode, Source
from recommender.strategies.similar import SIMILAR
from tests.builders import a_catalogue, a_product, a_request, a_situation

SHOP = a_catalogue(
    a_product("mug", "Stoneware Mug", brand="Tonnerby", category="mugs"),
    a_product("cup", "Stoneware Cup", brand="Tonnerby", category="mugs"),
    a_product("beaker", "Glass Beaker", brand="Tonnerby", category="mugs"),
    a_product("lamp", "Desk Lamp", brand="Tonnerby", category="lamps"),
    a_product("light", "Desk Light", brand="Other", category="lamps"),
)


def proposals(
    *page: str, shop: Catalogue = SHOP, least: int = Settings().similar_permille
) -> list[Candidate]:
    settings = Settings(similar_permille=least)
    return list(SIMILAR.propose(a_situation(shop, request=a_request(*page), settings=settings)))


def ids(candidates: list[Candidate]) -> list[str]:
    return [candidate.product_id for candidate in candidates]


def test_what_is_like_the_product_on_the_page_the_most_alike_first() -> None:
    assert ids(proposals("mug")) == ["cup", "beaker"]


def test_without_a_page_nothing_is_similar() -> None:
    assert proposals() == []
    assert proposals("never-heard-of") == []


def test_a_shared_brand_alone_makes_nothing_similar() -> None:
    assert "lamp" not in ids(proposals("mug"))
    assert "lamp" in ids(proposals("mug", least=1))


def test_the_reason_names_the_product_on_the_page() -> None:
    assert proposals("mug")[0].reason == Reason(
        code=ReasonCode.SIMILAR,
        facts=(
            Fact(source=Source.CATALOGUE, field="text", ref="cup → mug", share=WHOLE),
            Fact(source=Source.REQUEST, field="product_id", ref="mug"),
        ),
        params={"product": "mug"},
    )


def test_in_a_cart_each_comes_once_by_what_it_is_most_like() -> None:
    for cart in (("beaker", "mug", "lamp"), ("lamp", "mug", "beaker", "mug")):
        found = {one.product_id: one.reason.params["product"] for one in proposals(*cart)}
        assert found["cup"] == "mug"
        assert found["light"] == "lamp"
        assert len(proposals(*cart)) == len(found)


def test_of_equally_alike_ones_in_the_cart_the_first_brings_it() -> None:
    shop = a_catalogue(a_product("a", "same"), a_product("b", "same"), a_product("c", "same"))
    (found,) = proposals("b", "a", shop=shop)
    assert (found.product_id, found.reason.params) == ("c", {"product": "b"})


def test_a_variant_of_what_is_on_the_page_is_not_similar_but_the_same() -> None:
    shop = a_catalogue(
        a_product("shirt-s", "Blue Shirt", group="shirt"),
        a_product("shirt-l", "Blue Shirt", group="shirt"),
        a_product("blouse", "Blue Shirt"),
    )
    assert ids(proposals("shirt-s", shop=shop)) == ["blouse"]


def test_a_supply_is_similar_only_to_one_for_the_same_device() -> None:
    shop = a_catalogue(
        a_product("950", "Ink Cartridge 950", category="ink", colour="black"),
        a_product("951", "Ink Cartridge 951", category="ink", colour="cyan"),
        a_product("932", "Ink Cartridge 932", category="ink", colour="black"),
        a_product("box", "Ink Cartridge Box", category="ink"),
        fits={"950": ["p-1", "p-2"], "951": ["p-2"], "932": ["p-3"]},
    )
    assert ids(proposals("950", shop=shop)) == ["951"]
    assert proposals("box", shop=shop) == []
    assert proposals("932", shop=shop) == []


def test_in_a_cart_the_pair_that_serves_one_device_counts_and_not_the_pair_that_is_more_alike() -> None:
    shop = a_catalogue(
        a_product("x", "ink black large"),
        a_product("y", "ink black"),
        a_product("z", "ink black large deluxe"),
        fits={"x": ["p-1"], "y": ["p-2"], "z": ["p-2"]},
    )
    (found,) = (one for one in proposals("x", "y", shop=shop) if one.product_id == "z")
    assert found.reason.params["product"] == "y"


def test_nothing_leads_from_or_to_a_sensitive_product() -> None:
    shop = a_catalogue(
        a_product("test", "Pregnancy Test", sensitive=True), a_product("kit", "Pregnancy Test Kit")
    )
    assert proposals("test", shop=shop) == []
    assert proposals("kit", shop=shop) == []
