"""Puts a generated world into a database, and asks a running service about it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import Engine, insert
from sqlmodel import SQLModel

from consent.ledger import GENESIS_HASH, LedgerEntry, seal
from service.db.engine import write_transaction
from service.db.epochs import CATALOGUE, LEARNING, advance_epoch
from service.db.registry_tables import ConsentChain, ConsentEventRow
from service.db.tables import (
    CartAddition,
    Contact,
    Device,
    Feedback,
    Fit,
    Occasion,
    Preferences,
    Product,
    Purchase,
    Search,
    View,
)
from tests.byleave import Byleave
from tests.conftest import settings_for
from tests.promises.readable_worlds import PRODUCTS, K, Row, World

queries = st.fixed_dictionaries(
    {"limit": st.sampled_from([50, 3, 1])},
    optional={
        "list": st.sampled_from(["again", "new", "all"]),
        "product_id": st.lists(st.sampled_from(PRODUCTS), min_size=1, max_size=2),
        "locale": st.sampled_from(["zh-Hans", "en"]),
        "personalised": st.just("false"),
        "touchpoint": st.just("home"),
    },
)
EVERYTHING: Mapping[str, Any] = {"limit": 50}
some_queries = st.lists(queries, min_size=2, max_size=2).map(lambda drawn: [EVERYTHING, *drawn])


def store(engine: Engine, world: World) -> None:
    """Make the database hold `world` and nothing else; workers see by the counters that it changed."""
    with write_transaction(engine) as connection:
        for table in reversed(SQLModel.metadata.sorted_tables):
            if table.name != "epochs":
                connection.execute(table.delete())
        entries = [entry for customer_id in world.ledgers for entry in _sealed(customer_id, world)]
        chains = [{"chain_id": f"chn_{id_}", "customer_id": id_} for id_ in world.ledgers]
        for model, rows in (
            (Product, world.products),
            (Fit, world.fits),
            (Purchase, _numbered(world.purchases)),
            (Device, world.devices),
            *((_TABLES[table], _numbered(rows)) for table, rows in world.browsing.items()),
            *((_TABLES[table], rows) for table, rows in world.told.items()),
            (ConsentChain, chains),
            (ConsentEventRow, [_event_row(entry) for entry in entries]),
        ):
            if rows:
                connection.execute(insert(model), list(rows))
        for counter in (CATALOGUE, LEARNING):
            advance_epoch(connection, counter)


_TABLES: Mapping[str, type[SQLModel]] = {
    "views": View,
    "searches": Search,
    "cart_additions": CartAddition,
    "preferences": Preferences,
    "occasions": Occasion,
    "contact": Contact,
    "feedback": Feedback,
}


def _numbered(rows: Sequence[Row]) -> list[Row]:
    return [{"id": f"event-{number}", **row} for number, row in enumerate(rows)]


def _sealed(customer_id: str, world: World) -> Iterator[LedgerEntry]:
    previous_hash = GENESIS_HASH
    for event in world.ledgers[customer_id]:
        named = replace(event, event_id=f"evt_{customer_id}_{event.position}")
        entry = seal(named, chain_id=f"chn_{customer_id}", previous_hash=previous_hash)
        previous_hash = entry.hash
        yield entry


def _event_row(entry: LedgerEntry) -> Row:
    event, scope = entry.event, entry.event.scope
    return {
        **{name: getattr(entry, name) for name in ("chain_id", "previous_hash", "hash")},
        **{name: getattr(event, name) for name in ("position", "event_id", "consent_id", "replaces")},
        **{name: getattr(event, name) for name in ("recorded_at", "occurred_at")},
        **{name: getattr(scope, name) for name in ("purpose", "data_from", "uses", "expires_at")},
        **asdict(event.evidence),
        "kind": event.kind.value,
        "fields": sorted(scope.fields),
        "channels": None if scope.channels is None else sorted(scope.channels),
        "items": None if scope.items is None else {k: sorted(v) for k, v in asdict(scope.items).items()},
    }


@contextmanager
def two_workers(database_url: str, **settings: object) -> Iterator[tuple[Byleave, Byleave]]:
    """Two instances of the service on one database, each with a memory of its own."""
    made = settings_for(database_url, k=K, **settings)
    with Byleave(made) as one, Byleave(made) as other:
        yield one, other


_CHANGING = re.compile(rb'"(recommendation_id|generated_at)":"[^"]*"')


def answer(byleave: Byleave, customer_id: str | None, query: Mapping[str, Any]) -> bytes:
    """Status, headers and body of an answer, but for its id and its moment."""
    whose = "" if customer_id is None else f"/customers/{customer_id}"
    response = byleave.http.get(f"/v1{whose}/recommendations", params=dict(query))
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    return f"{response.status_code} {headers} ".encode() + _CHANGING.sub(rb'"\1":"-"', response.content)
