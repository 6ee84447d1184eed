"""Which purposes an objection or a restriction is about, and what a restriction keeps."""

import pytest

from consent.coverage import restricted_fields, restricted_since
from consent.events import ConsentEvent, EventKind
from consent.objections import ObjectionKind, covered_purposes, extensions, kind_of
from consent.scope import Scope
from consent.vocabulary import BUILT_IN, DPV, PURPOSE_CODES, PURPOSES, Purpose, PurposeCatalogue
from tests.builders import an_event

LETTERS = Purpose(code="letters", question="Send me letters", dpv=DPV + "PersonalisedAdvertising")
PARCELS = Purpose(code="parcels", question="Track my parcels", dpv=DPV + "DeliveryOfGoods")
WITH_BOTH = PurposeCatalogue(purposes=(*PURPOSES, LETTERS, PARCELS))
FIELDS = frozenset({"purchases.product"})


def raised(kind: ObjectionKind) -> list[ConsentEvent]:
    """An objection of this kind, as it stands in a ledger of before the shop added purposes."""
    event = EventKind.RESTRICTED if kind is ObjectionKind.RESTRICTION else EventKind.OBJECTED
    return [
        an_event(event, "purchases.product", purpose=purpose, position=position, consent_id="obj_1")
        for position, purpose in enumerate(covered_purposes(kind, BUILT_IN), start=1)
    ]


@pytest.mark.parametrize(
    ("kind", "covered"),
    [
        (ObjectionKind.MARKETING, {"reminders", "letters", "of-before"}),
        (
            ObjectionKind.PROFILING,
            {"recommendations", "reminders", "learning", "standing_orders", "letters", "of-before"},
        ),
        (ObjectionKind.RESTRICTION, {*PURPOSE_CODES, "letters", "parcels", "of-before"}),
    ],
)
def test_it_is_about_purposes_of_its_kind_and_those_of_which_nobody_can_tell(
    kind: ObjectionKind, covered: set[str]
) -> None:
    assert set(covered_purposes(kind, WITH_BOTH, told=["reminders", "of-before"])) == covered


@pytest.mark.parametrize("kind", ObjectionKind)
def test_the_word_that_she_used_follows_from_what_is_covered(kind: ObjectionKind) -> None:
    assert kind_of(raised(kind)) is kind


@pytest.mark.parametrize(
    ("kind", "added"),
    [
        (ObjectionKind.MARKETING, ["letters"]),
        (ObjectionKind.PROFILING, ["letters"]),
        (ObjectionKind.RESTRICTION, ["letters", "parcels"]),
    ],
)
def test_a_purpose_that_the_shop_adds_later_is_covered_if_it_is_of_the_kind(
    kind: ObjectionKind, added: list[str]
) -> None:
    found = extensions(raised(kind), {*PURPOSE_CODES, "letters", "parcels"}, WITH_BOTH)
    assert [one.scope for one in found] == [Scope(purpose=purpose, fields=FIELDS) for purpose in added]
    assert {(one.objection_id, one.kind) for one in found} == {("obj_1", raised(kind)[0].kind)}


@pytest.mark.parametrize(
    ("kind", "added"),
    [
        (ObjectionKind.MARKETING, []),
        (ObjectionKind.PROFILING, ["standing_orders"]),
        (ObjectionKind.RESTRICTION, ["standing_orders"]),
    ],
)
def test_so_is_one_that_a_release_has_added(kind: ObjectionKind, added: list[str]) -> None:
    before = [one for one in raised(kind) if one.scope.purpose != "standing_orders"]
    assert [one.scope.purpose for one in extensions(before, PURPOSE_CODES, BUILT_IN)] == added


def test_what_has_been_added_is_not_added_again() -> None:
    standing = raised(ObjectionKind.MARKETING)
    again = an_event(
        EventKind.OBJECTED, "purchases.product", purpose="letters", position=9, consent_id="obj_1"
    )
    assert extensions([*standing, again], {"letters"}, WITH_BOTH) == []


def test_a_restriction_keeps_its_fields_until_it_is_lifted() -> None:
    restricted = an_event(EventKind.RESTRICTED, "purchases.product", position=1, consent_id="obj_1")
    another = an_event(EventKind.RESTRICTED, "purchases.product", position=2, consent_id="obj_2")
    given = an_event(EventKind.GIVEN, "purchases.product", position=3)
    lifted = an_event(EventKind.LIFTED, "purchases.product", position=4, consent_id="obj_1")
    both_lifted = an_event(EventKind.LIFTED, "purchases.product", position=5, consent_id="obj_2")

    assert restricted_fields([given]) == frozenset()
    assert restricted_since([given], "purchases.product") is None
    ledger = [restricted, another, given, lifted]
    assert restricted_fields(ledger) == FIELDS
    assert restricted_since(ledger, "purchases.product") == 1, "without a gap since the first of both"
    assert restricted_since(ledger, "purchases.date") is None
    assert restricted_fields([*ledger, both_lifted]) == frozenset()
    assert restricted_since([*ledger, both_lifted], "purchases.product") is None
