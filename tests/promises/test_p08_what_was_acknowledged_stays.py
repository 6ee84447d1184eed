"""P8: what was acknowledged is there after `kill -9`, whole and in order, and the ledger verifies.

What tampering leaves behind is in `test_p08_tampering_shows.py`.
`BYLEAVE_TEST_KILLS` says how often the service is killed (`make prove` asks for hundreds).
"""

import os
import random
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread, current_thread
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, event

from service.db.engine import NotDurable, make_engine
from tests.byleave import ADMIN_KEY, Byleave
from tests.command_line import CommandLine
from tests.conftest import settings_for
from tests.server import Server

KILLS = int(os.environ.get("BYLEAVE_TEST_KILLS", "2"))
CUSTOMERS_A_ROUND = 3
HEADERS = {"Authorization": f"Bearer {ADMIN_KEY}"}


@dataclass(kw_only=True)
class Acknowledged:
    """What the service said that it has, of the customers of one round.

    Consents come in pairs with a notice of their own.
    """

    round: int
    notices: dict[str, str] = field(default_factory=dict)  # notice -> customer
    published: list[dict[str, Any]] = field(default_factory=list)
    withdrawn: dict[str, str] = field(default_factory=dict)  # consent -> customer
    events: list[dict[str, Any]] = field(default_factory=list)
    acts: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    """By shop and customer: kind of act and consent, one after the other."""

    @property
    def customers(self) -> list[str]:
        return [f"c-{self.round}-{number}" for number in range(CUSTOMERS_A_ROUND)]


def a_pair_of_consents(http: httpx.Client, acknowledged: Acknowledged, number: str) -> None:
    customer_id = random.choice(acknowledged.customers)
    notice = {"purposes": ["recommendations"], "locale": "en", "text": f"We ask you, for the time {number}."}
    published = http.post("/v1/notices", json=notice)
    assert published.status_code == 201, published.text
    notice_id = published.json()["notice_id"]
    acknowledged.published.append(published.json())
    decision = {"decision": "given", "purpose": "recommendations", "notice_id": notice_id}
    decisions = [decision | {"data": ["purchases"]}, decision | {"data": ["devices"]}]
    path = f"/v1/customers/{customer_id}/consents"
    answer = http.post(path, json={"decisions": decisions})
    assert answer.status_code == 201, answer.text
    acknowledged.notices[notice_id] = customer_id
    acts = acknowledged.acts[current_thread().name, customer_id]
    acts += [("given", one["consent_id"]) for one in answer.json()["consents"]]
    consent_id = answer.json()["consents"][0]["consent_id"]
    if http.post(f"{path}/{consent_id}/withdraw").status_code == 200:
        acknowledged.withdrawn[consent_id] = customer_id
        acts.append(("withdrawn", consent_id))


def a_few_events(http: httpx.Client, acknowledged: Acknowledged, number: str) -> None:
    events = [
        {
            "id": f"event-{number}-{line}",
            "type": "purchase",
            "customer_id": random.choice(acknowledged.customers),
            "product_id": "ink",
            "occurred_at": "2026-03-03T10:00:00Z",
        }
        for line in range(3)
    ]
    answer = http.post("/v1/events", json={"events": events})
    assert answer.status_code == 200, answer.text
    acknowledged.events.extend(events)


class Shop(Thread):
    """Keeps calling, one number after the other, until the service is no more."""

    def __init__(
        self,
        url: str,
        call: Callable[[httpx.Client, Acknowledged, str], None],
        name: str,
        acknowledged: Acknowledged,
    ) -> None:
        super().__init__(name=name)
        self._call = call
        self._http = httpx.Client(base_url=url, headers=HEADERS, timeout=30)
        self._acknowledged = acknowledged
        self.began = Event()

    def run(self) -> None:
        with self._http:
            for number in range(1_000_000):
                try:
                    self._call(self._http, self._acknowledged, f"{self.name}-{number}")
                except httpx.TransportError:
                    return
                self.began.set()


def work_until_killed(server: Server, acknowledged: Acknowledged) -> None:
    calls = [a_pair_of_consents, a_pair_of_consents, a_few_events, a_few_events]
    shops = [
        Shop(server.url, call, f"{acknowledged.round}-{place}", acknowledged)
        for place, call in enumerate(calls)
    ]
    for shop in shops:
        shop.start()
    for shop in shops:
        assert shop.began.wait(timeout=30)
    time.sleep(random.uniform(0.05, 0.3))
    server.kill()
    for shop in shops:
        shop.join(timeout=30)
        assert not shop.is_alive()


def test_what_was_acknowledged_is_there_after_a_crash(
    database_url: str, command_line: CommandLine, tmp_path: Path
) -> None:
    rounds = [Acknowledged(round=number) for number in range(KILLS)]
    checkpoint = tmp_path / "checkpoint.jsonl"
    with Server(database_url, tmp_path, BYLEAVE_ADMIN_KEY=ADMIN_KEY) as server:
        httpx.put(f"{server.url}/v1/products/ink", json={"title": "Ink"}, headers=HEADERS)
        for acknowledged in rounds:
            checkpoint.write_text(command_line("checkpoint").stdout, "utf-8")
            work_until_killed(server, acknowledged)
            server.start()
            assert_all_is_there(server, acknowledged)
            verified = command_line("verify", "--checkpoint", str(checkpoint))
            assert verified.exit_code == 0, verified.output
        for acknowledged in rounds:  # what one round wrote, the kills after it left alone
            assert_all_is_there(server, acknowledged)
    assert sum(len(acknowledged.events) for acknowledged in rounds) > 3 * KILLS
    assert sum(len(acknowledged.withdrawn) for acknowledged in rounds) > KILLS


def assert_all_is_there(server: Server, acknowledged: Acknowledged) -> None:
    with httpx.Client(base_url=server.url, headers=HEADERS, timeout=30) as http:
        consents = {customer_id: _all_consents(http, customer_id) for customer_id in acknowledged.customers}
        history = {customer_id: _history(http, customer_id) for customer_id in acknowledged.customers}
        for notice in acknowledged.published:
            assert http.get(f"/v1/notices/{notice['notice_id']}").json() == notice
        statuses = _statuses_of_repeated_events(http, acknowledged.events)
    recorded = [(one["notice_id"], customer_id) for customer_id, all_ in consents.items() for one in all_]
    for notice_id, customer_id in acknowledged.notices.items():
        assert recorded.count((notice_id, customer_id)) == 2
    for notice in set(recorded):
        assert recorded.count(notice) == 2, "never one of two decisions"
    states = {one["consent_id"]: one["state"] for all_ in consents.values() for one in all_}
    assert {states[consent_id] for consent_id in acknowledged.withdrawn} <= {"withdrawn"}
    assert statuses <= {"duplicate"}
    for (_, customer_id), acts in acknowledged.acts.items():
        places = [history[customer_id].index(act) for act in acts]
        assert places == sorted(places), "in the order in which they were answered"


def _statuses_of_repeated_events(http: httpx.Client, events: list[dict[str, Any]]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(events), 999):
        answer = http.post("/v1/events", json={"events": events[start : start + 999]})
        found |= {one["status"] for one in answer.json()["results"]}
    return found


def _all_consents(http: httpx.Client, customer_id: str) -> list[dict[str, Any]]:
    return _all_pages(http, f"/v1/customers/{customer_id}/consents", "consents")


def _history(http: httpx.Client, customer_id: str) -> list[tuple[str, str]]:
    """Her ledger, as kind of act and consent."""
    events = _all_pages(http, f"/v1/customers/{customer_id}/consents/history", "events")
    assert [one["position"] for one in events] == list(range(1, len(events) + 1))
    return [(one["event"], one["consent_id"]) for one in events]


def _all_pages(http: httpx.Client, path: str, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    query: dict[str, str] = {}
    while True:
        page = http.get(path, params=query).json()
        found.extend(page[name])
        if page["next_cursor"] is None:
            return found
        query = {"cursor": page["next_cursor"]}


@pytest.mark.parametrize(
    ("database_url", "careless"),
    [("sqlite", "PRAGMA synchronous = NORMAL"), ("postgresql", "SET synchronous_commit = off")],
    indirect=["database_url"],
)
def test_it_does_not_start_on_a_database_that_may_lose_what_was_acknowledged(
    database_url: str, careless: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless_engine(url: str) -> Engine:
        engine = make_engine(url)

        @event.listens_for(engine, "connect")
        def _be_careless(connection: Any, _: object) -> None:
            connection.cursor().execute(careless)
            connection.commit()

        return engine

    monkeypatch.setattr("service.app.make_engine", careless_engine)
    with pytest.raises(NotDurable, match="must run with"), Byleave(settings_for(database_url)):
        pass


def test_a_ledger_is_only_ever_appended_to(byleave: Byleave, engine: Engine) -> None:
    """Whatever she does, no statement changes or deletes an event, and what was recorded stays to the letter."""
    statements: list[str] = []
    event.listen(
        byleave.app.state.engine,
        "before_cursor_execute",
        lambda _, __, statement, *___: statements.append(statement),
    )
    seen: list[dict[str, Any]] = []
    byleave.product("printer")
    byleave.bought("anna", "printer")
    for act in (
        lambda: byleave.allows("anna", "purchases", notice_id=byleave.publishes()),
        lambda: byleave.decides("anna", "refused", "reminders", "contact"),
        lambda: byleave.publishes(material_change=True),
        lambda: byleave.allows("anna", "purchases", uses=1),
        lambda: byleave.http.post(
            "/v1/customers/anna/recommendations", json={}, headers={"Idempotency-Key": "one"}
        ),
        lambda: byleave.lifts("anna", byleave.objects("anna", "profiling")),
        lambda: byleave.withdraws_all("anna"),
    ):
        act()
        history = byleave.http.get("/v1/customers/anna/consents/history?limit=100").json()["events"]
        assert history[: len(seen)] == seen
        seen = history
    assert len({one["event"] for one in seen}) == 6, "given, refused, consumed, objected, lifted, withdrawn"
    changing = [one for one in statements if one.startswith(("UPDATE", "DELETE"))]
    assert changing
    assert [one for one in changing if "consent_events" in one.split("WHERE")[0]] == []
