"""The rule "May it be read?" a second time: slow, from the contract alone, to compare the real one with.

It tells her ledger from the first event to the last, at one point: purpose, field, channel, item and moment. What
nobody has told of the point is thought through: an event surely reaches it if it reaches whatever the unknown may
be, and may reach it if it reaches some of that. It must never use what it is compared with: decision, coverage,
reasons, nor a method of an event or scope.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import product

from consent.events import ConsentEvent, EventKind
from consent.items import UNKNOWN, Item
from consent.scope import Items, Scope
from consent.vocabulary import FIELD_CODES, PURPOSE_CODES

GRANTS = {EventKind.GIVEN, EventKind.RENEWED}
DENIALS = {EventKind.REFUSED, EventKind.WITHDRAWN, EventKind.REVOKED}
LAYERS = (EventKind.OBJECTED, EventKind.RESTRICTED)  # the first of them is said first
ANOTHER = "another that no scope names"


@dataclass(frozen=True, kw_only=True)
class Point:
    """What is asked: one datum, for one purpose, now. `kept_since`: older data is past its retention."""

    purpose: str
    field: str
    channel: str | None
    item: Item
    at: datetime
    counted: bool
    kept_since: datetime | None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Permitted by this consent, or not because of that."""

    permitted: bool = False
    consent_id: str | None = None
    because: str | None = None


@dataclass(kw_only=True)
class Tale:
    """What is known of the point, as far as her ledger is told."""

    open: list[ConsentEvent] = field(default_factory=list)  # grants that no denial has cut since
    denied_at: list[datetime] = field(default_factory=list)
    layers: list[ConsentEvent] = field(default_factory=list)  # objections and restrictions, not lifted
    last_word: ConsentEvent | None = None
    told_grants: list[ConsentEvent] = field(default_factory=list)
    taken: Counter[str] = field(default_factory=Counter)  # uses, by the event that granted them
    replaced: set[tuple[str, str]] = field(default_factory=set)
    asked: bool = False


def may_it_be_read(ledger: Iterable[ConsentEvent], point: Point) -> Answer:
    """Whether the contract lets this point be read, by which consent, or why not."""
    if point.purpose not in PURPOSE_CODES:
        return Answer(because="unknown_purpose")
    if point.field not in FIELD_CODES:
        return Answer(because="unknown_field")
    tale = Tale()
    for event in sorted(ledger, key=lambda event: event.position):
        _tell(tale, event, point)
    for kind in LAYERS:
        if any(layer.kind is kind for layer in tale.layers):
            return Answer(because=kind.value)
    readable = [grant for grant in tale.open if _why_a_grant_is_not_read(tale, grant, point) is None]
    if readable:
        return Answer(permitted=True, consent_id=_preferred(readable).consent_id)
    return Answer(because=_why_not(tale, point))


def _tell(tale: Tale, event: ConsentEvent, point: Point) -> None:
    """What one more event changes."""
    if event.kind in GRANTS:
        tale.told_grants.append(event)
        if event.replaces is not None:
            tale.replaced.add((event.replaces, event.scope.purpose))
    if event.kind is EventKind.CONSUMED:
        used = [grant for grant in tale.told_grants if grant.consent_id == event.consent_id]
        tale.taken.update(grant.event_id for grant in used)
    if event.kind is EventKind.LIFTED and not _is_late(tale, event):
        tale.layers = [layer for layer in tale.layers if not _lifts(event, layer)]
    if event.scope.purpose == point.purpose and point.field in event.scope.fields:
        _tell_of_this_field(tale, event, point)


def _tell_of_this_field(tale: Tale, event: ConsentEvent, point: Point) -> None:
    tale.asked = tale.asked or event.kind in GRANTS
    if not _may_reach(event.scope, point.channel, point.item):
        return
    if event.kind in LAYERS:
        tale.layers.append(event)
    elif event.kind in DENIALS:
        tale.open.clear()
        tale.denied_at.append(event.occurred_at or event.recorded_at)
        tale.last_word = event
    elif event.kind in GRANTS | {EventKind.DEFERRED} and not _is_late(tale, event):
        tale.last_word = event
        if event.kind in GRANTS:
            tale.open.append(event)


def _is_late(tale: Tale, event: ConsentEvent) -> bool:
    """A paper from before something that she denied since: evidence, which opens nothing."""
    return any(event.occurred_at and event.occurred_at < denied_at for denied_at in tale.denied_at)


def _lifts(event: ConsentEvent, layer: ConsentEvent) -> bool:
    return (event.consent_id, event.scope.purpose) == (layer.consent_id, layer.scope.purpose)


def _preferred(grants: list[ConsentEvent]) -> ConsentEvent:
    """Uncounted first, then the longest lived, then the first in her ledger."""
    candidates = [grant for grant in grants if grant.scope.uses is None] or grants
    candidates = [grant for grant in candidates if grant.scope.expires_at is None] or candidates
    longest = max((grant.scope.expires_at for grant in candidates if grant.scope.expires_at), default=None)
    return next(grant for grant in candidates if grant.scope.expires_at == longest)


def _why_not(tale: Tale, point: Point) -> str:
    if tale.last_word is None:
        return "out_of_scope" if tale.asked else "not_asked"
    if tale.last_word.kind not in GRANTS:
        return tale.last_word.kind.value
    return _why_a_grant_is_not_read(tale, tale.last_word, point) or "out_of_scope"


def _why_a_grant_is_not_read(tale: Tale, grant: ConsentEvent, point: Point) -> str | None:
    """The first that stands between this grant and the point; `None` if nothing does."""
    scope, item = grant.scope, point.item
    if scope.expires_at is not None and point.at >= scope.expires_at:
        return "expired"
    if (grant.consent_id, scope.purpose) in tale.replaced:
        return "out_of_scope"
    if grant.outdated_from is not None and point.at >= grant.outdated_from:
        return "needs_renewal"
    if scope.uses is not None and tale.taken[grant.event_id] >= scope.uses:
        return "consumed"
    if not _surely_reaches(scope, point.channel, item):
        return "out_of_scope"
    if scope.uses is not None and not point.counted:
        return "single_use"
    if point.kept_since is not None and (item.at is None or item.at < point.kept_since):
        return "past_retention"
    return "sensitive" if item.sensitive and not _names_it(scope.items, item) else None


def _names_it(items: Items | None, item: Item) -> bool:
    return items is not None and (item.product in items.products or item.category in items.categories)


@lru_cache(maxsize=20_000)
def _surely_reaches(scope: Scope, channel: str | None, item: Item) -> bool:
    return all(_reaches(scope, *datum) for datum in _what_it_may_be(scope, channel, item))


@lru_cache(maxsize=20_000)
def _may_reach(scope: Scope, channel: str | None, item: Item) -> bool:
    return any(_reaches(scope, *datum) for datum in _what_it_may_be(scope, channel, item))


def _what_it_may_be(scope: Scope, channel: str | None, item: Item) -> Iterator[tuple[str, Item]]:
    """Everything that the point may be, as far as it makes a difference to this scope."""
    channels = {ANOTHER, *(scope.channels or ())} if channel is None else {channel}
    named = scope.items or Items()
    parts = ((item.order, named.orders), (item.product, named.products), (item.category, named.categories))
    orders, products, categories = (
        {ANOTHER, *names, *named.exceptions} if part is UNKNOWN else {part} for part, names in parts
    )
    moments = {item.at}
    if item.at is None and scope.data_from is not None:
        moments = {scope.data_from, scope.data_from - timedelta(days=1)}
    for chosen, order, thing, category, at in product(channels, orders, products, categories, moments):
        yield chosen, Item(order=order, product=thing, category=category, at=at)


def _reaches(scope: Scope, channel: str, item: Item) -> bool:
    """Whether a point of which all is known lies in the scope, whatever its field."""
    if scope.channels is not None and channel not in scope.channels:
        return False
    if scope.data_from is not None and item.at is not None and item.at < scope.data_from:
        return False
    chosen = scope.items
    if chosen is None:
        return True
    if {item.order, item.product, item.category} & chosen.exceptions:
        return False
    if chosen.orders or chosen.products or chosen.categories:
        return item.order in chosen.orders or _names_it(chosen, item)
    return bool(chosen.exceptions)
