"""The feed of changes: one order over all ledgers, in which nothing becomes visible behind what was read.

A change is a number and a place in a ledger. What it says is read from there, so nothing is stored twice,
and nothing of hers stays in the feed when her ledger rows are erased. No number is ever given again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, and_, insert, select
from sqlmodel import col

from consent.ledger import LedgerEntry
from service.db.epochs import CHANGES, advance_epoch, read_epoch
from service.db.feed_tables import ChangeRow
from service.db.ledger_rows import entry_of
from service.db.registry_tables import ConsentChain, ConsentEventRow
from service.db.tables import table_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One change. `position` is `None` for the erasure of a person, `entry` for what was erased since."""

    number: int
    chain_id: str
    position: int | None
    customer_id: str | None
    entry: LedgerEntry | None

    @property
    def is_erasure(self) -> bool:
        return self.position is None


def add_changes(connection: Connection, places: Sequence[tuple[str, int]]) -> None:
    """Number what was appended at these places (chain id, position), in this order.

    To be called last in a transaction: from here on nobody else can append before it ends.
    """
    _add(connection, places)


def add_erasure_change(connection: Connection, chain_id: str) -> None:
    """Say that the person of a chain was erased. To be called last in the transaction that erases her."""
    _add(connection, [(chain_id, None)])


def read_changes(connection: Connection, *, after: int, limit: int) -> list[Change]:
    """The changes behind a number, in order."""
    statement = (
        select(
            col(ChangeRow.number),
            col(ChangeRow.chain_id).label("of_chain"),
            col(ChangeRow.position).label("at_position"),
            col(ConsentChain.customer_id),
            table_of(ConsentEventRow),
        )
        .outerjoin(ConsentChain, col(ConsentChain.chain_id) == col(ChangeRow.chain_id))
        .outerjoin(
            ConsentEventRow,
            and_(
                col(ConsentEventRow.chain_id) == col(ChangeRow.chain_id),
                col(ConsentEventRow.position) == col(ChangeRow.position),
            ),
        )
        .where(col(ChangeRow.number) > after)
        .order_by(col(ChangeRow.number))
        .limit(limit)
    )
    return [_change(row) for row in connection.execute(statement).mappings()]


def newest_number(connection: Connection) -> int:
    """The number of the last change there is; 0 before the first."""
    return read_epoch(connection, CHANGES)


def _add(connection: Connection, places: Sequence[tuple[str, int | None]]) -> None:
    """Counted in a row that writers lock, not by a sequence: its numbers become visible out of order."""
    if not places:
        return
    last = advance_epoch(connection, CHANGES, by=len(places))
    rows = [
        {"number": number, "chain_id": chain_id, "position": position}
        for number, (chain_id, position) in enumerate(places, start=last - len(places) + 1)
    ]
    connection.execute(insert(ChangeRow), rows)


def _change(row: RowMapping) -> Change:
    customer_id = row["customer_id"]
    return Change(
        number=row["number"],
        chain_id=row["of_chain"],
        position=row["at_position"],
        customer_id=customer_id,
        entry=None if row["event_id"] is None else entry_of(row, customer_id or ""),
    )
