"""What is held of somebody is within what she permits, or it is not."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from recommender.learning.contributions import Contribution, contribution_of, is_within
from recommender.learning.settings import LearningSettings

TODAY = date(2026, 6, 10)
NUMBER = {"tent": 0, "mat": 1}


def contribution(bought: Mapping[str, int | None]) -> Contribution:
    """Product -> how many days ago, `None` if that may not be known."""
    history = {one: None if ago is None else TODAY - timedelta(days=ago) for one, ago in bought.items()}
    return contribution_of(history, NUMBER, TODAY, LearningSettings())


@pytest.mark.parametrize(
    ("held", "permitted", "within"),
    [
        ({}, {}, True),
        ({}, {"tent": 3}, True),
        ({"tent": 3}, {"tent": 3, "mat": 1}, True),
        ({"tent": 3}, {"tent": 1}, True),  # bought again
        ({"tent": None}, {"tent": 200}, True),  # bought on a known day since then
        ({"tent": None}, {"tent": None}, True),
        ({"tent": 3}, {}, False),
        ({"tent": 3, "mat": 3}, {"mat": 3}, False),
        ({"tent": 3}, {"tent": 9}, False),
        ({"tent": 300}, {"tent": 301}, False),  # too long ago to weigh anything, and still her day
        ({"tent": 40_000}, {"tent": 50_000}, True),
        ({"tent": 40}, {"tent": None}, False),  # the day may not be known any more
    ],
)
def test_what_is_held_is_within_what_is_permitted(
    held: dict[str, int | None], permitted: dict[str, int | None], within: bool
) -> None:
    assert is_within(contribution(held), contribution(permitted)) is within
