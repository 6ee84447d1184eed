"""P3: once a withdrawal is answered 200, every worker answers as if she had never allowed it."""

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from threading import Event, Thread
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from consent.events import ConsentEvent, EventKind
from consent.vocabulary import FIELD_CODES, PURPOSE_CODES
from service.collecting import delete_what_nothing_permits
from service.db.engine import write_transaction
from service.settings import Purchases
from tests.builders import an_event, ledger
from tests.byleave import Byleave
from tests.promises import asked_worlds, readable_worlds, worlds
from tests.promises.asked_worlds import store
from tests.promises.readable_worlds import HER, World

STANDING = f"con_{HER}_recommendations_standing"


@pytest.fixture
def workers(database_url: str) -> Iterator[tuple[Byleave, Byleave]]:
    with asked_worlds.two_workers(database_url) as both:
        yield both


# How she takes back what STANDING allows, or a part of it: the words over HTTP, and what they come to.

some_data = st.sampled_from(
    [
        ("purchases",),
        ("purchases.product",),
        ("purchases.date",),
        ("devices",),
        ("purchases", "devices"),
        ("purchases", "browsing"),
        ("browsing.views",),
    ]
)
ways = ("withdraw", "withdraw-all", "refused", "revoked", "withdrawn", "replaced")
acts = st.tuples(st.sampled_from(ways), some_data)
Act = tuple[str, tuple[str, ...]]


def _do(byleave: Byleave, act: Act) -> None:
    how, data = act
    if how == "withdraw":
        assert byleave.withdraws(HER, STANDING)["state"] == "withdrawn"
    elif how == "withdraw-all":
        byleave.withdraws_all(HER)
    elif how == "replaced":
        byleave.allows(HER, *data, replaces=STANDING)
    else:
        byleave.decides(HER, how, "recommendations", *data)


def _what_it_comes_to(act: Act, standing: ConsentEvent) -> list[ConsentEvent]:
    how, data = act
    if how == "withdraw":
        return [replace(standing, kind=EventKind.WITHDRAWN)]
    if how == "withdraw-all":
        return [
            an_event(EventKind.WITHDRAWN, *FIELD_CODES, purpose=purpose, customer_id=HER)
            for purpose in sorted(PURPOSE_CODES)
        ]
    kind = EventKind.GIVEN if how == "replaced" else EventKind(how)
    replaces = STANDING if how == "replaced" else None
    return [an_event(kind, *data, customer_id=HER, consent_id="con_new", replaces=replaces)]


@st.composite
def worlds_with_a_standing_consent(draw: st.DrawFn) -> World:
    world = draw(worlds.worlds(narrowed=False))
    data = draw(
        st.sampled_from(
            [
                ("purchases", "devices"),
                ("purchases",),
                ("purchases", "devices.product"),
                ("purchases", "devices", "browsing"),
                ("purchases.product", "browsing"),
            ]
        )
    )
    standing = replace(worlds.allowing(HER, "recommendations", *data), consent_id=STANDING)
    return world.with_ledger(HER, [*world.ledgers[HER], standing])


def test_every_way_of_taking_back_holds_for_the_next_answer_of_every_worker(
    engine: Engine, workers: tuple[Byleave, Byleave]
) -> None:
    """The answer is that of a shop in which she never allowed it, though all else was the same."""
    one, other = workers
    seen: Counter[str] = Counter()

    @worlds.ENOUGH_FOR_EACH_KIND
    @for_all(asked_worlds.some_queries, worlds_with_a_standing_consent(), acts)
    def holds(queries: Sequence[dict[str, Any]], world: World, act: Act) -> None:
        queries = [query for query in queries if "personalised" not in query][:2]
        store(engine, world)
        before = [_told(byleave, asked_worlds.EVERYTHING) for byleave in workers]
        _do(one, act)
        after = [[_told(byleave, query) for query in queries] for byleave in (other, one)]
        never_allowed = _in_which_she_never_allowed_it(world, act)
        store(engine, never_allowed)
        # A shop in which she never allowed it has never kept what only that would have let it keep, and no
        # shop ever keeps what nothing permits.
        _delete_what_nothing_permits(engine, world.ledgers[HER])
        _delete_what_nothing_permits(engine, never_allowed.ledgers[HER])
        never = [_told(one, query) for query in queries]
        assert after == [never, never]
        changed = before[0]["items"] != never[0]["items"]
        seen.update(["all", act[0], *["changed"] * changed])
        seen.update(["still personal"] * any(answer["personalised"] for answer in never))

    holds()
    assert seen["changed"] > 0.5 * seen["all"], seen
    assert seen["still personal"] > 0.05 * seen["all"], seen
    assert all(seen[way] for way in ways), seen


def _delete_what_nothing_permits(engine: Engine, events: Sequence[ConsentEvent]) -> None:
    with write_transaction(engine) as connection:
        delete_what_nothing_permits(
            connection, HER, events, readable_worlds.NOW, unpermitted_purchases=Purchases.HOLD
        )


def _in_which_she_never_allowed_it(world: World, act: Act) -> World:
    """The same data, and no grant for suggestions but for what may be read after the act."""
    standing = world.ledgers[HER][-1]
    events = ledger(*world.ledgers[HER], *_what_it_comes_to(act, standing))
    anything = {"product_id": "thing-1", "order_id": None, "purchased_at": readable_worlds.NOW}
    left = readable_worlds.readable(events, "recommendations")
    tables = (*readable_worlds.COLUMNS, *readable_worlds.TOLD)
    fields = {field for table in tables for field in left(table, anything)}
    never = [one for one in world.ledgers[HER] if one.scope.purpose != "recommendations"]
    if act[0] == "withdraw-all":
        never = []
    if fields:
        never.append(worlds.allowing(HER, "recommendations", *sorted(fields)))
    return world.with_ledger(HER, never)


def _told(byleave: Byleave, query: Mapping[str, Any]) -> dict[str, Any]:
    """What the promise speaks of; the consent behind a fact is another one in another history."""
    answer = byleave.suggestions(HER, **query)
    for item in answer["items"]:
        for fact in item["reason"]["facts"]:
            fact["consent"] = fact["consent"] and "some consent"
    return {
        "items": answer["items"],
        "personalised": answer["personalised"],
        "used": [one["field"] for one in answer["data_used"]],
    }


# One story told closely: what is on its way, and many at once.


@pytest.fixture
def her_printer(workers: tuple[Byleave, Byleave]) -> str:
    """She has a printer and allows the shop to use that; gives the consent."""
    one, _ = workers
    one.product("printer")
    one.product("ink", fits=["printer"])
    one.bought(HER, "printer")
    return one.allows(HER, "purchases")


def test_a_request_on_its_way_may_finish_and_the_next_is_clean(
    workers: tuple[Byleave, Byleave], her_printer: str
) -> None:
    one, other = workers
    before = _told(one, {})
    assert before["personalised"]

    withdrawn: list[str] = []

    def withdraw_meanwhile(_: Any, __: Any, statement: str, *___: Any) -> None:
        if "FROM purchases" in statement and not withdrawn:
            withdrawn.append(other.withdraws(HER, her_printer)["state"])

    event.listen(one.app.state.engine, "before_cursor_execute", withdraw_meanwhile)
    assert _told(one, {}) == before
    assert withdrawn == ["withdrawn"]
    for byleave in (one, other):
        assert not _told(byleave, {})["personalised"]
        assert b"Fits your" not in _bytes(byleave)


def test_no_answer_begun_after_the_withdrawal_is_personal_however_many_are_asked_for(
    workers: tuple[Byleave, Byleave], her_printer: str
) -> None:
    """Two workers answer without pause while she allows and withdraws at one of them, again and again."""
    one, other = workers
    answers: list[tuple[float, bool]] = []  # When it was asked for, and whether it was personal.
    stop = Event()

    def ask(byleave: Byleave) -> None:
        while not stop.is_set():
            begun = time.monotonic()
            answers.append((begun, json.loads(_bytes(byleave))["personalised"]))

    def begun_since(moment: float) -> list[bool]:
        """Of those that were begun since, the first ten to be answered."""
        patience = moment + 30
        while time.monotonic() < patience:
            found = [personalised for begun, personalised in answers if begun > moment]
            if len(found) >= 10:
                return found
            time.sleep(0.01)
        raise AssertionError("nobody answers")

    askers = [Thread(target=ask, args=(byleave,)) for byleave in (one, other, other)]
    for asker in askers:
        asker.start()
    try:
        consent = her_printer
        for _ in range(8):
            assert any(begun_since(time.monotonic()))
            one.withdraws(HER, consent)
            assert not any(begun_since(time.monotonic()))
            consent = one.allows(HER, "purchases")
    finally:
        stop.set()
        for asker in askers:
            asker.join()


def _bytes(byleave: Byleave) -> bytes:
    return byleave.http.get(f"/v1/customers/{HER}/recommendations").content
