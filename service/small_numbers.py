"""How counts of customers are shown: none under k, and rounded to 5 in a way that two questions do not undo.

Where rounding begins depends on who, or what, was counted, by a key that nobody outside knows: the same question has
the same answer however often it is asked, and of two that differ by one customer nobody can tell which way each was
rounded. Pure: it reads nothing.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass

_STEP = 5


@dataclass(frozen=True, slots=True)
class SmallNumbers:
    """The rule of one shop. `k`: what fewer customers stand behind does not show."""

    key: bytes
    k: int

    def of(self, customers: Iterable[str]) -> int | None:
        """How many these are, as it may be shown."""
        counted = sorted(set(customers))
        return self.rounded(len(counted), "\n".join(counted))

    def rounded(self, count: int, about: str, *, customers: int | None = None) -> int | None:
        """A count that may be shown; `customers` stand behind it, if these are not what is counted."""
        if (count if customers is None else customers) < self.k:
            return None
        offset = hmac.digest(self.key, f"{count}\n{about}".encode(), "sha256")[0] % _STEP
        return (count + offset) // _STEP * _STEP
