"""Whether it is time to propose the order that a customer allows to be proposed: by her purchases of that product
alone, and the shop's catalogue. The same rule as that of what she is about to run out of.
"""

from datetime import date
from enum import StrEnum

from recommender.catalogue import Catalogue
from recommender.inputs import Money, PermittedData, Request, Settings
from recommender.intervals import Rhythm
from recommender.learning.model import learn
from recommender.preferences import is_within
from recommender.ranking import situation_of
from recommender.similarity import NOTHING_COMPARED
from recommender.strategies.replenish import what_is_due


class NotProposed(StrEnum):
    """Why an order is not proposed: a closed list, the same on the wire; the first that holds is told.

    no_permission     what she agreed to does not stand, or not any more
    not_due           it is not time, as far as what was read tells
    already_proposed  it was proposed since she bought it last, and no other interval has passed
    not_available     the shop does not have it
    over_price_limit  it costs more than she agreed to, or in another currency, or nobody knows how much
    """

    NO_PERMISSION = "no_permission"
    NOT_DUE = "not_due"
    ALREADY_PROPOSED = "already_proposed"
    NOT_AVAILABLE = "not_available"
    OVER_PRICE_LIMIT = "over_price_limit"


def why_not_proposed(
    product_id: str,
    *,
    data: PermittedData,
    catalogue: Catalogue,
    price_limit: Money,
    proposed_on: date | None,
    today: date,
    settings: Settings,
) -> NotProposed | None:
    """What is against proposing an order of the product to her whose `data` this is; `None` if nothing is.

    `proposed_on`: the day on which it was proposed last.
    """
    own = _due(product_id, data, catalogue, today, settings)
    if own is None:
        return NotProposed.NOT_DUE
    if proposed_on is not None and _still_waits(proposed_on, own, today):
        return NotProposed.ALREADY_PROPOSED
    if not catalogue.is_offered(product_id):
        return NotProposed.NOT_AVAILABLE
    if is_within(catalogue.products[product_id].price, price_limit) is not True:
        return NotProposed.OVER_PRICE_LIMIT
    return None


def _due(
    product_id: str, data: PermittedData, catalogue: Catalogue, today: date, settings: Settings
) -> Rhythm | None:
    """Her rhythm of buying it, if it is due; nothing else that she bought has a part in it."""
    of_it = tuple(line for line in data.purchases or () if line.product_id == product_id)
    situation = situation_of(
        Request(),
        data=PermittedData(purchases=of_it, fields=data.fields),
        customer_id=None,
        catalogue=catalogue,
        learned=learn({}, today=today, settings=settings.learning),
        similarity=NOTHING_COMPARED,
        today=today,
        settings=settings,
    )
    due, _ = what_is_due(situation)
    return due.get(catalogue.group_of(product_id))


def _still_waits(proposed_on: date, own: Rhythm, today: date) -> bool:
    """Whether she has neither bought it since, nor had the time to use up another one."""
    assert own.interval_days is not None  # what is due has an interval
    return proposed_on > own.last and (today - proposed_on).days < own.interval_days
