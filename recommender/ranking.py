"""One list out of what the strategies propose: what she needs first, then the shop's own choices.

Each product is there for one reason, that of the first candidate that brought it; nothing else has a
part in its place. The same input gives the same list, always.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from heapq import merge
from itertools import islice

from recommender.catalogue import Catalogue
from recommender.feedback import without_what_is_not_hers
from recommender.inputs import NOTHING_PERMITTED, ListKind, PermittedData, Request, Settings
from recommender.learning.model import Model
from recommender.possessions import possessions_of
from recommender.preferences import is_ruled_out
from recommender.results import Candidate, CareTip, Recommendation, Suggestion
from recommender.samples import sample_instead
from recommender.similarity import Similarity
from recommender.strategies import STRATEGIES
from recommender.strategy import Situation, Strategy, Tier, tiers_of

_SAME_CATEGORY_IN_A_ROW = 2
_ITEMS_TO_A_TIP = 3


def recommend(situation: Situation) -> Recommendation:
    """At most `request.limit` suggestions for the customer whose situation this is.

    `personalised` is found by making the list once more without her data: it says exactly whether the data
    mattered.
    """
    items = _list(situation)
    if not situation.data.fields:
        return Recommendation(items=items, personalised=False)
    nothing = possessions_of(
        NOTHING_PERMITTED, situation.catalogue, today=situation.today, settings=situation.settings
    )
    impersonal = _list(replace(situation, data=NOTHING_PERMITTED, possessions=nothing))
    return Recommendation(items=items, personalised=items != impersonal)


def situation_of(
    request: Request,
    *,
    data: PermittedData,
    customer_id: str | None,
    catalogue: Catalogue,
    learned: Model,
    similarity: Similarity,
    today: date,
    settings: Settings,
) -> Situation:
    """All that strategies may look at, without what she said is not hers."""
    possessions = possessions_of(data, catalogue, today=today, settings=settings)
    return Situation(
        request=request,
        data=without_what_is_not_hers(data, possessions.heard),
        possessions=possessions,
        catalogue=catalogue,
        similarity=similarity,
        learned=learned,
        customer_id=customer_id,
        today=today,
        settings=settings,
    )


def offered(tier: Tier, situation: Situation) -> Iterator[Candidate]:
    """What the strategies of one tier propose and may be offered, one variant of each thing, best first."""
    return _first_of_each_group(_candidates(tier, situation), {}, {}, situation.catalogue)


def tips_due(situation: Situation) -> Iterable[CareTip]:
    """The tips that are due, each once, the nearest to what she has first."""
    proposals = [one.propose(situation) for one in _usable(Tier.CARE, situation)]
    due: dict[str, CareTip] = {}
    for candidate in merge(*proposals, key=_best_first):
        assert candidate.tip_id is not None
        due.setdefault(candidate.tip_id, CareTip(tip_id=candidate.tip_id, reason=candidate.reason))
    return due.values()


def _list(situation: Situation) -> tuple[Suggestion | CareTip, ...]:
    limit = situation.request.limit
    chosen: dict[str, Candidate] = {}
    variants: dict[str, Candidate] = {}
    tips: list[Suggestion | CareTip] = []
    before_tips = 0
    for tier in tiers_of(situation.request):
        if tier is Tier.CARE:
            before_tips, tips = len(chosen), _tips(situation, places=limit - len(chosen))
            limit -= len(tips)
            continue
        proposed = _candidates(tier, situation)
        firsts = _first_of_each_group(proposed, chosen, variants, situation.catalogue)
        for candidate in _varied(islice(firsts, limit - len(chosen)), chosen, situation.catalogue):
            chosen[candidate.product_id] = candidate
    ordered = [*chosen.values(), *variants.values()][:limit]
    listed = [Suggestion(product_id=one.product_id, reason=one.reason) for one in ordered]
    return (*listed[:before_tips], *tips, *listed[before_tips:])


def _tips(situation: Situation, *, places: int) -> list[Suggestion | CareTip]:
    """Few tips, each once, in places that are left behind what she needs and what fits what she looks at."""
    at_most = min(places, situation.settings.tips_at_most, situation.request.limit // _ITEMS_TO_A_TIP)
    return list(islice(tips_due(situation), at_most))


def _candidates(tier: Tier, situation: Situation) -> Iterator[Candidate]:
    """What the usable strategies of `tier` propose and may be offered, best first; ties as in the tuple."""
    proposals = [_offered(strategy, situation) for strategy in _usable(tier, situation)]
    return merge(*proposals, key=_best_first)


def _usable(tier: Tier, situation: Situation) -> list[Strategy]:
    return [one for one in STRATEGIES if one.tier is tier and one.is_usable_with(situation.data.fields)]


def _best_first(candidate: Candidate) -> int:
    return -candidate.score


def _offered(strategy: Strategy, situation: Situation) -> Iterator[Candidate]:
    for candidate in strategy.propose(situation):
        if _may_be_offered(candidate.product_id, strategy, situation):
            sample = sample_instead(candidate, situation)
            if sample is not None and _may_be_offered(sample.product_id, strategy, situation):
                yield sample
            yield candidate


def _may_be_offered(product_id: str, strategy: Strategy, situation: Situation) -> bool:
    possessions, catalogue, request = situation.possessions, situation.catalogue, situation.request
    if not catalogue.is_offered(product_id) or product_id in request.page:
        return False
    group = catalogue.group[product_id]
    if group in possessions.stocked or group in possessions.put_off or product_id in possessions.declined:
        return False
    if is_ruled_out(catalogue.products[product_id], situation.data.preferences):
        return False
    if _is_sample_of_unwanted(product_id, situation):
        return False
    if request.list_kind is ListKind.AGAIN and product_id not in possessions.bought:
        return False
    if request.list_kind is ListKind.NEW and product_id in possessions.bought:
        return False
    return strategy.may_fit_others or not _fits_something_else(product_id, situation)


def _is_sample_of_unwanted(product_id: str, situation: Situation) -> bool:
    """Of what she has or had, or does not want."""
    catalogue, possessions = situation.catalogue, situation.possessions
    whole = catalogue.products.get(catalogue.products[product_id].sample_of or "")
    if whole is None or whole.id == product_id:
        return False
    is_declined = whole.id in possessions.declined or is_ruled_out(whole, situation.data.preferences)
    return is_declined or catalogue.group[whole.id] in possessions.known | possessions.put_off


def _fits_something_else(product_id: str, situation: Situation) -> bool:
    """Whether it fits none of her devices, though some are known, or only one that she said is gone."""
    fits = situation.catalogue.fits.get(product_id, frozenset())
    owned, gone = situation.possessions.devices, situation.possessions.gone
    return bool(fits) and fits.isdisjoint(owned) and (bool(owned) or not fits.isdisjoint(gone))


def _first_of_each_group(
    candidates: Iterable[Candidate],
    chosen: dict[str, Candidate],
    variants: dict[str, Candidate],
    catalogue: Catalogue,
) -> Iterator[Candidate]:
    """One variant or sample of each thing; the others are put by in `variants`, for when nothing else is left."""
    first = {catalogue.thing[product_id]: product_id for product_id in chosen}
    for candidate in candidates:
        thing = catalogue.thing[candidate.product_id]
        if thing not in first:
            first[thing] = candidate.product_id
            yield candidate
        elif first[thing] != candidate.product_id:
            variants.setdefault(candidate.product_id, candidate)


def _varied(
    candidates: Iterable[Candidate], before: dict[str, Candidate], catalogue: Catalogue
) -> Iterator[Candidate]:
    """The same candidates, with no more than two of one category in a row where that can be had."""
    waiting = list(candidates)
    row = [_category(product_id, catalogue) for product_id in before]
    while waiting:
        tail = row[-_SAME_CATEGORY_IN_A_ROW:]
        full = tail[0] if len(tail) == _SAME_CATEGORY_IN_A_ROW and len(set(tail)) == 1 else None
        place = next(
            (
                index
                for index, one in enumerate(waiting)
                if full is None or _category(one.product_id, catalogue) != full
            ),
            0,
        )
        candidate = waiting.pop(place)
        row.append(_category(candidate.product_id, catalogue))
        yield candidate


def _category(product_id: str, catalogue: Catalogue) -> str:
    return catalogue.products[product_id].category or ""
