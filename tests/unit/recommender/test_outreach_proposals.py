"""What there is to say to a customer, and what is against it; messages of the shop among it."""

from collections.abc import Iterable
from datetime import date, timedelta

import pytest

from recommender.inputs import Occasion, PermittedData, Product
from recommender.messages import Concern, Message, MessageKind, Topic
from recommender.outreach.choosing import choose
from recommender.outreach.how_often import PastContact
from recommender.outreach.kinds import ContactKind, HeldBack
from recommender.outreach.proposals import Proposal, fields_to_decide_by, what_to_say
from recommender.outreach.shop_messages import as_proposal
from recommender.results import CareTip
from recommender.strategy import Situation
from recommender.tips import Age, Interval, Season
from tests.builders import (
    CUSTOMER,
    FEEDBACK,
    OCCASIONS,
    PREFERENCES,
    PURCHASES,
    a_catalogue,
    a_moment,
    a_product,
    a_purchase,
    a_situation,
    a_tip,
    permitted,
    said,
    tells,
)

TODAY = a_moment().date()
GIFTS = [a_product(f"gift-{number}", suits=["mother"]) for number in range(5)]
PRODUCTS: tuple[Product, ...] = (
    a_product("printer", category="printers"),
    a_product("black", category="ink", colour="black", usual_days=60),
    a_product("cyan", category="ink", colour="cyan"),
    a_product("perm", category="perms", usual_days=84),
    a_product("cut", category="cuts"),
    a_product("lamp", category="lamps"),
    a_product("sold-out", category="lamps", available=False),
    *GIFTS,
)
TIPS = (
    a_tip("head", "printer", due=Age(after_days=100)),
    a_tip("dust", "printer", due=Interval(every_days=100)),
    a_tip("heat", "printer", due=Season(first=(6, 1), last=(8, 31))),
)
SHOP = a_catalogue(*PRODUCTS, fits={"black": ["printer"], "cyan": ["printer"]})
WITH_TIPS = a_catalogue(*PRODUCTS, tips=TIPS)


def looked_at(data: PermittedData, *, tips: bool = False) -> Situation:
    return a_situation(WITH_TIPS if tips else SHOP, data=data)


def told(about: str, days_ago: int = 10, items: Iterable[str] = (), *, declined: bool = False) -> PastContact:
    day = TODAY - timedelta(days=days_ago)
    return PastContact(
        kind=ContactKind.REMINDER, day=day, about=about, items=frozenset(items), declined=declined
    )


def proposals(situation: Situation, *log: PastContact) -> dict[str, Proposal]:
    return {one.about: one for one in what_to_say(situation, log, items_at_most=3)}


def ids(proposal: Proposal) -> list[str]:
    return [item.product_id for item in proposal.content.items if not isinstance(item, CareTip)]


SERVED = permitted(a_purchase("printer", days_ago=200), a_purchase("black", days_ago=70))


def test_supplies_of_one_device_are_one_contact() -> None:
    (one,) = proposals(looked_at(SERVED)).values()

    assert (one.about, ids(one), one.against) == ("supplies for printer", ["black", "cyan"], ())
    assert one.kind is ContactKind.REMINDER
    assert one.content.product_ids == {"black", "cyan"}
    assert {fact.field for fact in one.content.rests_on} == {"purchases.product", "purchases.date"}


def test_what_she_never_had_is_a_suggestion() -> None:
    (one,) = proposals(looked_at(permitted(a_purchase("printer", days_ago=200)))).values()

    assert one.kind is ContactKind.SUGGESTION


def test_what_was_told_is_left_out_until_she_has_bought_it() -> None:
    (one,) = proposals(looked_at(SERVED), told("supplies for printer", 10, ["black"])).values()
    assert (ids(one), one.against) == (["cyan"], ())

    (one,) = proposals(looked_at(SERVED), told("supplies for printer", 10, ["black", "cyan"])).values()
    assert one.against == (HeldBack.ALREADY_TOLD,)

    (one,) = proposals(looked_at(SERVED), told("supplies for printer", 71, ["black"])).values()
    assert (ids(one), one.against) == (["black", "cyan"], ())


def test_what_she_declined_is_left_out_for_good() -> None:
    log = (told("x", 300, ["black"], declined=True), told("x", 10, ["cyan"]))
    (one,) = proposals(looked_at(SERVED), *log).values()

    assert set(one.against) == {HeldBack.DECLINED, HeldBack.ALREADY_TOLD}


def test_what_she_buys_again_and_again_goes_by_itself() -> None:
    rows = [a_purchase("lamp", days_ago=days) for days in (150, 100, 50)]
    (one,) = proposals(looked_at(permitted(*rows))).values()

    assert (one.about, one.kind) == ("again lamp", ContactKind.REMINDER)


def near(**more: str) -> PermittedData:
    return permitted(
        fields=OCCASIONS,
        occasions=[Occasion(day="06-14", recipient="mother", **more), Occasion(day="12-24")],
    )


def test_an_occasion_comes_with_three_gifts_and_once() -> None:
    (one,) = proposals(looked_at(near(name="her day"))).values()
    assert (ids(one), one.against) == (["gift-0", "gift-1", "gift-2"], ())
    assert one.about == "occasion 2026-06-14"

    (again,) = proposals(looked_at(near(name="her day")), told(one.about)).values()
    assert again.against == (HeldBack.ALREADY_TOLD,)


def test_gifts_that_were_declined_are_others_or_none() -> None:
    some = told("x", items=["gift-0", "gift-2"], declined=True)
    (one,) = proposals(looked_at(near()), some).values()
    assert ids(one) == ["gift-1", "gift-3", "gift-4"]

    all_of_them = told("x", items=[gift.id for gift in GIFTS], declined=True)
    (none,) = proposals(looked_at(near()), all_of_them).values()
    assert none.against == (HeldBack.DECLINED,)


@pytest.mark.parametrize(
    ("tip", "days_ago", "is_silent"),
    [("head", 399, True), ("dust", 49, True), ("dust", 50, False), ("heat", 179, True), ("heat", 180, False)],
)
def test_a_tip_is_not_told_twice_in_its_time(tip: str, days_ago: int, is_silent: bool) -> None:
    situation = looked_at(permitted(a_purchase("printer", days_ago=200)), tips=True)
    about = f"tip {tip}"
    fresh = proposals(situation)
    assert set(fresh) == {"tip head", "tip dust", "tip heat"}
    assert (fresh[about].kind, fresh[about].against) == (ContactKind.CARE, ())

    against = proposals(situation, told(about, days_ago))[about].against
    assert against == ((HeldBack.ALREADY_TOLD,) if is_silent else ())


def test_only_what_decides_is_read() -> None:
    permitted_fields = (
        PURCHASES | FEEDBACK | PREFERENCES | {"browsing.views", "purchases.served_by", "contact.channels"}
    )
    read = fields_to_decide_by(frozenset(permitted_fields))

    assert read == PURCHASES | FEEDBACK | {"purchases.served_by", "preferences.dislikes", "preferences.sizes"}


def a_message(
    kind: MessageKind = MessageKind.CAMPAIGN, *, interval_days: int | None = None, **more: object
) -> Message:
    values: dict[str, object] = {
        "topic": Topic.APPOINTMENTS if kind is MessageKind.SERVICE else None,
        "concern": Concern(categories=frozenset({"perms"})),
        "known_since": date(2026, 6, 1),
    }
    return Message(id="m", kind=kind, interval_days=interval_days, **(values | more))  # type: ignore[arg-type]


def against(message: Message, *rows: object, log: tuple[PastContact, ...] = (), **more: object) -> set[str]:
    data = permitted(*rows, **more)  # type: ignore[arg-type]
    return set(_proposal(message, data, log).against)


def _proposal(message: Message, data: PermittedData, log: tuple[PastContact, ...] = ()) -> Proposal:
    return as_proposal(message, looked_at(data), log, customer_id=CUSTOMER, items_at_most=3)


PERM = a_purchase("perm", days_ago=56)
PERMS = frozenset({"perms"})


def test_a_campaign_for_what_she_needs_is_for_her() -> None:
    one = _proposal(a_message(products=frozenset({"cut", "sold-out"})), permitted(PERM))

    assert (one.content.offers, one.against, one.kind) == (("cut",), (), ContactKind.SUGGESTION)
    assert [fact.ref for fact in one.content.rests_on] == ["perm"]


def test_whom_it_does_not_concern() -> None:
    assert against(a_message()) == {HeldBack.DOES_NOT_CONCERN_HER}
    by_name = a_message(concern=Concern(customer_ids=frozenset({CUSTOMER})))
    assert against(by_name) == set()


def test_who_was_here_since_it_is_known_knows_it() -> None:
    since = a_message(known_since=TODAY - timedelta(days=56))
    assert against(since, PERM) == {HeldBack.KNOWS_ALREADY}
    assert against(since, PERM, fields={"purchases.product"}) == set()


def test_who_is_not_due_has_it_or_said_no() -> None:
    assert against(a_message(categories=PERMS, interval_days=84), PERM) == {HeldBack.NOT_DUE}
    assert against(a_message(categories=PERMS), PERM) == {HeldBack.NOT_DUE}, "by the product's own interval"
    assert against(a_message(categories=PERMS), a_purchase("perm", days_ago=80)) == set()
    assert against(a_message(products=frozenset({"cut"})), PERM, a_purchase("cut", days_ago=30)) == {
        HeldBack.HAS_IT
    }
    no = (told("x", items=["perm"], declined=True),)
    assert against(a_message(categories=PERMS), PERM, log=no) == {HeldBack.DECLINED}


def test_what_she_said_of_it_counts() -> None:
    lamp = a_message(products=frozenset({"lamp"}), interval_days=10)
    fields = PURCHASES | FEEDBACK
    assert against(lamp, PERM, said("not_interested", "lamp"), fields=fields) == {HeldBack.DECLINED}
    assert against(lamp, PERM, said("not_now", "lamp"), fields=fields) == {HeldBack.NOT_DUE}
    disliked = tells(disliked_categories=["lamps"])
    assert against(lamp, PERM, preferences=disliked, fields=PURCHASES | PREFERENCES) == {HeldBack.DECLINED}


def test_another_of_the_kind_lately_counts_as_the_thing() -> None:
    lamps = a_message(
        products=frozenset({"lamp"}), interval_days=100, concern=Concern(products=frozenset({"sold-out"}))
    )
    assert against(lamps, a_purchase("sold-out", days_ago=50)) == {HeldBack.NOT_DUE}
    assert against(lamps, a_purchase("sold-out", days_ago=150)) == set()


def test_what_was_told_or_is_not_for_this_day() -> None:
    assert against(a_message(), PERM, log=(told("message m", 400),)) == {HeldBack.ALREADY_TOLD}
    assert against(a_message(valid_until=TODAY - timedelta(days=1)), PERM) == {HeldBack.NOT_VALID}


def test_a_service_note_with_something_to_buy_in_it_is_held_back() -> None:
    note = a_message(MessageKind.SERVICE)
    assert _proposal(note, permitted(PERM)).kind is ContactKind.SERVICE
    assert against(note, PERM) == set()
    assert against(a_message(MessageKind.SERVICE, products=frozenset({"lamp"})), PERM) == {
        HeldBack.MARKETING_IN_SERVICE
    }


def test_the_first_that_nothing_is_against_is_made() -> None:
    def a_proposal(about: str, *against: HeldBack) -> Proposal:
        return Proposal(kind=ContactKind.CARE, about=about, against=against)

    told_before, good = a_proposal("a", HeldBack.ALREADY_TOLD), a_proposal("b")
    assert choose([told_before, good, a_proposal("c")], lambda _: ()).proposal is good
    assert choose([told_before], lambda _: (HeldBack.CAP_REACHED,)).because == (
        HeldBack.CAP_REACHED,
        HeldBack.ALREADY_TOLD,
    )
    assert choose([], lambda _: (HeldBack.NO_CHANNEL,)).because == (
        HeldBack.NO_CHANNEL,
        HeldBack.NOTHING_TO_SAY,
    )
