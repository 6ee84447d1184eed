"""What one consent event is about: purpose × fields × channels × items × data dates × uses.

The type is complete. What `decide` cannot enforce yet it never widens: see `is_enforceable`.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Items:
    """Selected items only: these orders, products or categories; `exceptions` are left out again."""

    orders: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    exceptions: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """`None` in a dimension means that the dimension does not narrow the scope.

    purpose     code of the purpose
    fields      codes of the data fields, expanded when recorded
    channels    only for these channels
    items       only these items
    data_from   only data from this moment on (UTC)
    uses        good for this many answers
    expires_at  good until this moment (UTC), exclusive
    """

    purpose: str
    fields: frozenset[str]
    channels: frozenset[str] | None = None
    items: Items | None = None
    data_from: datetime | None = None
    uses: int | None = None
    expires_at: datetime | None = None

    def covers(self, purpose: str, field: str) -> bool:
        return purpose == self.purpose and field in self.fields

    def is_enforceable(self) -> bool:
        """Whether a grant with this scope can be honoured exactly.

        Reading has no notion yet of channels, items or data dates. A grant that is narrowed by one of
        them must not be read as if it were not: it opens nothing (unknown means no).
        """
        return self.channels is None and self.items is None and self.data_from is None
