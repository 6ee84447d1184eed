"""A material change of a notice asks again: what was agreed to before is not read, with its own code (P5)."""

from tests.byleave import Byleave

HER = "anna"


def test_a_material_change_asks_again_and_only_for_its_purposes(byleave: Byleave) -> None:
    byleave.product("printer")
    byleave.product("ink", fits=["printer"])
    byleave.product("paper", featured_rank=1)
    byleave.bought(HER, "printer")
    first = byleave.publishes(purposes=["recommendations", "reminders"])
    consent = byleave.allows(HER, "purchases", notice_id=first)
    byleave.publishes(purposes=["reminders"], material_change=True)
    byleave.publishes(purposes=["recommendations"], material_change=False)
    assert byleave.suggestions(HER)["personalised"] is True
    changed = byleave.publishes(purposes=["recommendations"], material_change=True)
    answer = byleave.suggestions(HER)
    assert answer["personalised"] is False
    not_used = {one["field"]: one["because"] for one in answer["data_not_used"]}
    assert not_used["purchases.product"] == "needs_renewal"
    byleave.decides(HER, "renewed", "recommendations", "purchases", renews=consent, notice_id=changed)
    assert byleave.suggestions(HER)["personalised"] is True


def test_nobody_is_learned_from_by_an_outdated_consent(byleave: Byleave) -> None:
    byleave.product("pens")
    notice = byleave.publishes(purposes=["learning"])
    for number in range(6):
        byleave.bought(f"c-{number}", "pens")
        byleave.allows(f"c-{number}", "purchases", purpose="learning", notice_id=notice)
    assert _codes(byleave) == {"popular"}
    byleave.publishes(purposes=["learning"], material_change=True)
    assert _codes(byleave) == {"from_catalogue"}


def _codes(byleave: Byleave) -> set[str]:
    return {item["reason"]["code"] for item in byleave.visitor_suggestions()["items"]}


def test_what_waits_for_her_answer_is_kept_for_her_yes(byleave: Byleave) -> None:
    byleave.product("printer")
    first = byleave.publishes(purposes=["recommendations"])
    consent = byleave.allows(HER, "devices", notice_id=first)
    byleave.owns(HER, {"product_id": "printer"})
    changed = byleave.publishes(purposes=["recommendations"], material_change=True)
    byleave.decides(HER, "refused", "experience", "feedback")
    byleave.decides(HER, "renewed", "recommendations", "devices", renews=consent, notice_id=changed)
    devices = byleave.http.get(f"/v1/customers/{HER}/devices").json()["devices"]
    assert [one["product_id"] for one in devices] == ["printer"]


def test_while_it_waits_for_her_answer_nothing_is_added(byleave: Byleave) -> None:
    byleave.product("printer")
    byleave.product("laser")
    first = byleave.publishes(purposes=["recommendations"])
    byleave.allows(HER, "devices", "browsing", notice_id=first)
    byleave.owns(HER, {"product_id": "printer"}, {"product_id": "laser"})
    assert byleave.bought(HER, "printer", type="view")["status"] == "recorded"
    byleave.publishes(purposes=["recommendations"], material_change=True)
    seen = byleave.bought(HER, "printer", type="view")
    assert (seen["status"], seen["because"]) == ("dropped", "needs_renewal")
    path, key = f"/v1/customers/{HER}/devices", {"If-Match": "*"}
    shorter = {"devices": [{"product_id": "printer"}]}
    assert byleave.http.put(path, json=shorter, headers=key).status_code == 200
    longer = {"devices": [{"product_id": "printer"}, {"product_id": "laser"}]}
    assert byleave.http.put(path, json=longer, headers=key).json()["code"] == "not_permitted"


def test_a_yes_without_a_notice_is_not_said_to_rest_on_the_old_one(byleave: Byleave) -> None:
    first = byleave.publishes(purposes=["recommendations"])
    consent = byleave.allows(HER, "purchases", notice_id=first)
    renewed = byleave.decides(HER, "renewed", "recommendations", "purchases", renews=consent)
    assert (renewed["notice_id"], renewed["notice_binding"]) == (None, "assumed")
    receipt = byleave.http.get(f"/v1/customers/{HER}/consents/{consent}/receipt").text
    assert '"byleave:notice_binding":"assumed"' in receipt
    byleave.withdraws(HER, consent)
    other = byleave.allows(HER, "purchases", notice_id=first)
    assert byleave.withdraws(HER, other)["notice_id"] == first


def test_no_stored_answer_with_those_who_are_asked_again_is_handed_out(byleave: Byleave) -> None:
    byleave.product("pens")
    notice = byleave.publishes(purposes=["learning"])
    for number in range(6):
        byleave.bought(f"c-{number}", "pens")
        byleave.allows(f"c-{number}", "purchases", purpose="learning", notice_id=notice)
    path, key = f"/v1/customers/{HER}/recommendations", {"Idempotency-Key": "one"}
    answer = byleave.http.post(path, json={}, headers=key).json()
    assert [item["reason"]["code"] for item in answer["items"]] == ["popular"]
    byleave.publishes(purposes=["learning"], material_change=True)
    assert byleave.http.post(path, json={}, headers=key).json()["code"] == "replay_gone"
