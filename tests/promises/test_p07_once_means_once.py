"""P7: from a single-use grant at most one answer ever leaves, and it is spent only if her data was read."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text

from service.db.consent_ledger import lock_ledger
from service.db.engine import write_transaction
from service.db.stored_answers import remove_answers_for
from tests.byleave import Byleave, product_ids
from tests.conftest import settings_for
from tests.promises import asked_worlds

HER = "anna"
PATH = f"/v1/customers/{HER}/recommendations"


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    byleave.product("printer")
    byleave.product("ink", fits=["printer"])
    byleave.product("paper", featured_rank=1)
    byleave.bought(HER, "printer")
    return byleave


def ask(shop: Byleave, key: str, **body: Any) -> httpx.Response:
    return shop.http.post(PATH, json=body, headers={"Idempotency-Key": key})


def uses_left(shop: Byleave, consent_id: str) -> int | None:
    consents = shop.http.get(f"/v1/customers/{HER}/consents").json()["consents"]
    (found,) = (one for one in consents if one["consent_id"] == consent_id)
    left: int | None = found["uses_left"]
    assert (found["state"] == "consumed") == (left == 0)
    return left


def is_personal(answer: httpx.Response) -> bool:
    assert answer.status_code == 200, answer.text
    personalised: bool = answer.json()["personalised"]
    assert personalised == (product_ids(answer.json())[0] == "ink")
    assert personalised == bool(answer.json()["data_used"])
    return personalised


def reasons(answer: dict[str, Any]) -> dict[str, str]:
    return {one["field"]: one["because"] for one in answer["data_not_used"]}


def test_reading_does_not_spend_it_and_says_that_it_is_there(shop: Byleave) -> None:
    once = shop.allows(HER, "purchases", uses=1)
    for query in ({}, {"list": "again"}, {"personalised": "false"}):
        answer = shop.suggestions(HER, **query)
        assert (answer["personalised"], answer["data_used"]) == (False, [])
    assert reasons(shop.suggestions(HER))["purchases.product"] == "single_use"
    assert uses_left(shop, once) == 1


def test_one_answer_and_no_second_one(shop: Byleave) -> None:
    once = shop.allows(HER, "purchases", uses=1)
    first = ask(shop, "first")
    assert is_personal(first)
    assert {one["consent"] for one in first.json()["data_used"]} == {once}
    assert uses_left(shop, once) == 0
    second = ask(shop, "second")
    assert not is_personal(second)
    assert reasons(second.json())["purchases.product"] == "consumed"
    assert reasons(shop.suggestions(HER))["purchases.product"] == "consumed"


def test_good_for_three_answers_gives_three(shop: Byleave) -> None:
    thrice = shop.allows(HER, "purchases", uses=3)
    assert [is_personal(ask(shop, f"key-{number}")) for number in range(5)] == [True] * 3 + [False] * 2
    assert uses_left(shop, thrice) == 0


def test_a_retry_gets_the_same_answer_and_spends_nothing_more(shop: Byleave) -> None:
    twice = shop.allows(HER, "purchases", uses=2)
    first = ask(shop, "key")
    assert [ask(shop, "key").content for _ in range(3)] == [first.content] * 3
    assert uses_left(shop, twice) == 1


def test_without_a_key_nothing_is_answered(shop: Byleave) -> None:
    once = shop.allows(HER, "purchases", uses=1)
    answer = shop.http.post(PATH, json={})
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_required")
    assert uses_left(shop, once) == 1


@pytest.mark.parametrize(
    "take_back",
    [
        lambda shop, once: shop.withdraws(HER, once),
        lambda shop, once: shop.withdraws_all(HER),
        lambda shop, once: shop.decides(HER, "refused", "recommendations", "devices"),
        lambda shop, once: shop.decides(HER, "withdrawn", "reminders", "contact"),
        lambda shop, once: shop.allows(HER, "purchases.product", replaces=once),
    ],
    ids=["withdraw", "withdraw-all", "refused", "another purpose", "replaced"],
)
def test_after_she_takes_anything_back_no_answer_can_be_fetched_again(shop: Byleave, take_back: Any) -> None:
    once = shop.allows(HER, "purchases", uses=2)
    assert is_personal(ask(shop, "key"))
    take_back(shop, once)
    gone = ask(shop, "key")
    assert (gone.status_code, gone.json()["code"]) == (409, "replay_gone")


@pytest.mark.parametrize(
    "leave",
    [
        lambda shop, others: shop.withdraws("ben", others),
        lambda shop, others: shop.allows("ben", "purchases.date", purpose="learning", replaces=others),
        lambda shop, others: shop.objects("ben", "profiling"),
        lambda shop, others: shop.http.delete("/v1/customers/ben"),
    ],
    ids=["withdraws", "narrows it", "objects", "is erased"],
)
def test_after_somebody_else_leaves_learning_no_answer_can_be_fetched_again(
    shop: Byleave, leave: Any
) -> None:
    shop.allows(HER, "purchases", uses=2)
    others = shop.allows("ben", "purchases", purpose="learning")
    assert is_personal(ask(shop, "key"))
    shop.allows("cleo", "purchases", purpose="learning")
    assert ask(shop, "key").status_code == 200
    leave(shop, others)
    assert ask(shop, "key").json()["code"] == "replay_gone"


def test_when_what_it_rests_on_has_ended_an_answer_cannot_be_fetched_again(database_url: str) -> None:
    with Byleave(settings_for(database_url)) as shop:
        shop.product("printer")
        shop.product("ink", fits=["printer"])
        shop.product("paper", featured_rank=1)
        shop.bought(HER, "printer", id="sale-1")
        shop.allows(HER, "purchases", expires_at="2026-06-10T09:05:00Z")
        assert is_personal(ask(shop, "expiring"))
        assert ask(shop, "expiring").status_code == 200
    with Byleave(settings_for(database_url, now="2026-06-10T09:06:00Z")) as shop:
        assert ask(shop, "expiring").json()["code"] == "replay_gone"
        shop.allows(HER, "purchases", notice_id=shop.publishes(purposes=["recommendations"]))
        assert is_personal(ask(shop, "before the change"))
        shop.publishes(purposes=["recommendations"], material_change=True)
        assert ask(shop, "before the change").json()["code"] == "replay_gone"
        shop.allows(HER, "purchases")
        assert is_personal(ask(shop, "with the sale"))
        assert shop.http.delete(f"/v1/customers/{HER}/events/sale-1").status_code == 204
        assert ask(shop, "with the sale").json()["code"] == "replay_gone"


def test_it_can_be_fetched_again_for_a_quarter_of_an_hour_and_then_is_deleted(database_url: str) -> None:
    with Byleave(settings_for(database_url)) as shop:
        shop.product("printer")
        shop.product("ink", fits=["printer"])
        shop.product("paper", featured_rank=1)
        shop.bought(HER, "printer")
        shop.allows(HER, "purchases", uses=2)
        first = ask(shop, "key")
    for now, status in (("2026-06-10T09:14:00Z", 200), ("2026-06-10T09:16:00Z", 409)):
        with Byleave(settings_for(database_url, now=now)) as later:
            again = ask(later, "key")
            assert again.status_code == status
            assert status == 409 or again.content == first.content
            if status == 409:
                assert is_personal(ask(later, "another"))
                with write_transaction(later.app.state.engine) as connection:
                    keys = connection.execute(text("SELECT key FROM stored_answers")).scalars().all()
                assert keys == ["another"]


def test_the_key_of_another_caller_or_call_fetches_nothing(shop: Byleave) -> None:
    shop.allows(HER, "purchases", uses=1)
    assert is_personal(ask(shop, "key"))
    token = shop.http.post("/v1/tokens", json={"customer_id": HER, "scopes": ["recommendations:read"]}).json()
    hers = shop.http.post(
        PATH, json={}, headers={"Idempotency-Key": "key", "Authorization": f"Bearer {token['token']}"}
    )
    assert not is_personal(hers)
    assert ask(shop, "key", limit=3).json()["code"] == "idempotency_key_reused"
    other = shop.http.post("/v1/customers/ben/recommendations", json={}, headers={"Idempotency-Key": "key"})
    assert other.json()["code"] == "idempotency_key_reused"


def test_it_is_not_spent_where_nothing_of_hers_is_read(shop: Byleave) -> None:
    once = shop.allows(HER, "purchases", uses=1)
    for body in ({"personalised": False},):
        assert not is_personal(ask(shop, "impersonal", **body))
    prefetch = {"Idempotency-Key": "prefetch", "Sec-Purpose": "prefetch"}
    assert shop.http.post(PATH, json={}, headers=prefetch).json()["customer_id"] is None
    assert uses_left(shop, once) == 1


def test_it_is_not_spent_where_there_is_nothing_to_read(shop: Byleave) -> None:
    once = shop.allows(HER, "devices", uses=1)
    answer = ask(shop, "key")
    assert not is_personal(answer)
    assert reasons(answer.json())["devices.product"] == "single_use"
    assert uses_left(shop, once) == 1


def test_it_is_not_spent_on_what_no_suggestion_reads(shop: Byleave) -> None:
    once = shop.allows(HER, "contact", "occasions", uses=1)
    assert not is_personal(ask(shop, "key"))
    assert uses_left(shop, once) == 1


@pytest.mark.parametrize("said", [{"rating": 3}, {"kind": "helpful"}, {"kind": "too_often"}])
def test_it_is_not_spent_on_a_word_from_which_nothing_follows(shop: Byleave, said: dict[str, Any]) -> None:
    shop.allows(HER, "feedback", purpose="experience")
    shop.says(HER, product_id="paper", **said)
    once = shop.allows(HER, "feedback", uses=1)
    assert ask(shop, "key").json()["data_used"] == []
    assert uses_left(shop, once) == 1
    shop.says(HER, product_id="paper", kind="not_interested")
    assert "paper" not in product_ids(ask(shop, "another").json())
    assert uses_left(shop, once) == 0


def test_it_is_not_spent_on_a_budget_for_nothing_that_she_likes(shop: Byleave) -> None:
    shop.allows(HER, "preferences", purpose="assistance")
    budget = {"amount": "5.00", "currency": "EUR"}
    shop.tells(HER, "preferences", budget=budget)
    once = shop.allows(HER, "preferences.likes", "preferences.budget", uses=1)
    assert ask(shop, "key").json()["data_used"] == []
    assert uses_left(shop, once) == 1
    shop.tells(HER, "preferences", budget=budget, likes={"brand": ["Faber"]})
    used = {one["field"] for one in ask(shop, "another").json()["data_used"]}
    assert used == {"preferences.budget", "preferences.likes"}
    assert uses_left(shop, once) == 0


def test_it_is_not_spent_on_what_the_list_that_she_asks_for_does_not_show(shop: Byleave) -> None:
    shop.allows(HER, "purchases")
    shop.allows(HER, "preferences", purpose="assistance")
    shop.tells(HER, "preferences", likes={"brand": ["Faber"]})
    once = shop.allows(HER, "preferences.likes", uses=1)
    answer = ask(shop, "key", list="again").json()
    assert "preferences.likes" not in {one["field"] for one in answer["data_used"]}
    assert uses_left(shop, once) == 1


def test_it_is_not_spent_on_a_list_of_what_she_bought_where_that_may_not_be_read(shop: Byleave) -> None:
    shop.allows(HER, "devices", purpose="assistance")
    shop.owns(HER, {"product_id": "printer"})
    once = shop.allows(HER, "devices", uses=1)
    answer = ask(shop, "key", list="again").json()
    assert (answer["items"], answer["data_used"]) == ([], [])
    assert uses_left(shop, once) == 1


def test_a_standing_consent_is_used_before_a_counted_one(shop: Byleave) -> None:
    once = shop.allows(HER, "purchases", uses=1)
    standing = shop.allows(HER, "purchases", expires_at="2026-06-11T00:00:00Z")
    answer = ask(shop, "key")
    assert is_personal(answer)
    assert {one["consent"] for one in answer.json()["data_used"]} == {standing}
    assert uses_left(shop, once) == 1


def test_what_the_standing_one_leaves_out_is_read_by_the_counted_one(shop: Byleave) -> None:
    standing = shop.allows(HER, "purchases.product")
    once = shop.allows(HER, "purchases", uses=1)
    answer = ask(shop, "key").json()
    used = {one["field"]: one["consent"] for one in answer["data_used"]}
    assert used["purchases.product"] == standing
    assert used["purchases.date"] == once
    assert uses_left(shop, once) == 0


def test_a_computation_that_fails_counts_for_nothing(shop: Byleave, monkeypatch: pytest.MonkeyPatch) -> None:
    once = shop.allows(HER, "purchases", uses=1)
    with monkeypatch.context() as broken:
        broken.setattr("service.single_use.add_stored_answer", lambda *_, **__: 1 / 0)
        assert ask(shop, "key").status_code == 500
    assert uses_left(shop, once) == 1
    assert is_personal(ask(shop, "key"))
    assert uses_left(shop, once) == 0


def test_the_use_is_recorded_with_the_answer(shop: Byleave) -> None:
    once = shop.allows(HER, "purchases", uses=1)
    answer = ask(shop, "key").json()
    uses = shop.http.get(f"/v1/customers/{HER}/uses").json()["uses"]
    assert {(one["answer_id"], one["consent"]) for one in uses} == {(answer["recommendation_id"], once)}
    history = shop.http.get(f"/v1/customers/{HER}/consents/history").json()["events"]
    assert (history[-1]["event"], history[-1]["shown"]) == ("consumed", answer["recommendation_id"])


def test_data_that_existed_by_it_alone_is_gone_when_it_is_used_up(shop: Byleave) -> None:
    shop.allows(HER, "devices", uses=1)
    shop.owns(HER, {"product_id": "printer"})
    assert is_personal(ask(shop, "key"))
    assert shop.http.get(f"/v1/customers/{HER}/devices").json() == {"devices": []}


def test_who_withdraws_and_who_asks_never_wait_in_a_circle(
    shop: Byleave, database_url: str, engine: Engine
) -> None:
    """Not by what each of them removes: the one all her answers, the other all old ones."""
    shop.allows(HER, "purchases")
    assert ask(shop, "old").status_code == 200
    with (
        Byleave(settings_for(database_url, now="2026-06-10T10:00:00Z")) as later,
        ThreadPoolExecutor(1) as threads,
    ):
        with write_transaction(engine) as connection:
            lock_ledger(connection, HER)
            asking = threads.submit(ask, later, "new")
            with pytest.raises(TimeoutError):
                asking.result(timeout=0.5)
            remove_answers_for(connection, HER)
        assert asking.result(timeout=10).status_code == 200


@pytest.fixture
def workers(database_url: str) -> Iterator[tuple[Byleave, Byleave]]:
    with asked_worlds.two_workers(database_url) as both:
        yield both


def test_of_many_requests_at_once_as_many_read_as_it_is_good_for(workers: tuple[Byleave, Byleave]) -> None:
    one, _ = workers
    one.product("printer")
    one.product("ink", fits=["printer"])
    one.product("paper", featured_rank=1)
    one.bought(HER, "printer")
    thrice = one.allows(HER, "purchases", uses=3)
    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda number: ask(workers[number % 2], f"k-{number % 8}"), range(24)))
    personal = {answer.json()["recommendation_id"] for answer in answers if is_personal(answer)}
    assert len(personal) == 3
    assert uses_left(one, thrice) == 0
