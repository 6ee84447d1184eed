"""How alike products are: by their words in the shop, also where no space stands between them."""

from dataclasses import replace

import pytest

from recommender.catalogue import Catalogue
from recommender.inputs import Product
from recommender.similarity import IDENTICAL, NOTHING_COMPARED, build_similarity
from tests.builders import a_catalogue, a_product


def like(shown_id: str, *products: Product, at_least: int = 1) -> dict[str, int]:
    """Product id -> how much it is like the one shown, the most alike first."""
    found = build_similarity(a_catalogue(*products)).like(shown_id, at_least=at_least)
    return {alike.product_id: alike.likeness for alike in found}


MUG = a_product("mug", "Stoneware Mug", brand="Tonnerby", category="mugs")
CUP = a_product("cup", "Stoneware Cup", brand="Tonnerby", category="mugs")
GLASS = a_product("glass", "Drinking Glass", brand="Other", category="mugs")
LAMP = a_product("lamp", "Desk Lamp", brand="Other", category="lamps")


def test_the_more_words_two_products_share_the_more_alike_they_are() -> None:
    found = like("mug", MUG, CUP, GLASS, LAMP)
    assert list(found) == ["cup", "glass"]
    assert 0 < found["glass"] < found["cup"] < IDENTICAL


def test_a_word_that_few_products_have_tells_more_than_one_that_all_have() -> None:
    shop = [a_product("a", "steel otter"), a_product("b", "plain otter"), a_product("c", "steel fox")]
    shop += [a_product(f"steel-{number}", f"steel {number}") for number in range(9)]
    found = like("a", *shop)
    assert found["b"] > found["c"]


def test_the_category_tells_more_than_a_word_of_the_title() -> None:
    shown = a_product("shown", "red thing", category="pens")
    found = like(
        "shown", shown, a_product("pen", "blue item", category="pens"), a_product("red", "red stuff")
    )
    assert found["pen"] > found["red"]


@pytest.mark.parametrize("separator", [">", " > ", "/", "|", " \u203a ", "»"])
def test_a_category_within_the_same_category_is_closer_than_another(separator: str) -> None:
    def shelf(product_id: str, *path: str) -> Product:
        return a_product(product_id, product_id, category=separator.join(path))

    shown = shelf("shown", "Home", "Kitchen", "Mugs")
    found = like("shown", shown, shelf("a", "Home", "Kitchen", "Pans"), shelf("b", "Home", "Garden", "Mugs"))
    assert list(found) == ["a", "b"]


def test_attributes_count_one_by_one_and_so_do_the_values_of_a_list() -> None:
    def made_of(product_id: str, **attributes: object) -> Product:
        return replace(a_product(product_id), attributes=attributes)

    shown = made_of("shown", material=["oak", "steel"], duplex=True, width=40)
    same = {"one": {"material": "oak"}, "two": {"duplex": True}, "three": {"width": 40}}
    others = [made_of(product_id, **attributes) for product_id, attributes in same.items()]
    no_match = [made_of("x", finish="oak"), made_of("y", size={"width": 40}), made_of("z", width=None)]
    assert set(like("shown", shown, *others, *no_match)) == set(same)


def test_what_tells_variants_and_times_apart_makes_nothing_alike() -> None:
    found = like("a", a_product("a", usual_days=60, group="g"), a_product("b", usual_days=60, group="g"))
    assert found == {}


def test_a_brand_is_no_word_of_a_title() -> None:
    assert like("a", a_product("a", "apple juice"), a_product("b", "charger", brand="Apple")) == {}


@pytest.mark.parametrize(
    ("title", "alike", "other"),
    [
        ("黑色墨盒", "彩色墨盒", "咖啡机"),
        ("惠普950黑色墨盒", "惠普932黑色墨水", "电动牙刷"),
        ("ブラックインク", "シアンインク", "コーヒー"),
        ("หมึกดำ", "หมึกฟ้า", "กาแฟ"),
    ],
)
def test_pairs_of_characters_are_words_where_no_space_stands_between_them(
    title: str, alike: str, other: str
) -> None:
    found = like("shown", a_product("shown", title), a_product("alike", alike), a_product("other", other))
    assert list(found) == ["alike"]


def test_a_single_character_is_a_word_too() -> None:
    assert list(like("a", a_product("a", "茶 A"), a_product("b", "茶 B"))) == ["b"]


def test_case_width_and_form_of_letters_make_no_difference() -> None:
    found = like("a", a_product("a", "CAFÉ \uff11\uff12"), a_product("b", "cafe\u0301 12"))
    assert found == {"b": IDENTICAL}


def test_what_a_hyphen_joins_is_one_word() -> None:
    found = like("a", a_product("a", "e-all-in-one"), a_product("b", "all in one"), a_product("c", "in-one"))
    assert found == {}


def test_of_equally_alike_ones_the_shops_order_decides() -> None:
    shop = [a_product(product_id, "same") for product_id in ("c", "a", "shown", "b")]
    shop.append(a_product("z", "same", featured_rank=1))
    assert list(like("shown", *shop)) == ["z", "a", "b", "c"]
    assert list(like("shown", *reversed(shop))) == ["z", "a", "b", "c"]


def test_what_is_less_alike_than_asked_for_is_left_out() -> None:
    cup = like("mug", MUG, CUP, GLASS, LAMP)["cup"]
    assert like("mug", MUG, CUP, GLASS, LAMP, at_least=cup) == {"cup": cup}
    assert like("mug", MUG, CUP, GLASS, LAMP, at_least=cup + 1) == {}


def test_nothing_sensitive_is_compared() -> None:
    sensitive = replace(CUP, sensitive=True)
    assert "cup" not in like("mug", MUG, sensitive, GLASS)
    assert like("cup", MUG, sensitive, GLASS) == {}
    assert like("mug", MUG, sensitive, GLASS) == like("mug", MUG, GLASS), "not even its words count"


def test_nothing_is_like_what_is_unknown_or_has_no_words() -> None:
    assert like("unknown", MUG, CUP) == {}
    assert like("nameless", MUG, a_product("nameless", "!!!"), a_product("also", "???")) == {}


@pytest.mark.parametrize("shop", [a_catalogue(), a_catalogue(a_product("a", "…"), a_product("b", "!"))])
def test_a_shop_without_a_word_has_nothing_alike(shop: Catalogue) -> None:
    assert list(build_similarity(shop).like("a", at_least=1)) == []


def test_the_same_texts_are_not_compared_again() -> None:
    before = build_similarity(a_catalogue(MUG, CUP))
    assert build_similarity(a_catalogue(replace(MUG, available=False), CUP), before=before) is before
    for changed in (
        replace(MUG, title="Other"),
        replace(MUG, brand=None),
        replace(MUG, category="cups"),
        replace(MUG, attributes={"color": "red"}),
        replace(MUG, sensitive=True),
        replace(MUG, featured_rank=1),
    ):
        after = build_similarity(a_catalogue(changed, CUP), before=before)
        assert after is not before
        assert after.texts != before.texts
    assert NOTHING_COMPARED.texts == ()
