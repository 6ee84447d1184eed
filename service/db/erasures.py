"""What stays of somebody who was erased: the signed end of her chain, and a mark that nobody can read back."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import rfc8785
from sqlalchemy import ColumnElement, Connection, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from consent.checkpoints import Head
from service.db.id_list import id_list
from service.db.registry_tables import Erasure, Tombstone
from service.db.tables import table_of

_ROWS_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class ErasedChain:
    """A chain that is gone: how far it had come, when it went, and our signature over that."""

    chain_id: str
    events: int
    hash: str
    erased_at: datetime
    signed: str = ""

    @property
    def head(self) -> Head:
        return Head(chain_id=self.chain_id, events=self.events, hash=self.hash, erased=True)

    def statement(self) -> bytes:
        """What is signed, in its one spelling."""
        told: dict[str, Any] = {"chain_id": self.chain_id, "events": self.events, "hash": self.hash}
        return rfc8785.dumps(told | {"erased_at": self.erased_at.isoformat()})


def add_erasure(connection: Connection, erased: ErasedChain, signed: str) -> None:
    """Note a chain that this transaction erases."""
    connection.execute(
        insert(Erasure).values(
            chain_id=erased.chain_id,
            events=erased.events,
            hash=erased.hash,
            erased_at=erased.erased_at,
            signed=signed,
        )
    )


def read_erasures(connection: Connection) -> Iterator[ErasedChain]:
    """All of them by chain id, in the order in which Python compares text."""
    chain_id: ColumnElement[str] = table_of(Erasure).columns.chain_id
    if connection.dialect.name == "postgresql":
        chain_id = chain_id.collate("C")
    statement = select(table_of(Erasure)).order_by(chain_id)
    with connection.execute(statement, execution_options={"yield_per": _ROWS_AT_ONCE}) as rows:
        for row in rows.mappings():
            yield ErasedChain(**row)


def add_tombstone(connection: Connection, mark: str, at: datetime) -> None:
    """Note when the one with this mark was erased; the last time counts."""
    dialect_insert: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    new = dialect_insert(Tombstone).values(mark=mark, erased_at=at)
    connection.execute(
        new.on_conflict_do_update(index_elements=["mark"], set_={"erased_at": new.excluded.erased_at})
    )


def read_tombstones(connection: Connection, marks: Iterable[str]) -> dict[str, datetime]:
    """Mark -> moment, of those among `marks` who were erased: one statement, however many."""
    statement = select(table_of(Tombstone)).where(col(Tombstone.mark).in_(id_list(connection, marks)))
    return {row["mark"]: row["erased_at"] for row in connection.execute(statement).mappings()}
