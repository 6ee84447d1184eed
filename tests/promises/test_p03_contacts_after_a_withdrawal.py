"""P3 for contacts: what one said, and what it rested on, is not told or kept after she has withdrawn that."""

from io import BytesIO
from zipfile import ZipFile

import pytest

from tests.byleave import Byleave

HER_WORDS = "Mum is sixty"


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    """Anna owns a printer, as she says, and has told of a birthday; the shop may remind her of both."""
    byleave.product("printer", "Office printer")
    byleave.product("ink", fits=["printer"])
    byleave.product("ring", attributes={"suits": ["mother"]})
    byleave.allows("anna", "contact", purpose="reminders")
    byleave.tells("anna", "contact", channels=["email"])
    return byleave


def of_her_printer(shop: Byleave) -> str:
    consent_id = shop.allows("anna", "devices", purpose="reminders")
    shop.owns("anna", {"product_id": "printer"})
    return consent_id


def of_her_occasion(shop: Byleave) -> str:
    consent_id = shop.allows("anna", "occasions", purpose="reminders")
    day = {"date": "06-20", "recipient": "mother", "name": HER_WORDS, "lead_days": 25}
    shop.tells("anna", "occasions", occasions=[day])
    return consent_id


def contacts_of(shop: Byleave) -> str:
    """The stored contacts, as her archive has them."""
    archive = ZipFile(BytesIO(shop.http.get("/v1/customers/anna/export").content))
    return archive.read("contacts.csv").decode()


@pytest.mark.parametrize("outcome", ["sending", "sent", "opened", "declined"])
def test_no_plan_tells_again_what_was_sent(shop: Byleave, outcome: str) -> None:
    consent_id = of_her_printer(shop)
    (contact,) = shop.plans()["outreach"]
    assert contact["reason"]["text"] == "Fits your Office printer"
    shop.reports(contact, outcome)
    shop.withdraws("anna", consent_id)

    for plan in (shop.plans(), shop.plans(customer_id="anna")):
        assert plan["outreach"] == []
        assert "printer" not in str(plan)


def test_who_was_told_to_go_and_was_interrupted_finds_it_again(shop: Byleave) -> None:
    of_her_printer(shop)
    (contact,) = shop.plans()["outreach"]
    assert shop.reports(contact, "sending")["go"]

    assert shop.plans()["outreach"] == [contact | {"state": "sending"}]


@pytest.mark.parametrize("outcome", [None, "sending", "sent", "declined"])
def test_what_a_contact_rested_on_is_not_kept_beyond_her_permission(
    shop: Byleave, outcome: str | None
) -> None:
    consent_id = of_her_occasion(shop)
    (contact,) = shop.plans()["outreach"]
    if outcome:
        shop.reports(contact, outcome)
    assert HER_WORDS in contacts_of(shop)
    shop.withdraws("anna", consent_id)

    kept = contacts_of(shop)
    assert contact["outreach_id"] in kept, "that there was one counts in the caps"
    assert HER_WORDS not in kept and "mother" not in kept


def test_what_waits_is_stopped_by_her_withdrawal_itself(shop: Byleave) -> None:
    consent_id = of_her_occasion(shop)
    (contact,) = shop.plans()["outreach"]
    shop.withdraws("anna", consent_id)
    of_her_occasion(shop)

    told = shop.reports(contact, "sending")
    assert (told["go"], told["state"], told["because"]) == (False, "stopped", ["no_permission"])


def test_why_it_was_stopped_is_not_told_beyond_her_permission(shop: Byleave) -> None:
    of_her_printer(shop)
    said = shop.allows("anna", "feedback", purpose="reminders")
    (contact,) = shop.plans()["outreach"]
    shop.says("anna", rating=0, touchpoint="store")
    assert shop.reports(contact, "sending")["because"] == ["quiet_period_complaint"]
    shop.withdraws("anna", said)

    told = shop.reports(contact, "sending")
    assert (told["go"], told["state"], told["because"]) == (False, "stopped", [])
    assert "complaint" not in contacts_of(shop)


def test_what_is_restricted_is_kept_and_not_told(shop: Byleave) -> None:
    of_her_occasion(shop)
    (contact,) = shop.plans()["outreach"]
    shop.objects("anna", "restriction", "occasions")

    assert HER_WORDS in contacts_of(shop)
    assert shop.plans()["outreach"] == []
    assert shop.reports(contact, "sending")["go"] is False


def test_a_name_that_she_takes_back_does_not_bring_the_reminder_again(shop: Byleave) -> None:
    of_her_occasion(shop)
    (contact,) = shop.plans()["outreach"]
    shop.reports(contact, "sent")
    shop.decides("anna", "refused", "reminders", "occasions.name")

    (held,) = shop.plans("2026-06-18")["held_back"]
    assert held["because"] == ["already_told"]


def test_what_is_read_right_before_sending_is_told(shop: Byleave) -> None:
    """It was planned by a consent that ends soon, and is sent by the one that she gave since."""
    shop.allows("anna", "devices", purpose="reminders", expires_at="2026-06-11T00:00:00Z")
    shop.owns("anna", {"product_id": "printer"})
    (contact,) = shop.plans()["outreach"]
    lasting = shop.allows("anna", "devices", purpose="reminders")
    assert shop.reports(contact, "sending")["go"]
    shop.app.state.use_recorder.flush()

    uses = shop.http.get("/v1/customers/anna/uses").json()["uses"]
    by = {
        one["consent"]
        for one in uses
        if (one["answer_id"], one["field"]) == (contact["outreach_id"], "devices.product")
    }
    assert lasting in by and len(by) == 2
