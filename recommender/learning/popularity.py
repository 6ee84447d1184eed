"""How many customers bought each product, counted over those who allow learning and nobody else."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from heapq import merge
from types import MappingProxyType

_Ranking = tuple[tuple[int, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Others:
    """Supporters of each product, one customer left out: each product of `own` has one less."""

    supporters: Mapping[str, int]
    ranking: _Ranking
    own: frozenset[str] = frozenset()

    def most_supported_first(self) -> Iterator[tuple[str, int]]:
        """Product id and how many support it, 0 included; ids settle ties.

        What everybody supports is in order already: only her own few are sorted for her.
        """
        hers = sorted((1 - self.supporters[product_id], product_id) for product_id in self.own)
        not_hers = (ranked for ranked in self.ranking if ranked[1] not in self.own)
        return ((product_id, -place) for place, product_id in merge(not_hers, hers))


@dataclass(frozen=True, kw_only=True, slots=True)
class Popularity:
    """Supporters of each product, and who contributed what, so that one can be left out exactly.

    supporters  product id -> number of customers who bought it
    ranking     the same as (minus the number, product id), in order
    baskets     customer id -> ids of the products that she contributed
    """

    supporters: Mapping[str, int]
    ranking: _Ranking
    baskets: Mapping[str, frozenset[str]]

    def without(self, customer_id: str | None) -> Others:
        """Supporters other than this customer: what she bought herself is no news to her."""
        own = self.baskets.get(customer_id or "", frozenset())
        return Others(supporters=self.supporters, ranking=self.ranking, own=own)


NOTHING_LEARNED = Popularity(supporters=MappingProxyType({}), ranking=(), baskets=MappingProxyType({}))


def count_popularity(baskets: Mapping[str, frozenset[str]]) -> Popularity:
    """Count `baskets` (customer id -> product ids bought), those of customers who allow learning."""
    supporters = Counter(product_id for basket in baskets.values() for product_id in basket)
    return Popularity(
        supporters=MappingProxyType(dict(supporters)),
        ranking=tuple(sorted((-count, product_id) for product_id, count in supporters.items())),
        baskets=baskets,
    )
