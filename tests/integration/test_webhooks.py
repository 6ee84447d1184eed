"""Webhooks: every change, in order, signed, at least once, whatever the receiver and this service go through."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, delete, update
from sqlmodel import col

from service import webhooks
from service.db.changes import add_erasure_change
from service.db.engine import write_transaction
from service.db.feed_tables import WebhookDelivery
from service.db.registry_tables import ConsentChain, ConsentEventRow
from tests.byleave import ADMIN_KEY, Byleave, Stories
from tests.command_line import CommandLine
from tests.conftest import settings_for
from tests.receiver import SECRET, Receiver, is_genuine, wait_until
from tests.server import Server


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests do not wait as long as shops do."""
    monkeypatch.setattr(webhooks, "_POLL_SECONDS", 0.05)
    monkeypatch.setattr(webhooks, "pause_after", lambda failures: 0.05)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def sending(database_url: str, receiver: Receiver) -> Iterator[Byleave]:
    with Byleave(with_webhooks(database_url, receiver)) as running:
        yield running


def with_webhooks(database_url: str, receiver: Receiver) -> Any:
    return settings_for(database_url, webhook_url=f"{receiver.url}/hook", webhook_secret=SECRET)


def feed(byleave: Stories) -> list[dict[str, Any]]:
    changes: list[dict[str, Any]] = byleave.http.get("/v1/changes", params={"limit": 1000}).json()["changes"]
    return changes


def test_every_change_is_sent_signed_and_in_order(sending: Byleave, receiver: Receiver) -> None:
    consent_id = sending.allows("anna", "purchases", locale="zh-Hans")
    sending.decides("ben", "refused", "learning", "devices")
    sending.withdraws("anna", consent_id)
    receiver.wait_for(3)
    assert [one["data"] for one in receiver.bodies()] == feed(sending)
    assert [one["type"] for one in receiver.bodies()] == [
        "consent.given",
        "consent.refused",
        "consent.withdrawn",
    ]
    assert len(set(receiver.ids())) == 3
    for request, body in zip(receiver.requests, receiver.bodies(), strict=True):
        assert is_genuine(request)
        assert not is_genuine(request | {"body": request["body"].replace("anna", "ANNA") + " "})
        assert abs(int(request["headers"]["webhook-timestamp"]) - time.time()) < 60
        assert "." not in request["headers"]["webhook-id"]
        assert request["path"] == "/hook"
        assert body["timestamp"] == body["data"]["recorded_at"]


def test_what_was_there_before_and_what_is_erased_is_sent_too(
    byleave: Byleave, database_url: str, engine: Engine, receiver: Receiver
) -> None:
    byleave.allows("anna", "purchases")
    [change] = feed(byleave)
    of_anna = col(ConsentEventRow.chain_id) == change["chain_id"]
    with write_transaction(engine) as connection:
        connection.execute(delete(ConsentEventRow).where(of_anna))
        connection.execute(delete(ConsentChain))
        add_erasure_change(connection, change["chain_id"])
    with Byleave(with_webhooks(database_url, receiver)):
        receiver.wait_for(2)
    assert [one["type"] for one in receiver.bodies()] == ["consent.erased", "customer.erased"]
    assert all("anna" not in one["body"] for one in receiver.requests)
    assert all(is_genuine(one) for one in receiver.requests)


@pytest.mark.parametrize("refusal", [500, 404, 410, 302, 307])
def test_what_is_not_taken_comes_again_under_its_id_and_nothing_behind_it_before(
    sending: Byleave, receiver: Receiver, refusal: int
) -> None:
    receiver.answer = lambda number: refusal if number in (2, 3, 4) else 200
    for customer_id in ("anna", "ben", "carla"):
        sending.allows(customer_id, "purchases")
    receiver.wait_for(6)
    told = [one["data"]["customer_id"] for one in receiver.bodies()]
    assert told == ["anna", "ben", "ben", "ben", "ben", "carla"]
    assert len(set(receiver.ids())) == 3
    assert len({one["headers"]["webhook-id"] for one in receiver.requests[1:5]}) == 1
    assert {one["path"] for one in receiver.requests} == {"/hook"}, "redirects are not followed"


def test_a_receiver_that_was_away_gets_all_of_it_when_it_is_back(
    database_url: str, receiver: Receiver, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Receiver() as gone:
        pass
    with Byleave(with_webhooks(database_url, gone)) as sending:
        for number in range(5):
            sending.allows(f"c-{number}", "purchases")
        wait_until(lambda: webhooks.delivery_so_far(sending.app.state.engine)[0].failures > 1)
        monkeypatch.setenv("BYLEAVE_WEBHOOK_URL", f"{gone.url}/a-secret-path?token=secret")
        monkeypatch.setenv("BYLEAVE_WEBHOOK_SECRET", SECRET)
        said = command_line("webhooks").stdout
        assert "127.0.0.1" in said
        assert "ConnectError" in said
        assert "secret" not in said
        with Receiver(gone.port) as back:
            back.wait_for(5)
            assert [one["data"] for one in back.bodies()] == feed(sending)
            wait_until(lambda: webhooks.delivery_so_far(sending.app.state.engine)[0].failures == 0)
        assert "; 0 behind." in command_line("webhooks").stdout


def test_without_settings_nothing_is_sent_and_the_command_says_so(command_line: CommandLine) -> None:
    assert command_line("webhooks").stdout == "No webhooks: BYLEAVE_WEBHOOK_URL is not set.\n"


def test_requests_do_not_wait_for_a_receiver_that_does_not_answer(
    sending: Byleave, receiver: Receiver
) -> None:
    receiver.answer = lambda number: None
    sending.allows("anna", "purchases")
    receiver.wait_for(1)
    began = time.monotonic()
    for number in range(10):
        sending.withdraws("anna", sending.allows("anna", "purchases"))
        sending.suggestions(f"c-{number}")
    assert time.monotonic() - began < webhooks.TRY_SECONDS / 2
    assert len(receiver.requests) == 1, "nothing behind it before it was taken"


def test_of_several_that_could_send_one_does(database_url: str, receiver: Receiver) -> None:
    settings = with_webhooks(database_url, receiver)
    with Byleave(settings) as one, Byleave(settings) as other, Byleave(settings):
        for number in range(10):
            (one, other)[number % 2].allows(f"c-{number}", "purchases")
        receiver.wait_for(10)
        time.sleep(0.3)
        assert [body["data"] for body in receiver.bodies()] == feed(one)


def test_when_the_one_that_sends_is_stopped_another_one_goes_on(
    database_url: str, receiver: Receiver
) -> None:
    settings = with_webhooks(database_url, receiver)
    with Byleave(settings) as one:
        one.allows("anna", "purchases")
        wait_until(lambda: all_is_acknowledged(one))
    with Byleave(settings) as other:
        other.allows("ben", "purchases")
        receiver.wait_for(2, seconds=5)
        assert [body["data"]["customer_id"] for body in receiver.bodies()] == ["anna", "ben"]


def test_killed_between_sending_and_acknowledgement_it_sends_again_under_the_same_id(
    database_url: str, engine: Engine, receiver: Receiver, tmp_path: Path
) -> None:
    receiver.answer = lambda number: None if number == 1 else 204
    environment = {
        "BYLEAVE_ADMIN_KEY": ADMIN_KEY,
        "BYLEAVE_WEBHOOK_URL": f"{receiver.url}/hook",
        "BYLEAVE_WEBHOOK_SECRET": SECRET,
    }
    with Server(database_url, tmp_path, **environment) as server:
        with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {ADMIN_KEY}"}) as http:
            Stories(http).allows("anna", "purchases")
            Stories(http).allows("ben", "purchases")
        receiver.wait_for(1)
        server.kill()
        let_its_turn_end(engine)
        server.start()
        receiver.wait_for(3)
    first, again, next_ = receiver.requests[:3]
    assert first["headers"]["webhook-id"] == again["headers"]["webhook-id"]
    assert first["body"] == again["body"]
    assert is_genuine(first) and is_genuine(again) and is_genuine(next_)
    assert [body["data"]["customer_id"] for body in receiver.bodies()] == ["anna", "anna", "ben"]


def all_is_acknowledged(sending: Byleave) -> bool:
    delivery, newest = webhooks.delivery_so_far(sending.app.state.engine)
    return delivery.acknowledged == newest


def let_its_turn_end(engine: Engine) -> None:
    """As if the seconds had passed for which the one that was killed has said that it sends."""
    assert webhooks.delivery_so_far(engine)[0].held_until > time.time()
    earlier = col(WebhookDelivery.held_until) - webhooks._LEASE_SECONDS
    with write_transaction(engine) as connection:
        connection.execute(update(WebhookDelivery).values(held_until=earlier))
