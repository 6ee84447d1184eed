"""What the recommender understands of what it is handed."""

import pytest

from tests.builders import a_product


def test_the_shop_may_say_after_how_many_days_a_product_is_usually_needed_again() -> None:
    assert a_product("ink", usual_days=60).usual_interval_days == 60


@pytest.mark.parametrize("stated", [0, -60, "60", 60.5, True, [60]])
def test_what_is_no_number_of_days_is_not_known(stated: object) -> None:
    assert a_product("ink", usual_days=stated).usual_interval_days is None


def test_without_a_word_of_the_shop_nothing_is_usual() -> None:
    assert a_product("ink").usual_interval_days is None
