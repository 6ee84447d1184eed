"""Takes back one thing of hers from what she allows for suggestions: a withdrawal in her ledger, about that alone.

A withdrawal and no narrower grant in the place of the old one: it holds whichever consents cover the thing, asks
for no notice, and starts no count or term anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from consent.events import ConsentEvent, EventKind, Evidence
from consent.scope import Items, Scope
from consent.vocabulary import category_of, expand
from service.controls import Thing
from service.db.consent_ledger import NewEvent, OpenLedger
from service.ids import new_id
from service.recommendations import PURPOSE

_ABOUT_THINGS = expand(("purchases", "devices", "browsing.views", "browsing.carts"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Narrowed:
    """What is no longer read for suggestions: these data fields, of this product, or of all if there is none."""

    consent_id: str
    purpose: str
    data: tuple[str, ...]
    product_id: str | None


def narrow(ledger: OpenLedger, thing: Thing, *, shown: str | None, now: datetime) -> str:
    """Withdraw what may be read of the thing; gives the id of the withdrawal. Twice is once."""
    scope = _scope(thing)
    standing = _standing(ledger.events, scope)
    if standing is not None:
        return standing
    withdrawal = NewEvent(
        consent_id=new_id("con"),
        kind=EventKind.WITHDRAWN,
        scope=scope,
        evidence=Evidence(method="feedback", shown=shown),
    )
    return ledger.append(withdrawal, now=now).consent_id


def narrowed_by(events: Sequence[ConsentEvent], consent_id: str | None) -> Narrowed | None:
    """What the withdrawal of this id is about; `None` if there is none."""
    for event in events:
        if consent_id is not None and event.consent_id == consent_id:
            products = sorted(event.scope.items.products) if event.scope.items else []
            return Narrowed(
                consent_id=consent_id,
                purpose=event.scope.purpose,
                data=tuple(sorted(event.scope.fields)),
                product_id=products[0] if products else None,
            )
    return None


def _scope(thing: Thing) -> Scope:
    """All that tells of the product, by whichever way it is known; of what is about no product the field."""
    if thing.product_id is None:
        return Scope(purpose=PURPOSE, fields=frozenset({thing.field}))
    of_feedback = expand(("feedback",)) if category_of(thing.field) == "feedback" else frozenset()
    return Scope(
        purpose=PURPOSE,
        fields=_ABOUT_THINGS | of_feedback,
        items=Items(products=frozenset({thing.product_id})),
    )


def _standing(events: Sequence[ConsentEvent], scope: Scope) -> str | None:
    """The id of the same withdrawal, if nothing was given for the purpose since."""
    of_purpose = [event for event in events if event.scope.purpose == scope.purpose]
    last_grant = max((event.position for event in of_purpose if event.is_grant), default=0)
    same = [event for event in of_purpose if event.is_denial and event.scope == scope]
    return same[-1].consent_id if same and same[-1].position > last_grant else None
