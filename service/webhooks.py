"""Sends each change to the shop's receiver: in order, at least once, signed; on a thread of its own.

No request waits for it. What the receiver does not acknowledge is sent again until it does, under the same
id, and nothing behind it before. Of several processes one sends, and another one takes over when it is gone.
"""

import asyncio
import json
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from consent.moments import rfc3339
from service.changes import ERASED, change_document
from service.db.changes import Change, newest_number, read_changes
from service.db.engine import snapshot, write_transaction
from service.db.webhook_delivery import Delivery, hold_delivery, note_delivery, read_delivery
from service.ids import new_id
from service.settings import Settings
from service.standard_webhooks import secret_bytes, signed_headers

TRY_SECONDS = 15
PAUSE_MAXIMUM_SECONDS = 300
_LEASE_SECONDS = 25
_POLL_SECONDS = 1.0
_NOTE_SECONDS = 1.0
_AT_ONCE = 100
_ANSWER_BYTES = 1_024

_log = structlog.get_logger(__name__)


def delivery_so_far(engine: Engine) -> tuple[Delivery, int]:
    """How far it is, and the number of the newest change."""
    with snapshot(engine) as connection:
        return read_delivery(connection), newest_number(connection)


class WebhookSender:
    """Sends what is not acknowledged yet. `stop` ends it; what was under way then is sent again."""

    def __init__(self, engine: Engine, url: str, key: bytes) -> None:
        self._engine = engine
        self._url = url
        self._key = key
        self._name = new_id("snd")
        self._held_until = 0.0
        self._started = Event()
        self._thread = Thread(target=lambda: asyncio.run(self._run()), name="webhooks", daemon=True)

    @classmethod
    def of(cls, settings: Settings, engine: Engine) -> Self | None:
        """The sender that the settings ask for, if they do."""
        if settings.webhook_url is None or settings.webhook_secret is None:
            return None
        return cls(engine, settings.webhook_url, secret_bytes(settings.webhook_secret))

    def start(self) -> None:
        self._thread.start()
        self._started.wait()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join()

    async def _run(self) -> None:
        self._loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        self._task = task
        self._started.set()
        try:
            async with httpx.AsyncClient(timeout=TRY_SECONDS, follow_redirects=False) as client:
                while True:  # noqa: ASYNC110 - new changes are asked for, nobody could tell of them
                    await asyncio.sleep(await self._send_what_is_new(client))
        except asyncio.CancelledError:
            self._let_go()

    async def _send_what_is_new(self, client: httpx.AsyncClient) -> float:
        """Send up to the end or to the first failure; gives how long to wait after it."""
        try:
            delivery, waiting = self._waiting()
            while delivery is not None and waiting:
                pause = await self._send(client, delivery, waiting)
                if pause is not None:
                    return pause
                delivery, waiting = self._waiting()
        except SQLAlchemyError as error:
            _log.warning("webhooks_delayed", error=type(error).__name__)
        return _POLL_SECONDS

    def _waiting(self) -> tuple[Delivery | None, Sequence[Change]]:
        """What to send next; nothing if it is another one's turn. Without work nothing is written."""
        with snapshot(self._engine) as connection:
            waiting = read_changes(connection, after=read_delivery(connection).acknowledged, limit=_AT_ONCE)
        if not waiting:
            return None, ()
        delivery = self._hold()
        if delivery is None:
            return None, ()
        return delivery, [change for change in waiting if change.number > delivery.acknowledged]

    async def _send(
        self, client: httpx.AsyncClient, delivery: Delivery, waiting: Sequence[Change]
    ) -> float | None:
        """Send some changes; gives a pause if one was not taken, or if another process has taken over."""
        noted_at, taken = time.monotonic(), delivery.acknowledged
        try:
            for change in waiting:
                failure = await self._try(client, self._as_it_is_now(change))
                if failure is not None:
                    return self._note_failure(failure, delivery, taken)
                taken = change.number
                if time.monotonic() - noted_at > _NOTE_SECONDS:
                    noted_at = time.monotonic()
                    if not self._note(taken):
                        return _POLL_SECONDS
        except asyncio.CancelledError:
            self._note(taken)
            raise
        return None if self._note(taken) else _POLL_SECONDS

    def _as_it_is_now(self, change: Change) -> Change:
        """What waits for a slow receiver may have been erased meanwhile: nothing is sent from memory."""
        with snapshot(self._engine) as connection:
            (now,) = read_changes(connection, after=change.number - 1, limit=1)
        return now

    async def _try(self, client: httpx.AsyncClient, change: Change) -> str | None:
        """One POST; gives what went wrong, in a word that names nobody."""
        body = _body(change)
        headers = signed_headers(self._key, message_id(change), int(time.time()), body)
        headers |= {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        try:
            request = client.build_request("POST", self._url, content=body, headers=headers)
            async with asyncio.timeout(TRY_SECONDS):
                answer = await client.send(request, stream=True)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            return type(error).__name__
        await _read_a_little(answer)
        return None if answer.is_success else str(answer.status_code)

    def _hold(self) -> Delivery | None:
        now = time.time()
        with write_transaction(self._engine) as connection:
            return hold_delivery(connection, self._name, now=now, until=now + _LEASE_SECONDS)

    def _note(self, acknowledged: int) -> bool:
        with write_transaction(self._engine) as connection:
            return note_delivery(
                connection,
                self._name,
                acknowledged=acknowledged,
                held_until=time.time() + _LEASE_SECONDS,
                failures=0,
                failure=None,
            )

    def _note_failure(self, failure: str, delivery: Delivery, taken: int) -> float:
        """Waiting is part of the turn: nobody else knocks meanwhile."""
        failures = 1 if taken > delivery.acknowledged else delivery.failures + 1
        pause = pause_after(failures)
        with write_transaction(self._engine) as connection:
            note_delivery(
                connection,
                self._name,
                acknowledged=taken,
                held_until=time.time() + pause + _LEASE_SECONDS,
                failures=failures,
                failure=failure,
            )
            behind = newest_number(connection) - taken
        _log.warning(
            "webhook_not_taken", failure=failure, tries=failures, behind=behind, again_in_seconds=round(pause)
        )
        return pause

    def _let_go(self) -> None:
        try:
            with write_transaction(self._engine) as connection:
                note_delivery(connection, self._name, holder=None, held_until=0.0)
        except SQLAlchemyError as error:
            _log.warning("webhooks_delayed", error=type(error).__name__)


def message_id(change: Change) -> str:
    """The same for each try, and in no other database's feed; without a full stop, which signing forbids."""
    return f"msg_{change.chain_id}_{ERASED if change.position is None else change.position}"


def pause_after(failures: int) -> float:
    """Seconds until the next try: twice as long each time, up to five minutes, and never all at once."""
    return min(2.0 ** min(failures, 20), PAUSE_MAXIMUM_SECONDS) * random.uniform(0.5, 1)  # noqa: S311


def shown_receiver(url: str) -> str:
    """The receiver without what may be secret in its address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}"


def _body(change: Change) -> bytes:
    data = change_document(change)
    now = rfc3339(datetime.now(UTC).replace(microsecond=0))
    told: dict[str, Any] = {
        # What was erased before it was sent has no event any more.
        "type": f"{data['kind']}.{data['event'] or ERASED}",
        "timestamp": data["recorded_at"] or now,
        "data": data,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


async def _read_a_little(answer: httpx.Response) -> None:
    """An answer that ends soon leaves the connection open for the next; any other is not listened to."""
    read = 0
    try:
        async with asyncio.timeout(1):
            async for part in answer.aiter_raw():
                read += len(part)
                if read > _ANSWER_BYTES:
                    break
    except (httpx.HTTPError, TimeoutError):
        pass
    finally:
        await answer.aclose()
