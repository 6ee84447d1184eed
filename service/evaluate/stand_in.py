"""Stands in for Byleave's own model until that is there: personal frequency, filled with recent popularity."""

from service.evaluate.comparison import OURS
from service.evaluate.simple_baselines import PersonalFrequency


class StandIn(PersonalFrequency):
    """Nothing of ours yet."""

    name = OURS
