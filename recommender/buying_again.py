"""How likely she is to buy again what she bought before, and how much of that comes from others."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from recommender.learning.pair_counts import Ints
from recommender.replenishment.chances import Terms, lift_of, terms_of, within_days
from recommender.replenishment.demand import Demand, demand_for, no_demand
from recommender.replenishment.habits import Habits, habits_of
from recommender.results import WHOLE
from recommender.strategy import Situation


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlook:
    """Of one thing (variant group).

    likelihood  grows with the chance of a purchase in the next weeks; only to compare
    others      whether what others buy lately has a part in it
    of_others   how much of it that is, in units of 1/`WHOLE`; 0 where it makes it no likelier
    """

    likelihood: int
    others: bool
    of_others: int


def own_likelihood(situation: Situation) -> dict[str, int]:
    """Variant group -> how likely she buys it again, by her own purchases alone; of those with a rhythm."""
    rhythms = situation.possessions.rhythms
    habits = _habits(situation)
    terms = _terms(situation, habits, no_demand(len(rhythms)))
    likely = within_days(habits, terms, situation.settings.replenishment)
    return dict(zip(rhythms, likely.tolist(), strict=True))


def outlooks(situation: Situation) -> Mapping[str, Outlook]:
    """Variant group -> what is to be expected of it; of those with a rhythm."""
    rhythms, settings = situation.possessions.rhythms, situation.settings.replenishment
    habits = _habits(situation)
    demand = demand_for(_numbers(situation), situation.learned, situation.customer_id)
    terms = _terms(situation, habits, demand)
    by_others, by_her = lift_of(habits, terms, settings)
    of_others = np.maximum(by_others, 0) * WHOLE // np.maximum(np.maximum(by_others, 0) + by_her, 1)
    columns = (within_days(habits, terms, settings), demand.known, np.where(demand.known, of_others, 0))
    rows = zip(rhythms, *(column.tolist() for column in columns), strict=True)
    return {
        group: Outlook(likelihood=likelihood, others=others, of_others=share)
        for group, likelihood, others, share in rows
    }


def _habits(situation: Situation) -> Habits:
    """All days on which she bought any of the variants of a thing are days of the thing."""
    days: dict[str, set[int]] = {group: set() for group in situation.possessions.rhythms}
    for product_id, bought in situation.possessions.days.items():
        of_thing = days.get(situation.catalogue.group_of(product_id), set())
        of_thing |= {day.toordinal() for day in bought if day is not None}
    return habits_of(
        {group: sorted(of_thing) for group, of_thing in days.items()}, today=situation.today.toordinal()
    )


def _terms(situation: Situation, habits: Habits, demand: Demand) -> Terms:
    usual = [own.usual_days or 0 for own in situation.possessions.rhythms.values()]
    return terms_of(
        habits,
        usual_days=np.array(usual, dtype=np.int64),
        demand=demand,
        settings=situation.settings.replenishment,
    )


def _numbers(situation: Situation) -> Ints:
    """Of each thing what she bought of it last, as the model numbers it."""
    number, latest = situation.learned.number, situation.possessions.latest
    return np.array(
        [number.get(latest[group], -1) for group in situation.possessions.rhythms], dtype=np.int64
    )
