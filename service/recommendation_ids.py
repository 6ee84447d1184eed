"""Ids of answers that tell whose they are, to us alone: no table has to be asked, and nobody else can make one.

An id looks like every other (ULID). Of its 80 random bits the last 40 are a MAC of the rest, of the customer and of
which list it was.
"""

import hmac
from dataclasses import dataclass
from secrets import token_bytes

from ulid import ULID

from recommender.inputs import ListKind

_PREFIX = "rec_"
_TIME_BYTES, _RANDOM_BYTES, _MAC_BYTES = 6, 5, 5


@dataclass(frozen=True, slots=True)
class RecommendationIds:
    """The ids of one shop's answers, under a key of its own."""

    key: bytes

    def new(self, customer_id: str | None, list_kind: ListKind) -> str:
        """A new id for an answer to her, or to a visitor."""
        # Not the random bits of the ULID: those of one millisecond differ in the last ones only.
        told = ULID().bytes[:_TIME_BYTES] + token_bytes(_RANDOM_BYTES)
        return f"{_PREFIX}{ULID(told + self._mac(told, customer_id, list_kind))}"

    def list_of(self, recommendation_id: str, customer_id: str) -> ListKind | None:
        """Which list it was; `None` if no such answer was made here for her."""
        try:
            whole = ULID.from_str(recommendation_id.removeprefix(_PREFIX)).bytes
        except ValueError:
            return None
        told, mac = whole[:-_MAC_BYTES], whole[-_MAC_BYTES:]
        if not recommendation_id.startswith(_PREFIX):
            return None
        same = [kind for kind in ListKind if hmac.compare_digest(mac, self._mac(told, customer_id, kind))]
        return same[0] if same else None

    def _mac(self, told: bytes, customer_id: str | None, list_kind: ListKind) -> bytes:
        whose = b"" if customer_id is None else b"customer:" + customer_id.encode()
        return hmac.digest(self.key, told + list_kind.encode() + b":" + whose, "sha256")[:_MAC_BYTES]
