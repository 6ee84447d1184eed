"""How many customers a second are planned, and in how much memory: `byleave outreach` on an invented shop.

    python -m benchmarks.outreach 100000

Each customer allows her purchases and address for `reminders`, owns a printer and bought ink, of which it may be time
again. The plan is made by a process of its own, twice: the second time everything is planned already.
"""

import os
import resource
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter

from sqlalchemy import Engine

from consent.events import EventKind
from consent.scope import Scope
from consent.vocabulary import expand
from service.catalogue import CatalogueKeeper
from service.db.changes import add_changes
from service.db.consent_ledger import NewEvent, lock_ledger
from service.db.engine import make_engine, write_transaction
from service.db.sales_intake import add_purchases
from service.db.schema import upgrade
from service.db.told_by_her import replace_told
from service.settings import Clock

NOW = datetime(2026, 6, 10, 9, tzinfo=UTC)
AT_ONCE = 1_000
_ALLOWED = Scope(purpose="reminders", fields=frozenset(expand(("purchases", "contact"))))


def a_shop(engine: Engine) -> None:
    """A printer, its ink, and what else a shop has."""
    upgrade(engine)
    keeper = CatalogueKeeper(engine=engine, clock=Clock(NOW))
    shelf = {"available": True, "sensitive": False}
    ink = {"id": "ink", "title": "Ink", "attributes": {"usual_interval_days": 60}} | shelf
    keeper.put([{"id": "printer", "title": "Printer", "attributes": {}} | shelf, ink])
    keeper.put([{"id": f"p{n}", "title": f"Product {n}", "attributes": {}} | shelf for n in range(500)])
    keeper.put_fits("ink", ["printer"])


def customers(engine: Engine, first: int, how_many: int) -> None:
    """So many customers in one transaction, as if they had been there for years."""
    with write_transaction(engine) as connection:
        appended = []
        sales = []
        for number in range(first, first + how_many):
            name = f"c-{number:07}"
            ledger = lock_ledger(connection, name)
            given = NewEvent(consent_id=f"con_{number}", kind=EventKind.GIVEN, scope=_ALLOWED)
            appended.append((ledger.chain_id, ledger.append(given, now=NOW).position))
            told = {"channels": ["email"], "time_zone": "Europe/Berlin", "quiet_from": None}
            replace_told(connection, "contact", name, [told | {"quiet_until": None, "rhythm": None}])
            sales += [_sale(name, "printer", 400), _sale(name, "ink", 20 + number % 80)]
        add_purchases(connection, sales)
        add_changes(connection, appended)


def planned(database_url: str, day: date) -> str:
    """What the command says at its end."""
    environment = os.environ | {"BYLEAVE_DATABASE_URL": database_url, "BYLEAVE_NOW": NOW.isoformat()}
    command = [sys.executable, "-m", "service", "outreach", "--date", day.isoformat(), "--channel", "email"]
    with tempfile.TemporaryFile() as plan:
        ended = subprocess.run(
            command, stdout=plan, stderr=subprocess.PIPE, text=True, env=environment, check=True
        )
        megabytes = plan.tell() / 1e6
    return f"{ended.stderr.strip()} {megabytes:,.0f} MB of plan."


def main() -> None:
    """Make the shop, plan twice, and say how long it took."""
    how_many = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'byleave.db'}"
        os.environ["BYLEAVE_ADMIN_KEY"] = "a-key-for-a-shop-that-is-gone-in-a-minute"
        engine, began = make_engine(url), perf_counter()
        a_shop(engine)
        for first in range(0, how_many, AT_ONCE):
            customers(engine, first, min(AT_ONCE, how_many - first))
        engine.dispose()
        print(f"{how_many:,} customers made in {perf_counter() - began:.0f} s", flush=True)
        for what in ("first ", "again "):
            print(f"{what} {planned(url, NOW.date())}", flush=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"memory of the planning process at its peak: {peak:.0f} MB")


def _sale(customer_id: str, product_id: str, days_ago: int) -> dict[str, object]:
    return {
        "id": f"{customer_id}-{product_id}",
        "customer_id": customer_id,
        "product_id": product_id,
        "returned": False,
        "purchased_at": NOW - timedelta(days=days_ago),
        "recorded_at": NOW,
        "quantity": 1,
        "order_id": None,
        "paid_amount": None,
        "paid_currency": None,
        "sales_channel": None,
        "served_by": None,
    }


if __name__ == "__main__":
    main()
