"""Constants of how likely somebody buys again, shipped with the release: never learned from a shop's customers.

Fitted on UCI Online Retail (a British gift shop, 2010-2011) by `byleave evaluate FILE --replenishment`: a
weighted logistic regression of "bought on this day" on four days of the past, 30 days of outcomes each, all
before 11 October 2011 (docs/accuracy.md). The same command proposes them for a shop's own orders.
"""

from dataclasses import dataclass, field

RATE_PRIOR_DAYS = 60
"""What is known of her visits counts as if it were so many days longer."""

SHARE_PRIOR_VISITS = 3
"""How often a thing is in her basket is blended with what is usual, which counts as so many visits."""

HORIZON_DAYS = 30
"""Lists are ordered by the chance of a purchase within so many days."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Coefficients:
    """Of the log-odds of a purchase on one day, in thousandths.

    times  of the logarithm of the number of days on which she bought it
    due    of the square of ln(days since / interval); lowers, and is never below 0
    rate   of the logarithm of her visits a day
    share  of the log-odds of its being in her basket, lately above all
    trend  of the logarithm of its buyers lately over those before
    reach  of the logarithm of how many in a thousand customers bought it lately
    """

    constant: int = -3086
    times: int = 481
    due: int = 154
    rate: int = 690
    share: int = 392
    trend: int = 242
    reach: int = 244


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplenishmentSettings:
    """`usual_days` and `repeat_permille` stand in where neither she nor the catalogue tells anything.

    usual_days       the geometric mean of days between two purchases of a thing
    repeat_permille  in how many of a thousand baskets what was bought before is bought again
    """

    usual_days: int = 40
    repeat_permille: int = 112
    coefficients: Coefficients = field(default_factory=Coefficients)
