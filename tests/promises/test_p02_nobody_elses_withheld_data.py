"""P2: what others do not allow for learning changes nobody's answer, and what few of them allow stays unseen."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given as for_all
from sqlalchemy import Engine

from service.settings import Clock
from tests.byleave import Byleave
from tests.promises import asked_worlds, readable_worlds, worlds
from tests.promises.asked_worlds import EVERYTHING, answer, store
from tests.promises.readable_worlds import HER, NEVER_SEEN, NOW, OTHERS, World

ANYBODY = (HER, NEVER_SEEN, None)
Queries = Sequence[Mapping[str, Any]]


@pytest.fixture
def workers(database_url: str) -> Iterator[tuple[Byleave, Byleave]]:
    """Each world is asked at a worker of its own, so that none can answer from memory of the other."""
    with asked_worlds.two_workers(database_url) as both:
        yield both


@pytest.fixture(params=[20_000, 0], ids=["learning anew", "taking out"])
def both_ways(database_url: str, request: pytest.FixtureRequest) -> Iterator[tuple[Byleave, Byleave]]:
    """Workers of a small shop, which learn anew at every change, and of a large one, which take people out."""
    with asked_worlds.two_workers(database_url, learn_at_once_below=request.param) as both:
        yield both


def test_what_others_withhold_changes_no_byte_of_anybodys_answer(
    engine: Engine, workers: tuple[Byleave, Byleave]
) -> None:
    """The worlds differ in who else there is, in what they bought but do not let the shop learn from, and
    in why not: never asked, refused, withdrawn, expired, replaced, single use."""
    seen: Counter[str] = Counter()

    @for_all(asked_worlds.some_queries, worlds.two_worlds_of_others())
    def holds(queries: Queries, pair: tuple[World, World]) -> None:
        one, other = (_answers(engine, *asked, queries) for asked in zip(workers, pair, strict=True))
        seen.update(["all", *["differ"] * (pair[0].purchases != pair[1].purchases)])
        seen.update(["learned"] * any(b'"popular"' in told for told in one))
        assert one == other

    holds()
    assert seen["differ"] > 0.9 * seen["all"], seen
    assert seen["learned"] > 0.5 * seen["all"], seen


def test_the_same_others_would_change_the_answer_if_they_allowed_it(
    engine: Engine, workers: tuple[Byleave, Byleave]
) -> None:
    seen: Counter[str] = Counter()
    allowing = {other: [worlds.allowing(other, "learning", "purchases")] for other in OTHERS}

    @worlds.A_PART
    @for_all(worlds.two_worlds_of_others())
    def count(pair: tuple[World, World]) -> None:
        allowed = [replace(world, ledgers={**world.ledgers, **allowing}) for world in pair]
        one, other = (_hers_and_a_visitors(engine, *asked) for asked in zip(workers, allowed, strict=True))
        seen.update(["all", *["for her"] * (one[0] != other[0]), *["for a visitor"] * (one[1] != other[1])])

    count()
    # About half and three quarters of worlds drawn at random; those of one seed are like one another.
    assert seen["for her"] > 0.05 * seen["all"], seen
    assert seen["for a visitor"] > 0.2 * seen["all"], seen


def test_what_fewer_than_k_others_support_is_never_called_popular(
    engine: Engine, workers: tuple[Byleave, Byleave]
) -> None:
    seen: Counter[str] = Counter()

    @for_all(asked_worlds.some_queries, worlds.worlds())
    def holds(queries: Queries, world: World) -> None:
        store(engine, world)
        for customer_id in ANYBODY:
            supporters = _supporters(world, customer_id)
            for query in queries[:2]:
                for product_id in _popular(workers[0], customer_id, query):
                    assert supporters[product_id] >= readable_worlds.K
                    seen.update(["popular"])
            seen.update(["too few"] * any(0 < count < readable_worlds.K for count in supporters.values()))

    holds()
    assert seen["popular"] and seen["too few"], seen


def test_what_she_bought_herself_is_not_what_others_bought(
    engine: Engine, workers: tuple[Byleave, Byleave]
) -> None:
    """She lets the shop learn from her and allows no suggestions: whatever she bought, her answer is the
    same, though a visitor's is not."""
    seen: Counter[str] = Counter()
    only_learning = [worlds.allowing(HER, "learning", "purchases")]

    @worlds.A_PART
    @for_all(worlds.worlds(), worlds.purchases_of(HER))
    def holds(drawn: World, hers: list[readable_worlds.Row]) -> None:
        world = drawn.with_ledger(HER, only_learning)
        of_others = [row for row in world.purchases if row["customer_id"] != HER]
        pair = (world, replace(world, purchases=of_others + hers))
        one, other = (_hers_and_a_visitors(engine, *asked) for asked in zip(workers, pair, strict=True))
        assert one[0] == other[0]
        seen.update(["all", *["for a visitor"] * (one[1] != other[1])])

    holds()
    assert seen["for a visitor"] > 0.3 * seen["all"], seen


def test_the_fifth_supporter_makes_it_popular_for_the_others(byleave: Byleave) -> None:
    byleave.product("paper")
    supporters = ["anna", "ben", "cleo", "dora"]
    for customer_id in supporters:
        _learned_from(byleave, customer_id)
    assert _popular(byleave, None) == []
    _learned_from(byleave, "ella")
    assert _popular(byleave, None) == ["paper"]
    assert _popular(byleave, NEVER_SEEN) == ["paper"]
    for customer_id in [*supporters, "ella"]:
        assert _popular(byleave, customer_id) == []


@pytest.mark.parametrize("asks", [None, NEVER_SEEN, HER])
def test_a_learning_grant_that_runs_out_takes_its_part_along(
    both_ways: tuple[Byleave, Byleave], asks: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written when it does, so no counter moves: the worker must look at the clock."""
    one, other = both_ways
    one.product("paper")
    for customer_id, expires_at in (("anna", None), ("cleo", "2026-06-12T09:00:00Z")):
        _learned_from(one, customer_id, expires_at=expires_at)
    assert _popular(one, asks) == _popular(other, asks) == ["paper"]
    last_moment = NOW + timedelta(days=2) - timedelta(microseconds=1)
    monkeypatch.setattr(Clock, "now", lambda clock: last_moment)
    assert _popular(one, asks) == _popular(other, asks) == ["paper"]
    monkeypatch.setattr(Clock, "now", lambda clock: last_moment + timedelta(microseconds=1))
    assert _popular(one, asks) == _popular(other, asks) == []


@pytest.mark.parametrize("how", ["withdrawn", "all withdrawn", "refused", "revoked", "replaced"])
def test_withdrawing_from_learning_holds_for_the_next_answer_of_every_worker(
    both_ways: tuple[Byleave, Byleave], how: str
) -> None:
    one, other = both_ways
    one.product("paper")
    consents = {id_: _learned_from(one, id_) for id_ in ("anna", "cleo")}
    for asks in (None, NEVER_SEEN):
        assert _popular(one, asks) == _popular(other, asks) == ["paper"]
    if how == "withdrawn":
        one.withdraws("cleo", consents["cleo"])
    elif how == "all withdrawn":
        one.withdraws_all("cleo")
    elif how == "replaced":
        one.allows("cleo", "purchases.date", purpose="learning", replaces=consents["cleo"])
    else:
        one.decides("cleo", how, "learning", "purchases.product")
    for asks in (None, NEVER_SEEN, "anna"):
        assert _popular(other, asks) == _popular(one, asks) == []


def test_allowing_suggestions_is_not_allowing_to_learn(byleave: Byleave) -> None:
    byleave.product("paper")
    for customer_id in ("anna", "ben", "cleo", "dora", "ella", "fred"):
        byleave.bought(customer_id, "paper")
        for purpose in ("recommendations", "reminders", "service", "experience", "assistance"):
            byleave.allows(customer_id, "purchases", purpose=purpose)
    assert _popular(byleave, None) == []


def _learned_from(byleave: Byleave, customer_id: str, **consent: Any) -> str:
    byleave.bought(customer_id, "paper")
    return byleave.allows(customer_id, "purchases.product", purpose="learning", **consent)


def _popular(byleave: Byleave, customer_id: str | None, query: Mapping[str, Any] = EVERYTHING) -> list[str]:
    whose = "" if customer_id is None else f"/customers/{customer_id}"
    items = byleave.http.get(f"/v1{whose}/recommendations", params=dict(query)).json()["items"]
    return [item["product"]["id"] for item in items if item["reason"]["code"] == "popular"]


def _supporters(world: World, but: str | None) -> Counter[str]:
    """Product id -> customers other than `but` who bought and kept it and let the shop learn that."""
    lines: defaultdict[tuple[str, str], list[tuple[date, bool]]] = defaultdict(list)
    for row in world.purchases:
        learned = readable_worlds.readable(world.ledgers[row["customer_id"]], "learning")("purchases", row)
        if "purchases.product" in learned and row["customer_id"] != but:
            day = row["purchased_at"].date() if "purchases.date" in learned else date.min
            lines[row["customer_id"], row["product_id"]].append((day, row["returned"]))
    return Counter(product_id for (_, product_id), of_it in lines.items() if _is_any_kept(of_it))


def _is_any_kept(lines: list[tuple[date, bool]]) -> bool:
    """A return takes back what was bought on that day or before, not what is bought later."""
    left = 0
    for _, returned in sorted(lines):
        left = max(left - 1, 0) if returned else left + 1
    return left > 0


def _answers(engine: Engine, byleave: Byleave, world: World, queries: Queries) -> list[bytes]:
    """Hers, that of a customer never seen, and the visitor's, the last without her own choices."""
    store(engine, world)
    return [answer(byleave, customer_id, query) for customer_id in ANYBODY for query in queries[:2]]


def _hers_and_a_visitors(engine: Engine, byleave: Byleave, world: World) -> list[bytes]:
    store(engine, world)
    return [answer(byleave, customer_id, EVERYTHING) for customer_id in (HER, None)]
