"""P7 over several worker processes that are killed in the middle: what left, left by a use, and by one alone.

`BYLEAVE_TEST_KILLS` says how often the service is killed (`make prove` asks for hundreds).
"""

import json
import os
import random
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

import httpx

from tests.byleave import ADMIN_KEY, Stories
from tests.server import Server

KILLS = int(os.environ.get("BYLEAVE_TEST_KILLS", "2"))
AT_ONCE, WORKERS, CUSTOMERS, USES = 50, 2, 2, 15
HEADERS = {"Authorization": f"Bearer {ADMIN_KEY}"}
Call = tuple[str, str]
"""A customer and the key of a call."""


@dataclass(kw_only=True)
class Left:
    """All that ever left the service, by call, and the calls that were cut off."""

    bodies: dict[Call, set[bytes]] = field(default_factory=lambda: defaultdict(set))
    cut_off: set[Call] = field(default_factory=set)
    lock: Lock = field(default_factory=Lock)

    def note(self, call: Call, answer: httpx.Response) -> None:
        with self.lock:
            self.bodies[call].add(answer.content)

    def personal_ids(self, customer_id: str) -> set[str]:
        """The answers that rest on her data."""
        hers = [body for (whose, _), bodies in self.bodies.items() if whose == customer_id for body in bodies]
        return {json.loads(body)["recommendation_id"] for body in hers if _rests_on_hers(body)}

    def worth_a_retry(self, customer_id: str) -> list[Call]:
        """Of her calls that were cut off, and of those by which something left that rests on her data, some."""
        personal = {call for call, bodies in self.bodies.items() if any(map(_rests_on_hers, bodies))}
        hers = [
            [call for call in sorted(calls) if call[0] == customer_id] for calls in (self.cut_off, personal)
        ]
        return [call for calls in hers for call in random.sample(calls, min(len(calls), 12))]


class Asker(Thread):
    """Asks without pause until the service is no more: with a new key, or again with one of before."""

    def __init__(self, url: str, number: int, customers: list[str], left: Left) -> None:
        super().__init__(name=f"asker-{number}")
        self._http = httpx.Client(base_url=url, headers=HEADERS, timeout=30)
        self._customers = customers
        self._left = left
        self._random = random.Random(f"{customers} {number}")
        self.answered = Event()
        self.refused: set[int] = set()

    def run(self) -> None:
        with self._http:
            for number in range(1_000_000):
                call = self._call(number)
                try:
                    answer = ask(self._http, call)
                except httpx.TransportError:
                    with self._left.lock:
                        self._left.cut_off.add(call)
                    return
                self._note(call, answer)

    def _call(self, number: int) -> Call:
        """Half of the calls are retries, most of them of somebody else's call, which may be on its way."""
        customer_id = self._random.choice(self._customers)
        if self._random.random() < 0.5:
            return customer_id, f"{customer_id}-shared-{self._random.randrange(USES)}"
        return customer_id, f"{customer_id}-{self.name}-{number}"

    def _note(self, call: Call, answer: httpx.Response) -> None:
        if answer.status_code == 200:
            self._left.note(call, answer)
            self.answered.set()
        else:
            self.refused.add(answer.status_code)


def _rests_on_hers(body: bytes) -> bool:
    answer = json.loads(body)
    assert answer["personalised"] == bool(answer["data_used"])
    return bool(answer["data_used"])


def ask(http: httpx.Client, call: Call) -> httpx.Response:
    customer_id, key = call
    return http.post(
        f"/v1/customers/{customer_id}/recommendations", json={"limit": 3}, headers={"Idempotency-Key": key}
    )


def test_no_kill_lets_more_answers_out_than_she_allowed(database_url: str, tmp_path: Path) -> None:
    cut_off = left_at_once = left_afterwards = 0
    environment = {"BYLEAVE_ADMIN_KEY": ADMIN_KEY, "BYLEAVE_KEY_RATE": "1000000"}
    with Server(database_url, tmp_path, workers=WORKERS, **environment) as server:
        stock(server)
        for number in range(KILLS):
            consents = dict(grants(server, number))
            left = Left()
            ask_until_killed(server, number, list(consents), left)
            server.start()
            before = {customer_id: len(left.personal_ids(customer_id)) for customer_id in consents}
            for customer_id, consent_id in consents.items():
                assert_once_meant_once(server, customer_id, consent_id, left)
            cut_off += len(left.cut_off)
            left_at_once += sum(before.values())
            left_afterwards += sum(len(left.personal_ids(one)) - before[one] for one in consents)
    assert cut_off > 10 * KILLS, "the kill came in the middle"
    assert left_at_once > KILLS, "and answers had left before it"
    assert left_afterwards > KILLS // 10, "and not all of them"


def stock(server: Server) -> None:
    with httpx.Client(base_url=server.url, headers=HEADERS, timeout=30) as http:
        shop = Stories(http)
        shop.product("printer")
        shop.product("ink", fits=["printer"])
        shop.product("paper", featured_rank=1)


def grants(server: Server, number: int) -> Iterator[tuple[str, str]]:
    """Customers of this round, each with a consent that is good for a few answers."""
    with httpx.Client(base_url=server.url, headers=HEADERS, timeout=30) as http:
        shop = Stories(http)
        for place in range(CUSTOMERS):
            customer_id = f"c-{number}-{place}"
            shop.bought(customer_id, "printer", id=f"event-{customer_id}")
            yield customer_id, shop.allows(customer_id, "purchases", uses=USES)


def ask_until_killed(server: Server, number: int, customers: list[str], left: Left) -> None:
    askers = [Asker(server.url, place, customers, left) for place in range(AT_ONCE)]
    for asker in askers:
        asker.start()
    patience = time.monotonic() + 30
    while not any(asker.answered.is_set() for asker in askers) and time.monotonic() < patience:
        time.sleep(0.005)
    time.sleep(random.Random(number).uniform(0, 0.3))
    server.kill()
    for asker in askers:
        asker.join(timeout=60)
        assert not asker.is_alive()
    # A database that is too busy says so; nothing else may go wrong.
    assert set().union(*(asker.refused for asker in askers)) <= {503}


def assert_once_meant_once(server: Server, customer_id: str, consent_id: str, left: Left) -> None:
    """After the restart: what had left, what is fetched again, and what is asked for anew."""
    with httpx.Client(base_url=server.url, headers=HEADERS, timeout=30) as http:
        assert_it_agrees(http, customer_id, consent_id, left)
        for call in left.worth_a_retry(customer_id):
            assert_the_same_or_gone(http, call, left)
        assert_it_agrees(http, customer_id, consent_id, left)
        for number in range(uses_left(http, customer_id, consent_id) + 1):
            assert_the_same_or_gone(http, (customer_id, f"{customer_id}-last-{number}"), left)
        assert_it_agrees(http, customer_id, consent_id, left)
        assert uses_left(http, customer_id, consent_id) == 0


def assert_it_agrees(http: httpx.Client, customer_id: str, consent_id: str, left: Left) -> None:
    """No more left than she allowed, each by a use that is in her ledger; a use more may have been cut off."""
    ids = left.personal_ids(customer_id)
    assert len(ids) <= USES
    assert uses_left(http, customer_id, consent_id) <= USES - len(ids)
    history = http.get(f"/v1/customers/{customer_id}/consents/history").json()["events"]
    used = [one["shown"] for one in history if one["event"] == "consumed"]
    assert ids <= set(used)
    assert len(used) == len(set(used)) == USES - uses_left(http, customer_id, consent_id)


def assert_the_same_or_gone(http: httpx.Client, call: Call, left: Left) -> None:
    answer = ask(http, call)
    if answer.status_code == 409:
        assert answer.json()["code"] == "replay_gone"
        return
    assert answer.status_code == 200, answer.text
    left.note(call, answer)
    assert len(left.bodies[call]) == 1, "one key, one answer"


def uses_left(http: httpx.Client, customer_id: str, consent_id: str) -> int:
    consents: list[dict[str, Any]] = http.get(f"/v1/customers/{customer_id}/consents").json()["consents"]
    (left,) = [one["uses_left"] for one in consents if one["consent_id"] == consent_id]
    assert isinstance(left, int)
    return left
