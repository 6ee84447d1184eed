"""P8's foundation: what was acknowledged is there after `kill -9`, whole, and the chains verify.

`BYLEAVE_TEST_KILLS` says how often the service is killed (`make prove` asks for hundreds).
"""

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx

from consent.ledger import first_bad_entry
from service.db.consent_ledger import read_entries
from service.db.engine import make_engine, snapshot
from tests.byleave import ADMIN_KEY
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
    consent_id = answer.json()["consents"][0]["consent_id"]
    if http.post(f"{path}/{consent_id}/withdraw").status_code == 200:
        acknowledged.withdrawn[consent_id] = customer_id


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


def test_what_was_acknowledged_is_there_after_a_crash(database_url: str, tmp_path: Path) -> None:
    rounds = [Acknowledged(round=number) for number in range(KILLS)]
    with Server(database_url, tmp_path, BYLEAVE_ADMIN_KEY=ADMIN_KEY) as server:
        httpx.put(f"{server.url}/v1/products/ink", json={"title": "Ink"}, headers=HEADERS)
        for acknowledged in rounds:
            work_until_killed(server, acknowledged)
            server.start()
            assert_all_is_there(server, acknowledged)
            assert_every_chain_verifies(database_url, acknowledged)
        for acknowledged in rounds:  # what one round wrote, the kills after it left alone
            assert_all_is_there(server, acknowledged)
    assert sum(len(acknowledged.events) for acknowledged in rounds) > 3 * KILLS
    assert sum(len(acknowledged.withdrawn) for acknowledged in rounds) > KILLS


def assert_all_is_there(server: Server, acknowledged: Acknowledged) -> None:
    with httpx.Client(base_url=server.url, headers=HEADERS, timeout=30) as http:
        consents = {customer_id: _all_consents(http, customer_id) for customer_id in acknowledged.customers}
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


def _statuses_of_repeated_events(http: httpx.Client, events: list[dict[str, Any]]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(events), 999):
        answer = http.post("/v1/events", json={"events": events[start : start + 999]})
        found |= {one["status"] for one in answer.json()["results"]}
    return found


def _all_consents(http: httpx.Client, customer_id: str) -> list[dict[str, Any]]:
    consents: list[dict[str, Any]] = []
    query: dict[str, str] = {}
    while True:
        page = http.get(f"/v1/customers/{customer_id}/consents", params=query).json()
        consents.extend(page["consents"])
        if page["next_cursor"] is None:
            return consents
        query = {"cursor": page["next_cursor"]}


def assert_every_chain_verifies(database_url: str, acknowledged: Acknowledged) -> None:
    engine = make_engine(database_url)
    with snapshot(engine) as connection:
        for customer_id in acknowledged.customers:
            assert first_bad_entry(read_entries(connection, customer_id)) is None
    engine.dispose()
