"""Messages of the shop: service notes and campaigns, and whether one concerns a customer by what may be read of her.

Whether it is sent is not decided here: that takes a permission, a due date and a contact policy.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from recommender.catalogue import Catalogue
from recommender.inputs import PermittedData, Purchase
from recommender.possessions import kept_days
from recommender.results import WHOLE, Fact, Source


class MessageKind(StrEnum):
    """What a message is. The two are kept apart: a service note carries no marketing."""

    SERVICE = "service"
    CAMPAIGN = "campaign"


class Topic(StrEnum):
    """What a service note may be about: a closed list."""

    APPOINTMENTS = "appointments"
    ORDERS = "orders"
    OPENING = "opening"


@dataclass(frozen=True, kw_only=True, slots=True)
class Concern:
    """Whom a message concerns: customers by name, or whoever bought something.

    Of `products` and `categories` any one will do; that, `served_by` and `since` must hold of one purchase, as far
    as they are stated.
    """

    customer_ids: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    served_by: frozenset[str] = frozenset()
    since: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """What decides on a message; its words are not here.

    known_since    since when what it says is known: who was here later knows it
    products, categories  what a campaign offers; `interval_days`: after how many days one may need that again
    """

    id: str
    kind: MessageKind
    topic: Topic | None
    concern: Concern
    known_since: date
    valid_from: date | None = None
    valid_until: date | None = None
    products: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    interval_days: int | None = None

    def is_valid_on(self, day: date) -> bool:
        """Whether it may go out on this day at all."""
        return (self.valid_from or date.min) <= day <= (self.valid_until or date.max)


def why_it_concerns(
    concern: Concern, *, customer_id: str, data: PermittedData, catalogue: Catalogue
) -> tuple[Fact, ...]:
    """What makes a message concern this customer; empty if it does not, or if nobody may know.

    A purchase that was taken back does not count. Of several the last one is named. Where all whom it named were
    erased it concerns nobody.
    """
    if concern == Concern():
        return ()
    if concern.customer_ids:
        named = Fact(source=Source.CATALOGUE, field="concerns.customer_ids", share=WHOLE)
        return (named,) if customer_id in concern.customer_ids else ()
    kept = kept_days(data.purchases or ())
    lines = [
        line
        for line in data.purchases or ()
        if not line.returned
        and line.day in kept.get(line.product_id, ())
        and _meets(line, concern, catalogue)
    ]
    if not lines:
        return ()
    return _facts(max(lines, key=_when), concern)


def _meets(line: Purchase, concern: Concern, catalogue: Catalogue) -> bool:
    """What is not known of the purchase is not met."""
    return (
        _is_of(line.product_id, concern, catalogue)
        and (not concern.served_by or line.served_by in concern.served_by)
        and (concern.since is None or (line.day is not None and line.day >= concern.since))
    )


def _is_of(product_id: str, concern: Concern, catalogue: Catalogue) -> bool:
    if not concern.products and not concern.categories:
        return True
    product = catalogue.products.get(product_id)
    return product_id in concern.products or (product is not None and product.category in concern.categories)


def _when(line: Purchase) -> tuple[date, str]:
    return (line.day or date.min, line.product_id)


def _facts(line: Purchase, concern: Concern) -> tuple[Fact, ...]:
    """What was asked of the purchase. Each part was needed, so each has the same share; the first has what is over."""
    asked: list[tuple[str, date | None, object]] = [
        ("purchases.product", None, concern.products or concern.categories),
        ("purchases.served_by", None, concern.served_by),
        ("purchases.date", line.day, concern.since),
    ]
    stated = [(field, value) for field, value, is_stated in asked if is_stated]
    share, over = divmod(WHOLE, len(stated))
    return tuple(
        Fact(
            source=Source.CUSTOMER,
            field=field,
            ref=line.product_id,
            value=value,
            share=share + (over if place == 0 else 0),
        )
        for place, (field, value) in enumerate(stated)
    )
