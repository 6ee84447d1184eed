"""A receipt has what ISO/IEC TS 27560:2023 asks for, in words that DPV has, and says what nobody stated."""

import json
import re
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from consent.dpv import CONTEXT, EVENT_STATES, STATES
from consent.events import OBJECTIONS, ConsentEvent, EventKind, Evidence
from consent.ledger import GENESIS_HASH, LedgerEntry, seal
from consent.notices import Notice
from consent.receipts import NOT_STATED, NamedCheckpoint, Terms, canonical, receipt_document
from consent.records import ConsentState, consent_records
from consent.vocabulary import PURPOSES
from tests.builders import CUSTOMER, a_moment, an_event, given, ledger, refused, renewed, revoked, withdrawn

VOCABULARY = Path(__file__).parents[3] / ".." / "shared" / "data" / "dpv-2.3.ttl"
TERMS = Terms(
    controller_name="Example Shop Ltd",
    controller_address="1 Market Street, Dublin",
    controller_contact="privacy@shop.example",
    jurisdiction="IE",
    storage_location="Ireland",
    retention="400 days",
    recipients="none",
    withdrawal="https://shop.example/permissions",
)


def chained(*events: ConsentEvent) -> list[LedgerEntry]:
    entries: list[LedgerEntry] = []
    for event in ledger(*events):
        previous_hash = entries[-1].hash if entries else GENESIS_HASH
        entries.append(seal(event, chain_id="chn_1", previous_hash=previous_hash))
    return entries


TEXT = "We use what you buy here to show you what fits."


def a_notice(**stated: Any) -> Notice:
    return Notice(
        **{
            "notice_id": "ntc_1",
            "version": 7,
            "locale": "de",
            "purposes": frozenset({"recommendations"}),
            "material_change": False,
            "published_at": a_moment(-1),
            "text": TEXT,
            "sha256": sha256(TEXT.encode()).hexdigest(),
        }
        | stated
    )


STATED = {
    "title": "What fits",
    "recipients": ("Parcel Ltd", "Bank Ltd"),
    "retention": "P30D",
    "storage_location": "Malta",
    "withdrawal_method": "Call us",
}


def receipt(
    *events: ConsentEvent,
    terms: Terms = TERMS,
    days: float = 0,
    notice: Notice | None = None,
    checkpoint: NamedCheckpoint | None = None,
) -> dict[str, Any]:
    """The receipt of the first event's consent, `days` after the present of the tests."""
    notices = {} if notice is None else {notice.notice_id: notice}
    entries = chained(*events)
    about = entries[0].event.consent_id
    own = [entry for entry in entries if entry.event.consent_id == about]
    records = consent_records([entry.event for entry in entries], customer_id=CUSTOMER, at=a_moment(days))
    [record] = [one for one in records if one.consent_id == about]
    return receipt_document(
        record,
        own,
        terms=terms,
        notices=notices,
        receipt_id="rct_1",
        issued_at=a_moment(days),
        checkpoint=checkpoint,
    )


def record_of(document: dict[str, Any]) -> dict[str, Any]:
    record: dict[str, Any] = document["dct:hasPart"]
    return record


def events_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = record_of(document)["dpv:hasConsentStatus"]
    return events


# Our transcription of the mandatory fields of ISO/IEC TS 27560:2023, by its sections, each with where the
# W3C group's guide for DPV puts it. (That guide, of 15 February 2026, is what was read, not the standard.)
Find = Callable[[dict[str, Any]], Any]
MANDATORY_OF_THE_RECORD: dict[str, Find] = {
    "schema_version": lambda record: record["dct:conformsTo"]["@id"],
    "record_id": lambda record: record["dpv:hasIdentifier"],
    "pii_principal_id": lambda record: record["dpv:hasDataSubject"]["dpv:hasIdentifier"],
}
MANDATORY_OF_THE_PROCESSING: dict[str, Find] = {
    "privacy_notice": lambda process: process["dpv:hasNotice"]["dpv:hasIdentifier"],
    "language": lambda process: process["dpv:hasNotice"]["dct:language"],
    "purpose": lambda process: process["dpv:hasPurpose"]["@id"],
    "pii_information": lambda process: process["dpv:hasPersonalData"],
    "pii_controllers": lambda process: process["dpv:hasDataController"]["@id"],
    "storage_locations": lambda process: _of_type(process, "dpv:StorageLocation")["dpv:hasLocation"],
    "retention_period": lambda process: _of_type(process, "dpv:StorageDuration")["dpv:hasDuration"],
    "jurisdiction": lambda process: process["dpv:hasJurisdiction"],
    "recipient_third_parties": lambda process: process["dpv:hasRecipient"],
    "withdrawal_method": lambda process: process["dpv:hasConsentControl"]["dct:description"],
}
MANDATORY_OF_EACH_DATUM: dict[str, Find] = {"pii_type": lambda datum: datum["dct:type"]}
MANDATORY_OF_EACH_PARTY: dict[str, Find] = {
    "party_id": lambda party: party["dpv:hasIdentifier"],
    "party_address": lambda party: party["dpv:hasAddress"],
    "party_name": lambda party: party["dpv:hasName"],
    "party_contact": lambda party: party["dpv:hasContact"],
    "party_type": lambda party: party["@type"],
}
MANDATORY_OF_EACH_EVENT: dict[str, Find] = {
    "event_time": lambda event: event["dpv:isIndicatedAtTime"],
    "validity_duration": lambda event: event["dpv:hasDuration"]["rdf:value"],
    "entity_id": lambda event: (
        event["dpv:isIndicatedBy"].get("@id") or event["dpv:isIndicatedBy"]["dpv:hasIdentifier"]
    ),
    "event_type": lambda event: event["@type"][1],
    "event_state": lambda event: event["@type"][0],
}
MANDATORY_OF_THE_RECEIPT: dict[str, Find] = {
    "schema_version": lambda document: document["dct:conformsTo"]["@id"],
    "receipt_id": lambda document: document["dpv:hasIdentifier"],
}


def _of_type(process: dict[str, Any], kind: str) -> dict[str, Any]:
    [found] = [one for one in process["dpv:hasStorageCondition"] if one["@type"] == kind]
    return dict(found)


def missing(document: dict[str, Any]) -> set[str]:
    record = record_of(document)
    parts = [
        (MANDATORY_OF_THE_RECEIPT, [document]),
        (MANDATORY_OF_THE_RECORD, [record]),
        (MANDATORY_OF_THE_PROCESSING, [record["dpv:hasProcess"]]),
        (MANDATORY_OF_EACH_DATUM, record["dpv:hasProcess"]["dpv:hasPersonalData"]),
        (MANDATORY_OF_EACH_PARTY, record["dpv:hasEntity"]),
        (MANDATORY_OF_EACH_EVENT, record["dpv:hasConsentStatus"]),
    ]
    found = set()
    for fields, holders in parts:
        assert holders
        found |= {name for name, find in fields.items() for holder in holders if not _has(find, holder)}
    return found


def _has(find: Find, holder: dict[str, Any]) -> bool:
    try:
        return bool(find(holder))
    except (KeyError, IndexError, ValueError):
        return False


HISTORIES: dict[str, list[ConsentEvent]] = {
    "given": [given()],
    "given for a time and twice": [given(expires_at=a_moment(30), uses=2)],
    "renewed": [given(expires_at=a_moment(1)), renewed(expires_at=a_moment(90))],
    "refused": [refused()],
    "deferred": [an_event(EventKind.DEFERRED)],
    "withdrawn": [given(), withdrawn()],
    "revoked": [given(), revoked()],
    "expired": [given(expires_at=a_moment(-1))],
    "replaced": [given(), given("purchases.date", consent_id="con_2", replaces="con_1")],
    "of another release": [an_event(EventKind.GIVEN, purpose="a purpose of old")],
}


@pytest.mark.parametrize("history", HISTORIES)
@pytest.mark.parametrize("terms", [TERMS, Terms()], ids=["all stated", "nothing stated"])
def test_every_mandatory_field_of_27560_is_there(history: str, terms: Terms) -> None:
    assert missing(receipt(*HISTORIES[history], terms=terms)) == set()


def test_a_field_that_is_missing_is_noticed() -> None:
    document = receipt(given())
    del record_of(document)["dpv:hasProcess"]["dpv:hasJurisdiction"]
    del events_of(document)[0]["dpv:hasDuration"]
    record_of(document)["dpv:hasEntity"][0]["dpv:hasName"] = ""
    assert missing(document) == {"jurisdiction", "validity_duration", "party_name"}


@pytest.fixture(scope="module")
def vocabulary() -> frozenset[str]:
    """The names after `dpv:` that the vocabulary describes, not merely mentions."""
    if not VOCABULARY.is_file():
        pytest.skip("the Data Privacy Vocabulary is not here: ../shared/data/dpv-2.3.ttl")
    return frozenset(re.findall(r"^dpv:([A-Za-z]+)\s+a\s", VOCABULARY.read_text("utf-8"), re.MULTILINE))


def test_every_dpv_name_that_a_receipt_can_have_exists(vocabulary: frozenset[str]) -> None:
    documents = [receipt(*events) for events in HISTORIES.values()]
    documents += [receipt(given(purpose=purpose.code)) for purpose in PURPOSES]
    shown = given(evidence=Evidence(notice_id="ntc_1"))
    documents += [receipt(shown, notice=a_notice(**stated)) for stated in ({}, STATED)]
    used = {name for document in documents for name in names(document)}
    dpv = {name.removeprefix("dpv:") for name in used if name.startswith("dpv:")}
    assert {"ConsentReceipt", "hasPurpose", "ConsentWithdrawn", "DirectMarketing"} <= dpv
    assert dpv - vocabulary == set()
    states = {name.removeprefix("dpv:") for name in {*EVENT_STATES.values(), *STATES.values()}}
    assert states - vocabulary == set()


def test_every_other_name_is_of_a_vocabulary_that_the_context_names() -> None:
    prefixes = {name.partition(":")[0] for events in HISTORIES.values() for name in names(receipt(*events))}
    assert prefixes == {"dpv", "dct", "rdf", "byleave"}
    assert prefixes <= set(CONTEXT)


def names(value: Any, key: str = "") -> Iterator[str]:
    """The property names and, of `@type` and `@id`, the concepts; not what is inside a ledger entry."""
    if isinstance(value, dict) and key != "byleave:entry":
        for name, part in value.items():
            if name != "@context":
                yield from [] if name.startswith("@") else [name]
                yield from names(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from names(part, key)
    elif key == "@type" or (key == "@id" and str(value).startswith("dpv:")):
        yield str(value)


def test_every_state_and_every_kind_of_event_has_a_word() -> None:
    assert set(STATES) == set(ConsentState)
    of_no_consent = OBJECTIONS | {EventKind.LIFTED}
    assert set(EVENT_STATES) == set(EventKind) - of_no_consent


def test_it_tells_the_state_and_what_is_in_force() -> None:
    for history, state, word, in_force in (
        ("given", "given", "dpv:ConsentGiven", True),
        ("withdrawn", "withdrawn", "dpv:ConsentWithdrawn", False),
        ("expired", "expired", "dpv:ConsentExpired", False),
        ("replaced", "superseded", "dpv:ConsentStatusInvalidForProcessing", False),
    ):
        record = record_of(receipt(*HISTORIES[history]))
        assert record["byleave:state"] == state
        assert record["dpv:hasStatus"] == {"@id": word}
        assert bool(record["byleave:in_force"]) is in_force


def test_what_was_not_stated_says_so_and_an_assumed_notice_too() -> None:
    unstated = record_of(receipt(given(), terms=Terms()))
    process = unstated["dpv:hasProcess"]
    assert process["dpv:hasJurisdiction"] == process["dpv:hasRecipient"] == NOT_STATED
    assert unstated["dpv:hasEntity"][0]["dpv:hasName"] == NOT_STATED
    notice = process["dpv:hasNotice"]
    assert (notice["dpv:hasIdentifier"], notice["byleave:notice_binding"]) == (NOT_STATED, "assumed")
    assert notice["dct:language"] == "und"


def test_the_notice_is_the_one_that_she_was_shown_last() -> None:
    first, last = Evidence(notice_id="not_1", locale="en"), Evidence(notice_id="not_2", locale="zh-Hans")
    notice = record_of(receipt(given(evidence=first), renewed(evidence=last), withdrawn()))["dpv:hasProcess"][
        "dpv:hasNotice"
    ]
    assert notice["dpv:hasIdentifier"] == "not_2"
    assert notice["dct:language"] == "zh-Hans"
    assert notice["byleave:notice_binding"] == "shown"


def processing(notice: Notice | None, terms: Terms = TERMS) -> dict[str, Any]:
    shown = given(evidence=Evidence(notice_id="ntc_1", locale="en"))
    document = receipt(shown, terms=terms, notice=notice)
    assert missing(document) == set()
    process: dict[str, Any] = record_of(document)["dpv:hasProcess"]
    return process


def told_of(process: dict[str, Any]) -> tuple[Any, ...]:
    return (
        process["dpv:hasRecipient"],
        _of_type(process, "dpv:StorageDuration")["dpv:hasDuration"],
        _of_type(process, "dpv:StorageLocation")["dpv:hasLocation"],
        process["dpv:hasConsentControl"]["dct:description"],
    )


def test_of_a_known_notice_it_has_the_hash_the_version_and_the_language_of_the_text() -> None:
    notice = processing(a_notice(title="What fits"))["dpv:hasNotice"]
    assert notice == {
        "@id": "urn:byleave:notice:ntc_1",
        "@type": "dpv:ConsentNotice",
        "dpv:hasIdentifier": "ntc_1",
        "dct:language": "de",
        "dct:title": "What fits",
        "dct:issued": "2026-06-09T09:00:00Z",
        "byleave:notice_binding": "shown",
        "byleave:version": 7,
        "byleave:sha256": sha256(TEXT.encode()).hexdigest(),
    }
    assert "dct:title" not in processing(a_notice())["dpv:hasNotice"]


def test_of_a_notice_that_is_not_known_it_has_the_name_only() -> None:
    for notice in (None, a_notice(notice_id="ntc_2", **STATED)):
        process = processing(notice)
        assert process["dpv:hasNotice"]["dpv:hasIdentifier"] == "ntc_1"
        assert process["dpv:hasNotice"]["dct:language"] == "en"
        assert "byleave:sha256" not in process["dpv:hasNotice"]
        assert told_of(process) == ("none", "400 days", "Ireland", "https://shop.example/permissions")


def test_what_the_notice_says_comes_before_what_the_settings_say() -> None:
    told = (["Parcel Ltd", "Bank Ltd"], "P30D", "Malta", "Call us")
    assert told_of(processing(a_notice(**STATED))) == told
    assert told_of(processing(a_notice(**STATED), Terms())) == told
    assert told_of(processing(a_notice(recipients=()), Terms(recipients="some")))[0] == "none"


def test_what_the_notice_leaves_open_is_as_the_settings_have_it_or_not_stated() -> None:
    assert told_of(processing(a_notice())) == ("none", "400 days", "Ireland", TERMS.withdrawal)
    assert told_of(processing(a_notice(), Terms())) == (NOT_STATED,) * 4


def test_each_event_says_who_acted() -> None:
    hers, staff, revocation = events_of(
        receipt(given(), renewed(evidence=Evidence(actor="guardian")), revoked())
    )
    assert hers["dpv:isIndicatedBy"] == {"@id": f"urn:byleave:customer:{CUSTOMER}"}
    assert staff["dpv:isIndicatedBy"]["dpv:hasIdentifier"] == "guardian"
    assert revocation["dpv:isIndicatedBy"]["dpv:hasIdentifier"] == NOT_STATED, "by its name not she"


def test_each_event_says_how_long_it_holds() -> None:
    for event, kind, value in (
        (given(), "dpv:UntilEventDuration", "until it is withdrawn"),
        (given(expires_at=a_moment(1)), "dpv:UntilTimeDuration", "2026-06-11T09:00:00Z"),
        (given(uses=1), "dpv:FixedOccurrencesDuration", "1"),
        (refused(), "dpv:UntilEventDuration", "until the customer decides otherwise"),
    ):
        [told] = events_of(receipt(event))
        assert told["dpv:hasDuration"] == {"@type": kind, "rdf:value": value}


def test_it_holds_the_events_of_this_consent_in_ledger_order() -> None:
    document = receipt(given(), given("devices", consent_id="con_2"), renewed(), withdrawn())
    assert [event["byleave:entry"]["position"] for event in events_of(document)] == [1, 3, 4]
    assert {event["byleave:entry"]["consent_id"] for event in events_of(document)} == {"con_1"}


def test_she_can_recompute_the_ledgers_hashes_from_her_receipt() -> None:
    events = events_of(json.loads(json.dumps(receipt(given(occurred_at=a_moment(-1)), withdrawn()))))
    for event in events:
        assert event["byleave:hash"] == sha256(rfc8785.dumps(event["byleave:entry"])).hexdigest()
    for one, following in pairwise(events):
        assert following["byleave:entry"]["previous_hash"] == one["byleave:hash"]


def test_one_document_has_one_spelling() -> None:
    document = receipt(given())
    shuffled = json.loads(json.dumps(dict(reversed(document.items())), indent=1))
    assert canonical(shuffled) == canonical(document)
    assert canonical(document | {"dpv:hasIdentifier": "rct_2"}) != canonical(document)


def test_what_has_no_one_spelling_is_refused() -> None:
    for value in (2**60, float("nan"), "\ud800"):
        with pytest.raises(ValueError, match=r"\w"):
            canonical({"a": value})


def test_it_names_the_last_checkpoint_so_that_many_hold_its_root() -> None:
    named = NamedCheckpoint(root="ab" * 32, issued_at=a_moment(-1))
    assert {"byleave:root": "ab" * 32, "dct:issued": "2026-06-09T09:00:00Z"} in _values(
        receipt(given(), checkpoint=named)
    )
    assert "byleave:root" not in json.dumps(receipt(given()))


def _values(value: Any) -> Iterator[Any]:
    yield value
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        yield from _values(child)
