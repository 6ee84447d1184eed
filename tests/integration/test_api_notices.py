"""Notices over HTTP: published for good, in versions and languages; and what names them, or is outdated by them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from hashlib import sha256
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, event

from consent.events import ConsentEvent, EventKind, Evidence
from consent.scope import Scope
from service.db.consent_ledger import (
    NewEvent,
    lock_ledger,
    read_entries,
    read_events,
    read_events_of,
    read_ledgers_asked,
)
from service.db.engine import snapshot, write_transaction
from service.db.epochs import LEARNING, read_epoch
from tests.builders import a_moment
from tests.byleave import Byleave
from tests.chains import first_bad_entry
from tests.conftest import settings_for
from tests.integration.test_api_consents import a_decision, assert_refused, record

TEXT = "We use what you buy here\n\tto show you what fits: 打印机, naïve, 🙂."


def publish(byleave: Byleave, **body: Any) -> httpx.Response:
    notice = {"purposes": ["recommendations"], "locale": "en", "text": TEXT}
    return byleave.http.post("/v1/notices", json=notice | body)


def published(byleave: Byleave, **body: Any) -> dict[str, Any]:
    answer = publish(byleave, **body)
    assert answer.status_code == 201, answer.text
    notice: dict[str, Any] = answer.json()
    return notice


def current(byleave: Byleave, **query: Any) -> list[str]:
    answer = byleave.http.get("/v1/notices", params=query)
    assert answer.status_code == 200, answer.text
    return [one["notice_id"] for one in answer.json()["notices"]]


def test_a_notice_is_answered_with_its_version_and_the_hash_of_its_exact_text(byleave: Byleave) -> None:
    whole = {
        "purposes": ["learning", "recommendations"],
        "locale": "en",
        "title": "What fits",
        "text": TEXT,
        "data": ["purchases.date", "purchases.product"],
        "recipients": ["Parcel Ltd"],
        "retention": "P400D",
        "storage_location": "Ireland",
        "withdrawal_method": "https://shop.example/permissions",
        "material_change": True,
    }
    notice = published(byleave, **whole)
    assert {name: notice[name] for name in whole} == whole
    assert notice["notice_id"].startswith("ntc_")
    assert notice["sha256"] == sha256(TEXT.encode()).hexdigest()
    assert notice["translation_of"] is None
    assert notice["published_at"].startswith("2026-06-10T09:0")
    assert byleave.http.get(f"/v1/notices/{notice['notice_id']}").json() == notice
    assert byleave.http.get("/v1/notices").json() == {"notices": [notice], "next_cursor": None}


def test_what_is_not_stated_is_null_and_a_category_is_expanded(byleave: Byleave) -> None:
    notice = published(byleave, data=["contact"])
    assert notice["data"] == [
        "contact.channels",
        "contact.quiet_hours",
        "contact.rhythm",
        "contact.time_zone",
    ]
    for name in ("title", "recipients", "retention", "storage_location", "withdrawal_method"):
        assert notice[name] is None
    assert notice["material_change"] is False
    assert published(byleave, recipients=[])["recipients"] == []


def test_a_notice_is_never_changed_or_deleted(byleave: Byleave) -> None:
    notice = published(byleave)
    path = f"/v1/notices/{notice['notice_id']}"
    for method in ("PUT", "PATCH", "DELETE", "POST"):
        assert byleave.http.request(method, path, json={"text": "Other"}).status_code == 405
    published(byleave, text="Other")
    assert byleave.http.get(path).json() == notice


def test_versions_count_up_over_the_whole_shop(byleave: Byleave) -> None:
    purposes = (["recommendations"], ["learning"], ["recommendations", "service"])
    first, *others = [published(byleave, purposes=one)["version"] for one in purposes]
    assert others == [first + 1, first + 2]


def test_those_who_publish_at_the_same_time_get_a_version_each(byleave: Byleave) -> None:
    with ThreadPoolExecutor(8) as workers:
        notices = list(workers.map(lambda number: published(byleave, text=f"Text {number}"), range(16)))
    versions = sorted(one["version"] for one in notices)
    assert versions == list(range(versions[0], versions[0] + 16))
    by_version = sorted(notices, key=lambda one: int(one["version"]))
    assert [one["published_at"] for one in by_version] == sorted(one["published_at"] for one in notices)


def test_what_was_refused_takes_no_number(byleave: Byleave) -> None:
    version = published(byleave)["version"]
    publish(byleave, purposes=["x"])
    publish(byleave, translation_of="ntc_1")
    assert published(byleave)["version"] == version + 1


def test_the_same_key_publishes_once(byleave: Byleave) -> None:
    body = {"purposes": ["learning"], "locale": "en", "text": TEXT, "material_change": True}
    key = {"Idempotency-Key": "notice-1"}
    answers = [byleave.http.post("/v1/notices", json=body, headers=key) for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert current(byleave) == [answers[0].json()["notice_id"]]


def test_a_translation_has_the_version_of_its_original(byleave: Byleave) -> None:
    original = published(byleave, purposes=["learning", "service"], material_change=True)
    of_it = {"translation_of": original["notice_id"], "material_change": True, "text": "我们使用您的订单。"}
    chinese = published(byleave, purposes=["service", "learning"], locale="ZH-hans-cn", **of_it)
    assert (chinese["version"], chinese["locale"]) == (original["version"], "zh-Hans-CN")
    assert chinese["translation_of"] == original["notice_id"]
    assert chinese["published_at"] > original["published_at"]


def test_what_is_no_translation_is_refused(byleave: Byleave) -> None:
    original = published(byleave, purposes=["learning"])["notice_id"]
    of_it = {"translation_of": original, "purposes": ["learning"]}
    german = published(byleave, locale="de", **of_it)["notice_id"]
    for change, code, path in (
        ({"translation_of": "ntc_1"}, "unknown_notice", "translation_of"),
        ({"translation_of": german}, "notice_mismatch", "translation_of"),
        ({"purposes": ["learning", "service"]}, "notice_mismatch", "purposes"),
        ({"purposes": ["service"]}, "notice_mismatch", "purposes"),
        ({"material_change": True}, "notice_mismatch", "material_change"),
        ({"locale": "DE"}, "notice_mismatch", "locale"),
        ({"locale": "en"}, "notice_mismatch", "locale"),
    ):
        assert_refused(publish(byleave, **{"locale": "fr"} | of_it | change), 422, code, path)


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"purposes": []}, "invalid_request", "purposes"),
        ({"purposes": ["recommendations", "x"]}, "unknown_purpose", "purposes.1"),
        ({"data": ["purchases", "x"]}, "unknown_data", "data"),
        ({"data": []}, "invalid_request", "data"),
        ({"locale": "en_GB"}, "invalid_request", "locale"),
        ({"locale": ""}, "invalid_request", "locale"),
        ({"text": ""}, "invalid_request", "text"),
        ({"text": "a\x00b"}, "invalid_request", "text"),
        ({"text": "x" * 50_001}, "invalid_request", "text"),
        ({"recipients": "none"}, "invalid_request", "recipients"),
        ({"material_change": None}, "invalid_request", "material_change"),
        ({"version": 7}, "invalid_request", "version"),
        ({"published_at": "2026-01-01T00:00:00Z"}, "invalid_request", "published_at"),
    ],
)
def test_what_cannot_be_published_is_refused_by_name(
    byleave: Byleave, change: dict[str, Any], code: str, path: str
) -> None:
    assert_refused(publish(byleave, **change), 422, code, path)
    assert current(byleave) == []


def test_the_newest_for_each_purpose_and_language_are_the_current_ones(byleave: Byleave) -> None:
    old = published(byleave, purposes=["recommendations", "learning"])["notice_id"]
    chinese = published(
        byleave, purposes=["learning", "recommendations"], locale="zh-Hans", translation_of=old
    )["notice_id"]
    new = published(byleave)["notice_id"]
    assert current(byleave) == [old, chinese, new]
    assert current(byleave, purpose="recommendations") == [chinese, new]
    assert current(byleave, purpose="recommendations", locale="EN") == [new]
    assert current(byleave, purpose="learning", locale="en") == [old]
    assert current(byleave, locale="fr") == current(byleave, purpose="service") == []
    assert_refused(byleave.http.get("/v1/notices?purpose=x"), 422, "unknown_purpose", "purpose")
    assert_refused(byleave.http.get("/v1/notices?locale=%00"), 422, "invalid_request", "locale")


def test_the_current_ones_come_in_pages(byleave: Byleave) -> None:
    original = published(byleave)["notice_id"]
    languages = [
        published(byleave, locale=locale, translation_of=original)["notice_id"]
        for locale in ("nl", "de", "fr")
    ]
    found, query = [], {"limit": 1}
    while True:
        page = byleave.http.get("/v1/notices", params=query).json()
        found += [one["notice_id"] for one in page["notices"]]
        if page["next_cursor"] is None:
            break
        query |= {"cursor": page["next_cursor"]}
    assert found == [languages[1], original, languages[2], languages[0]], "by version, then language"
    for cursor in ("x", "WyJ1c2VzIiwgMV0=", "WyJub3RpY2VzIiwgWzEsICJcdTAwMDAiXV0="):
        assert_refused(
            byleave.http.get("/v1/notices", params={"cursor": cursor}), 422, "invalid_request", "cursor"
        )


def test_a_notice_that_there_is_not_is_404(byleave: Byleave) -> None:
    answer = byleave.http.get("/v1/notices/ntc_1")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_notice")


# --- grants that name a notice -------------------------------------------------------------------


def test_a_grant_names_a_notice_that_was_published_for_its_purpose(byleave: Byleave) -> None:
    other = byleave.publishes("learning")
    refused = record(byleave, a_decision(notice_id="ntc_1"))
    assert_refused(refused, 422, "unknown_notice", "decisions.0.notice_id")
    refused = record(byleave, a_decision(notice_id=other))
    assert_refused(refused, 422, "notice_mismatch", "decisions.0.notice_id")
    consent_id = byleave.allows("anna", "purchases", notice_id=byleave.publishes())
    for notice_id, code in (("ntc_1", "unknown_notice"), (other, "notice_mismatch")):
        renewal = a_decision("renewed", renews=consent_id, notice_id=notice_id)
        assert_refused(record(byleave, renewal), 422, code, "decisions.0.notice_id")


@pytest.mark.parametrize("decision", ["refused", "deferred", "withdrawn", "revoked"])
def test_what_is_no_grant_is_recorded_with_whatever_notice_it_names(byleave: Byleave, decision: str) -> None:
    assert record(byleave, a_decision(decision, notice_id="ntc_1")).status_code == 201


# --- what a material change outdates ------------------------------------------------------------


def moment(notice_id: str, byleave: Byleave) -> datetime:
    told: str = byleave.http.get(f"/v1/notices/{notice_id}").json()["published_at"]
    return datetime.fromisoformat(told)


def all_readings(engine: Engine, customer_id: str, purpose: str = "recommendations") -> list[ConsentEvent]:
    """Her events as they are read to decide on; the same by every way."""
    with snapshot(engine) as connection:
        events = read_events(connection, customer_id)
        assert read_events_of(connection, [customer_id])[customer_id] == events
        assert read_ledgers_asked(connection, purpose).events[customer_id] == events
    with write_transaction(engine) as connection:
        assert lock_ledger(connection, customer_id).events == events
    return events


def test_a_material_change_outdates_what_was_given_before_for_its_purposes(
    byleave: Byleave, engine: Engine
) -> None:
    old = byleave.publishes("recommendations", "learning")
    byleave.allows("anna", "purchases", notice_id=old)
    byleave.allows("anna", "purchases", purpose="learning", notice_id=old)
    byleave.allows("anna", "purchases", purpose="service")
    assert [one.outdated_from for one in all_readings(engine, "anna")] == [None] * 3
    byleave.publishes("recommendations", "service")
    assert [one.outdated_from for one in all_readings(engine, "anna")] == [None] * 3
    since = moment(byleave.publishes("recommendations", "service", material_change=True), byleave)
    assert [one.outdated_from for one in all_readings(engine, "anna")] == [since, None, since]


def test_after_a_material_change_nothing_is_read_until_she_agrees_again(byleave: Byleave) -> None:
    byleave.product("printer")
    byleave.product("ink", fits=["printer"])
    byleave.bought("anna", "printer")
    consent_id = byleave.allows("anna", "purchases", notice_id=byleave.publishes())
    assert byleave.suggestions("anna")["personalised"]
    new = byleave.publishes(material_change=True)
    answer = byleave.suggestions("anna")
    assert (answer["personalised"], answer["data_used"]) == (False, [])
    because = {one["field"]: one["because"] for one in answer["data_not_used"]}
    assert because["purchases.product"] == "needs_renewal"
    byleave.decides("anna", "renewed", "recommendations", "purchases", renews=consent_id, notice_id=new)
    assert byleave.suggestions("anna")["personalised"]


def test_a_grant_on_the_new_notice_is_not_outdated_and_one_on_the_old_is_from_the_beginning(
    byleave: Byleave, engine: Engine
) -> None:
    old, new = byleave.publishes(), byleave.publishes(material_change=True)
    of_new = {"translation_of": new, "material_change": True}
    chinese = byleave.publishes(locale="zh-Hans", **of_new)
    for notice_id in (new, chinese, old):
        byleave.allows("anna", "purchases", notice_id=notice_id)
    assert [one.outdated_from for one in all_readings(engine, "anna")] == [None, None, moment(new, byleave)]


def test_what_is_being_appended_is_held_against_its_notice_at_once(byleave: Byleave, engine: Engine) -> None:
    """Also in a ledger that was opened before anybody named that notice."""
    old, new = byleave.publishes(), byleave.publishes(material_change=True)
    scope = Scope(purpose="recommendations", fields=frozenset({"purchases.product"}))
    with write_transaction(engine) as connection:
        ledger = lock_ledger(connection, "anna")
        for notice_id, outdated_from in ((old, moment(new, byleave)), (new, None), ("ntc_1", None)):
            ledger.notice(notice_id)
            grant = NewEvent(
                consent_id=f"con_{notice_id}",
                kind=EventKind.GIVEN,
                scope=scope,
                evidence=Evidence(notice_id=notice_id),
            )
            ledger.append(grant, now=a_moment(1))
            assert ledger.events[-1].outdated_from == outdated_from
            assert ledger.recorded[-1].outdated_from is None
        assert ledger.events == read_events(connection, "anna")


def test_a_consent_that_a_change_outdated_can_be_renewed_with_the_new_notice(
    byleave: Byleave, engine: Engine
) -> None:
    consent_id = byleave.allows("anna", "purchases", notice_id=byleave.publishes())
    new = byleave.publishes(material_change=True)
    renewal = a_decision("renewed", renews=consent_id, notice_id=new)
    (renewed,) = record(byleave, renewal).json()["consents"]
    assert (renewed["consent_id"], renewed["notice_id"]) == (consent_id, new)
    assert renewed["state"] == "renewed"
    assert renewed["in_force"] == renewed["data"]
    given, again = all_readings(engine, "anna")
    assert given.outdated_from is not None
    assert again.outdated_from is None


def test_what_is_recorded_and_its_hashes_stay_as_they_are(byleave: Byleave, engine: Engine) -> None:
    byleave.allows("anna", "purchases", notice_id=byleave.publishes())
    with snapshot(engine) as connection:
        before = read_entries(connection, "anna")
    byleave.publishes(material_change=True)
    byleave.decides("anna", "refused", "service", "contact")
    with snapshot(engine) as connection:
        entries = read_entries(connection, "anna")
    assert entries[:1] == before
    assert first_bad_entry(entries) is None
    assert byleave.http.get("/v1/audit/verify").json()["verified"] is True


def test_reading_many_ledgers_takes_one_small_statement_more_not_one_a_customer(
    byleave: Byleave, engine: Engine
) -> None:
    notices = [byleave.publishes(), byleave.publishes(material_change=True)]
    for number in range(12):
        byleave.allows(f"c-{number}", "purchases", notice_id=notices[number % 2])
    sent: list[str] = []  # SQLite is told to begin by a statement of its own
    event.listen(engine, "before_cursor_execute", lambda *told: sent.append(told[2]))
    with snapshot(engine) as connection:
        read_events_of(connection, [f"c-{number}" for number in range(12)])
        read_ledgers_asked(connection, "recommendations")
        read_events(connection, "c-1")
        read_events(connection, "nobody")
    of_notices = [one for one in sent if "notices" in one]
    assert (len([one for one in sent if one != "BEGIN"]), len(of_notices)) == (7, 3)
    assert not [one for one in of_notices if "notices.text" in one]


def test_a_material_change_for_learning_is_learned_from_anew_and_others_are_not(
    byleave: Byleave, engine: Engine
) -> None:
    def epoch() -> int:
        with snapshot(engine) as connection:
            return read_epoch(connection, LEARNING)

    before = epoch()
    byleave.publishes("learning")
    byleave.publishes("recommendations", material_change=True)
    assert epoch() == before
    notice_id = byleave.publishes("learning", "service", material_change=True)
    assert epoch() == before + 1
    of_it = {"translation_of": notice_id, "material_change": True}
    byleave.publishes("learning", "service", locale="de", **of_it)


def test_publishing_deletes_nothing_of_hers_and_with_her_yes_it_goes_on(
    byleave: Byleave, engine: Engine
) -> None:
    byleave.product("printer")
    consent_id = byleave.allows("anna", "devices", notice_id=byleave.publishes())
    byleave.owns("anna", {"product_id": "printer"})
    new = byleave.publishes(material_change=True)
    assert devices_stored(engine) == ["printer"]
    byleave.decides("anna", "renewed", "recommendations", "devices", renews=consent_id, notice_id=new)
    assert devices_stored(engine) == ["printer"]
    assert byleave.http.get("/v1/customers/anna/devices").json()["devices"][0]["product_id"] == "printer"


@pytest.mark.parametrize("decision", ["refused", "withdrawn"])
def test_with_her_no_it_is_deleted(byleave: Byleave, engine: Engine, decision: str) -> None:
    byleave.product("printer")
    byleave.allows("anna", "devices", notice_id=byleave.publishes())
    byleave.owns("anna", {"product_id": "printer"})
    new = byleave.publishes(material_change=True)
    byleave.decides("anna", decision, "recommendations", "devices", notice_id=new)
    assert devices_stored(engine) == []


def devices_stored(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return [row[0] for row in connection.exec_driver_sql("SELECT product_id FROM devices")]


def test_a_publication_at_one_worker_outdates_at_the_other(database_url: str, engine: Engine) -> None:
    with Byleave(settings_for(database_url)) as one, Byleave(settings_for(database_url)) as other:
        # Their clocks are not the same: by the number of the notice that does not matter.
        one.allows("anna", "purchases", notice_id=one.publishes())
        since = moment(other.publishes(material_change=True), one)
        (given,) = all_readings(engine, "anna")
    assert given.outdated_from == since


# --- receipts ------------------------------------------------------------------------------------


def process_of(byleave: Byleave, consent_id: str) -> dict[str, Any]:
    answer = byleave.http.get(f"/v1/customers/anna/consents/{consent_id}/receipt").json()
    assert byleave.http.post("/v1/receipts/verify", json=answer).json() == {"valid": True, "because": None}
    process: dict[str, Any] = answer["record"]["dct:hasPart"]["dpv:hasProcess"]
    return process


def test_a_receipt_has_what_the_notice_said_before_what_the_settings_say(database_url: str) -> None:
    with Byleave(settings_for(database_url, storage_location="Mars", retention="forever")) as byleave:
        notice = published(
            byleave, locale="zh-Hans", title="Fit", recipients=["Parcel Ltd"], retention="P400D"
        )
        consent_id = byleave.allows("anna", "purchases", notice_id=notice["notice_id"], locale="en")
        process = process_of(byleave, consent_id)
        assumed = process_of(byleave, byleave.allows("anna", "devices"))
    assert process["dpv:hasNotice"] == {
        "@id": f"urn:byleave:notice:{notice['notice_id']}",
        "@type": "dpv:ConsentNotice",
        "dpv:hasIdentifier": notice["notice_id"],
        "dct:language": "zh-Hans",
        "dct:title": "Fit",
        "dct:issued": notice["published_at"],
        "byleave:notice_binding": "shown",
        "byleave:version": notice["version"],
        "byleave:sha256": sha256(TEXT.encode()).hexdigest(),
    }
    assert process["dpv:hasRecipient"] == ["Parcel Ltd"]
    location, duration = process["dpv:hasStorageCondition"]
    assert (location["dpv:hasLocation"], duration["dpv:hasDuration"]) == ("Mars", "P400D")
    assert assumed["dpv:hasNotice"]["byleave:notice_binding"] == "assumed"
    assert assumed["dpv:hasStorageCondition"][1]["dpv:hasDuration"] == "forever"
