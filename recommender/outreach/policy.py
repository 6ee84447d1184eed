"""The contact policy (P10): few, and on time. Whether a contact may be made now; if not, all that is against it.

It is about her and the moment. Whether there is something to say is decided in `recommender.outreach.proposals`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from recommender.outreach.how_often import PastContact, counted_days, is_full, is_too_soon
from recommender.outreach.kinds import ContactKind, HeldBack, in_order
from recommender.outreach.rules import ContactRules, QuietHours


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """How she can be reached for one purpose by one channel, as far as that may be read.

    permitted    whether her address may be used for this purpose by this channel
    has_channel  whether she has given it
    quiet_hours  hers, if she told any
    rhythm_days  how many days there are to be between two contacts, if she told
    """

    permitted: bool = False
    has_channel: bool = False
    quiet_hours: QuietHours | None = None
    rhythm_days: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Lately:
    """The last day of each that happened, as far as it may be read."""

    bought: date | None = None
    complained: date | None = None
    asked_less_often: date | None = None


def why_not_contact(
    kind: ContactKind,
    *,
    at: datetime,
    reach: Reach,
    lately: Lately,
    log: tuple[PastContact, ...],
    rules: ContactRules,
) -> tuple[HeldBack, ...]:
    """All that is against a contact of this kind at `at`, the time on her wall; empty if it may be made."""
    reasons = [*_unreachable(reach), *_at_night(at, reach, rules)]
    if kind.is_counted:
        reasons += [
            *_too_near(kind, at.date(), lately, rules),
            *_too_often(at.date(), reach, lately, log, rules),
        ]
    return in_order(reasons)


def _unreachable(reach: Reach) -> Iterator[HeldBack]:
    """Whether she has given a channel is nothing to tell where it may not be read."""
    if not reach.permitted:
        yield HeldBack.NO_PERMISSION
    elif not reach.has_channel:
        yield HeldBack.NO_CHANNEL


def _at_night(at: datetime, reach: Reach, rules: ContactRules) -> Iterator[HeldBack]:
    quiet_hours = reach.quiet_hours or rules.quiet_hours
    if quiet_hours.cover(at.time().replace(tzinfo=None)):
        yield HeldBack.QUIET_HOURS


def _too_near(kind: ContactKind, day: date, lately: Lately, rules: ContactRules) -> Iterator[HeldBack]:
    """After a complaint or a purchase nothing is sold to her; she may be asked what was wrong."""
    periods = [(HeldBack.ASKED_LESS_OFTEN, lately.asked_less_often, rules.asked_less_often_days)]
    if kind.is_marketing:
        periods += [
            (HeldBack.QUIET_PERIOD_COMPLAINT, lately.complained, rules.after_complaint_days),
            (HeldBack.QUIET_PERIOD_PURCHASE, lately.bought, rules.after_purchase_days),
        ]
    for why, since, days in periods:
        if since is not None and 0 <= (day - since).days < days:
            yield why


def _too_often(
    day: date, reach: Reach, lately: Lately, log: tuple[PastContact, ...], rules: ContactRules
) -> Iterator[HeldBack]:
    """One a day, as often as the shop's caps allow, and no more often than she wants to hear."""
    days = counted_days(log)
    rhythm_days = max(_rhythm_days(reach, lately, rules), 1)
    if is_too_soon(days, day, rhythm_days=rhythm_days) or any(is_full(cap, days, day) for cap in rules.caps):
        yield HeldBack.CAP_REACHED


def _rhythm_days(reach: Reach, lately: Lately, rules: ContactRules) -> int:
    """Who found it too often hears half as often from then on, for as long as that is known of her."""
    told = reach.rhythm_days or 0
    if lately.asked_less_often is None:
        return told
    return 2 * (told or rules.usual_rhythm_days)
