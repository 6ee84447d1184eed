"""The shop's catalogue, indexed once and then shared by all requests. Nobody's data is in it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, zip_longest
from types import MappingProxyType

from recommender.inputs import Product
from recommender.spelling import fold
from recommender.tips import Tip

_ALONE = "product:"


@dataclass(frozen=True, kw_only=True, slots=True)
class Catalogue:
    """Products and the facts "this fits that".

    products   by id
    fits       product id -> ids of the devices that it fits; only products that have such facts
    supplies   device id -> ids of the products that fit it, in the shop's order
    group      product id -> key of its variant group; a product without variants is its own group
    thing      product id -> key of what stands in a list once: its group; of a sample that of what it is of
    samples    product id -> id of the sample that can be had of it; none of what is sensitive
    featured   ids in the shop's own order (`featured_rank`, then id)
    starters   ids of what the shop calls good for newcomers, in its order; nothing sensitive
    arrivals   (day, id) of what came into the range on a known day, the latest first; nothing sensitive
    shelf      ids of everything available, one category after the other in turn; nothing sensitive, which
               would look as if something had been inferred
    tips       care tips, in the order of their ids
    of_brand, of_category
               a brand, a category as they are compared -> ids of what of it is on the shelf, in the shop's order
    suiting    a kind of recipient -> ids of what on the shelf suits them as a gift, in the shop's order
    """

    products: Mapping[str, Product]
    fits: Mapping[str, frozenset[str]]
    supplies: Mapping[str, tuple[str, ...]]
    group: Mapping[str, str]
    thing: Mapping[str, str]
    samples: Mapping[str, str]
    featured: tuple[str, ...]
    starters: tuple[str, ...]
    arrivals: tuple[tuple[date, str], ...]
    shelf: tuple[str, ...]
    of_brand: Mapping[str, tuple[str, ...]]
    of_category: Mapping[str, tuple[str, ...]]
    suiting: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    tips: tuple[Tip, ...] = ()

    def group_of(self, product_id: str) -> str:
        """Key of the variant group, also of what the shop no longer knows: then it is its own group."""
        return self.group.get(product_id, _ALONE + product_id)

    def supplies_on_offer(self, device_id: str) -> Iterator[str]:
        """What fits the device and can be had: what is sold out takes no place among them."""
        return filter(self.is_offered, self.supplies.get(device_id, ()))

    def is_offered(self, product_id: str) -> bool:
        product = self.products.get(product_id)
        return product is not None and product.available


def build_catalogue(
    products: Iterable[Product], fits: Mapping[str, frozenset[str]], tips: Iterable[Tip] = ()
) -> Catalogue:
    """Index `products`, `fits` (product id -> device ids) and `tips`. The order handed in does not matter."""
    by_id = {product.id: product for product in sorted(products, key=_shop_order)}
    on_offer = [product for product in by_id.values() if product.available]
    on_shelf = [product for product in on_offer if not product.sensitive]
    group = {product.id: _group(product, fits) for product in by_id.values()}
    return Catalogue(
        products=by_id,
        fits=fits,
        supplies=_ids_by((device_id, id_) for id_ in by_id for device_id in fits.get(id_, ())),
        group=group,
        thing={id_: group.get(product.sample_of or id_, group[id_]) for id_, product in by_id.items()},
        samples=_samples(on_offer, by_id),
        featured=tuple(product.id for product in on_offer if product.featured_rank is not None),
        shelf=_category_by_category(on_shelf),
        of_brand=_ids_by((fold(one.brand), one.id) for one in on_shelf if one.brand is not None),
        of_category=_ids_by((fold(one.category), one.id) for one in on_shelf if one.category is not None),
        suiting=_ids_by((recipient, one.id) for one in on_shelf for recipient in one.suits),
        tips=tuple(sorted(tips, key=lambda tip: tip.id)),
        starters=tuple(product.id for product in on_shelf if product.for_newcomers),
        arrivals=_arrivals(on_shelf),
    )


def _shop_order(product: Product) -> tuple[bool, int, str]:
    """What the shop features comes first; ids settle the rest, so that the order is stable."""
    rank = product.featured_rank
    return (rank is None, rank or 0, product.id)


def _arrivals(products: Iterable[Product]) -> tuple[tuple[date, str], ...]:
    known = [(product.available_since, product.id) for product in products]
    dated = [(day, product_id) for day, product_id in known if day is not None]
    return tuple(sorted(dated, key=lambda one: one[0], reverse=True))


def _samples(on_offer: Iterable[Product], products: Mapping[str, Product]) -> dict[str, str]:
    """Of several samples of one thing the first in the shop's order; a sample has none of its own. To offer to
    try what is sensitive would look as if something had been inferred."""
    samples: dict[str, str] = {}
    for sample in on_offer:
        whole = products.get(sample.sample_of or sample.id, sample)
        is_sample = whole is not sample and whole.sample_of not in products
        if is_sample and not (whole.sensitive or sample.sensitive):
            samples.setdefault(whole.id, sample.id)
    return samples


def _group(product: Product, fits: Mapping[str, frozenset[str]]) -> str:
    """Variants: what the shop groups itself; else supplies alike in all but size (950 and 950XL black)."""
    group_id = product.attributes.get("item_group_id")
    colour = product.attributes.get("color")
    devices = fits.get(product.id)
    if group_id:
        # Feeds group colours as variants; a printer needs each of them.
        in_colour = f"colour:{(str(group_id), str(colour).lower())}"
        return in_colour if colour and devices else f"group:{group_id}"
    if colour and devices:
        return f"alike:{(product.brand, product.category, str(colour).lower(), sorted(devices))}"
    return _ALONE + product.id


def _ids_by(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Key -> the ids that come with it, in their order."""
    found: dict[str, list[str]] = defaultdict(list)
    for key, product_id in pairs:
        found[key].append(product_id)
    return {key: tuple(product_ids) for key, product_ids in found.items()}


def _category_by_category(products: Iterable[Product]) -> tuple[str, ...]:
    shelves: dict[str, list[str]] = defaultdict(list)
    for product in products:
        shelves[product.category or ""].append(product.id)
    rounds = chain.from_iterable(zip_longest(*(shelves[category] for category in sorted(shelves))))
    return tuple(product_id for product_id in rounds if product_id is not None)
