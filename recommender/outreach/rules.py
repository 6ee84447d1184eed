"""The shop's rules of contact: how often at most, and when not. She can make it rarer, never more often."""

from dataclasses import dataclass
from datetime import time


@dataclass(frozen=True, kw_only=True, slots=True)
class Cap:
    """At most so many contacts but service notes in any so many days, over all channels together."""

    contacts: int
    days: int


@dataclass(frozen=True, kw_only=True, slots=True)
class QuietHours:
    """From and until, by the clock on her wall; they may lie on both sides of midnight."""

    start: time
    end: time

    def cover(self, wall: time) -> bool:
        if self.start < self.end:
            return self.start <= wall < self.end
        return wall >= self.start or wall < self.end


@dataclass(frozen=True, kw_only=True, slots=True)
class ContactRules:
    """Constants, shipped or set by the shop, never learned.

    caps                   few by default: people take their leave of who writes more than weekly
    quiet_hours            where she has told none
    after_purchase_days    she has just been served: nothing to sell for so many days
    after_complaint_days   nothing to sell to somebody who was not content
    follow_up_days         so long she may be asked after a bad experience
    asked_less_often_days  so long "too often" is an answer by itself; after that her rhythm stays doubled
    usual_rhythm_days      what is doubled if she has not told how often she wants to hear
    items_at_most          in one contact
    """

    caps: tuple[Cap, ...] = (Cap(contacts=1, days=7), Cap(contacts=3, days=30))
    quiet_hours: QuietHours = QuietHours(start=time(21), end=time(8))
    after_purchase_days: int = 2
    after_complaint_days: int = 14
    follow_up_days: int = 14
    asked_less_often_days: int = 60
    usual_rhythm_days: int = 7
    items_at_most: int = 3
