"""Tells every worker, in the transaction of the change itself, that what it has learned is no longer current.

The number comes from a counter row that writers lock: of two changes the one with the smaller number was
committed first, so that a worker that has seen a number has missed nothing before it.
"""

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, delete, func, insert, select
from sqlmodel import col

from service.db.epochs import LEARNING, advance_epoch, read_epoch
from service.db.feed_tables import LearningChange
from service.db.id_list import id_list
from service.db.registry_tables import ConsentChain

EVERYBODY = "*"
SOMETHING_NEW = "+"
"""Nobody's part is smaller, but what waits to be learned is to be taken in now."""
CATEGORIES = "#"
"""A product has another category: it concerns those alone who select, or leave out, by category."""

_EPOCHS_KEPT = 100_000


def learning_changed(connection: Connection, chain_ids: Collection[str] = ()) -> None:
    """Of whom less may be learned from now on, by chain, or EVERYBODY, or CATEGORIES; nobody where there
    is only more.

    SOMETHING_NEW besides has the workers learn anew soon.
    """
    epoch = advance_epoch(connection, LEARNING)
    if chain_ids:
        rows = [{"epoch": epoch, "chain_id": chain_id} for chain_id in sorted(set(chain_ids))]
        connection.execute(insert(LearningChange), rows)


def read_learning_changes(connection: Connection, *, after: int) -> set[str]:
    """The chains, maybe EVERYBODY or CATEGORIES, of all changes since the epoch `after`."""
    changed = select(col(LearningChange.chain_id)).where(col(LearningChange.epoch) > after)
    return set(connection.execute(changed).scalars())


def read_chains_of(connection: Connection, customer_ids: Iterable[str]) -> dict[str, str]:
    """Chain id -> customer id, of those who have a chain."""
    ids = id_list(connection, customer_ids)
    statement = select(col(ConsentChain.chain_id), col(ConsentChain.customer_id))
    rows = connection.execute(statement.where(col(ConsentChain.customer_id).in_(ids)))
    return {row.chain_id: row.customer_id for row in rows}


def trim_learning_changes(connection: Connection) -> None:
    """Forget changes of long ago; a worker that has not been asked since then is told EVERYBODY instead."""
    newest = read_epoch(connection, LEARNING)
    epoch = col(LearningChange.epoch)
    last = connection.execute(select(func.max(epoch)).where(epoch <= newest - _EPOCHS_KEPT)).scalar_one()
    if last is not None:
        connection.execute(delete(LearningChange).where(epoch <= last))
        connection.execute(insert(LearningChange).values(epoch=last, chain_id=EVERYBODY))
