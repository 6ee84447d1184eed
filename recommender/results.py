"""What the recommender gives back: suggestions, each with the reason that put it there.

A reason is data, never text: the code that ranks states the facts, the edge makes the sentence.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

WHOLE = 10_000
"""Shares are integers that add up to this, so that they add up exactly."""


class ReasonCode(StrEnum):
    """Why a suggestion is there: a closed list, the same on the wire."""

    FITS_DEVICE = "fits_device"
    DUE_AGAIN = "due_again"
    BOUGHT_TOGETHER = "bought_together"
    FOR_YOU = "for_you"
    BUY_AGAIN = "buy_again"
    SIMILAR = "similar"
    DECLARED = "declared"
    OCCASION = "occasion"
    CARE = "care"
    TRY_FIRST = "try_first"
    FITS_THIS = "fits_this"
    POPULAR = "popular"
    FEATURED = "featured"
    FROM_CATALOGUE = "from_catalogue"


class Source(StrEnum):
    """Whose fact it is: the customer's, other customers' together, the catalogue's, or this request's."""

    CUSTOMER = "customer"
    OTHERS = "others"
    CATALOGUE = "catalogue"
    REQUEST = "request"


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """One thing that the suggestion rests on.

    field  code of the data field (`Source.CUSTOMER`), or name of the catalogue fact
    ref    what it points at, mostly a product id
    value  its value, where the reason mentions it
    share  its part in putting the suggestion there, in units of 1/`WHOLE`
    """

    source: Source
    field: str
    ref: str | None = None
    value: date | int | None = None
    share: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Others:
    """The long tail of small facts: `count` of them, and their `share` in units of 1/`WHOLE`."""

    count: int = 0
    share: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """`params` are what the sentence needs, all taken from `facts` (days are whole days).

    others  how many more facts contributed, each little, and their share together
    """

    code: ReasonCode
    facts: tuple[Fact, ...]
    others: Others = Others()
    params: Mapping[str, str | int | date] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """One strategy's proposal; a higher `score` comes first among the strategies of one tier.

    Of a care tip `tip_id` says which, and `product_id` what it is about: that is not what is proposed.
    """

    product_id: str
    score: int
    reason: Reason
    tip_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Suggestion:
    """One recommended product and why."""

    product_id: str
    reason: Reason


@dataclass(frozen=True, kw_only=True, slots=True)
class CareTip:
    """One tip and why. It names no product: there is nothing to buy in it."""

    tip_id: str
    reason: Reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Recommendation:
    """`personalised`: at least one item's presence, place or reason rests on her data."""

    items: tuple[Suggestion | CareTip, ...]
    personalised: bool

    @property
    def products(self) -> tuple[Suggestion, ...]:
        """The items that are products, in their order."""
        return tuple(item for item in self.items if isinstance(item, Suggestion))
