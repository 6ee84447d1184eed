"""What a datum is about: of which order and product, and from when. A scope may select by it."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Unknown(Enum):
    """Marks what nobody has told; `None` means that there is none."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One datum, as far as it is known. Without any argument: any datum of the field.

    at         when it is from (UTC); `None` if not known
    sensitive  the product is flagged sensitive
    """

    order: str | Unknown | None = UNKNOWN
    product: str | Unknown | None = UNKNOWN
    category: str | Unknown | None = UNKNOWN
    at: datetime | None = None
    sensitive: bool = False


ANYTHING = Item()
