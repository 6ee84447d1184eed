"""What it costs to decide what may be read, alone and as a share of a whole request.

    python -m benchmarks.decision

Next to it, in the same run: looking once at each event for each data field, which no decision can do without. The
ledgers are worse than those of any customer: all events are about one purpose, each leaves out other categories
than the one before, and of the narrowed ones each selects orders, dates or channels of its own.
"""

import logging
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import perf_counter

import structlog
from fastapi.testclient import TestClient

from consent.decision import decide
from consent.events import ConsentEvent, EventKind
from consent.scope import Items, Scope
from consent.vocabulary import FIELD_CODES, expand
from service.app import create_app
from service.db.consent_ledger import NewEvent, lock_ledger, read_events
from service.db.engine import make_engine, snapshot, write_transaction
from service.db.schema import upgrade
from service.demo.load import FLAGSHIP, load_demo_shop
from service.settings import Clock, Settings

LENGTHS, SECONDS, AT_LEAST = (1, 10, 100, 1_000), 0.5, 5
KEY, PURPOSE = "a-key-of-the-benchmark-0123456789", "recommendations"
NOW = datetime.now(UTC)
CATEGORIES = tuple(sorted({code.partition(".")[0] for code in FIELD_CODES}))
KINDS = (EventKind.GIVEN, EventKind.RENEWED, EventKind.GIVEN, EventKind.WITHDRAWN, EventKind.GIVEN)


def scope(number: int, *, narrowed: bool) -> Scope:
    """All categories but a quarter of them; narrowed in one way or another, and by each event otherwise."""
    fields = expand(tuple(one for place, one in enumerate(CATEGORIES, start=number) if place % 4))
    if not narrowed:
        return Scope(purpose=PURPOSE, fields=fields)
    if number % 3 == 0:
        return Scope(purpose=PURPOSE, fields=fields, items=Items(orders=frozenset({f"order-{number}"})))
    if number % 3 == 1:
        return Scope(purpose=PURPOSE, fields=fields, data_from=NOW - timedelta(days=number))
    return Scope(purpose=PURPOSE, fields=fields, channels=frozenset({"home", f"channel-{number}"}))


def story(length: int, *, narrowed: bool) -> list[NewEvent]:
    """Grants and denials that never come to an end; the last is a grant, so that something is read."""
    return [
        NewEvent(
            consent_id=f"con_{number // 2}",
            kind=KINDS[(length - 1 - number) % len(KINDS)],
            scope=scope(number, narrowed=narrowed),
        )
        for number in range(length)
    ]


def ledger(events: list[NewEvent]) -> list[ConsentEvent]:
    return [
        ConsentEvent(
            event_id=f"evt_{position}",
            customer_id=FLAGSHIP,
            position=position,
            recorded_at=NOW,
            consent_id=one.consent_id,
            kind=one.kind,
            scope=one.scope,
        )
        for position, one in enumerate(events, start=1)
    ]


def look_at_each(events: list[ConsentEvent]) -> int:
    return sum(event.covers(PURPOSE, field) for field in FIELD_CODES for event in events)


def best(work: Callable[[], object]) -> float:
    """Milliseconds of the quickest of some runs: what else the machine does only ever adds."""
    times: list[float] = []
    until = perf_counter() + SECONDS
    while len(times) < AT_LEAST or perf_counter() < until:
        begun = perf_counter()
        work()
        times.append((perf_counter() - begun) * 1_000)
    return min(times)


def alone(length: int, *, narrowed: bool) -> tuple[float, float]:
    """Deciding all fields, and looking at each event."""
    events = ledger(story(length, narrowed=narrowed))
    ours = best(
        lambda: decide(events, customer_id=FLAGSHIP, purpose=PURPOSE, at=NOW, channel="home", counted=True)
    )
    return ours, best(lambda: look_at_each(events))


def of_a_request(length: int, *, narrowed: bool) -> tuple[float, float]:
    """A whole request to the demo shop, of somebody with such a ledger, and reading that ledger."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            database_url=f"sqlite:///{folder}/byleave.db",
            admin_key=KEY,
            key_rate=1_000_000,
            customer_rate=1_000_000,
        )
        engine = make_engine(settings.database_url)
        upgrade(engine)
        load_demo_shop(engine, Clock())
        with write_transaction(engine) as connection:
            opened = lock_ledger(connection, FLAGSHIP)
            for event in story(length, narrowed=narrowed):
                opened.append(event, now=NOW)
        with TestClient(create_app(settings), headers={"Authorization": f"Bearer {KEY}"}) as http:
            path = f"/v1/customers/{FLAGSHIP}/recommendations?touchpoint=home"
            answer = http.get(path).json()
            assert answer["data_used"], "otherwise nothing would be read"
            whole = best(lambda: http.get(path))
        with snapshot(engine) as connection:
            reading = best(lambda: read_events(connection, FLAGSHIP))
        engine.dispose()
    return whole, reading


def main() -> None:
    # Requests are counted here, not told one by one.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    print(
        f"{'events':>6} {'':<9} {'decide':>10} {'look':>10} {'ratio':>6} {'read':>10} {'request':>10} {'share':>6}"
    )
    for narrowed in (False, True):
        for length in LENGTHS:
            decided, looked = alone(length, narrowed=narrowed)
            whole, reading = of_a_request(length, narrowed=narrowed)
            print(
                f"{length:>6} {'narrowed' if narrowed else 'whole':<9} {decided:>7.2f} ms {looked:>7.3f} ms"
                f" {decided / looked:>6.1f} {reading:>7.2f} ms {whole:>7.1f} ms {decided / whole:>6.0%}"
            )


if __name__ == "__main__":
    main()
