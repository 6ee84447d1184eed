"""P3 over several worker processes under load: a withdrawal every 40 ms (as far as the machine keeps up), while
clients keep asking.

`BYLEAVE_TEST_SECONDS` says for how long (`make prove` asks for more). On PostgreSQL: what several processes share.
"""

import os
import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import httpx
import pytest

from tests.byleave import ADMIN_KEY, Stories
from tests.server import Server

SECONDS = float(os.environ.get("BYLEAVE_TEST_SECONDS", "3"))
WORKERS, ASKERS, EVERY = 3, 6, 0.04
HEADERS = {"Authorization": f"Bearer {ADMIN_KEY}"}
ANYTIME = 3
"""How many of those who withdraw next are asked about, next to those who just have."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """One answer: whose, when it was asked for, and whether anything of hers shows in it."""

    customer: int
    begun: float
    uses_her_data: bool


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    rate = {"BYLEAVE_KEY_RATE": "1000000"}
    with Server(database_url, tmp_path, workers=WORKERS, BYLEAVE_ADMIN_KEY=ADMIN_KEY, **rate) as running:
        yield running


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_no_answer_begun_after_a_withdrawal_uses_the_data_whichever_worker_gives_it(server: Server) -> None:
    consents = customers_who_allow(server, round(SECONDS / EVERY))
    withdrawn: dict[int, float] = {}
    over = Event()
    with ThreadPoolExecutor(ASKERS) as askers, ThreadPoolExecutor(4) as withdrawers:
        asking = [
            askers.submit(ask_until, over, server.url, len(consents), withdrawn, by_key=number % 3 == 0)
            for number in range(ASKERS)
        ]
        try:
            start = time.monotonic() + 0.5
            list(
                withdrawers.map(
                    lambda place: withdraw_at(start + place * EVERY, server.url, place, consents, withdrawn),
                    range(len(consents)),
                )
            )
            time.sleep(0.3)
        finally:
            over.set()
    answers = [answer for each in asking for answer in each.result()]
    after = [one for one in answers if one.begun > withdrawn[one.customer]]
    assert [one for one in after if one.uses_her_data] == []
    assert len(withdrawn) == len(consents)
    assert_they_met(answers, after, withdrawn)


def assert_they_met(
    answers: Sequence[Answered], after: Sequence[Answered], withdrawn: dict[int, float]
) -> None:
    """Otherwise nothing was shown: many had their data used before, and were answered right after."""
    used = {one.customer for one in answers if one.uses_her_data}
    at_once = {one.customer for one in after if one.begun < withdrawn[one.customer] + 0.25}
    assert len(used & at_once) > len(withdrawn) / 4, (len(used), len(at_once), len(answers))


def customers_who_allow(server: Server, how_many: int) -> list[str]:
    """Each has a printer and allows the shop to use that; gives their consents."""
    with httpx.Client(base_url=server.url, headers=HEADERS, timeout=30) as http:
        shop = Stories(http)
        shop.product("printer")
        shop.product("ink", fits=["printer"])
        consents = []
        for number in range(how_many):
            shop.bought(f"c-{number}", "printer")
            consents.append(shop.allows(f"c-{number}", "purchases"))
    return consents


def withdraw_at(
    moment: float, url: str, place: int, consents: Sequence[str], withdrawn: dict[int, float]
) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))
    path = f"{url}/v1/customers/c-{place}/consents/{consents[place]}/withdraw"
    answer = httpx.post(path, headers=HEADERS, timeout=30)
    assert answer.status_code == 200, answer.text
    withdrawn[place] = time.monotonic()


def ask_until(
    over: Event, url: str, how_many: int, withdrawn: dict[int, float], *, by_key: bool
) -> list[Answered]:
    """Each time a connection of its own, so that any worker may answer; with `by_key`, stored answers too."""
    found: list[Answered] = []
    limits = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(base_url=url, headers=HEADERS, timeout=30, limits=limits) as http:
        while not over.is_set():
            newest = len(withdrawn)
            customer = min(max(random.randint(newest - ANYTIME, newest + ANYTIME), 0), how_many - 1)
            found.append(_ask(http, customer, by_key=by_key))
    return found


def _ask(http: httpx.Client, customer: int, *, by_key: bool) -> Answered:
    path, begun = f"/v1/customers/c-{customer}/recommendations", time.monotonic()
    if by_key:
        answer = http.post(path, json={"limit": 3}, headers={"Idempotency-Key": f"key-{customer}"})
    else:
        answer = http.get(path, params={"limit": 3})
    if answer.status_code == 409:
        assert answer.json()["code"] == "replay_gone"
        return Answered(customer=customer, begun=begun, uses_her_data=False)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    uses_her_data = bool(told["personalised"] or told["data_used"] or b"Fits your" in answer.content)
    return Answered(customer=customer, begun=begun, uses_her_data=uses_her_data)
