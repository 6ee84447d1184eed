"""What follows from what she said: what is left of her data, what is hidden, and until when."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from recommender.feedback import heard_of, without_what_is_not_hers
from recommender.inputs import PermittedData, Said, Settings
from recommender.possessions import Possessions, possessions_of
from recommender.ranking import recommend, situation_of
from recommender.results import WHOLE
from recommender.similarity import build_similarity
from recommender.strategies.compatible import COMPATIBLE
from tests.builders import (
    CUSTOMER,
    FEEDBACK,
    PURCHASES,
    a_catalogue,
    a_device,
    a_moment,
    a_product,
    a_purchase,
    a_request,
    a_situation,
    browsed,
    permitted,
    said,
    what_was_learned,
)

TODAY = a_moment().date()
EVERYTHING = PURCHASES | FEEDBACK | {"devices.product", "devices.since", "browsing.views", "browsing.carts"}
SHOP = a_catalogue(
    "printer",
    "pen",
    a_product("ink", usual_days=40),
    a_product("red-pen", group="pens"),
    a_product("blue-pen", group="pens"),
    "paper-tray",
    fits={"ink": ["printer"], "paper-tray": ["printer"]},
)


def possessions(*rows: object) -> Possessions:
    data = permitted(*rows, fields=EVERYTHING)  # type: ignore[arg-type]
    return possessions_of(data, SHOP, today=TODAY, settings=Settings())


def left_of(*words: Said) -> PermittedData:
    data = permitted(
        a_purchase("printer", days_ago=20),
        a_purchase("printer", days_ago=None),
        a_purchase("pen", days_ago=20),
        a_device("printer"),
        *words,
        views=[browsed("printer", days_ago=8)],
        carts=[browsed("printer", days_ago=2)],
        fields=EVERYTHING,
    )
    return without_what_is_not_hers(data, heard_of(data, today=TODAY, settings=Settings()))


def test_without_a_word_nothing_is_left_out() -> None:
    words = said("helpful", "printer"), said("stop_using_this", "pen")
    assert replace(left_of(*words), feedback=()) == left_of()


@pytest.mark.parametrize("kind", ["not_mine", "was_a_gift"])
def test_what_is_not_hers_is_taken_out_wherever_it_stands_up_to_that_day(kind: str) -> None:
    left = left_of(said(kind, "printer", days_ago=5))
    assert [one.product_id for one in left.purchases or ()] == ["pen"]
    assert left.devices == ()
    assert left.views == ()
    assert left.carts == (browsed("printer", days_ago=2),), "what she did later counts"


def test_what_is_dated_tomorrow_is_no_answer_to_what_she_said_today() -> None:
    data = permitted(
        a_purchase("printer", days_ago=-1),
        a_device("printer", days_ago=-1),
        said("not_mine", "printer", days_ago=0),
        fields=EVERYTHING,
    )
    left = without_what_is_not_hers(data, heard_of(data, today=TODAY, settings=Settings()))
    assert (left.purchases, left.devices) == ((), ())


def test_what_was_not_read_stays_unread() -> None:
    data = permitted(said("not_mine", "printer"), fields=FEEDBACK)
    heard = heard_of(data, today=TODAY, settings=Settings())
    left = without_what_is_not_hers(data, heard)
    assert (left.purchases, left.devices, left.views, left.carts) == (None, None, None, None)


def test_the_last_word_on_whose_it_is_holds() -> None:
    first, last = said("was_a_gift", "printer", days_ago=5), said("have_it", "printer", days_ago=4)
    assert "printer" in possessions(first, last).devices
    assert "printer" not in possessions(last, said("not_mine", "printer", days_ago=3)).devices


def test_a_gift_is_gone_until_she_has_one_herself() -> None:
    gift = said("was_a_gift", "printer", days_ago=5)
    assert possessions(a_purchase("printer", days_ago=9), gift).gone == {"printer"}
    again = possessions(a_purchase("printer", days_ago=9), gift, a_purchase("printer", days_ago=1))
    assert (again.gone, list(again.devices)) == (frozenset(), ["printer"])
    assert again.days["printer"] == [a_moment(-1).date()]


def test_a_device_that_she_says_she_has_is_one_and_a_thing_is_none() -> None:
    found = possessions(said("have_it", "printer"), said("have_it", "pen"))
    assert {id_: one.known_from for id_, one in found.devices.items()} == {"printer": "feedback.product"}
    assert found.stocked == {SHOP.group_of("printer"), SHOP.group_of("pen")}


@pytest.mark.parametrize(
    ("product_id", "days_ago", "is_there"),
    [
        ("ink", 31, True),  # 80 % of 40 days are 32
        ("ink", 32, False),
        ("paper-tray", 89, True),  # nothing tells how long it lasts
        ("paper-tray", 90, False),
        ("pen", 900, True),  # no supply: she has it
        ("unheard-of", 900, True),
    ],
)
def test_what_she_has_is_there_until_it_is_used_up(product_id: str, days_ago: int, is_there: bool) -> None:
    stocked = possessions(said("have_it", product_id, days_ago=days_ago)).stocked
    assert (SHOP.group_of(product_id) in stocked) is is_there


def test_her_own_rhythm_tells_when_it_is_used_up() -> None:
    bought = [a_purchase("ink", days_ago=days) for days in (160, 140, 120)]
    for days_ago, is_there in ((17, True), (25, False)):
        stocked = possessions(*bought, said("have_it", "ink", days_ago=days_ago)).stocked
        assert (SHOP.group_of("ink") in stocked) is is_there


def test_not_interested_holds_until_she_buys_it() -> None:
    no = said("not_interested", "pen", days_ago=5)
    assert possessions(no).declined == {"pen"}
    assert possessions(no, a_purchase("pen", days_ago=5)).declined == {"pen"}
    assert possessions(no, a_purchase("pen", days_ago=None)).declined == {"pen"}
    assert possessions(no, a_purchase("pen", days_ago=4, returned=True)).declined == {"pen"}
    assert possessions(no, a_purchase("pen", days_ago=4)).declined == frozenset()
    assert possessions(no, a_purchase("pen", days_ago=0)).declined == frozenset()
    assert possessions(no, a_purchase("pen", days_ago=-1)).declined == {"pen"}, "she has not bought it yet"


def test_not_now_is_for_thirty_days_and_all_variants() -> None:
    assert possessions(said("not_now", "red-pen", days_ago=29)).put_off == {SHOP.group_of("blue-pen")}
    assert possessions(said("not_now", "red-pen", days_ago=30)).put_off == frozenset()


OFFERED: Mapping[str, set[str]] = {
    "helpful": {"pen", "ink", "red-pen", "blue-pen"},
    "too_often": {"pen", "ink", "red-pen", "blue-pen"},
    "not_interested": {"pen", "ink", "blue-pen"},
    "not_now": {"pen", "ink"},
    "have_it": {"pen", "ink"},
}


@pytest.mark.parametrize("kind", OFFERED)
def test_a_list_leaves_out_what_she_said_and_is_personal_then(kind: str) -> None:
    shop = a_catalogue("pen", "ink", a_product("red-pen", group="pens"), a_product("blue-pen", group="pens"))
    made = recommend(
        situation_of(
            a_request(),
            data=permitted(said(kind, "red-pen"), fields=FEEDBACK),
            customer_id=CUSTOMER,
            catalogue=shop,
            learned=what_was_learned({}),
            similarity=build_similarity(shop),
            today=date(2026, 6, 10),
            settings=Settings(),
        )
    )
    assert {item.product_id for item in made.items} == OFFERED[kind]
    assert made.personalised is (len(OFFERED[kind]) < 4)


def test_the_reason_of_what_fits_names_her_word() -> None:
    situation = a_situation(SHOP, data=permitted(said("have_it", "printer"), fields=FEEDBACK))
    reasons = [one.reason for one in COMPATIBLE.propose(situation)]
    assert [[(fact.field, fact.ref, fact.share) for fact in one.facts] for one in reasons] == [
        [
            ("feedback.product", "printer", WHOLE),
            ("feedback.kind", "printer", 0),
            ("fits", f"{supply} → printer", 0),
        ]
        for supply in ("ink", "paper-tray")
    ]
