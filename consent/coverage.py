"""What live grants cover of one data field, and what later denials and objections take from each.

    A grant is live when it was given or renewed, is not replaced, not expired and not used up, and its notice
    has not materially changed since.

Grants only add, denials only cut. Order is the position in her ledger, never a clock.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from consent.events import ConsentEvent, EventKind
from consent.items import Item
from consent.scope import Scope


class AnyChannel(Enum):
    """Stands for whichever channel permits most."""

    ANY_CHANNEL = "any channel"


ANY_CHANNEL = AnyChannel.ANY_CHANNEL
Channel = str | None | AnyChannel
"""The channel of a reading; `None` if nobody has told it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What is asked: to read one field for a purpose, by a channel, at a moment.

    counted     whether grants that are good for a number of answers count, too
    to_keep     whether data is to be kept, not read: a restriction of processing, and a notice that changed and
                waits for her answer, keep it from being read only
    kept_since  only data from this moment on, by the shop's retention (UTC)
    """

    purpose: str
    field: str
    at: datetime
    channel: Channel = None
    counted: bool = False
    to_keep: bool = False
    kept_since: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Covering:
    """What one live grant covers of a field: its scope without the `cuts`, and nothing older than retention."""

    consent_id: str
    scope: Scope
    position: int
    uses_left: int | None
    cuts: tuple[Scope, ...] = ()
    kept_since: datetime | None = None

    @property
    def is_whole(self) -> bool:
        """Whether she and the denials narrow nothing: what is left out is sensitive, or past retention."""
        return self.scope.items is None and self.scope.data_from is None and not self.cuts

    def cover(self, item: Item) -> bool:
        """Whether this datum may be read."""
        return (
            self.scope.reach(item) is True
            and all(cut.reach(item) is False for cut in self.cuts)
            and not self.is_past_retention(item)
            and not self.is_too_sensitive(item)
        )

    def is_too_sensitive(self, item: Item) -> bool:
        """Sensitive products are never read unless they, or their category, are explicitly selected."""
        explicit = self.scope.items is not None and self.scope.items.select_explicitly(item)
        return item.sensitive and not explicit

    def is_past_retention(self, item: Item) -> bool:
        return self.kept_since is not None and item.at is not None and item.at < self.kept_since


def without_repeats(coverings: Iterable[Covering]) -> tuple[Covering, ...]:
    """The first of those that cover the same data: no other one is ever used."""
    first: dict[tuple[object, ...], Covering] = {}
    for one in coverings:
        first.setdefault((one.scope.items, one.scope.data_from, one.cuts, one.kept_since), one)
    return tuple(first.values())


def coverings(ledger: Sequence[ConsentEvent], question: Question) -> tuple[Covering, ...]:
    """What may be read of the field, the preferred grant first. `ledger` is all her events, in ledger order.

    Of several grants an uncounted one is used first, then the longest lived, then the first given.
    """
    about_it = [event for event in ledger if event.covers(question.purpose, question.field)]
    replaced = replaced_consents(ledger, question.purpose)
    objections = [
        event
        for event in standing_objections(about_it, ledger)
        if not (question.to_keep and event.kind is EventKind.RESTRICTED)
    ]
    denials = [event for event in about_it if event.is_denial]
    found = (
        covering
        for grant in about_it
        if is_live(grant, ledger, question)
        and grant.consent_id not in replaced
        and is_for_channel(grant.scope, question.channel)
        and (question.counted or grant.scope.uses is None)
        for covering in _left_of(grant, [*_denials_of(grant, denials), *objections], ledger, question)
    )
    return tuple(sorted(found, key=_preference))


def is_live(grant: ConsentEvent, ledger: Sequence[ConsentEvent], question: Question) -> bool:
    """Whether the grant by itself is good at that moment, whatever was denied or put in its place."""
    selects_something = grant.scope.items is None or not grant.scope.items.is_nothing
    return (
        grant.is_grant
        and selects_something
        and not grant.is_expired(question.at)
        and (question.to_keep or not grant.is_outdated(question.at))
        and uses_left(grant, ledger) != 0
    )


def uses_left(grant: ConsentEvent, ledger: Sequence[ConsentEvent]) -> int | None:
    """For how many answers the grant is still good; `None` if it is not counted."""
    if grant.scope.uses is None:
        return None
    used = sum(
        event.kind is EventKind.CONSUMED
        and event.consent_id == grant.consent_id
        and event.position > grant.position
        for event in ledger
    )
    return max(grant.scope.uses - used, 0)


def is_for_channel(scope: Scope, channel: Channel) -> bool:
    """Whether a grant of this scope counts for the channel; one that nobody has told is no channel of hers."""
    if isinstance(channel, AnyChannel):
        return scope.channels is None or bool(scope.channels)
    return scope.reach_channel(channel) is True


def is_late(event: ConsentEvent, denial: ConsentEvent) -> bool:
    """Whether `event` tells of a time before `denial`, which was in the ledger already.

    An event whose time was not stated happened when it was recorded, whatever the clock said then. A denial is
    never late: it cuts from where it stands.
    """
    return (
        denial.is_denial
        and not event.is_denial
        and denial.position < event.position
        and event.occurred_at is not None
        and event.occurred_at < denial.happened_at
    )


def is_superseded(event: ConsentEvent, ledger: Sequence[ConsentEvent], field: str) -> bool:
    """Whether a denial of `field`, in the ledger before `event`, is younger than what `event` tells of and
    denies all of it.

    Such an event is an old paper that arrived late: evidence of the past, it reopens nothing.
    """
    return any(
        is_late(event, denial)
        and denial.covers(event.scope.purpose, field)
        and denial.scope.contain_data(event.scope)
        and denial.scope.contain_channels(event.scope)
        for denial in ledger
    )


def restricted_fields(ledger: Sequence[ConsentEvent]) -> frozenset[str]:
    """The fields whose processing is restricted: their data are kept then, whatever else would end them."""
    standing = standing_objections(ledger, ledger)
    return frozenset().union(*(one.scope.fields for one in standing if one.kind is EventKind.RESTRICTED))


def restricted_since(ledger: Sequence[ConsentEvent], field: str) -> int | None:
    """The position from which on a restriction of `field` has stood without a gap; `None` if none stands."""
    since = None
    for number, event in enumerate(ledger, start=1):
        if event.kind in (EventKind.RESTRICTED, EventKind.LIFTED):
            stands = field in restricted_fields(ledger[:number])
            since = (since or event.position) if stands else None
    return since


def replaced_consents(ledger: Sequence[ConsentEvent], purpose: str) -> frozenset[str]:
    """Consents for `purpose` that she exchanged for another one; they never come back."""
    return frozenset(
        event.replaces
        for event in ledger
        if event.is_grant and event.replaces and event.scope.purpose == purpose
    )


def standing_objections(events: Sequence[ConsentEvent], ledger: Sequence[ConsentEvent]) -> list[ConsentEvent]:
    """Of `events` the objections and restrictions that `ledger` does not lift."""
    lifted = {
        (event.consent_id, event.scope.purpose): event.position
        for event in ledger
        if event.kind is EventKind.LIFTED
    }
    return [
        event
        for event in events
        if event.is_objection and event.position > lifted.get((event.consent_id, event.scope.purpose), 0)
    ]


def _left_of(
    grant: ConsentEvent,
    denying: Sequence[ConsentEvent],
    ledger: Sequence[ConsentEvent],
    question: Question,
) -> list[Covering]:
    """What `denying` leaves of a live grant: nothing, or one part; of any channel, what it leaves in each."""
    if isinstance(question.channel, AnyChannel):
        each = [_cuts_in(one, denying) for one in sorted(grant.scope.channels or ())]
        found = each or [tuple(event.scope for event in denying if event.scope.channels is None)]
    else:
        found = [_cuts_in(question.channel, denying)]
    return [
        Covering(
            consent_id=grant.consent_id,
            scope=grant.scope,
            position=grant.position,
            uses_left=uses_left(grant, ledger),
            cuts=cuts,
            kept_since=question.kept_since,
        )
        for cuts in dict.fromkeys(found)
        if not any(cut.contain_data(grant.scope) for cut in cuts)
    ]


def _cuts_in(channel: str | None, denying: Sequence[ConsentEvent]) -> tuple[Scope, ...]:
    return tuple(event.scope for event in denying if event.scope.reach_channel(channel) is not False)


def _denials_of(grant: ConsentEvent, denials: Sequence[ConsentEvent]) -> list[ConsentEvent]:
    """Those that stand after the grant, and those before it that are younger than what it tells of."""
    return [denial for denial in denials if denial.position > grant.position or is_late(grant, denial)]


def _preference(covering: Covering) -> tuple[bool, bool, float, int]:
    expires_at = covering.scope.expires_at
    return (
        covering.scope.uses is not None,
        expires_at is not None,
        -expires_at.timestamp() if expires_at else 0.0,
        covering.position,
    )
