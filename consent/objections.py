"""Which purposes an objection or a restriction is about: those of its kind, also one that the shop adds later.

Deny-only. Nothing is decided here: what is covered stands in her ledger, and is read from there.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from consent.coverage import standing_objections
from consent.events import ConsentEvent, EventKind
from consent.scope import Scope
from consent.vocabulary import DPV, PURPOSE_CODES, STANDING_ORDERS, PurposeCatalogue


class ObjectionKind(StrEnum):
    """What she objects to; a restriction keeps her data and lets nobody read them."""

    PROFILING = "profiling"
    MARKETING = "marketing"
    RESTRICTION = "restriction"


@dataclass(frozen=True, kw_only=True, slots=True)
class Extension:
    """What is to be appended, so that a standing objection covers a purpose that was not there when it was made."""

    objection_id: str
    kind: EventKind
    scope: Scope


_MARKETING = frozenset(
    DPV + name
    for name in (
        "Advertising",
        "DirectMarketing",
        "Marketing",
        "PersonalisedAdvertising",
        "SocialMediaMarketing",
        "TargetedAdvertising",
    )
)
_PROFILING = _MARKETING | {DPV + "Personalisation", DPV + "ProvidePersonalisedRecommendations"}
_BUILT_IN: Mapping[ObjectionKind, tuple[str, ...]] = {
    ObjectionKind.PROFILING: ("recommendations", "reminders", "learning", STANDING_ORDERS),
    ObjectionKind.MARKETING: ("reminders",),
}
"""Which purposes she may object to: those that evaluate her (GDPR art. 4(4)), direct marketing."""


def covered_purposes(
    kind: ObjectionKind, catalogue: PurposeCatalogue, told: Iterable[str] = ()
) -> tuple[str, ...]:
    """The purposes that `kind` is about, of a restriction all; also those that her ledger tells of (`told`) and
    the shop has dropped since: what they were for nobody can tell any more, and it may bring them back.
    """
    codes = [one.code for one in catalogue.purposes]
    dropped = sorted(set(told) - set(codes))
    if kind is ObjectionKind.RESTRICTION:
        return (*codes, *dropped)
    added = [code for code in codes if code not in PURPOSE_CODES and _is_about(kind, code, catalogue)]
    return (*_BUILT_IN[kind], *added, *dropped)


def kind_of(raised: Sequence[ConsentEvent]) -> ObjectionKind:
    """The ledger knows what is covered; which word she used follows from it."""
    if raised[0].kind is EventKind.RESTRICTED:
        return ObjectionKind.RESTRICTION
    purposes = {event.scope.purpose for event in raised}
    only_profiling = set(_BUILT_IN[ObjectionKind.PROFILING]) - set(_BUILT_IN[ObjectionKind.MARKETING])
    return ObjectionKind.PROFILING if purposes & only_profiling else ObjectionKind.MARKETING


def extensions(
    ledger: Sequence[ConsentEvent], purposes: Collection[str], catalogue: PurposeCatalogue
) -> list[Extension]:
    """What her standing objections leave out of `purposes`, which were added since, and are about."""
    raised: dict[str, list[ConsentEvent]] = {}
    for event in standing_objections(ledger, ledger):
        raised.setdefault(event.consent_id, []).append(event)
    return [
        Extension(objection_id=objection_id, kind=events[0].kind, scope=_extended(events, purpose))
        for objection_id, events in raised.items()
        for purpose in sorted(set(purposes) - {one.scope.purpose for one in events})
        if _is_about(kind_of(events), purpose, catalogue)
    ]


def _is_about(kind: ObjectionKind, purpose: str, catalogue: PurposeCatalogue) -> bool:
    if purpose in PURPOSE_CODES and kind is not ObjectionKind.RESTRICTION:
        return purpose in _BUILT_IN[kind]
    known = catalogue.get(purpose)
    concepts = _MARKETING if kind is ObjectionKind.MARKETING else _PROFILING
    return kind is ObjectionKind.RESTRICTION or (known is not None and known.dpv in concepts)


def _extended(events: Sequence[ConsentEvent], purpose: str) -> Scope:
    return Scope(purpose=purpose, fields=frozenset().union(*(one.scope.fields for one in events)))
