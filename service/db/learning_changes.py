"""Tells every worker, in the transaction of the change itself, that what it has learned is no longer current.

The number comes from a counter row that writers lock: of two changes the one with the smaller number was
committed first, so that a worker that has seen a number has missed nothing before it.
"""

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, insert, select
from sqlmodel import col

from service.db.epochs import LEARNING, advance_epoch
from service.db.feed_tables import LearningChange
from service.db.id_list import id_list
from service.db.registry_tables import ConsentChain, ConsentEventRow

EVERYBODY = "*"
SOMETHING_NEW = "+"
"""Nobody's part is smaller, but what waits to be learned is to be taken in now."""


def learning_changed(connection: Connection, chain_ids: Collection[str] = ()) -> None:
    """Of whom less may be learned from now on, by chain, or EVERYBODY; nobody where there is only more.

    SOMETHING_NEW besides has the workers learn anew soon.
    """
    epoch = advance_epoch(connection, LEARNING)
    if chain_ids:
        rows = [{"epoch": epoch, "chain_id": chain_id} for chain_id in sorted(set(chain_ids))]
        connection.execute(insert(LearningChange), rows)


def read_learning_changes(connection: Connection, *, after: int) -> set[str]:
    """The chains, maybe EVERYBODY, of all changes since the epoch `after`."""
    changed = select(col(LearningChange.chain_id)).where(col(LearningChange.epoch) > after)
    return set(connection.execute(changed).scalars())


def read_chains_of(connection: Connection, customer_ids: Iterable[str]) -> dict[str, str]:
    """Chain id -> customer id, of those who have a chain."""
    ids = id_list(connection, customer_ids)
    statement = select(col(ConsentChain.chain_id), col(ConsentChain.customer_id))
    rows = connection.execute(statement.where(col(ConsentChain.customer_id).in_(ids)))
    return {row.chain_id: row.customer_id for row in rows}


def read_chains_asked(connection: Connection, purpose: str) -> dict[str, str]:
    """Chain id -> customer id, of those who have any event for `purpose`."""
    asked = select(col(ConsentEventRow.chain_id)).where(col(ConsentEventRow.purpose) == purpose)
    statement = select(col(ConsentChain.chain_id), col(ConsentChain.customer_id))
    rows = connection.execute(statement.where(col(ConsentChain.chain_id).in_(asked)))
    return {row.chain_id: row.customer_id for row in rows}
