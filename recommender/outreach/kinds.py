"""What a contact is, and why one is not made: two closed lists, the same on the wire."""

from collections.abc import Iterable
from enum import StrEnum


class ContactKind(StrEnum):
    """What a contact is for. A service note is no marketing, carries none, and needs no permission for any.

    To follow up is to ask after a bad experience: no marketing and none in it, but it counts as often as any contact.
    """

    SUGGESTION = "suggestion"
    REMINDER = "reminder"
    CARE = "care"
    SERVICE = "service"
    FOLLOW_UP = "follow_up"

    @property
    def is_marketing(self) -> bool:
        return self not in (ContactKind.SERVICE, ContactKind.FOLLOW_UP)

    @property
    def is_counted(self) -> bool:
        """Whether it counts in the caps, and is held back by them and by "too often"."""
        return self is not ContactKind.SERVICE


class HeldBack(StrEnum):
    """Why a contact is not made, in the order in which reasons are given: her permission comes first.

    no_permission            the address may not be used for this, by any of these channels
    no_channel               she has given none of these channels
    asked_less_often         she said that it is too often, not long ago
    quiet_period_complaint   she was not content with something, not long ago
    quiet_period_purchase    she has just bought something
    cap_reached              she has heard enough, or as often as she wants to
    quiet_hours              it is night for her
    not_today                it was planned for another day
    marketing_in_service     a service note has something to buy in it
    not_valid                the message is not for this day
    does_not_concern_her     the message is for others, as far as may be known
    knows_already            she was here after it was known
    already_told             she was told before
    answered                 she has said what she would be asked
    declined                 she said no to it
    has_it                   she has it
    not_due                  it is not time
    nothing_to_say           there is nothing that would help her now
    """

    NO_PERMISSION = "no_permission"
    NO_CHANNEL = "no_channel"
    ASKED_LESS_OFTEN = "asked_less_often"
    QUIET_PERIOD_COMPLAINT = "quiet_period_complaint"
    QUIET_PERIOD_PURCHASE = "quiet_period_purchase"
    CAP_REACHED = "cap_reached"
    QUIET_HOURS = "quiet_hours"
    NOT_TODAY = "not_today"
    MARKETING_IN_SERVICE = "marketing_in_service"
    NOT_VALID = "not_valid"
    DOES_NOT_CONCERN_HER = "does_not_concern_her"
    KNOWS_ALREADY = "knows_already"
    ALREADY_TOLD = "already_told"
    ANSWERED = "answered"
    DECLINED = "declined"
    HAS_IT = "has_it"
    NOT_DUE = "not_due"
    NOTHING_TO_SAY = "nothing_to_say"


_NOTHING_OF_HERS = frozenset(
    {
        HeldBack.NO_PERMISSION,
        HeldBack.CAP_REACHED,
        HeldBack.NOT_TODAY,
        HeldBack.MARKETING_IN_SERVICE,
        HeldBack.NOT_VALID,
        HeldBack.ALREADY_TOLD,
    }
)
_PLACE = {why: place for place, why in enumerate(HeldBack)}


def in_order(reasons: Iterable[HeldBack]) -> tuple[HeldBack, ...]:
    """Each once, in the order of the list."""
    return tuple(sorted(set(reasons), key=_PLACE.__getitem__))


def to_be_stored(reasons: Iterable[HeldBack]) -> tuple[HeldBack, ...]:
    """Those that follow from no data of hers: the others must be found anew while it may be read, or not be told."""
    return tuple(why for why in reasons if why in _NOTHING_OF_HERS)
