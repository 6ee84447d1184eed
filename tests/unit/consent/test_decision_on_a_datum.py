"""May this datum be read, by this channel, now? Each dimension of a scope by example, and why not."""

from dataclasses import replace
from typing import Any

import pytest

from consent.coverage import Covering, Question, coverings, is_superseded, without_repeats
from consent.decision import Verdict, decide, verdict_on
from consent.events import ConsentEvent
from consent.items import Item
from consent.reasons import Because
from consent.scope import Items
from tests.builders import (
    CUSTOMER,
    a_moment,
    consumed,
    given,
    ledger,
    lifted,
    objected,
    refused,
    restricted,
    withdrawn,
)

PRODUCT = "purchases.product"
ORDER_1, ORDER_2 = Items(orders=frozenset({"o-1"})), Items(orders=frozenset({"o-2"}))
IN_1 = Item(order="o-1", product="ink", category="supplies", at=a_moment(-3))
IN_2 = replace(IN_1, order="o-2")
SOMEWHERE = Item(product="ink")
SENSITIVE = replace(IN_1, sensitive=True)


def verdict(*events: ConsentEvent, item: Item | None = IN_1, **asked: Any) -> Verdict:
    question = Question(purpose="recommendations", field=PRODUCT, at=a_moment(), **asked)
    return verdict_on(ledger(*events), question, customer_id=CUSTOMER, item=item)


def said(*events: ConsentEvent, item: Item | None = IN_1, **asked: Any) -> str | Because | None:
    """The consent that permits, or why none does."""
    found = verdict(*events, item=item, **asked)
    return found.consent_id if found.permitted else found.because


# Items


@pytest.mark.parametrize(
    ("item", "expected"),
    [(IN_1, "con_1"), (IN_2, Because.OUT_OF_SCOPE), (SOMEWHERE, Because.OUT_OF_SCOPE)],
    ids=["selected", "another", "nobody knows"],
)
def test_a_grant_of_selected_items_covers_what_is_surely_among_them(item: Item, expected: object) -> None:
    assert said(given(items=ORDER_1), item=item) == expected


@pytest.mark.parametrize(
    ("item", "expected"),
    [(IN_1, Because.WITHDRAWN), (IN_2, "con_1"), (SOMEWHERE, Because.WITHDRAWN)],
    ids=["denied", "another", "nobody knows"],
)
def test_a_denial_of_selected_items_cuts_what_may_be_among_them(item: Item, expected: object) -> None:
    assert said(given(), withdrawn(items=ORDER_1), item=item) == expected


def test_the_reason_is_her_latest_word_on_this_item() -> None:
    assert said(refused(), withdrawn(items=ORDER_1), item=IN_1) is Because.WITHDRAWN
    assert said(refused(), withdrawn(items=ORDER_1), item=IN_2) is Because.REFUSED


def test_a_paper_that_arrived_late_says_nothing_of_the_items_that_were_denied_since() -> None:
    denied = refused(items=ORDER_1, occurred_at=a_moment(-1))
    late = given(occurred_at=a_moment(-5), uses=1)
    assert said(denied, late, item=IN_1) is Because.REFUSED
    assert said(denied, late, item=IN_2) is Because.SINGLE_USE


def test_sensitive_products_are_read_only_if_they_or_their_category_are_named() -> None:
    assert said(given(), item=SENSITIVE) is Because.SENSITIVE
    assert said(given(items=ORDER_1), item=SENSITIVE) is Because.SENSITIVE
    for named in (Items(products=frozenset({"ink"})), Items(categories=frozenset({"supplies"}))):
        assert said(given(items=named), item=SENSITIVE) == "con_1"


def test_what_is_older_than_the_shop_keeps_it_is_not_read() -> None:
    assert said(given(), kept_since=a_moment(-2)) is Because.PAST_RETENTION
    assert said(given(), kept_since=a_moment(-3)) == "con_1", "from that moment on"
    assert said(given(), item=SOMEWHERE, kept_since=a_moment(-2)) == "con_1", "of when it is nobody knows"


# Channels


def test_a_grant_for_a_channel_counts_for_that_one_alone() -> None:
    mail = given(channels=["email"])
    assert said(mail, channel="email") == "con_1"
    assert said(mail, channel="sms") is Because.OUT_OF_SCOPE
    assert said(mail, channel=None) is Because.OUT_OF_SCOPE
    assert said(given(channels=["email"], uses=1), channel="email") is Because.SINGLE_USE


def test_a_denial_for_a_channel_cuts_that_one_and_what_nobody_has_told() -> None:
    story = given(), withdrawn(channels=["email"])
    assert said(*story, channel="sms") == "con_1"
    assert said(*story, channel="email") is Because.WITHDRAWN
    assert said(*story, channel=None) is Because.WITHDRAWN
    assert said(refused(), withdrawn(channels=["email"]), channel="sms") is Because.REFUSED


def test_a_late_paper_is_superseded_only_if_the_denial_was_for_all_its_channels() -> None:
    denial = refused(channels=["email"], occurred_at=a_moment(-1))
    for channels, expected in ((["email"], True), (["sms"], False), (None, False)):
        told = ledger(denial, given(channels=channels, occurred_at=a_moment(-5)))
        assert is_superseded(told[1], told, PRODUCT) is expected


def test_a_late_paper_opens_no_channel_that_was_denied_before_it() -> None:
    denied, late = refused(channels=["email"], occurred_at=a_moment(-1)), given(occurred_at=a_moment(-5))
    assert not verdict(denied, late, item=None, channel="email").permitted
    assert said(denied, late, item=None, channel="sms") == "con_1"


# Uses


def test_a_counted_grant_counts_only_for_whom_uses_it_up() -> None:
    twice = given(uses=2)
    assert said(twice) is Because.SINGLE_USE
    assert said(twice, item=None) is Because.SINGLE_USE
    assert verdict(twice, counted=True).uses_left == 2
    assert verdict(twice, consumed(), counted=True).uses_left == 1
    assert said(twice, consumed(), consumed(), counted=True) is Because.CONSUMED


def test_what_a_counted_grant_may_not_be_about_is_out_of_its_scope() -> None:
    assert said(given(uses=1, items=ORDER_1), item=IN_1) is Because.SINGLE_USE
    assert said(given(uses=1, items=ORDER_1), item=SOMEWHERE) is Because.OUT_OF_SCOPE
    assert said(given(uses=1, items=ORDER_1), item=None) is Because.SINGLE_USE


def test_a_standing_grant_is_used_before_a_counted_one_that_was_given_first() -> None:
    counted, standing = given(uses=1), given(consent_id="con_2", expires_at=a_moment(1))
    assert said(counted, standing, counted=True) == "con_2"


def test_of_two_that_are_alike_the_first_given_is_used() -> None:
    alike = verdict(given(consent_id="con_2"), given()).coverings
    assert [(one.consent_id, one.position) for one in alike] == [("con_2", 1), ("con_1", 2)]


def test_of_coverings_that_cover_the_same_data_the_first_is_enough() -> None:
    told = ledger(
        given(),
        given(consent_id="con_2", expires_at=a_moment(9)),
        given(consent_id="con_3", items=ORDER_1),
        given(consent_id="con_4", items=ORDER_2),
        given(consent_id="con_5", data_from=a_moment(-9)),
    )
    question = Question(purpose="recommendations", field=PRODUCT, at=a_moment())
    found = without_repeats(coverings(told, question))
    assert [one.consent_id for one in found] == ["con_1", "con_3", "con_4", "con_5"]
    cut, kept = replace(found[0], cuts=(found[1].scope,)), replace(found[0], kept_since=a_moment())
    assert without_repeats((found[0], cut, kept)) == (found[0], cut, kept)
    assert not any(isinstance(one, Covering) and one.is_whole for one in (found[1], found[3], cut))


# Objections, and what was changed since


def test_an_objection_stands_before_and_after_any_grant_until_it_is_lifted() -> None:
    no = objected(consent_id="obj_1")
    for story in ((no, given()), (given(), no), (refused(), no)):
        assert said(*story) is Because.OBJECTED
    assert said(given(), no, lifted(consent_id="obj_1")) == "con_1"
    assert said(given(), no, lifted(consent_id="obj_2")) is Because.OBJECTED


def test_an_objection_is_about_its_own_items() -> None:
    no = objected(consent_id="obj_1", items=ORDER_1)
    assert said(refused(), no, item=IN_1) is Because.OBJECTED
    assert said(refused(), no, item=IN_2) is Because.REFUSED


def test_what_is_restricted_is_not_read_but_may_be_kept() -> None:
    halt = restricted(consent_id="obj_1")
    assert said(given(), halt) is Because.RESTRICTED
    assert said(given(), halt, to_keep=True) == "con_1"
    assert said(refused(), halt, to_keep=True) is Because.REFUSED
    assert said(given(), objected(consent_id="obj_1"), to_keep=True) is Because.OBJECTED


def test_a_grant_whose_notice_has_changed_since_waits_for_her() -> None:
    assert said(replace(given(), outdated_from=a_moment())) is Because.NEEDS_RENEWAL
    assert said(replace(given(), outdated_from=a_moment(1))) == "con_1", "not before it is published"


# All fields at once


def test_fields_of_one_consent_are_each_kept_as_long_as_their_category() -> None:
    permission = decide(
        ledger(given("purchases", "devices")),
        customer_id=CUSTOMER,
        purpose="recommendations",
        at=a_moment(),
        kept_since={"purchases": a_moment(-2)},
    )
    kept = {field: permission.verdict(field).coverings[0].kept_since for field in permission.fields}
    assert {field.partition(".")[0]: since for field, since in kept.items()} == {
        "purchases": a_moment(-2),
        "devices": None,
    }
    assert len(kept) == len(permission.fields) > 2
