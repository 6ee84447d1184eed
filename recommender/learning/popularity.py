"""How many customers bought each product, counted over those who allow learning and nobody else."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True, slots=True)
class Popularity:
    """Supporters of each product, and who contributed what, so that one can be left out exactly.

    supporters  product id -> number of customers who bought it
    baskets     customer id -> ids of the products that she contributed
    """

    supporters: Mapping[str, int]
    baskets: Mapping[str, frozenset[str]]

    def without(self, customer_id: str | None) -> Mapping[str, int]:
        """Supporters other than this customer: what she bought herself is no news to her."""
        own = self.baskets.get(customer_id or "")
        if not own:
            return self.supporters
        return MappingProxyType({id_: n - (id_ in own) for id_, n in self.supporters.items()})


NOTHING_LEARNED = Popularity(supporters=MappingProxyType({}), baskets=MappingProxyType({}))


def count_popularity(baskets: Mapping[str, frozenset[str]]) -> Popularity:
    """Count `baskets` (customer id -> product ids bought), those of customers who allow learning."""
    supporters = Counter(product_id for basket in baskets.values() for product_id in basket)
    return Popularity(supporters=MappingProxyType(dict(supporters)), baskets=baskets)
