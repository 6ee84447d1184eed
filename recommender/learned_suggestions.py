"""Suggestions by what was learned, each with a reason that is its score taken apart.

What says most names the reason, all that rests on one product taken together; the few that follow are facts of
it, and the rest are counted together.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from recommender.learning.scores import Part, Scores, Summand
from recommender.learning.settings import PartWeights
from recommender.profiles import Known, Speaking
from recommender.results import WHOLE, Candidate, Fact, Others, Reason, ReasonCode, Source
from recommender.strategy import Situation

FACTS_SHOWN = 4
"""So many parts of a score are facts of the reason; it names three of them at most."""

_BOUGHT = "purchases.product"


def learned_suggestions(known: Known, situation: Situation, weights: PartWeights) -> Iterator[Candidate]:
    """What suits the profile, best first. Nothing sensitive: that would look as if something was inferred."""
    if not known.speaking:
        return
    products, scores = situation.catalogue.products, Scores(situation.learned, known.profile, weights)
    for rank, product_id in enumerate(scores.products):
        if product_id in products and not products[product_id].sensitive:
            reason = _reason(product_id, _by_product(scores.summands(rank), known), known, situation)
            yield Candidate(product_id=product_id, score=int(scores.totals[rank]), reason=reason)


def _by_product(summands: Iterable[Summand], known: Known) -> list[Summand]:
    """The same, those of one product together: that of which they add up to most first."""
    groups: dict[tuple[Part, str], list[Summand]] = {}
    for one in summands:
        product_id = known.speaking[one.place].product_id if one.part is Part.SOURCE else ""
        groups.setdefault((one.part, product_id), []).append(one)
    largest_first = sorted(groups.values(), key=lambda group: -sum(one.amount for one in group))
    return list(chain.from_iterable(largest_first))


def _reason(product_id: str, summands: Sequence[Summand], known: Known, situation: Situation) -> Reason:
    shares = _shares([summand.amount for summand in summands])
    named = _named(summands)
    facts = [
        fact
        for place in named
        for fact in _facts(product_id, summands[place], shares[place], known, situation)
    ]
    return Reason(
        code=_code(summands[0], known),
        facts=tuple(facts),
        others=Others(count=len(shares) - len(named), share=WHOLE - sum(shares[place] for place in named)),
        params=_params(product_id, [summands[place] for place in named], known, situation),
    )


def _named(summands: Sequence[Summand]) -> list[int]:
    """The places of those that become facts: the first, and of the rest the largest; what is left is smaller."""
    rest = sorted(range(1, len(summands)), key=lambda place: -summands[place].amount)
    return [0, *sorted(rest[: FACTS_SHOWN - 1])]


def _code(largest: Summand, known: Known) -> ReasonCode:
    if largest.part is Part.OWN:
        return ReasonCode.BUY_AGAIN
    if largest.part is Part.POPULAR:
        return ReasonCode.POPULAR
    is_hers = known.speaking[largest.place].source is Source.CUSTOMER
    return ReasonCode.FOR_YOU if is_hers else ReasonCode.BOUGHT_TOGETHER


def _facts(
    product_id: str, summand: Summand, share: int, known: Known, situation: Situation
) -> Iterator[Fact]:
    """The fact that carries the share, and what it rests on besides: a day, and that others bought both."""
    k = situation.settings.k
    if summand.part is Part.POPULAR:
        yield Fact(source=Source.OTHERS, field=_BOUGHT, ref=product_id, value=k, share=share)
        return
    is_own = summand.part is Part.OWN
    speaking = _of_product(product_id, known) if is_own else known.speaking[summand.place]
    yield Fact(source=speaking.source, field=speaking.field, ref=speaking.product_id, share=share)
    if speaking.day is not None and speaking.field == _BOUGHT:
        yield Fact(
            source=Source.CUSTOMER, field="purchases.date", ref=speaking.product_id, value=speaking.day
        )
    if not is_own:
        pair = f"{speaking.product_id} → {product_id}"
        yield Fact(source=Source.OTHERS, field=_BOUGHT, ref=pair, value=k)


def _of_product(product_id: str, known: Known) -> Speaking:
    return next(one for one in known.speaking if (one.field, one.product_id) == (_BOUGHT, product_id))


def _params(
    product_id: str, named: Sequence[Summand], known: Known, situation: Situation
) -> Mapping[str, str | int]:
    largest = named[0]
    if largest.part is Part.POPULAR:
        return {"at_least": situation.settings.k}
    if largest.part is Part.OWN:
        return _own_params(product_id, known, situation)
    sources = [known.speaking[one.place].product_id for one in named if one.part is Part.SOURCE]
    names = dict(zip(("product", "second", "third"), dict.fromkeys(sources), strict=False))
    return {"at_least": situation.settings.k, "because": known.speaking[largest.place].field, **names}


def _own_params(product_id: str, known: Known, situation: Situation) -> Mapping[str, str | int]:
    """On how many days she bought it; purchases whose day may not be read count one by one."""
    days, last = situation.possessions.days[product_id], _of_product(product_id, known).day
    times = len({day for day in days if day is not None}) + sum(day is None for day in days)
    if last is None:
        return {"times": times}
    return {"times": times, "elapsed_days": max((situation.today - last).days, 0)}


def _shares(amounts: Sequence[int]) -> list[int]:
    """Parts of `WHOLE`, in proportion, by largest remainder: they add up exactly."""
    total = sum(amounts)
    shares = [amount * WHOLE // total for amount in amounts]
    remainders = sorted(range(len(amounts)), key=lambda place: (-(amounts[place] * WHOLE % total), place))
    for place in remainders[: WHOLE - sum(shares)]:
        shares[place] += 1
    return shares
