"""The hash chain: anybody can recompute it from the documented fields, and tampering shows where it is."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

import pytest
import rfc8785

from consent.events import ConsentEvent, EventKind, Evidence
from consent.ledger import GENESIS_HASH, LedgerEntry, seal
from consent.scope import Items, PriceLimit
from tests.builders import a_moment, given, ledger, refused, renewed, withdrawn
from tests.chains import first_bad_entry

BERLIN = timezone(timedelta(hours=2))
EVIDENCE = ["notice_id", "shown", "captured_via", "method", "locale", "actor"]


def a_chain(*events: ConsentEvent, chain_id: str = "chn_1") -> list[LedgerEntry]:
    entries: list[LedgerEntry] = []
    for event in ledger(*events):
        previous_hash = entries[-1].hash if entries else GENESIS_HASH
        entries.append(seal(event, chain_id=chain_id, previous_hash=previous_hash))
    return entries


def four_entries() -> list[LedgerEntry]:
    return a_chain(
        given(occurred_at=a_moment(-1)),
        given("devices", consent_id="con_2", channels=["email"], expires_at=a_moment(30)),
        withdrawn(evidence=Evidence(notice_id="not_1", method="button")),
        refused("browsing", consent_id="con_3"),
    )


def a_full_event() -> ConsentEvent:
    """An event that says something in every dimension."""
    return given(
        "purchases.product",
        "purchases.date",
        consent_id="con_2",
        occurred_at=a_moment(-1),
        replaces="con_1",
        expires_at=a_moment(365),
        uses=3,
        channels=["sms", "email"],
        data_from=a_moment(-90),
        price_limit=PriceLimit(amount="20.00", currency="EUR"),
        items=Items(
            orders=frozenset({"o-2", "o-1"}),
            products=frozenset({"hp-950-black"}),
            categories=frozenset({"ink"}),
            exceptions=frozenset({"hp-951-cyan"}),
        ),
        evidence=Evidence(
            notice_id="not_1",
            shown="checkout",
            captured_via="web",
            method="checkbox",
            locale="de",
            actor="customer",
        ),
    )


def rehashed(entry: LedgerEntry) -> LedgerEntry:
    """The entry sealed anew in its place, as somebody would who forges one entry well."""
    return seal(entry.event, chain_id=entry.chain_id, previous_hash=entry.previous_hash)


# What the hash is taken over


def test_the_hash_is_reproducible_from_the_documented_fields() -> None:
    documented: dict[str, Any] = {
        "chain_id": "chn_1",
        "previous_hash": "ab" * 32,
        "position": 1,
        "event_id": "evt_1",
        "consent_id": "con_2",
        "kind": "given",
        "purpose": "recommendations",
        "fields": ["purchases.date", "purchases.product"],
        "channels": ["email", "sms"],
        "items": {
            "orders": ["o-1", "o-2"],
            "products": ["hp-950-black"],
            "categories": ["ink"],
            "exceptions": ["hp-951-cyan"],
        },
        "data_from": "2026-03-12T09:00:00.000000+00:00",
        "uses": 3,
        "expires_at": "2027-06-10T09:00:00.000000+00:00",
        "price_limit": {"amount": "20.00", "currency": "EUR"},
        "recorded_at": "2026-06-10T09:00:00.000000+00:00",
        "occurred_at": "2026-06-09T09:00:00.000000+00:00",
        "replaces": "con_1",
        "evidence": {
            "notice_id": "not_1",
            "shown": "checkout",
            "captured_via": "web",
            "method": "checkbox",
            "locale": "de",
            "actor": "customer",
        },
    }
    sealed = seal(a_full_event(), chain_id="chn_1", previous_hash="ab" * 32)
    assert sealed.hash == sha256(rfc8785.dumps(documented)).hexdigest()


def test_what_an_event_does_not_say_is_null_in_the_hash() -> None:
    """But for a price limit, which is not named: what was recorded before there was one keeps its hash."""
    nothing_said = dict.fromkeys(
        ["channels", "items", "data_from", "uses", "expires_at", "occurred_at", "replaces"]
    )
    no_evidence = dict.fromkeys(EVIDENCE)
    documented: dict[str, Any] = {
        **nothing_said,
        "chain_id": "chn_1",
        "previous_hash": "0" * 64,
        "position": 1,
        "event_id": "evt_1",
        "consent_id": "con_1",
        "kind": "refused",
        "purpose": "recommendations",
        "fields": ["purchases.product"],
        "recorded_at": "2026-06-10T09:00:00.000000+00:00",
        "evidence": no_evidence,
    }
    [sealed] = a_chain(refused("purchases.product"))
    assert sealed.hash == sha256(rfc8785.dumps(documented)).hexdigest()


def test_a_sealed_entry_says_what_it_was_sealed_with() -> None:
    event = given()
    sealed = seal(event, chain_id="chn_7", previous_hash="ab" * 32)
    assert (sealed.event, sealed.chain_id, sealed.previous_hash) == (event, "chn_7", "ab" * 32)


def test_one_instant_has_one_hash_whatever_its_time_zone() -> None:
    here = given(occurred_at=a_moment(-1), expires_at=a_moment(9), data_from=a_moment(-9))
    there = given(
        recorded_at=a_moment().astimezone(BERLIN),
        occurred_at=a_moment(-1).astimezone(BERLIN),
        expires_at=a_moment(9).astimezone(BERLIN),
        data_from=a_moment(-9).astimezone(BERLIN),
    )
    assert a_chain(here)[0].hash == a_chain(there)[0].hash


def test_the_time_zone_of_the_machine_changes_no_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = set()
    for machine in ["UTC0", "JST-9"]:
        with monkeypatch.context() as elsewhere:
            elsewhere.setenv("TZ", machine)
            time.tzset()
            hashes.add(a_chain(given())[0].hash)
    time.tzset()
    assert len(hashes) == 1


def test_microseconds_count() -> None:
    whole = datetime(2026, 6, 10, 9, tzinfo=UTC)
    assert (
        a_chain(given(recorded_at=whole))[0].hash
        != a_chain(given(recorded_at=whole + timedelta(microseconds=1)))[0].hash
    )


def test_the_hash_does_not_hold_the_customer() -> None:
    assert a_chain(given(customer_id="c-1"))[0].hash == a_chain(given(customer_id="c-2"))[0].hash


def test_equal_events_in_different_chains_have_different_hashes() -> None:
    assert a_chain(given(), chain_id="chn_1")[0].hash != a_chain(given(), chain_id="chn_2")[0].hash


# What verifies


def test_an_empty_chain_verifies() -> None:
    assert first_bad_entry([]) is None


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_an_untouched_chain_verifies(length: int) -> None:
    assert first_bad_entry(four_entries()[:length]) is None


def test_a_chain_still_verifies_after_its_customer_was_erased() -> None:
    erased = [replace(entry, event=replace(entry.event, customer_id="")) for entry in four_entries()]
    assert first_bad_entry(erased) is None


CHANGES: dict[str, dict[str, Any]] = {
    "event_id": {"event_id": "evt_x"},
    "consent_id": {"consent_id": "con_x"},
    "position": {"position": 9},
    "kind": {"kind": EventKind.WITHDRAWN},
    "recorded_at": {"recorded_at": a_moment(1)},
    "occurred_at": {"occurred_at": None},
    "replaces": {"replaces": None},
}
SCOPE_CHANGES: dict[str, dict[str, Any]] = {
    "purpose": {"purpose": "reminders"},
    "fields": {"fields": frozenset({"purchases.product"})},
    "channels": {"channels": None},
    "no channels": {"channels": frozenset()},
    "items": {"items": None},
    "orders": {"items": Items(products=frozenset({"hp-950-black"}))},
    "data_from": {"data_from": None},
    "uses": {"uses": None},
    "expires_at": {"expires_at": None},
    "no price limit": {"price_limit": None},
    "price limit": {"price_limit": PriceLimit(amount="200.00", currency="EUR")},
}


def tampered(part: str, change: dict[str, Any]) -> Sequence[LedgerEntry]:
    chain = a_chain(given(), a_full_event(), renewed())
    event = chain[1].event
    match part:
        case "scope":
            event = replace(event, scope=replace(event.scope, **change))
        case "evidence":
            event = replace(event, evidence=replace(event.evidence, **change))
        case _:
            event = replace(event, **change)
    chain[1] = replace(chain[1], event=event)
    return chain


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_event_is_found(change: dict[str, Any]) -> None:
    assert first_bad_entry(tampered("event", change)) == 2


@pytest.mark.parametrize("change", SCOPE_CHANGES.values(), ids=SCOPE_CHANGES)
def test_a_changed_scope_is_found(change: dict[str, Any]) -> None:
    assert first_bad_entry(tampered("scope", change)) == 2


@pytest.mark.parametrize("change", [None, "something else"])
@pytest.mark.parametrize("name", EVIDENCE)
def test_changed_evidence_is_found(name: str, change: str | None) -> None:
    assert first_bad_entry(tampered("evidence", {name: change})) == 2


@pytest.mark.parametrize("position", [1, 2, 3, 4])
def test_a_changed_chain_id_is_found(position: int) -> None:
    chain = four_entries()
    chain[position - 1] = replace(chain[position - 1], chain_id="chn_x")
    assert first_bad_entry(chain) == position


@pytest.mark.parametrize("position", [1, 2, 3, 4])
def test_a_changed_hash_is_found(position: int) -> None:
    chain = four_entries()
    chain[position - 1] = replace(chain[position - 1], hash="f" * 64)
    assert first_bad_entry(chain) == position


@pytest.mark.parametrize("position", [1, 2, 3, 4])
def test_a_changed_link_is_found(position: int) -> None:
    chain = four_entries()
    chain[position - 1] = replace(chain[position - 1], previous_hash="f" * 64)
    assert first_bad_entry(chain) == position


@pytest.mark.parametrize("position", [1, 2, 3])
def test_an_entry_that_was_changed_and_sealed_anew_breaks_the_next_one(position: int) -> None:
    chain = four_entries()
    forged = replace(chain[position - 1].event, kind=EventKind.RENEWED)
    chain[position - 1] = rehashed(replace(chain[position - 1], event=forged))
    assert first_bad_entry(chain) == position + 1


@pytest.mark.parametrize("position", [1, 2, 3])
def test_a_removed_entry_is_found_where_it_is_missing(position: int) -> None:
    chain = four_entries()
    del chain[position - 1]
    assert first_bad_entry(chain) == position


def test_a_removed_entry_is_found_also_when_the_rest_was_numbered_anew_and_sealed() -> None:
    first, _, third, *_ = four_entries()
    assert first_bad_entry([first, rehashed(replace(third, event=replace(third.event, position=2)))]) == 2


@pytest.mark.parametrize("position", [1, 2, 3])
def test_two_swapped_entries_are_found_at_the_first(position: int) -> None:
    chain = four_entries()
    chain[position - 1], chain[position] = chain[position], chain[position - 1]
    assert first_bad_entry(chain) == position


@pytest.mark.parametrize("position", [1, 2, 3, 4])
def test_an_inserted_entry_is_found_there_or_at_the_next(position: int) -> None:
    chain = four_entries()
    inserted = replace(given("devices", consent_id="con_x"), position=position, event_id="evt_x")
    chain.insert(
        position - 1, seal(inserted, chain_id="chn_1", previous_hash=chain[position - 1].previous_hash)
    )
    assert first_bad_entry(chain) == position + 1


def test_an_entry_inserted_without_its_hash_is_found_where_it_stands() -> None:
    chain = four_entries()
    chain.insert(2, chain[1])
    assert first_bad_entry(chain) == 3


def test_a_well_sealed_entry_out_of_place_is_found_by_its_position() -> None:
    event = replace(given(), position=2)
    assert first_bad_entry([seal(event, chain_id="chn_1", previous_hash=GENESIS_HASH)]) == 1


def test_a_chain_that_does_not_start_at_the_beginning_is_found() -> None:
    event = replace(given(), position=1)
    assert first_bad_entry([seal(event, chain_id="chn_1", previous_hash="ab" * 32)]) == 1


def test_a_cut_tail_verifies_and_needs_a_checkpoint_from_outside() -> None:
    assert first_bad_entry(four_entries()[:-1]) is None


def test_an_entry_of_another_chain_is_found() -> None:
    entries = four_entries()
    stranger = seal(entries[1].event, chain_id="chn_2", previous_hash=entries[0].hash)
    assert first_bad_entry([entries[0], stranger]) == 2


def test_a_moment_without_a_time_zone_is_not_hashed() -> None:
    with pytest.raises(ValueError, match="time zone"):
        a_chain(given(recorded_at=datetime(2026, 6, 10)))


@pytest.mark.parametrize("value", ["\ud800", b"checkbox", 2**60])
def test_what_has_no_canonical_form_is_located_like_any_other_change(value: Any) -> None:
    entries = four_entries()
    evidence = replace(entries[2].event.evidence, method=value)
    entries[2] = replace(entries[2], event=replace(entries[2].event, evidence=evidence))
    assert first_bad_entry(entries) == 3
