"""P10 and P3 over several worker processes: who withdraws between planning and sending is not contacted.

Two workers of the shop's mail system ask for each contact while customers withdraw. On PostgreSQL: what several
processes share.
"""

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.byleave import ADMIN_KEY, Stories
from tests.server import Server

CUSTOMERS, WITHIN = 40, 2.0
HEADERS = {"Authorization": f"Bearer {ADMIN_KEY}"}
TODAY = "2026-06-10"


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    settings = {"BYLEAVE_KEY_RATE": "1000000", "BYLEAVE_NOW": f"{TODAY}T12:00:00Z"}
    with Server(database_url, tmp_path, workers=3, BYLEAVE_ADMIN_KEY=ADMIN_KEY, **settings) as running:
        yield running


def customers_who_allow(http: httpx.Client) -> dict[str, str]:
    """Each bought a printer and wants to hear of ink; gives their consents."""
    shop = Stories(http)
    shop.product("printer")
    shop.product("ink", fits=["printer"])
    consents = {}
    for number in range(CUSTOMERS):
        name = f"c-{number:02}"
        consents[name] = shop.allows(name, "contact", "purchases", purpose="reminders")
        shop.tells(name, "contact", channels=["email"])
        shop.bought(name, "printer")
    return consents


def plan(url: str) -> list[dict[str, Any]]:
    body = {"date": TODAY, "channels": ["email"]}
    answer = httpx.post(f"{url}/v1/outreach/plan", json=body, headers=HEADERS, timeout=60)
    assert answer.status_code == 200, answer.text
    contacts: list[dict[str, Any]] = answer.json()["outreach"]
    return contacts


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_nobody_is_contacted_after_her_withdrawal_whichever_worker_answers(server: Server) -> None:
    with httpx.Client(base_url=server.url, headers=HEADERS, timeout=60) as http:
        consents = customers_who_allow(http)
    with ThreadPoolExecutor(3) as at_once:
        plans = list(at_once.map(plan, [server.url] * 3))
    assert plans[0] == plans[1] == plans[2], "planned once, however many plan"
    assert sorted(one["customer_id"] for one in plans[0]) == sorted(consents)

    withdrawn: dict[str, float] = {}
    with ThreadPoolExecutor(4) as withdrawers, ThreadPoolExecutor(6) as senders:
        start = time.monotonic() + 0.2
        asking = sorted((random.random(), number) for number in (*range(CUSTOMERS), *range(CUSTOMERS)))
        asked = [
            senders.submit(ask, server.url, plans[0][number], start + part * WITHIN)
            for part, number in asking
        ]
        for part, customer_id in sorted((random.random(), one) for one in consents):
            when = start + part * WITHIN
            withdrawers.submit(withdraw, server.url, customer_id, consents[customer_id], when, withdrawn)
    told = [one.result() for one in asked]

    assert len(withdrawn) == CUSTOMERS
    went = [customer_id for customer_id, _, go in told if go]
    assert len(went) == len(set(went)), "never two for one contact"
    assert [one for one in told if one[2] and one[1] > withdrawn[one[0]]] == []
    late = {customer_id for customer_id, begun, _ in told if begun > withdrawn[customer_id]}
    assert len(late) > CUSTOMERS / 8 and len(went) > CUSTOMERS / 8, "they met"


def ask(url: str, contact: dict[str, Any], when: float) -> tuple[str, float, bool]:
    """Whose contact, when it was asked for, and whether it was to be sent."""
    time.sleep(max(0.0, when - time.monotonic()))
    begun = time.monotonic()
    path = f"{url}/v1/outreach/{contact['outreach_id']}/outcome"
    answer = httpx.post(path, json={"outcome": "sending"}, headers=HEADERS, timeout=60)
    assert answer.status_code == 200, answer.text
    return contact["customer_id"], begun, answer.json()["go"]


def withdraw(url: str, customer_id: str, consent_id: str, when: float, withdrawn: dict[str, float]) -> None:
    time.sleep(max(0.0, when - time.monotonic()))
    path = f"{url}/v1/customers/{customer_id}/consents/{consent_id}/withdraw"
    answer = httpx.post(path, headers=HEADERS, timeout=60)
    assert answer.status_code == 200, answer.text
    withdrawn[customer_id] = time.monotonic()
