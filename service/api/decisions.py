"""The shape in which a caller states decisions of a customer, and what of it this release can take."""

from typing import Annotated

from pydantic import Field, JsonValue

from consent.events import EventKind, Evidence
from consent.vocabulary import DATA_FIELDS, FIELD_CODES, PURPOSES
from service.api.shapes import BATCH_MAXIMUM, Id, In, LongText, Moment, Text
from service.errors import ProblemCode, invalid
from service.stated_decisions import Decision

_RENEWALS_MAXIMUM = 100
_DATA: list[JsonValue] = [*dict.fromkeys(one.category for one in DATA_FIELDS), *FIELD_CODES]
_NOT_YET = ("channels", "items", "data_from", "uses")


class ItemsIn(In):
    """Selected items only."""

    orders: list[Id] = Field(default=[])
    products: list[Id] = Field(default=[])
    categories: list[Text] = Field(default=[])
    exceptions: list[Id] = Field(default=[], alias="except")


class DecisionIn(In):
    """One decision of the customer about a purpose and data.

    `channels`, `items`, `data_from` and `uses` narrow a scope. This release cannot enforce them and
    refuses them (`scope_not_supported`) rather than record a consent that it would read too widely.
    """

    decision: EventKind
    # Described as closed lists, so that generated clients know them; what is wrong is told by the registry.
    purpose: Text = Field(json_schema_extra={"enum": [one.code for one in PURPOSES]})
    data: list[Annotated[Text, Field(json_schema_extra={"enum": _DATA})]] = Field(
        min_length=1, max_length=100, description="Categories (`purchases`) or fields (`devices.product`)."
    )
    channels: list[Text] | None = None
    items: ItemsIn | None = None
    data_from: Moment | None = None
    uses: int | None = Field(default=None, ge=1, le=1_000_000)
    expires_at: Moment | None = None
    notice_id: Id | None = None
    shown: LongText | None = None
    captured_via: Text | None = None
    method: Text | None = None
    locale: Text | None = None
    occurred_at: Moment | None = Field(
        default=None, description="When she decided, if not now: evidence; the order is the ledger's."
    )
    actor: Text | None = None
    renews: Id | None = Field(default=None, description="With `renewed`: the consent that goes on.")
    replaces: Id | None = Field(default=None, description="With `given`: the consent that this one ends.")


class DecisionsIn(In):
    decisions: list[DecisionIn] = Field(min_length=1, max_length=BATCH_MAXIMUM)


def stated_decisions(body: DecisionsIn) -> list[Decision]:
    """The decisions of a call. Raises Problem (422), naming the decision, for what cannot be taken."""
    if sum(one.decision is EventKind.RENEWED for one in body.decisions) > _RENEWALS_MAXIMUM:
        # Each is held against her whole ledger while it is locked: a thousand took a minute.
        raise invalid(
            ProblemCode.INVALID_REQUEST, "decisions", f"may renew {_RENEWALS_MAXIMUM} consents in one call"
        )
    return [_decision(number, one) for number, one in enumerate(body.decisions)]


def _decision(number: int, body: DecisionIn) -> Decision:
    path = f"decisions.{number}"
    for name in _NOT_YET:
        if getattr(body, name) is not None:
            raise invalid(
                ProblemCode.SCOPE_NOT_SUPPORTED,
                f"{path}.{name}",
                "cannot be enforced by this release, so it is not recorded; leave it out or ask for less data",
            )
    if (body.renews is not None) != (body.decision is EventKind.RENEWED):
        raise invalid(
            ProblemCode.INVALID_REQUEST,
            f"{path}.renews",
            "is required for `renewed`, the consent_id that goes on, and belongs to no other",
        )
    if body.replaces is not None and body.decision is not EventKind.GIVEN:
        raise invalid(ProblemCode.INVALID_REQUEST, f"{path}.replaces", "belongs to `given` only")
    if body.expires_at is not None and body.decision not in (EventKind.GIVEN, EventKind.RENEWED):
        raise invalid(ProblemCode.INVALID_REQUEST, f"{path}.expires_at", "belongs to `given` and `renewed`")
    return Decision(
        kind=body.decision,
        purpose=body.purpose,
        data=tuple(body.data),
        expires_at=body.expires_at,
        occurred_at=body.occurred_at,
        renews=body.renews,
        replaces=body.replaces,
        evidence=Evidence(**{name: getattr(body, name) for name in Evidence.__slots__}),
    )
