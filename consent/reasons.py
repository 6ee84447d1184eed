"""Why a datum may not be read: a closed list of codes, and which of them it is."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from consent.coverage import (
    AnyChannel,
    Covering,
    Question,
    coverings,
    is_for_channel,
    is_late,
    is_superseded,
    replaced_consents,
    standing_objections,
    uses_left,
)
from consent.events import ConsentEvent, EventKind
from consent.items import ANYTHING, Item


class Because(StrEnum):
    """Why a field may not be read: a closed list, the same on the wire."""

    NOT_ASKED = "not_asked"
    DEFERRED = "deferred"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    EXPIRED = "expired"
    CONSUMED = "consumed"
    SINGLE_USE = "single_use"
    NEEDS_RENEWAL = "needs_renewal"
    OBJECTED = "objected"
    RESTRICTED = "restricted"
    OUT_OF_SCOPE = "out_of_scope"
    SENSITIVE = "sensitive"
    PAST_RETENTION = "past_retention"
    NOT_REQUESTED = "not_requested"
    UNKNOWN_FIELD = "unknown_field"
    UNKNOWN_PURPOSE = "unknown_purpose"


def why_not(ledger: Sequence[ConsentEvent], question: Question, item: Item | None) -> Because:
    """Why `item`, which no grant covers, may not be read; `None`: why nothing of the field may. `ledger` is all
    her events, in ledger order.

    Objections come first, then restrictions, then what her latest event on this point says; papers that
    arrived late say nothing.
    """
    objected = _objected(ledger, question, item)
    if objected is not None:
        return objected
    about_it = [event for event in ledger if event.covers(question.purpose, question.field)]
    telling = [
        event
        for event in about_it
        if event.is_decision
        and _concerns(event, question, item)
        and not _came_too_late(event, about_it, question, item)
    ]
    if not telling:
        return Because.OUT_OF_SCOPE if any(event.is_grant for event in about_it) else Because.NOT_ASKED
    latest = telling[-1]
    if latest.is_grant:
        return _why_not_by(latest, ledger, question, item)
    return _REASON_OF_KIND[latest.kind]


def _objected(ledger: Sequence[ConsentEvent], question: Question, item: Item | None) -> Because | None:
    about_it = [event for event in ledger if event.covers(question.purpose, question.field)]
    kinds = {
        event.kind for event in standing_objections(about_it, ledger) if _concerns(event, question, item)
    }
    if EventKind.OBJECTED in kinds:
        return Because.OBJECTED
    return Because.RESTRICTED if EventKind.RESTRICTED in kinds and not question.to_keep else None


def _concerns(event: ConsentEvent, question: Question, item: Item | None) -> bool:
    """Whether the event may be about this channel and item."""
    by_channel = (
        isinstance(question.channel, AnyChannel) or event.scope.reach_channel(question.channel) is not False
    )
    return by_channel and event.scope.reach(item or ANYTHING) is not False


def _came_too_late(
    event: ConsentEvent, about_it: Sequence[ConsentEvent], question: Question, item: Item | None
) -> bool:
    """Whether a younger denial of this item, or of all that the event is about, was in the ledger before it."""
    if item is None:
        return is_superseded(event, about_it, question.field)
    return any(is_late(event, denial) and _concerns(denial, question, item) for denial in about_it)


def _why_not_by(
    grant: ConsentEvent, ledger: Sequence[ConsentEvent], question: Question, item: Item | None
) -> Because:
    """What keeps the grant that is her latest word from covering `item`."""
    if grant.is_expired(question.at):
        return Because.EXPIRED
    if grant.consent_id in replaced_consents(ledger, question.purpose):
        return Because.OUT_OF_SCOPE
    if grant.is_outdated(question.at):
        return Because.NEEDS_RENEWAL
    if uses_left(grant, ledger) == 0:
        return Because.CONSUMED
    if not _would_cover(grant, question, item):
        return Because.OUT_OF_SCOPE
    if grant.scope.uses is not None and not question.counted:
        return Because.SINGLE_USE
    return _beyond_her_choice(coverings(ledger, question), item or ANYTHING)


def _would_cover(grant: ConsentEvent, question: Question, item: Item | None) -> bool:
    """Whether its channels, items and data dates are right."""
    if not is_for_channel(grant.scope, question.channel):
        return False
    return item is None or grant.scope.reach(item) is True


def _beyond_her_choice(covering: Sequence[Covering], item: Item) -> Because:
    """A live grant reaches it; the shop's retention or the product's sensitivity keep it from being read."""
    if any(one.is_past_retention(item) for one in covering):
        return Because.PAST_RETENTION
    if any(one.is_too_sensitive(item) for one in covering):
        return Because.SENSITIVE
    return Because.OUT_OF_SCOPE


_REASON_OF_KIND: Mapping[EventKind, Because] = {
    EventKind.REFUSED: Because.REFUSED,
    EventKind.DEFERRED: Because.DEFERRED,
    EventKind.WITHDRAWN: Because.WITHDRAWN,
    EventKind.REVOKED: Because.REVOKED,
}
