"""The shape in which a caller states decisions of a customer."""

from enum import StrEnum

from pydantic import ConfigDict, Field

from consent.events import EventKind, Evidence
from consent.scope import Items, PriceLimit
from service.api.shapes import BATCH_MAXIMUM, DataName, Id, In, LongText, Moment, Money, PurposeCode, Text
from service.channels import channel_word
from service.errors import ProblemCode, invalid
from service.stated_decisions import Decision

_RENEWALS_MAXIMUM = 100
_ITEMS_MAXIMUM = 1_000


class DecisionKind(StrEnum):
    """What she decided."""

    GIVEN = "given"
    RENEWED = "renewed"
    REFUSED = "refused"
    DEFERRED = "deferred"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"


class ItemsIn(In):
    """Selected items only: these orders, products or categories; with `except` alone, everything but those.

    Each of `except` is the id of an order or a product, or a category.
    """

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    orders: list[Id] = Field(default=[], min_length=1, max_length=_ITEMS_MAXIMUM)
    products: list[Id] = Field(default=[], min_length=1, max_length=_ITEMS_MAXIMUM)
    categories: list[Text] = Field(default=[], min_length=1, max_length=_ITEMS_MAXIMUM)
    exceptions: list[Text] = Field(default=[], alias="except", min_length=1, max_length=_ITEMS_MAXIMUM)


class DecisionIn(In):
    """One decision of the customer about a purpose and data; `channels`, `items` and `data_from` narrow it."""

    decision: DecisionKind
    purpose: PurposeCode
    data: list[DataName] = Field(
        min_length=1, max_length=100, description="Categories (`purchases`) or fields (`devices.product`)."
    )
    channels: list[Text] | None = Field(
        default=None, min_length=1, max_length=100, description="Only for these channels, such as `email`."
    )
    items: ItemsIn | None = None
    data_from: Moment | None = Field(default=None, description="Only data from this moment on.")
    uses: int | None = Field(
        default=None, ge=1, le=1_000_000, description="With `given`: good for this many answers by POST."
    )
    expires_at: Moment | None = Field(default=None, description="With `given` and `renewed`: until then.")
    price_limit: Money | None = Field(
        default=None, description="Of a standing order, which needs it: the most that one may cost."
    )
    notice_id: Id | None = Field(
        default=None, description="The notice that she was shown; required for a grant in production."
    )
    shown: LongText | None = Field(default=None, description="The screen or form that she was shown.")
    captured_via: Text | None = Field(
        default=None, description="Where it was captured: `checkout`, `app`, `store`, `telephone`."
    )
    method: Text | None = Field(default=None, description="How she said it: `checkbox`, `button`, `spoken`.")
    locale: Text | None = Field(default=None, description="The language that she was asked in: `en`.")
    occurred_at: Moment | None = Field(
        default=None, description="When she decided, if not now: evidence; the order is the ledger's."
    )
    actor: Text | None = Field(
        default=None, description="Who acted, if not she herself: a guardian, staff, an authority."
    )
    renews: Id | None = Field(default=None, description="With `renewed`: the consent that goes on.")
    replaces: Id | None = Field(default=None, description="With `given`: the consent that this one ends.")


class DecisionsIn(In):
    decisions: list[DecisionIn] = Field(min_length=1, max_length=BATCH_MAXIMUM)


def stated_decisions(body: DecisionsIn) -> list[Decision]:
    """The decisions of a call. Raises Problem (422), naming the decision, for what cannot be taken."""
    if sum(one.decision is DecisionKind.RENEWED for one in body.decisions) > _RENEWALS_MAXIMUM:
        # Each is held against her whole ledger while it is locked: a thousand took a minute.
        raise invalid(
            ProblemCode.INVALID_REQUEST, "decisions", f"may renew {_RENEWALS_MAXIMUM} consents in one call"
        )
    return [_decision(number, one) for number, one in enumerate(body.decisions)]


def _decision(number: int, body: DecisionIn) -> Decision:
    path = f"decisions.{number}"
    if body.renews is None and body.decision is DecisionKind.RENEWED:
        raise invalid(
            ProblemCode.INVALID_REQUEST,
            f"{path}.renews",
            "is required for `renewed`: the consent_id of the consent that goes on",
        )
    if body.renews is not None and body.decision is not DecisionKind.RENEWED:
        raise invalid(ProblemCode.INVALID_REQUEST, f"{path}.renews", "belongs to `renewed` only")
    if body.replaces is not None and body.decision is not DecisionKind.GIVEN:
        raise invalid(ProblemCode.INVALID_REQUEST, f"{path}.replaces", "belongs to `given` only")
    if body.expires_at is not None and body.decision not in (DecisionKind.GIVEN, DecisionKind.RENEWED):
        raise invalid(ProblemCode.INVALID_REQUEST, f"{path}.expires_at", "belongs to `given` and `renewed`")
    if body.uses is not None and body.decision is not DecisionKind.GIVEN:
        raise invalid(ProblemCode.INVALID_REQUEST, f"{path}.uses", "belongs to `given` only")
    if body.price_limit is not None and body.decision is not DecisionKind.GIVEN:
        raise invalid(ProblemCode.INVALID_REQUEST, f"{path}.price_limit", "belongs to `given` only")
    return Decision(
        kind=EventKind(body.decision),
        purpose=body.purpose,
        data=tuple(body.data),
        channels=None if body.channels is None else frozenset(channel_word(one) for one in body.channels),
        items=None if body.items is None else _items(f"{path}.items", body.items),
        data_from=body.data_from,
        uses=body.uses,
        expires_at=body.expires_at,
        price_limit=None if body.price_limit is None else PriceLimit(**body.price_limit.model_dump()),
        occurred_at=body.occurred_at,
        renews=body.renews,
        replaces=body.replaces,
        evidence=Evidence(**{name: getattr(body, name) for name in Evidence.__slots__}),
    )


def _items(path: str, body: ItemsIn) -> Items:
    items = Items(**{name: frozenset(getattr(body, name)) for name in ItemsIn.model_fields})
    if items.is_nothing:
        raise invalid(
            ProblemCode.INVALID_REQUEST,
            path,
            "names nothing: name orders, products or categories, or leave it out",
        )
    return items
