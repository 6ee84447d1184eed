"""Route: decisions for the shop's other services."""

from fastapi import APIRouter, Request
from pydantic import Field, StrictBool

from consent.decision import Verdict
from consent.reasons import Because
from service.api.idempotency import OncePerKey
from service.api.privacy_control import PrivacyControl
from service.api.shapes import BATCH_MAXIMUM, Id, In, Moment, Out, Text, UtcMoment, problems
from service.auth import ReadsConsents, scope_missing
from service.callers import Scope
from service.channels import channel_word
from service.errors import ProblemCode, invalid
from service.once import HEADER
from service.permission_decisions import About, Asked, PermissionDecisions

router = APIRouter(tags=["consents"])


class ItemAbout(In):
    """What a datum is about, as far as it is known: what is left out may be anything. `null` says: of no order."""

    order: Id | None = None
    product: Id | None = None
    date: Moment | None = Field(default=None, description="When it is from.")


class DecisionRequest(In):
    """May `field` of this customer be read for `purpose`, shown by `channel`, about `item`?

    Without `channel` or `item`, any of them is meant: what is narrowed by one does not permit that.
    """

    customer_id: Id
    purpose: Text
    field: Text
    channel: Text | None = None
    item: Id | ItemAbout | None = Field(
        default=None, description="A product of the catalogue, or else an order; or both, with a date."
    )
    at: Moment | None = Field(default=None, description="As of this past moment.")
    consume: StrictBool = Field(
        default=False, description="Use up a grant that is good for a number of answers."
    )


class DecisionsAsked(In):
    requests: list[DecisionRequest] = Field(min_length=1, max_length=BATCH_MAXIMUM)


class DecisionOut(Out):
    """`because` is a code where it is not permitted, else `null`."""

    permitted: bool
    because: Because | None
    consent_id: str | None
    expires_at: UtcMoment | None
    uses_left: int | None = Field(description="After this decision; `null` if the grant is not counted.")


class DecisionsMade(Out):
    decisions: list[DecisionOut]


@router.post("/v1/decisions", summary="Ask What May Be Read", responses=problems(401, 403, 413, 422))
def decide_many(
    caller: ReadsConsents,
    request: Request,
    body: DecisionsAsked,
    once: OncePerKey,
    privacy_control: PrivacyControl,
) -> DecisionsMade:
    """May these be read for this purpose now? One decision a request, in order. Reads no data of anybody.

    A grant that is good for a number of answers is `single_use`, unless `consume` is set; that needs the scope
    `consents:write` and an `Idempotency-Key`, with which a repeated call uses up nothing more. With `Sec-GPC: 1`
    nothing is permitted for a purpose that shares.
    """
    if any(one.consume for one in body.requests):
        if Scope.CONSENTS_WRITE not in caller.scopes:
            raise scope_missing(Scope.CONSENTS_WRITE)
        if once is None:
            raise invalid(
                ProblemCode.IDEMPOTENCY_KEY_REQUIRED,
                HEADER,
                "is required to consume: a retry without one could use up another grant",
            )
    decisions: PermissionDecisions = request.app.state.permission_decisions
    asked = [_asked(one, privacy_control) for one in body.requests]
    verdicts = decisions.decide(asked, once)
    return DecisionsMade(
        decisions=[_decision(verdict, one.consume) for verdict, one in zip(verdicts, asked, strict=True)]
    )


def _asked(body: DecisionRequest, privacy_control: bool) -> Asked:
    names = ("customer_id", "purpose", "field", "at", "consume")
    return Asked(
        **{name: getattr(body, name) for name in names},
        item=_about(body.item) if isinstance(body.item, ItemAbout) else body.item,
        channel=None if body.channel is None else channel_word(body.channel),
        shares_nothing=privacy_control,
    )


def _about(item: ItemAbout) -> About:
    told = {name: getattr(item, name) for name in ("order", "product") if name in item.model_fields_set}
    return About(**told, at=item.date)


def _decision(verdict: Verdict, consumed: bool) -> DecisionOut:
    left = verdict.uses_left
    return DecisionOut(
        permitted=verdict.permitted,
        because=verdict.because,
        consent_id=verdict.consent_id,
        expires_at=verdict.expires_at,
        uses_left=left - 1 if left is not None and consumed else left,
    )
