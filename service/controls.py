"""What she can say of a suggestion in one tap: what makes sense for it, and what may be read for suggestions.

Found by her permissions for suggestions alone: what she allows for another purpose moves nothing in a list (P1).
"""

from dataclasses import dataclass
from datetime import datetime

from consent.decision import Permission
from consent.items import Item
from consent.vocabulary import category_of
from recommender.catalogue import Catalogue
from recommender.feedback import FEEDBACK_FIELDS, FeedbackKind
from recommender.results import CareTip, Fact, Reason, Source, Suggestion
from service.db.catalogue import NO_TRAITS, Traits
from service.db.permitted_reader import ReadData

OF_PRODUCTS = frozenset({"purchases", "devices", "browsing", "feedback"})
"""Categories whose data are about products; what a fact of another one refers to is a brand, a day, an amount."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Thing:
    """What of hers a suggestion rests on most: a data field, and the product that it is about, if any.

    is_named  it is the largest part of the reason, so that the sentence speaks of it
    """

    field: str
    product_id: str | None
    is_named: bool


def thing_of(reason: Reason) -> Thing | None:
    """What of hers brought the suggestion; `None` if nothing of hers did."""
    hers = [fact for fact in reason.facts if fact.source is Source.CUSTOMER and fact.share]
    if not hers:
        return None
    largest: Fact = max(hers, key=lambda fact: fact.share)
    is_named = largest.share == max(fact.share for fact in reason.facts)
    product_id = largest.ref if category_of(largest.field) in OF_PRODUCTS else None
    return Thing(field=largest.field, product_id=product_id, is_named=is_named)


def controls_of(
    item: Suggestion | CareTip, permission: Permission, read: ReadData, catalogue: Catalogue
) -> tuple[FeedbackKind, ...]:
    """The kinds that make sense for this suggestion and have an effect, in a fixed order; of a tip there are none."""
    if isinstance(item, CareTip):
        return ()
    thing, now = thing_of(item.reason), permission.decided_at
    is_heard = is_read(item.product_id, permission, catalogue, now)
    named = thing if thing is not None and thing.is_named and thing.product_id is not None else None
    about_thing = named is not None and is_read(str(named.product_id), permission, catalogue, now)
    makes_sense = {
        FeedbackKind.NOT_MINE: about_thing and named is not None and named.field in _OWNED,
        FeedbackKind.HAVE_IT: is_heard,
        FeedbackKind.WAS_A_GIFT: about_thing and named is not None and named.field == "purchases.product",
        FeedbackKind.NOT_NOW: is_heard,
        FeedbackKind.NOT_INTERESTED: is_heard,
        FeedbackKind.STOP_USING_THIS: thing is not None and not _is_counted(thing, permission, read),
    }
    return tuple(kind for kind, does in makes_sense.items() if does)


def is_read(product_id: str, permission: Permission, catalogue: Catalogue, at: datetime) -> bool:
    """Whether what she says of this product at that moment is read for suggestions, not just once."""
    item = item_about(product_id, catalogue, order=None, at=at)
    return all(is_covered(permission, field, item) for field in FEEDBACK_FIELDS)


def is_covered(permission: Permission, field: str, item: Item) -> bool:
    """Whether this datum of the field may be read, not just once."""
    return any(one.uses_left is None and one.cover(item) for one in permission.verdict(field).coverings)


def item_about(product_id: str | None, catalogue: Catalogue, *, order: str | None, at: datetime) -> Item:
    """A datum about a product, of which the catalogue may know nothing."""
    product = catalogue.products.get(product_id or "")
    traits = Traits(category=product.category, sensitive=product.sensitive) if product else NO_TRAITS
    return traits.item(product_id, order=order, at=at)


def _is_counted(thing: Thing, permission: Permission, read: ReadData) -> bool:
    """Whether it was read by consents that are good for a number of answers: no later request finds it again."""
    coverings = permission.verdict(thing.field).coverings
    counted = {one.consent_id for one in coverings if one.uses_left is not None}
    if thing.product_id is None:
        return set(read.consents.get(thing.field, ())) <= counted
    return read.of_product.get((thing.field, thing.product_id)) in counted


_OWNED = {"purchases.product", "devices.product", "feedback.product"}
