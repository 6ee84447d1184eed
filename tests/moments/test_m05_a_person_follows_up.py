"""M5, a person follows up: a task for who served her, from what she allows staff to see; not a machine's mail."""

from typing import Any

import pytest
from sqlalchemy import func, select

from service.db.engine import snapshot
from service.db.service_tables import Task
from tests.byleave import Byleave
from tests.conftest import settings_for

LIN = "lin"
SALE = {"sales_channel": "store", "served_by": "Wei", "order_id": "o-1"}
STAFF = {"purpose": "assistance"}


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    """A jeweller writes a note by hand after each ring, and calls whoever was unhappy."""
    byleave.product("ring", "Silver ring", category="rings")
    byleave.product("box", "Gift box", category="boxes")
    after_a_ring = {
        "after": "purchase",
        "category": "rings",
        "role": "store manager",
        "days": 3,
        "say": {"en": "Write a note by hand.", "zh-Hans": "请手写一张卡片。"},
    }
    after_a_bad_day = {
        "after": "feedback",
        "touchpoint": "fitting",
        "rating_at_most": 4,
        "role": "store manager",
        "days": 1,
        "say": {"en": "Call her."},
    }
    byleave.http.put("/v1/task-rules/note", json=after_a_ring)
    byleave.http.put("/v1/task-rules/call", json=after_a_bad_day)
    return byleave


def tasks(shop: Byleave, **query: Any) -> list[dict[str, Any]]:
    answer = shop.http.get("/v1/tasks", params=query)
    assert answer.status_code == 200, answer.text
    listed: list[dict[str, Any]] = answer.json()["tasks"]
    return listed


def stored(shop: Byleave) -> int:
    with snapshot(shop.app.state.engine) as connection:
        return connection.execute(select(func.count()).select_from(Task)).scalar_one()


def says(shop: Byleave, **said: Any) -> dict[str, Any]:
    answer = shop.http.post(f"/v1/customers/{LIN}/feedback", json=said, params={"locale": "en"})
    assert answer.status_code == 201, answer.text
    taken: dict[str, Any] = answer.json()
    return taken


@pytest.mark.parametrize(
    ("locale", "why", "say"),
    [
        ("en", "Bought Silver ring on 9 June 2026.", "Write a note by hand."),
        ("zh-Hans", "于2026年6月9日购买了Silver ring。", "请手写一张卡片。"),
    ],
)
def test_who_served_her_writes_a_note(shop: Byleave, locale: str, why: str, say: str) -> None:
    shop.allows(LIN, "purchases", **STAFF)
    shop.bought(LIN, "ring", when="2026-06-09T10:00:00Z", **SALE)
    shop.bought(LIN, "box", when="2026-06-09T10:00:00Z", **SALE)
    (task,) = tasks(shop, assignee="Wei", locale=locale)
    assert (task["customer_id"], task["why"], task["say"]) == (LIN, why, say)
    assert (task["assignee"], task["role"], task["due_on"], task["state"]) == (
        "Wei",
        "store manager",
        "2026-06-12",
        "open",
    )
    done = {"outcome": "done", "text": "She was glad."}
    ended = shop.http.post(f"/v1/tasks/{task['task_id']}/outcome", json=done).json()
    assert (ended["state"], ended["outcome"]) == ("done", "She was glad.")
    assert tasks(shop) == []
    assert [one["task_id"] for one in tasks(shop, state="done")] == [task["task_id"]]
    shop.app.state.use_recorder.flush()
    uses = shop.http.get(f"/v1/customers/{LIN}/uses").json()["uses"]
    assert {("assistance", "staff", "purchases.served_by")} <= {
        (one["purpose"], one["kind"], one["field"]) for one in uses
    }


def test_who_served_her_is_named_only_if_she_allows_it(shop: Byleave) -> None:
    shop.allows(LIN, "purchases.product", "purchases.date", **STAFF)
    shop.bought(LIN, "ring", when="2026-06-09T10:00:00Z", **SALE)
    assert [one["assignee"] for one in tasks(shop)] == ["store manager"]
    assert tasks(shop, assignee="Wei") == []


@pytest.mark.parametrize(
    "allowed",
    [None, ("purchases", "recommendations"), ("purchases.product", "assistance"), ("devices", "assistance")],
)
def test_without_her_leave_nobody_follows_up(shop: Byleave, allowed: tuple[str, str] | None) -> None:
    """A shop in which she bought the ring, and one in which she bought nothing, show the same."""
    if allowed:
        shop.allows(LIN, allowed[0], purpose=allowed[1])
    before = shop.http.get("/v1/tasks").json()
    shop.bought(LIN, "ring", when="2026-06-09T10:00:00Z", **SALE)
    assert shop.http.get("/v1/tasks").json() == before
    assert stored(shop) == 0


def test_when_she_takes_it_back_the_task_is_gone(shop: Byleave) -> None:
    consent_id = shop.allows(LIN, "purchases", **STAFF)
    shop.bought(LIN, "ring", when="2026-06-09T10:00:00Z", **SALE)
    (task,) = tasks(shop)
    shop.withdraws(LIN, consent_id)
    assert tasks(shop) == []
    assert stored(shop) == 0
    ended = shop.http.post(f"/v1/tasks/{task['task_id']}/outcome", json={"outcome": "done"})
    assert (ended.status_code, ended.json()["code"]) == (404, "unknown_task")
    shop.allows(LIN, "purchases", **STAFF)
    assert tasks(shop) == [], "a new yes does not bring it back"


def test_a_permission_that_ran_out_hides_the_task_at_once(shop: Byleave, database_url: str) -> None:
    shop.allows(LIN, "purchases", expires_at="2026-06-10T12:00:00Z", **STAFF)
    shop.bought(LIN, "ring", when="2026-06-09T10:00:00Z", **SALE)
    assert len(tasks(shop)) == 1
    with Byleave(settings_for(database_url, now="2026-06-10T13:00:00Z")) as later:
        assert tasks(later) == []
        assert stored(later) == 1, "deleted with what she says next, or by the nightly purge"
        later.decides(LIN, "refused", "learning", "purchases")
        assert stored(later) == 0


def test_sensitive_things_call_for_nobody(shop: Byleave) -> None:
    shop.product("ring", "Silver ring", category="rings", sensitive=True)
    shop.allows(LIN, "purchases", **STAFF)
    shop.bought(LIN, "ring", when="2026-06-09T10:00:00Z", **SALE)
    assert stored(shop) == 0


def test_an_old_sale_and_a_return_and_a_repetition_call_for_nobody(shop: Byleave) -> None:
    shop.allows(LIN, "purchases", **STAFF)
    shop.bought(LIN, "ring", when="2026-03-01T10:00:00Z", **SALE)
    shop.bought(LIN, "ring", when="2026-06-09T10:00:00Z", type="return")
    assert tasks(shop) == []
    for _ in range(2):
        shop.bought(LIN, "ring", when="2026-06-10T08:00:00Z", id="the-same")
    assert len(tasks(shop)) == 1


def test_after_a_bad_experience_she_is_asked_two_things_and_somebody_calls(shop: Byleave) -> None:
    shop.allows(LIN, "feedback", **STAFF)
    taken = says(shop, touchpoint="fitting", rating=2)
    assert [(one["code"], one["field"], one["text"]) for one in taken["ask"]] == [
        ("how_urgent", "importance", "How urgent is it for you?"),
        ("what_else", "comment", "What else could we do?"),
    ]
    (task,) = tasks(shop)
    assert (task["why"], task["say"], task["due_on"]) == (
        "Gave 2 of 10 for: fitting.",
        "Call her.",
        "2026-06-11",
    )
    assert says(shop, touchpoint="fitting", rating=5)["ask"] == []
    assert says(shop, touchpoint="home", rating=1)["ask"] != []
    assert len(tasks(shop)) == 1


def test_the_two_questions_in_chinese(shop: Byleave) -> None:
    shop.allows(LIN, "feedback", purpose="experience")
    answer = shop.http.post(f"/v1/customers/{LIN}/feedback", json={"rating": 0}, params={"locale": "zh-Hans"})
    questions = [one["text"] for one in answer.json()["ask"]]
    assert questions == ["这件事对您有多紧急？", "我们还能做些什么？"]  # noqa: RUF001
    assert tasks(shop) == [], "for another purpose she may be asked, but nobody is told"


# What she is asked later, if she has not answered: a contact with two questions, and nothing to buy in it


HERS = ("contact", "purchases", "feedback")
OF_CONTACTS = {"purpose": "reminders"}


@pytest.fixture
def unhappy(shop: Byleave) -> Byleave:
    """Lin wants to hear of what helps her; a box is due for her, bought today, and the fitting was bad."""
    shop.product("box", "Gift box", attributes={"usual_interval_days": 30})
    shop.allows(LIN, *HERS, **OF_CONTACTS)
    shop.tells(LIN, "contact", channels=["email"])
    shop.bought(LIN, "box", when="2026-05-10T10:00:00Z")
    shop.bought(LIN, "ring", when="2026-06-10T08:00:00Z")
    says(shop, touchpoint="fitting", rating=2, journey="visit-1")
    return shop


def held_back(plan: dict[str, Any]) -> list[str]:
    (found,) = plan["held_back"]
    because: list[str] = found["because"]
    return because


@pytest.mark.parametrize(
    ("locale", "why", "questions"),
    [
        ("en", "You were not content here: fitting", ["How urgent is it for you?", "What else could we do?"]),
        ("zh-Hans", "您对“fitting”的体验不满意", ["这件事对您有多紧急？", "我们还能做些什么？"]),  # noqa: RUF001
    ],
)
def test_who_has_not_answered_is_asked_once_more_and_offered_nothing(
    unhappy: Byleave, locale: str, why: str, questions: list[str]
) -> None:
    (contact,) = unhappy.plans(locale=locale)["outreach"]
    assert (contact["kind"], contact["items"], contact["message"]) == ("follow_up", [], None)
    assert (contact["reason"]["code"], contact["reason"]["text"]) == ("bad_experience", why)
    assert [one["text"] for one in contact["ask"]] == questions
    assert [one["field"] for one in contact["reason"]["facts"]] == ["feedback.touchpoint", "feedback.rating"]
    assert all(one["consent"] for one in contact["reason"]["facts"])
    assert unhappy.plans(locale=locale)["outreach"] == [contact]
    assert unhappy.reports(contact, "sending")["go"] is True
    unhappy.reports(contact, "sent")
    for day in ("2026-06-19", "2026-06-23"):
        assert held_back(unhappy.plans(day)) == ["quiet_period_complaint", "already_told"]
    (next_one,) = unhappy.plans("2026-06-25")["outreach"]
    assert next_one["kind"] == "reminder"


@pytest.mark.parametrize(
    ("locale", "why"), [("en", "You were not content with Silver ring"), ("zh-Hans", "您对Silver ring不满意")]
)
def test_a_thing_is_called_by_its_name(shop: Byleave, locale: str, why: str) -> None:
    shop.allows(LIN, *HERS, **OF_CONTACTS)
    shop.tells(LIN, "contact", channels=["email"])
    says(shop, product_id="ring", rating=4)
    (contact,) = shop.plans(locale=locale)["outreach"]
    assert (contact["reason"]["text"], contact["items"]) == (why, [])


def test_who_answers_before_it_is_sent_is_not_asked(unhappy: Byleave) -> None:
    (contact,) = unhappy.plans()["outreach"]
    says(unhappy, journey="visit-1", importance=8)
    assert unhappy.reports(contact, "sending")["because"] == ["answered"]
    assert "answered" in held_back(unhappy.plans())


def test_what_is_said_of_another_visit_is_no_answer(unhappy: Byleave) -> None:
    (contact,) = unhappy.plans()["outreach"]
    says(unhappy, journey="visit-2", touchpoint="fitting", importance=8)
    assert unhappy.reports(contact, "sending")["go"] is True


def test_who_found_it_too_often_is_not_asked(unhappy: Byleave) -> None:
    unhappy.says(LIN, "too_often")
    assert held_back(unhappy.plans())[0] == "asked_less_often"


@pytest.mark.parametrize(("day", "kind"), [("2026-06-24", "follow_up"), ("2026-06-25", "reminder")])
def test_after_two_weeks_nobody_asks(unhappy: Byleave, day: str, kind: str) -> None:
    assert [one["kind"] for one in unhappy.plans(day)["outreach"]] == [kind]


def test_who_takes_it_back_before_it_is_sent_is_not_asked(unhappy: Byleave) -> None:
    (contact,) = unhappy.plans()["outreach"]
    unhappy.decides(LIN, "refused", "reminders", "feedback.comment")
    told = unhappy.reports(contact, "sending")
    assert (told["go"], told["because"]) == (False, ["no_permission", "not_due"])


@pytest.mark.parametrize("missing", ["rating", "touchpoint", "importance", "comment"])
def test_what_may_not_be_read_to_contact_her_asks_nothing_and_changes_nothing(
    shop: Byleave, missing: str
) -> None:
    """Of two who allow the same the second said more: their plans are the same."""
    names = ("rating", "touchpoint", "importance", "comment")
    readable = [f"feedback.{name}" for name in names if name != missing]
    for name in (LIN, "mei"):
        shop.allows(name, "contact", *readable, **OF_CONTACTS)
        shop.allows(name, "feedback", **STAFF)
        shop.tells(name, "contact", channels=["email"])
        shop.says(name, touchpoint="fitting", rating=1)
    shop.says("mei", touchpoint="fitting", rating=1, importance=9, comment="Too tight.")
    lin, mei = (shop.plans(customer_id=name) for name in (LIN, "mei"))
    assert (lin["outreach"], mei["outreach"]) == ([], [])
    assert held_back(lin) == held_back(mei)


def test_many_tasks_come_page_by_page_and_each_once(shop: Byleave) -> None:
    for number in range(7):
        shop.allows(f"c-{number}", "purchases", **STAFF)
        served = "Wei" if number % 2 else "Ana"
        shop.bought(f"c-{number}", "ring", when="2026-06-09T10:00:00Z", served_by=served)
    seen, cursor = [], None
    for _ in range(9):
        query = {"limit": 2, "assignee": "Ana"} | ({"cursor": cursor} if cursor else {})
        page = shop.http.get("/v1/tasks", params=query).json()
        seen += [one["customer_id"] for one in page["tasks"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == ["c-0", "c-2", "c-4", "c-6"]


@pytest.mark.parametrize(
    "body",
    [
        {"after": "purchase"},
        {"after": "purchase", "category": "rings", "rating_at_most": 3},
        {"after": "feedback", "touchpoint": "fitting"},
        {"after": "feedback", "rating_at_most": 3, "product_id": "ring"},
        {"after": "feedback", "rating_at_most": 11},
    ],
)
def test_a_rule_says_after_what(shop: Byleave, body: dict[str, Any]) -> None:
    whole = {"role": "manager", "days": 1, "say": {"en": "Call."}} | body
    assert shop.http.put("/v1/task-rules/other", json=whole).status_code == 422


def test_rules_are_kept_and_a_rule_at_rest_makes_no_tasks(shop: Byleave) -> None:
    rules = shop.http.get("/v1/task-rules").json()["rules"]
    assert [one["id"] for one in rules] == ["call", "note"]
    resting = {name: value for name, value in rules[1].items() if name != "id"} | {"active": False}
    assert shop.http.put("/v1/task-rules/note", json=resting).status_code == 200
    assert shop.http.get("/v1/task-rules/note").json()["active"] is False
    assert shop.http.get("/v1/task-rules/none").json()["code"] == "unknown_task_rule"
    shop.allows(LIN, "purchases", **STAFF)
    shop.bought(LIN, "ring", when="2026-06-09T10:00:00Z", **SALE)
    assert stored(shop) == 0
