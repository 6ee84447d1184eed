"""The consent ledger: append and read. There is no function here that changes or deletes an event.

Events that are read to decide on say from when on a change of their notice outdates them, as of the same snapshot;
entries are as they were recorded, so that their hashes hold.
"""

import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, delete, exists, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from consent.chain_links import SALT_BYTES, bound_chain_id
from consent.events import NO_EVIDENCE, ConsentEvent, EventKind, Evidence
from consent.ledger import GENESIS_HASH, LedgerEntry, seal
from consent.notices import NoticeVersion
from consent.scope import Scope
from service.db.id_list import id_list
from service.db.ledger_rows import entry_of, row_of
from service.db.notices import read_notice_versions
from service.db.registry_tables import ConsentChain, ConsentEventRow
from service.db.tables import table_of
from service.ids import new_id


@dataclass(frozen=True, kw_only=True, slots=True)
class NewEvent:
    """An event that has no place in the ledger yet; `event_id` if it is known already by one."""

    consent_id: str
    kind: EventKind
    scope: Scope
    occurred_at: datetime | None = None
    replaces: str | None = None
    evidence: Evidence = NO_EVIDENCE
    event_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgersAsked:
    """Of those who were asked for a purpose: customer id -> all her events, and chain id -> customer id."""

    events: dict[str, list[ConsentEvent]]
    chains: dict[str, str]


def read_events(connection: Connection, customer_id: str) -> list[ConsentEvent]:
    """All consent events of one customer, in ledger order."""
    return events_of(connection, read_entries(connection, customer_id))


def events_of(connection: Connection, entries: Iterable[LedgerEntry]) -> list[ConsentEvent]:
    """The events of one customer's `entries`, to be decided on."""
    return _held_against_notices(connection, [entry.event for entry in entries])


def read_events_of(connection: Connection, customer_ids: Iterable[str]) -> dict[str, list[ConsentEvent]]:
    """Customer id -> all her consent events, for those who have any: one statement, not one a customer."""
    statement = _events_with_customers().where(
        col(ConsentChain.customer_id).in_(id_list(connection, customer_ids))
    )
    return _events_by_customer(connection, _rows_of(connection, statement))


def read_entries(
    connection: Connection, customer_id: str, *, after: int = 0, limit: int | None = None
) -> list[LedgerEntry]:
    """The customer's chain, entry by entry; all of it, or so many entries from behind a position on."""
    statement = (
        select(table_of(ConsentEventRow))
        .join(ConsentChain, col(ConsentChain.chain_id) == col(ConsentEventRow.chain_id))
        .where(col(ConsentChain.customer_id) == customer_id, col(ConsentEventRow.position) > after)
        .order_by(col(ConsentEventRow.position))
        .limit(limit)
    )
    return [entry_of(row, customer_id) for row in connection.execute(statement).mappings()]


def read_ledgers_asked(connection: Connection, purpose: str) -> LedgersAsked:
    """Those who have any event for `purpose`: one statement, so that nothing comes in between."""
    asked = select(col(ConsentEventRow.chain_id)).where(col(ConsentEventRow.purpose) == purpose)
    rows = _rows_of(connection, _events_with_customers().where(col(ConsentChain.chain_id).in_(asked)))
    return LedgersAsked(
        events=_events_by_customer(connection, rows),
        chains={row["chain_id"]: row["customer_id"] for row in rows},
    )


def are_more_asked(connection: Connection, purpose: str, *, than: int) -> bool:
    """Whether more customers than that have any event for `purpose`; counts no further."""
    asked = select(col(ConsentEventRow.chain_id)).where(col(ConsentEventRow.purpose) == purpose)
    some = asked.distinct().limit(than + 1).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one() > than


def count_decisions(connection: Connection, begins: datetime, ends: datetime) -> Counter[tuple[str, str]]:
    """(Purpose, kind) -> of how many customers an event of that kind was recorded in that time."""
    columns = (col(ConsentEventRow.purpose), col(ConsentEventRow.kind))
    customers = func.count(col(ConsentEventRow.chain_id).distinct()).label("customers")
    when = (col(ConsentEventRow.recorded_at) >= begins, col(ConsentEventRow.recorded_at) < ends)
    rows = connection.execute(select(*columns, customers).where(*when).group_by(*columns))
    return Counter({(row.purpose, row.kind): row.customers for row in rows})


def consents_in_a_ledger(connection: Connection, consent_ids: Iterable[str]) -> set[str]:
    """Those of `consent_ids` that are in some ledger: not those of somebody who was erased."""
    statement = select(col(ConsentEventRow.consent_id)).where(
        col(ConsentEventRow.consent_id).in_(id_list(connection, consent_ids))
    )
    return set(connection.execute(statement.distinct()).scalars())


def remove_unused_chains(connection: Connection, *, limit: int) -> int:
    """Remove chains on which nothing was ever recorded; those that somebody is at are left. Gives how many."""
    has_events = exists().where(col(ConsentEventRow.chain_id) == col(ConsentChain.chain_id))
    unused = select(col(ConsentChain.chain_id)).where(~has_events).limit(limit)
    locked = list(connection.execute(unused.with_for_update(skip_locked=True)).scalars())
    # Asked again, now that nobody can append: the first event may have come in between.
    still = col(ConsentChain.chain_id).in_(id_list(connection, locked)) & ~has_events
    return connection.execute(delete(ConsentChain).where(still)).rowcount


def hold_ledgers(connection: Connection, customer_ids: Iterable[str]) -> set[str]:
    """Let nobody append to these customers' chains before this transaction ends; gives those that have one.

    Whoever then stores something because she allows it cannot be overtaken by her withdrawal. Several may
    hold a chain at once. Always in one order, and before any other lock: so nobody waits in a circle.
    """
    chains = (
        select(col(ConsentChain.customer_id))
        .where(col(ConsentChain.customer_id).in_(id_list(connection, customer_ids)))
        .order_by(col(ConsentChain.chain_id))
    )
    return set(connection.execute(chains.with_for_update(read=True, of=ConsentChain)).scalars())


def lock_ledgers(connection: Connection, customer_ids: Iterable[str]) -> None:
    """Open and lock several chains at once, in one order for all: nobody waits in a circle."""
    asked = sorted(customer_ids)
    for customer_id in asked:
        _open_chain(connection, customer_id)
    chains = select(col(ConsentChain.chain_id)).where(
        col(ConsentChain.customer_id).in_(id_list(connection, asked))
    )
    connection.execute(chains.order_by(col(ConsentChain.chain_id)).with_for_update())


def lock_ledger(connection: Connection, customer_id: str) -> "OpenLedger":
    """Open a customer's chain so that nobody else appends to it before this transaction ends."""
    chain = select(col(ConsentChain.chain_id)).where(col(ConsentChain.customer_id) == customer_id)
    chain_id = None
    while chain_id is None:
        _open_chain(connection, customer_id)
        # `None` if it was erased while this waited for the lock: then it is opened anew.
        chain_id = connection.execute(chain.with_for_update()).scalar_one_or_none()
    return OpenLedger(connection, customer_id, chain_id)


class OpenLedger:
    """One customer's chain under lock. `lock_ledger` opens it."""

    def __init__(self, connection: Connection, customer_id: str, chain_id: str) -> None:
        self.connection = connection
        self.chain_id = chain_id
        self._entries = read_entries(connection, customer_id)
        self._named = _notices_named_by(self.recorded)
        self.customer_id = customer_id
        self._hold_against_notices()

    @property
    def last_hash(self) -> str:
        """The hash of her last event."""
        return self._entries[-1].hash if self._entries else GENESIS_HASH

    @property
    def events(self) -> list[ConsentEvent]:
        """All her events, those appended just now included."""
        return list(self._events)

    @property
    def recorded(self) -> list[ConsentEvent]:
        """The same events as if no notice had changed since: what there is to renew."""
        return [entry.event for entry in self._entries]

    def notice(self, notice_id: str) -> NoticeVersion | None:
        """The notice of this id, if there is one; what is appended here is then held against it, too."""
        if notice_id not in self._named:
            self._named.add(notice_id)
            self._hold_against_notices()
        return self._versions.known.get(notice_id)

    def append(self, new: NewEvent, *, now: datetime) -> ConsentEvent:
        """Append an event, recorded at `now`. It stands once the transaction is committed."""
        event = ConsentEvent(
            event_id=new.event_id or new_id("evt"),
            customer_id=self.customer_id,
            position=len(self._entries) + 1,
            recorded_at=now,
            **{name: getattr(new, name) for name in NewEvent.__slots__ if name != "event_id"},
        )
        entry = seal(event, chain_id=self.chain_id, previous_hash=self.last_hash)
        self.connection.execute(insert(ConsentEventRow).values(row_of(entry)))
        self._entries.append(entry)
        self._events.append(self._versions.held_against(event))
        return event

    def _hold_against_notices(self) -> None:
        self._versions = read_notice_versions(self.connection, self._named)
        self._events = [self._versions.held_against(event) for event in self.recorded]


def _events_with_customers() -> Select[Any]:
    return (
        select(col(ConsentChain.customer_id), table_of(ConsentEventRow))
        .join(ConsentEventRow, col(ConsentChain.chain_id) == col(ConsentEventRow.chain_id))
        .order_by(col(ConsentChain.customer_id), col(ConsentEventRow.position))
    )


def _rows_of(connection: Connection, statement: Select[Any]) -> Sequence[RowMapping]:
    return connection.execute(statement).mappings().all()


def _events_by_customer(connection: Connection, rows: Iterable[RowMapping]) -> dict[str, list[ConsentEvent]]:
    recorded = [entry_of(row, row["customer_id"]).event for row in rows]
    events: dict[str, list[ConsentEvent]] = defaultdict(list)
    for event in _held_against_notices(connection, recorded):
        events[event.customer_id].append(event)
    return events


def _held_against_notices(connection: Connection, recorded: Sequence[ConsentEvent]) -> list[ConsentEvent]:
    """One statement for all of them; none if there is no grant among them, which alone can be outdated."""
    if not any(event.is_grant for event in recorded):
        return list(recorded)
    versions = read_notice_versions(connection, _notices_named_by(recorded))
    return [versions.held_against(event) for event in recorded]


def _notices_named_by(events: Iterable[ConsentEvent]) -> set[str]:
    return {event.evidence.notice_id for event in events if event.is_grant and event.evidence.notice_id}


def _open_chain(connection: Connection, customer_id: str) -> None:
    dialect_insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    salt = secrets.token_hex(SALT_BYTES)
    connection.execute(
        dialect_insert(ConsentChain)
        .values(chain_id=bound_chain_id(customer_id, salt), customer_id=customer_id, salt=salt)
        .on_conflict_do_nothing(index_elements=["customer_id"])
    )
