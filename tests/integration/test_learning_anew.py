"""Learning anew: nobody waits, nothing forbidden is used meanwhile, and the receipt sees what is not permitted."""

from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from recommender.learning.model import Model
from recommender.learning.model import learn as really_learn
from recommender.learning.settings import LearningSettings
from service import held_learning, learning
from service.db import learning_changes
from service.db.engine import long_snapshot, snapshot
from service.learning import CurrentLearning
from service.purge import Purge
from service.retention import Retention
from service.settings import Clock, Purchases
from tests.builders import a_moment
from tests.byleave import Byleave
from tests.conftest import settings_for

K = 2
CUSTOMERS = ("anna", "ben", "cleo", "dora")


@pytest.fixture
def shop(database_url: str) -> Iterator[Byleave]:
    """All bought a tent and a mat and allow learning; Dora allows it for what is camping."""
    with Byleave(settings_for(database_url, k=K)) as byleave:
        for product_id in ("tent", "mat", "lantern"):
            byleave.product(product_id, category="camping")
        for customer_id in CUSTOMERS:
            for product_id in ("tent", "mat"):
                byleave.bought(customer_id, product_id, when="2026-05-10T10:00:00Z")
            only = {"items": {"categories": ["camping"]}} if customer_id == "dora" else {}
            byleave.allows(customer_id, "purchases", purpose="learning", **only)
        yield byleave


def large(retention: Retention | None = None) -> CurrentLearning:
    """A worker to which any shop is a large one."""
    return CurrentLearning(
        LearningSettings(k=K), retention or Retention(), at_once_below=0, in_request_below=0
    )


def answered(worker: CurrentLearning, engine: Engine, days: float = 0) -> Model:
    with snapshot(engine) as connection:
        return worker.as_of(connection, now=a_moment(days))


def learned_in_the_background(worker: CurrentLearning, engine: Engine, days: float = 0) -> Model:
    worker.learn_soon(engine, a_moment(days))
    assert worker.background is not None
    worker.background.join(30)
    return answered(worker, engine, days)


def while_it_learns(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Let something happen once, after all has been read and before what is learned of it is held."""
    waiting = [happens]

    def learn(*histories: Any, **more: Any) -> Model:
        if waiting:
            waiting.pop()()
        return really_learn(*histories, **more)

    monkeypatch.setattr(held_learning, "learn", learn)


def who(model: Model) -> set[str]:
    return set(model.contributions.customers())


def products_of(model: Model, customer_id: str) -> list[str]:
    return [model.products[number] for number in model.contributions.of(customer_id).products.tolist()]


def test_the_receipt_sees_somebody_who_should_not_be_there(
    shop: Byleave, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker is told nothing of her withdrawal: both counts are the same, and both are wrong."""
    worker = large()
    worker.learn_anew(engine, a_moment())
    with monkeypatch.context() as patched:
        patched.setattr("service.appending.learning_changed", lambda *_: None)
        shop.withdraws_all("anna")
    with capture_logs() as logs:
        told = worker.learn_anew(engine, a_moment())
    assert told.after == told.rebuilt
    assert (told.permitted, told.is_exact) == (False, False)
    assert [one["event"] for one in logs] == ["learning_inexact"]
    assert worker.learn_anew(engine, a_moment()).is_exact


@pytest.mark.parametrize("happens", ["nothing", "withdrawal", "purchase", "return", "sensitive", "category"])
def test_the_receipt_of_a_worker_that_was_told_everything_is_exact(
    shop: Byleave, engine: Engine, happens: str
) -> None:
    worker = large()
    worker.learn_anew(engine, a_moment())
    match happens:
        case "withdrawal":
            shop.withdraws_all("anna")
        case "purchase":
            shop.bought("anna", "mat", when="2026-06-01T10:00:00Z")
        case "return":
            shop.bought("anna", "mat", when="2026-06-01T10:00:00Z", type="return")
        case "sensitive":
            shop.product("mat", category="camping", sensitive=True)
        case "category":
            shop.product("mat", category="sleeping")
    assert worker.learn_anew(engine, a_moment()).is_exact


def test_nobody_waits_while_it_learns_and_who_leaves_meanwhile_is_gone(
    shop: Byleave, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = large()
    worker.learn_anew(engine, a_moment())
    answers: list[set[str]] = []

    def she_leaves_and_somebody_asks() -> None:
        shop.withdraws_all("anna")
        asking = Thread(target=lambda: answers.append(who(answered(worker, engine))), daemon=True)
        asking.start()
        asking.join(10)

    while_it_learns(monkeypatch, she_leaves_and_somebody_asks)
    assert worker.learn_anew(engine, a_moment()).is_exact
    assert answers == [set(CUSTOMERS) - {"anna"}]
    assert who(answered(worker, engine)) == set(CUSTOMERS) - {"anna"}


def test_what_was_learned_in_the_background_never_takes_the_place_of_something_newer(
    shop: Byleave, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, newer = CurrentLearning(LearningSettings(k=K)), list[Model]()
    answered(worker, engine)

    def somebody_comes_and_is_learned_from_at_once() -> None:
        shop.bought("eva", "tent")
        shop.allows("eva", "purchases", purpose="learning")
        newer.append(answered(worker, engine))

    while_it_learns(monkeypatch, somebody_comes_and_is_learned_from_at_once)
    assert worker.learn_anew(engine, a_moment()).is_exact
    assert [answered(worker, engine)] == newer
    assert "eva" in who(newer[0])


def test_it_learns_once(shop: Byleave, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    worker, times = CurrentLearning(LearningSettings(k=K)), list[int]()
    answered(worker, engine)
    shop.withdraws_all("anna")

    def learn(*histories: Any, **more: Any) -> Model:
        times.append(1)
        return really_learn(*histories, **more)

    monkeypatch.setattr(held_learning, "learn", learn)
    told = worker.learn_anew(engine, a_moment())
    assert told.is_exact and told.after == told.now == answered(worker, engine).digest()
    assert len(times) == 1


def test_a_large_shop_answers_without_what_is_not_learned_yet(shop: Byleave, engine: Engine) -> None:
    worker = large()
    assert who(answered(worker, engine)) == set()
    assert who(learned_in_the_background(worker, engine)) == set(CUSTOMERS)


def test_it_begins_before_the_first_request(shop: Byleave, engine: Engine) -> None:
    worker = large()
    worker.begin(engine, a_moment())
    assert worker.background is not None
    worker.background.join(30)
    assert who(answered(worker, engine)) == set(CUSTOMERS)


def test_a_small_shop_has_nothing_to_begin_with(shop: Byleave, engine: Engine) -> None:
    worker = CurrentLearning(LearningSettings(k=K))
    worker.begin(engine, a_moment())
    assert worker.background is None
    assert who(answered(worker, engine)) == set(CUSTOMERS)


def test_what_concerns_everybody_leaves_a_large_shop_without_until_it_has_learned_anew(
    shop: Byleave, engine: Engine
) -> None:
    worker = large()
    worker.learn_anew(engine, a_moment())
    shop.product("mat", category="camping", sensitive=True)
    for _ in range(2):
        assert who(answered(worker, engine)) == set()
    anew = learned_in_the_background(worker, engine)
    assert who(anew) == set(CUSTOMERS)
    assert products_of(anew, "anna") == ["tent"]
    assert products_of(anew, "dora") == ["mat", "tent"], "who selected it herself"


def test_another_category_concerns_those_who_choose_by_category(shop: Byleave, engine: Engine) -> None:
    worker = large()
    worker.learn_anew(engine, a_moment())
    model = answered(worker, engine)
    shop.product("mat", category="sleeping")
    assert answered(worker, engine) is model, "nobody learned anew"
    assert [products_of(model, one) for one in CUSTOMERS] == [["mat", "tent"]] * 3 + [["tent"]]
    assert model.state() == answered(CurrentLearning(LearningSettings(k=K)), engine).state()


def test_who_chooses_by_category_only_now_is_found_again(shop: Byleave, engine: Engine) -> None:
    worker = large()
    worker.learn_anew(engine, a_moment())
    (consent,) = shop.http.get("/v1/customers/anna/consents").json()["consents"]
    shop.decides(
        "anna",
        "given",
        "learning",
        "purchases",
        items={"except": ["sleeping"]},
        replaces=consent["consent_id"],
    )
    model = answered(worker, engine)
    shop.product("mat", category="sleeping")
    answered(worker, engine)
    assert products_of(model, "anna") == ["tent"]


def test_where_too_many_leave_at_once_they_are_not_taken_out_one_by_one(
    shop: Byleave, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "_NARROWED_IN_A_REQUEST", 1)
    worker, quick = large(), CurrentLearning(LearningSettings(k=K), at_once_below=0)
    for one in (worker, quick):
        one.learn_anew(engine, a_moment())
    for customer_id in ("anna", "ben"):
        shop.withdraws_all(customer_id)
    assert who(answered(worker, engine)) == set()
    assert who(answered(quick, engine)) == {"cleo", "dora"}
    assert who(learned_in_the_background(worker, engine)) == {"cleo", "dora"}
    told = worker.learn_anew(engine, a_moment())
    assert told.is_exact


def test_what_passes_its_retention_is_out_within_the_hour(shop: Byleave, engine: Engine) -> None:
    """A worker that is asked learns anew in good time; one that was not asked has nothing to say at first."""
    worker, idle = (large(Retention(days={"purchases": 31})) for _ in range(2))
    for one in (worker, idle):
        one.learn_anew(engine, a_moment())
        assert who(answered(one, engine)) == set(CUSTOMERS)
    minute = 1 / 24 / 60
    worker.learn_soon(engine, a_moment(20 * minute))
    assert worker.background is None, "half an hour has not passed"
    learned_in_the_background(worker, engine, 40 * minute)
    assert who(answered(worker, engine, 61 * minute)) == set(CUSTOMERS), "looked at 21 minutes ago"
    assert who(answered(idle, engine, 61 * minute)) == set()
    assert who(learned_in_the_background(worker, engine, 75 * minute)) == set()
    assert worker.learn_anew(engine, a_moment(80 * minute)).is_exact


def test_what_passed_its_retention_since_it_was_learned_makes_no_receipt_inexact(
    shop: Byleave, engine: Engine
) -> None:
    worker, minute = large(Retention(days={"purchases": 31})), 1 / 24 / 60
    worker.learn_anew(engine, a_moment(40 * minute))
    assert who(answered(worker, engine, 70 * minute)) == set(CUSTOMERS)
    told = worker.learn_anew(engine, a_moment(70 * minute))
    assert told.is_exact and told.after != told.now


def test_what_is_new_waits_no_longer_where_purchases_are_kept_for_a_time(
    shop: Byleave, engine: Engine
) -> None:
    """Ten minutes at most, and not at all once it is asked for at another worker."""
    waits, told = (large(Retention(days={"purchases": 60})) for _ in range(2))
    for worker in (waits, told):
        worker.learn_anew(engine, a_moment())
    shop.bought("anna", "lantern", when="2026-06-09T10:00:00Z")
    answered(waits, engine)
    minute = 1 / 24 / 60
    waits.learn_soon(engine, a_moment(9 * minute))
    assert waits.background is None
    assert "lantern" in products_of(learned_in_the_background(waits, engine, 11 * minute), "anna")
    assert shop.http.post("/v1/learning/refresh").is_success
    answered(told, engine)
    assert "lantern" in products_of(learned_in_the_background(told, engine, minute), "anna")


def test_what_passes_its_retention_without_being_learned_from_is_nothing_to_learning(
    shop: Byleave, engine: Engine
) -> None:
    worker = large(Retention(days={"browsing": 31}))
    worker.learn_anew(engine, a_moment())
    worker.learn_soon(engine, a_moment(1 / 24))
    assert worker.background is None
    assert who(answered(worker, engine, 0.5)) == set(CUSTOMERS)


def test_permissions_for_something_else_may_end_all_at_once(
    shop: Byleave, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "_NARROWED_IN_A_REQUEST", 1)
    for customer_id in CUSTOMERS:
        shop.allows(customer_id, "purchases", expires_at="2026-06-11T09:00:00Z")
    worker = large()
    worker.learn_anew(engine, a_moment())
    assert who(answered(worker, engine, 1.5)) == set(CUSTOMERS)


def test_a_purge_tells_workers_whose_purchases_are_gone(shop: Byleave, engine: Engine) -> None:
    worker = large()
    worker.learn_anew(engine, a_moment())
    purge(engine, days=40, retention=Retention(days={"purchases": 60}))
    assert who(answered(worker, engine)) == set()


def test_a_worker_that_is_too_far_behind_learns_anew(
    shop: Byleave, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning_changes, "_EPOCHS_KEPT", 0)
    behind, current = large(), large()
    for one in (behind, current):
        one.learn_anew(engine, a_moment())
    shop.withdraws_all("anna")
    model = answered(current, engine)
    for _ in range(2):
        purge(engine)
        with engine.connect() as connection:
            rows = connection.execute(text("SELECT chain_id FROM learning_changes")).scalars().all()
        assert rows == ["*"]
    assert who(answered(behind, engine)) == set()
    assert answered(current, engine) is model
    shop.withdraws_all("ben")
    assert who(answered(current, engine)) == {"cleo", "dora"}
    assert who(learned_in_the_background(behind, engine)) == {"cleo", "dora"}


def test_changes_that_a_worker_may_need_are_kept(shop: Byleave, engine: Engine) -> None:
    worker = large()
    worker.learn_anew(engine, a_moment())
    shop.withdraws_all("anna")
    purge(engine)
    assert who(answered(worker, engine)) == set(CUSTOMERS) - {"anna"}


def test_if_it_fails_it_says_so_and_is_not_tried_again_at_once(
    shop: Byleave, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = large()
    answered(worker, engine)

    def fail(*_: object, **__: object) -> Model:
        raise OperationalError("", {}, Exception())

    with monkeypatch.context() as patched, capture_logs() as logs:
        patched.setattr(held_learning, "learn", fail)
        assert who(learned_in_the_background(worker, engine)) == set()
        failed = worker.background
    assert [one["event"] for one in logs] == ["learning_failed"]
    worker.learn_soon(engine, a_moment())
    assert worker.background is failed
    monkeypatch.setattr(learning, "monotonic", lambda: float("inf"))
    assert who(learned_in_the_background(worker, engine)) == set(CUSTOMERS)


def test_the_database_gives_it_minutes(engine: Engine) -> None:
    """And only to this transaction. SQLite has no such limit."""
    if engine.dialect.name != "postgresql":
        with long_snapshot(engine) as connection:
            assert connection.execute(text("SELECT 1")).scalar_one() == 1
        return
    for transaction, limit in ((long_snapshot, "10min"), (snapshot, "15s")):
        with transaction(engine) as connection:
            assert connection.execute(text("SHOW statement_timeout")).scalar_one() == limit


def purge(engine: Engine, *, days: float = 0, retention: Retention | None = None) -> None:
    Purge(
        engine=engine,
        clock=Clock(a_moment(days)),
        unpermitted_purchases=Purchases.HOLD,
        hold_days=400,
        use_record_days=400,
        retention=retention or Retention(),
    ).run()
