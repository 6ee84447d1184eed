"""A worker takes people out of its model instead of learning anew: what is left is what would be learned now."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from unittest.mock import ANY

import pytest
from sqlalchemy import Engine

from recommender.learning.model import Model
from recommender.learning.settings import LearningSettings
from service.db.engine import snapshot
from service.learning import CurrentLearning
from service.signing import SignedKind
from tests.builders import a_moment
from tests.byleave import Byleave
from tests.conftest import settings_for

K = 2
ANNA = "anna"
OTHERS = ["ben", "cleo", "dora", "eva"]
BASKETS = {ANNA: ["tent", "mat", "lamp"], "ben": ["tent", "mat"], "cleo": ["tent", "mat", "lamp"]} | {
    other: ["tent", "lamp"] for other in ("dora", "eva")
}


@pytest.fixture
def shop(database_url: str) -> Iterator[Byleave]:
    with Byleave(settings_for(database_url, k=K)) as byleave:
        for product_id in ("tent", "mat", "lamp"):
            byleave.product(product_id, category=product_id)
        for customer_id, basket in BASKETS.items():
            for number, product_id in enumerate(basket):
                byleave.bought(
                    customer_id,
                    product_id,
                    when=f"2026-05-{10 + number}T10:00:00Z",
                    id=f"{customer_id}-{product_id}",
                )
            until = {"expires_at": "2026-06-12T09:00:00Z"} if customer_id == "eva" else {}
            byleave.allows(customer_id, "purchases", purpose="learning", **until)
        yield byleave


def a_worker() -> CurrentLearning:
    """One that never learns anew by itself because the shop is small."""
    return CurrentLearning(LearningSettings(k=K), at_once_below=0)


def learned(worker: CurrentLearning, engine: Engine, now: datetime | None = None) -> Model:
    with snapshot(engine) as connection:
        return worker.as_of(connection, now=now or a_moment())


def narrower(shop: Byleave) -> None:
    (consent,) = shop.http.get(f"/v1/customers/{ANNA}/consents").json()["consents"]
    scope = {"items": {"products": ["tent"]}, "replaces": consent["consent_id"]}
    shop.decides(ANNA, "given", "learning", "purchases", **scope)


def corrected(shop: Byleave) -> None:
    assert shop.http.delete(f"/v1/customers/{ANNA}/events/{ANNA}-mat").is_success


LEAVING: dict[str, Callable[[Byleave], object]] = {
    "withdraws": lambda shop: shop.decides(ANNA, "withdrawn", "learning", "purchases"),
    "withdraws everything": lambda shop: shop.withdraws_all(ANNA),
    "narrows it to one product": narrower,
    "restricts": lambda shop: shop.objects(ANNA, "restriction"),
    "is erased": lambda shop: shop.http.delete(f"/v1/customers/{ANNA}"),
    "returns": lambda shop: shop.bought(ANNA, "mat", when="2026-06-01T10:00:00Z", type="return"),
    "has a record corrected": corrected,
    "two of them leave": lambda shop: [shop.withdraws_all(one) for one in (ANNA, "ben")],
}


@pytest.mark.parametrize("leaves", LEAVING.values(), ids=LEAVING)
def test_what_is_left_is_what_would_be_learned_now(
    shop: Byleave, engine: Engine, leaves: Callable[[Byleave], object]
) -> None:
    workers = [a_worker(), a_worker()]
    models = [learned(worker, engine) for worker in workers]
    before = models[0].state()
    leaves(shop)
    for worker, model in zip(workers, models, strict=True):
        assert learned(worker, engine) is model, "nobody learned anew"
        assert model.state() == learned(a_worker(), engine).state() != before


def test_who_takes_back_the_day_is_out_until_it_is_learned_anew(shop: Byleave, engine: Engine) -> None:
    """What rested on the day must not stay, and what rests on no day is something new."""
    worker = a_worker()
    model = learned(worker, engine)
    shop.decides(ANNA, "withdrawn", "learning", "purchases.date")
    assert ANNA not in learned(worker, engine).contributions
    assert model.state() == model.recounted().state()
    worker.learn_anew(engine, a_moment())
    assert ANNA in learned(worker, engine).contributions


def test_a_permission_that_runs_out_takes_its_part_along(shop: Byleave, engine: Engine) -> None:
    worker = a_worker()
    model = learned(worker, engine)
    assert "eva" in model.contributions
    later = a_moment(2)
    assert learned(worker, engine, later) is model
    assert "eva" not in model.contributions
    assert model.recounted().state() == model.state()
    assert learned(worker, engine, later) is model, "and is looked at once"


def test_what_concerns_everybody_is_learned_anew(shop: Byleave, engine: Engine) -> None:
    worker = a_worker()
    model = learned(worker, engine)
    shop.product("mat", category="mat", sensitive=True)
    anew = learned(worker, engine)
    assert anew is not model
    assert "mat" not in anew.products


def test_what_is_new_waits_until_it_is_asked_for(shop: Byleave, engine: Engine) -> None:
    worker = a_worker()
    model = learned(worker, engine)
    shop.bought("ben", "lamp", when="2026-06-02T10:00:00Z")
    assert learned(worker, engine) is model
    assert "lamp" not in {model.products[one] for one in model.contributions.of("ben").products.tolist()}
    told = worker.learn_anew(engine, a_moment())
    assert told.is_exact
    assert told.after != told.now == learned(a_worker(), engine).digest()
    taken_in = learned(worker, engine)
    assert "lamp" in {taken_in.products[one] for one in taken_in.contributions.of("ben").products.tolist()}


def test_who_comes_back_is_learned_from_the_next_time_only(shop: Byleave, engine: Engine) -> None:
    worker = a_worker()
    model = learned(worker, engine)
    shop.withdraws_all(ANNA)
    assert ANNA not in learned(worker, engine).contributions
    shop.allows(ANNA, "purchases", purpose="learning")
    assert ANNA not in learned(worker, engine).contributions
    assert model.state() == model.recounted().state()
    worker.learn_anew(engine, a_moment())
    assert ANNA in learned(worker, engine).contributions
    shop.withdraws_all(ANNA)
    assert ANNA not in learned(worker, engine).contributions


def test_who_is_erased_and_comes_back_is_found_again_when_she_leaves(shop: Byleave, engine: Engine) -> None:
    """She has another chain by then, and the worker was asked nothing in between. What rests on no day is there
    as before, so she is in the model all the while.
    """
    shop.withdraws_all(ANNA)
    shop.allows(ANNA, "purchases.product", purpose="learning")
    worker = a_worker()
    model = learned(worker, engine)
    assert shop.http.delete(f"/v1/customers/{ANNA}").is_success
    shop.allows(ANNA, "purchases.product", purpose="learning")
    for product_id in BASKETS[ANNA]:
        shop.bought(ANNA, product_id, when="2026-06-10T09:01:00Z", id=f"again-{product_id}")
    assert ANNA in learned(worker, engine).contributions
    shop.withdraws_all(ANNA)
    assert ANNA not in learned(worker, engine).contributions
    assert model.state() == learned(a_worker(), engine).state()


def test_a_narrower_grant_that_ends_is_noticed(shop: Byleave, engine: Engine) -> None:
    worker = a_worker()
    model = learned(worker, engine)
    (consent,) = shop.http.get(f"/v1/customers/{ANNA}/consents").json()["consents"]
    until = {"expires_at": "2026-06-11T09:00:00Z", "replaces": consent["consent_id"]}
    shop.decides(ANNA, "given", "learning", "purchases", **until)
    assert ANNA in learned(worker, engine).contributions
    assert learned(worker, engine, a_moment(1)) is model
    assert ANNA not in model.contributions


def test_learning_in_the_background_takes_in_what_waited(shop: Byleave, engine: Engine) -> None:
    worker = a_worker()
    learned(worker, engine)
    shop.bought("ben", "lamp", when="2026-06-02T10:00:00Z")
    learned(worker, engine)
    worker.learn_soon(engine, a_moment())
    assert worker.background is None, "ten minutes have not passed"
    worker.learn_soon(engine, a_moment(0.01))
    assert worker.background is not None
    worker.background.join(30)
    model = learned(worker, engine)
    assert "lamp" in {model.products[one] for one in model.contributions.of("ben").products.tolist()}


def test_the_call_tells_that_nothing_was_left_over(shop: Byleave) -> None:
    shop.visitor_suggestions()
    answer = shop.http.post("/v1/learning/refresh")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["customers"], told["products"], told["exact"]) == (5, 3, True)
    assert told["before"] is None
    assert told["after"] == told["rebuilt"] == told["now"]
    shop.withdraws_all(ANNA)
    again = shop.http.post("/v1/learning/refresh").json()
    assert (again["customers"], again["exact"]) == (4, True)
    assert again["before"] == told["now"] != again["after"] == again["rebuilt"] == again["now"]


def test_the_call_counts_nothing_that_fewer_than_k_stand_behind(shop: Byleave) -> None:
    for customer_id in ("ben", "cleo", "dora"):
        shop.withdraws_all(customer_id)
    told = shop.http.post("/v1/learning/refresh").json()
    assert (told["customers"], told["products"]) == (2, 2), "of the mat there is one buyer left"
    shop.withdraws_all(ANNA)
    told = shop.http.post("/v1/learning/refresh").json()
    assert (told["customers"], told["products"], told["exact"]) == (None, 0, True)


def test_its_receipt_is_signed_and_says_the_same(shop: Byleave) -> None:
    told = shop.http.post("/v1/learning/refresh").json()
    signed = shop.app.state.signing.open(SignedKind.LEARNING, told.pop("receipt"))
    assert json.loads(signed) == told | {"issued_at": ANY}
