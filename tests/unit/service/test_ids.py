"""Ids: unique, with a prefix that says what they name, and in the order in which they were made."""

import re
from time import sleep

from service.ids import new_id


def test_an_id_says_what_it_names() -> None:
    assert re.fullmatch(r"con_[0-9A-HJKMNP-TV-Z]{26}", new_id("con"))


def test_no_two_are_the_same() -> None:
    assert len({new_id("rec") for _ in range(10_000)}) == 10_000


def test_a_later_one_sorts_behind() -> None:
    earlier = new_id("evt")
    sleep(0.002)
    assert earlier < new_id("evt")
