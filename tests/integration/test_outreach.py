"""Planning contacts, asking once more before sending, and telling what came of it: over HTTP, on both databases."""

import json
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest

from tests.byleave import Byleave
from tests.command_line import CommandLine
from tests.conftest import settings_for

TODAY = "2026-06-10"


def a_shop(byleave: Byleave) -> None:
    byleave.product("printer", "Office printer", category="printers")
    byleave.product(
        "ink", "Black ink", category="ink", fits=["printer"], attributes={"usual_interval_days": 60}
    )


def a_customer(byleave: Byleave, name: str, **contact: Any) -> str:
    """She owns a printer, bought ink 70 days ago, and wants to hear of it by e-mail; gives her consent."""
    consent_id = byleave.allows(name, "contact", "purchases", purpose="reminders")
    byleave.tells(name, "contact", **({"channels": ["email"]} | contact))
    byleave.bought(name, "printer", "2026-01-05T10:00:00Z")
    byleave.bought(name, "ink", "2026-04-01T10:00:00Z")
    return consent_id


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    a_shop(byleave)
    return byleave


def because(plan: dict[str, Any], name: str = "anna") -> list[str]:
    (found,) = [one["because"] for one in plan["held_back"] if one["customer_id"] == name]
    return list(found)


def test_what_is_due_is_planned_with_its_reason(shop: Byleave) -> None:
    consent_id = a_customer(shop, "anna")

    (contact,) = shop.plans()["outreach"]

    assert (contact["customer_id"], contact["channel"], contact["kind"]) == ("anna", "email", "reminder")
    assert [item["product"]["id"] for item in contact["items"]] == ["ink"]
    assert contact["reason"]["text"] == "Fits your Office printer"
    assert {fact["consent"] for fact in contact["reason"]["facts"]} == {consent_id, None}
    assert contact["send_from"].startswith("2026-06-10T09:00:")
    assert contact["send_until"] == "2026-06-10T21:00:00Z"
    assert (contact["state"], contact["message"]) == ("planned", None)


def test_the_same_day_asked_again_gives_the_same_contacts(shop: Byleave) -> None:
    a_customer(shop, "anna")
    first = shop.plans()

    assert shop.plans() == first
    assert shop.plans(customer_id="anna") == first | {"next_cursor": None}
    assert because(shop.plans("2026-06-12")) == ["cap_reached", "already_told"]


def test_what_was_told_is_not_told_again_until_she_has_bought_it(shop: Byleave) -> None:
    a_customer(shop, "anna")
    shop.reports(shop.plans()["outreach"][0], "sent")

    assert because(shop.plans("2026-07-01")) == ["already_told"]


def test_a_tip_that_was_removed_after_it_was_told_stops_no_plan(shop: Byleave) -> None:
    shop.product("kettle", "Kettle")
    words = {"en": {"title": "Lime", "text": "Boil water with a little vinegar in it."}}
    shop.tip("lime", products=["kettle"], due={"after_days": 30}, texts=words)
    shop.allows("anna", "contact", "purchases", purpose="reminders")
    shop.tells("anna", "contact", channels=["email"])
    shop.bought("anna", "kettle", "2026-04-01T10:00:00Z")
    (told,) = shop.plans()["outreach"]
    assert (told["kind"], told["items"][0]["tip"]["title"]) == ("care", "Lime")
    shop.reports(told, "sent")
    assert shop.http.delete("/v1/tips/lime").status_code == 204

    assert shop.plans()["outreach"] == []


def test_who_may_not_be_contacted_is_held_back(shop: Byleave) -> None:
    shop.allows("bea", "purchases", purpose="reminders")
    a_customer(shop, "cleo", channels=["sms"])
    plan = shop.plans()

    assert because(plan, "bea") == ["no_permission", "nothing_to_say"]
    assert because(plan, "cleo") == ["no_channel"]
    assert because(shop.plans(customer_id="nobody"), "nobody") == ["no_permission", "nothing_to_say"]


def test_the_best_channel_that_she_has_given_is_taken(shop: Byleave) -> None:
    a_customer(shop, "anna", channels=["email", "app"])

    assert [one["channel"] for one in shop.plans(TODAY, "sms", "app", "email")["outreach"]] == ["app"]


@pytest.mark.parametrize(("date", "status", "code"), [
    ("2026-06-09", 422, "invalid_request"),
    ("2026-07-12", 422, "invalid_request"),
    ("June", 422, "invalid_request"),
])  # fmt: skip
def test_no_other_days_are_planned(shop: Byleave, date: str, status: int, code: str) -> None:
    answer = shop.http.post("/v1/outreach/plan", json={"date": date, "channels": ["email"]})

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_an_unknown_message_and_an_unknown_contact_are_not_found(shop: Byleave) -> None:
    body = {"date": TODAY, "channels": ["email"], "message_id": "gone"}
    assert shop.http.post("/v1/outreach/plan", json=body).json()["code"] == "unknown_message"
    answer = shop.http.post("/v1/outreach/out_1/outcome", json={"outcome": "sent"})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_outreach")


def test_a_withdrawal_shows_in_the_plan_and_stops_what_was_planned(shop: Byleave) -> None:
    consent_id = a_customer(shop, "anna")
    (contact,) = shop.plans()["outreach"]
    shop.withdraws("anna", consent_id)

    told = shop.reports(contact, "sending")
    assert (told["go"], told["state"], told["because"][0]) == (False, "stopped", "no_permission")
    plan = shop.plans()
    assert plan["outreach"] == []
    assert because(plan) == ["no_permission", "nothing_to_say"]


def test_asking_the_plan_again_stops_it_as_well(shop: Byleave) -> None:
    consent_id = a_customer(shop, "anna")
    (contact,) = shop.plans()["outreach"]
    shop.withdraws("anna", consent_id)

    assert because(shop.plans())[0] == "no_permission"
    assert shop.reports(contact, "sending")["state"] == "stopped"


def test_who_has_bought_it_meanwhile_is_not_reminded(shop: Byleave) -> None:
    a_customer(shop, "anna")
    (contact,) = shop.plans()["outreach"]
    shop.bought("anna", "ink", "2026-06-10T08:00:00Z")

    told = shop.reports(contact, "sending")
    assert (told["go"], told["because"]) == (False, ["quiet_period_purchase", "not_due"])


def test_what_rests_on_data_withdrawn_meanwhile_is_not_sent(shop: Byleave) -> None:
    shop.allows("anna", "contact", purpose="reminders")
    purchases = shop.allows("anna", "purchases", purpose="reminders")
    shop.tells("anna", "contact", channels=["email"])
    shop.bought("anna", "printer", "2026-01-05T10:00:00Z")
    (contact,) = shop.plans()["outreach"]
    shop.withdraws("anna", purchases)

    assert shop.reports(contact, "sending")["because"] == ["no_permission"]


def test_two_who_ask_are_not_both_told_to_go(shop: Byleave) -> None:
    a_customer(shop, "anna")
    (contact,) = shop.plans()["outreach"]

    assert [shop.reports(contact, "sending")["go"] for _ in range(2)] == [True, False]
    assert shop.reports(contact, "sending")["because"] == ["already_told"]


def test_the_same_call_again_is_told_the_same_until_she_withdraws(shop: Byleave) -> None:
    consent_id = a_customer(shop, "anna")
    (contact,) = shop.plans()["outreach"]

    def ask() -> dict[str, Any]:
        path = f"/v1/outreach/{contact['outreach_id']}/outcome"
        answer: dict[str, Any] = shop.http.post(
            path, json={"outcome": "sending"}, headers={"Idempotency-Key": "once"}
        ).json()
        return answer

    assert [ask()["go"] for _ in range(3)] == [True, True, True]
    shop.withdraws("anna", consent_id)
    assert (ask()["go"], ask()["state"]) == (False, "stopped")


def test_what_failed_may_be_planned_again(shop: Byleave) -> None:
    a_customer(shop, "anna")
    (contact,) = shop.plans()["outreach"]
    assert shop.reports(contact, "failed") | {"because": []} == {
        "outreach_id": contact["outreach_id"], "state": "failed", "go": False, "because": [],
    }  # fmt: skip

    (again,) = shop.plans()["outreach"]
    assert again["outreach_id"] != contact["outreach_id"]


def test_what_she_declined_is_not_offered_again(shop: Byleave) -> None:
    a_customer(shop, "anna")
    (contact,) = shop.plans()["outreach"]
    for outcome in ("sent", "declined", "opened"):
        shop.reports(contact, outcome)
    shop.bought("anna", "ink", "2026-06-11T08:00:00Z")

    assert shop.reports(contact, "opened")["state"] == "declined"
    assert because(shop.plans("2026-07-10")) == ["nothing_to_say"]


def test_by_night_it_waits(database_url: str) -> None:
    with Byleave(settings_for(database_url, now="2026-06-10T07:00:00Z")) as shop:
        a_shop(shop)
        a_customer(shop, "anna")
        (contact,) = shop.plans()["outreach"]
        assert contact["send_from"] == "2026-06-10T08:00:00Z"
        told = shop.reports(contact, "sending")
        assert (told["go"], told["state"], told["because"]) == (False, "planned", ["quiet_hours"])

        (tomorrows,) = [shop.plans("2026-06-11", customer_id="anna")]
        assert because(tomorrows) == ["cap_reached", "already_told"]


def test_a_contact_is_sent_on_its_day_only(shop: Byleave) -> None:
    a_customer(shop, "anna")
    (contact,) = shop.plans("2026-06-12")["outreach"]

    assert shop.reports(contact, "sending")["because"] == ["not_today"]


def test_a_day_that_is_over_where_she_is_has_no_time_left(database_url: str) -> None:
    with Byleave(settings_for(database_url, now="2026-06-10T15:00:00Z")) as shop:
        a_shop(shop)
        a_customer(shop, "anna", time_zone="Asia/Shanghai")

        assert because(shop.plans()) == ["quiet_hours"]


def test_all_pages_together_are_what_the_lines_say(shop: Byleave) -> None:
    for number in range(5):
        a_customer(shop, f"c-{number}")
    pages = [shop.plans(limit=2)]
    while pages[-1]["next_cursor"]:
        pages.append(shop.plans(limit=2, cursor=pages[-1]["next_cursor"]))
    planned = [one for page in pages for one in page["outreach"]]

    answer = shop.http.post(
        "/v1/outreach/plan",
        json={"date": TODAY, "channels": ["email"], "limit": 2},
        headers={"Accept": "application/x-ndjson"},
    )
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert [line["outreach"] for line in lines if "outreach" in line] == planned
    assert [one["customer_id"] for one in planned] == [f"c-{number}" for number in range(5)]
    assert [line["next_cursor"] for line in lines if "next_cursor" in line] == [
        page["next_cursor"] for page in pages
    ]


def test_an_interrupted_plan_goes_on_where_it_was(shop: Byleave) -> None:
    for number in range(4):
        a_customer(shop, f"c-{number}")
    first = shop.plans(limit=2)
    whole = shop.plans(limit=100)

    assert first["outreach"] == whole["outreach"][:2]


def test_what_was_read_for_it_is_told(shop: Byleave) -> None:
    a_customer(shop, "anna")
    shop.allows("bea", "purchases", purpose="reminders")
    (contact,) = shop.plans()["outreach"]
    shop.app.state.use_recorder.flush()

    def uses(name: str) -> set[tuple[str, str, str]]:
        told = shop.http.get(f"/v1/customers/{name}/uses").json()["uses"]
        return {(one["answer_id"], one["kind"], one["purpose"]) for one in told}

    assert uses("anna") == {(contact["outreach_id"], "outreach", "reminders")}
    assert uses("bea") == {("plan_2026-06-10", "outreach", "reminders")}


def test_nothing_of_hers_that_is_not_for_this_moves_the_plan(shop: Byleave) -> None:
    """The same customer twice, but for what the second allows for suggestions only."""
    for name in ("anna", "bea"):
        a_customer(shop, name)
    shop.allows("bea", "devices", "preferences", "occasions", purpose="recommendations")
    shop.owns("bea", {"product_id": "printer", "status": "gone"})
    shop.tells("bea", "preferences", dislikes={"category": ["ink"]})
    shop.tells("bea", "occasions", occasions=[{"date": "06-12", "recipient": "mother"}])

    anna, bea = shop.plans()["outreach"]
    for contact in (anna, bea):
        del contact["outreach_id"], contact["customer_id"]
        for reason in (contact["reason"], *(item["reason"] for item in contact["items"])):
            reason["facts"] = [fact | {"consent": None} for fact in reason["facts"]]
    assert anna == bea


def test_a_key_of_another_call_is_refused(shop: Byleave) -> None:
    headers = {"Idempotency-Key": "plan-1"}
    body = {"date": TODAY, "channels": ["email"]}
    assert shop.http.post("/v1/outreach/plan", json=body, headers=headers).is_success
    assert shop.http.post("/v1/outreach/plan", json=body, headers=headers).is_success
    answer = shop.http.post("/v1/outreach/plan", json=body | {"limit": 7}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


def test_her_export_has_the_contacts_and_her_erasure_takes_them(shop: Byleave) -> None:
    a_customer(shop, "anna")
    (contact,) = shop.plans()["outreach"]
    archive = ZipFile(BytesIO(shop.http.get("/v1/customers/anna/export").content))
    assert contact["outreach_id"] in archive.read("contacts.csv").decode()

    shop.http.delete("/v1/customers/anna")
    assert shop.plans()["outreach"] == []
    path = f"/v1/outreach/{contact['outreach_id']}/outcome"
    assert shop.http.post(path, json={"outcome": "sending"}).status_code == 404


def test_the_command_prints_the_plan_and_its_rate(database_url: str, command_line: CommandLine) -> None:
    with Byleave(settings_for(database_url)) as shop:
        a_shop(shop)
        for name in ("anna", "bea"):
            a_customer(shop, name)
        planned = shop.plans(customer_id="anna")["outreach"]
    result = command_line("outreach", "--date", TODAY, "--channel", "email")

    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["outreach"]["customer_id"] for line in lines if "outreach" in line] == ["anna", "bea"]
    assert lines[0]["outreach"] == planned[0]
    assert lines[-1] == {"next_cursor": None}
    assert "2 customers looked at in" in result.stderr and "a second" in result.stderr

    in_chinese = command_line("outreach", "--date", TODAY, "--channel", "email", "--locale", "zh-CN").stdout
    again = json.loads(in_chinese.splitlines()[0])["outreach"]
    assert again["outreach_id"] == planned[0]["outreach_id"]
    assert "适合您的" in again["reason"]["text"]


@pytest.mark.parametrize(("words", "said"), [
    (("--date", "2026-06-09", "--channel", "email"), "is over"),
    (("--date", TODAY, "--channel", "letter"), "--channel letter is unknown"),
    (("--date", TODAY, "--channel", "email", "--message", "gone"), "no such message"),
    (("--date", TODAY, "--channel", "email", "--cursor", "x"), "is no cursor"),
    (("--date", TODAY, "--channel", "email", "--locale", "fr"), "fr is not spoken here; use one of: en, zh-Hans"),
])  # fmt: skip
def test_the_command_says_what_is_wrong(command_line: CommandLine, words: tuple[str, ...], said: str) -> None:
    result = command_line("outreach", *words)
    assert result.exit_code == 1
    assert said in result.stderr


def test_what_a_contact_said_is_forgotten_when_its_day_is_over(
    database_url: str, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stored(shop: Byleave) -> str:
        archive = ZipFile(BytesIO(shop.http.get("/v1/customers/anna/export").content))
        return archive.read("contacts.csv").decode()

    with Byleave(settings_for(database_url)) as shop:
        a_shop(shop)
        a_customer(shop, "anna")
        shop.reports(shop.plans()["outreach"][0], "sent")
        assert "fits_device" in stored(shop)
    monkeypatch.setenv("BYLEAVE_NOW", "2026-06-14T09:00:00Z")
    assert command_line("purge").exit_code == 0
    with Byleave(settings_for(database_url, now="2026-07-20T09:00:00Z")) as shop:
        assert "fits_device" not in stored(shop)
        assert because(shop.plans("2026-07-20")) == ["already_told"]


def test_contacts_are_forgotten_when_their_time_is_over(
    database_url: str, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Byleave(settings_for(database_url)) as shop:
        a_shop(shop)
        a_customer(shop, "anna")
        (contact,) = shop.plans()["outreach"]
        shop.reports(contact, "sent")
    monkeypatch.setenv("BYLEAVE_NOW", "2027-08-01T09:00:00Z")
    assert command_line("purge").exit_code == 0
    with Byleave(settings_for(database_url)) as shop:
        assert (
            shop.http.post(
                f"/v1/outreach/{contact['outreach_id']}/outcome", json={"outcome": "opened"}
            ).status_code
            == 404
        )
