"""What every kind of import does: read the fields of a row into something, and store such things."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from service.importers.columns import Field
from service.importers.rows import Fields

REJECTED = "rejected"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of a row: a status to count, and, if it was rejected, the reason and the id it was given."""

    status: str
    because: str | None = None
    row_id: str | None = None


class RowSkipped(Exception):
    """A row that tells nothing of this kind; `status` is counted. It is no mistake."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


Item = TypeVar("Item")


class Importer(Protocol[Item]):
    """One kind of import. It keeps what it needs to know about the rows before."""

    @property
    def fields(self) -> Sequence[Field]:
        """What rows of this kind may tell."""

    def read(self, fields: Fields) -> Item:
        """What a row tells. Raises RowRejected or RowSkipped."""

    def store(self, items: Sequence[Item]) -> Sequence[Outcome]:
        """Store them, each or not at all; one outcome an item, in order."""
