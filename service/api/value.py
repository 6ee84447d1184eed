"""Route: what her permissions have brought her, in a paragraph and in figures."""

from dataclasses import asdict
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from recommender.outreach.kinds import ContactKind
from service.api.locales import AcceptLanguage, LocaleQuery, explainer_in
from service.api.shapes import CustomerId, Out, problems
from service.auth import ReadsConsents
from service.value import Values
from service.value_words import in_a_paragraph

router = APIRouter(prefix="/v1/customers/{customer_id}/value", tags=["customers"])


class ContactedOut(Out):
    """Contacts of one kind that reached her, and the last that was told of each: these add up to `contacts`."""

    kind: ContactKind
    contacts: int
    sent: int
    opened: int
    declined: int
    bought: int


class ValueOut(Out):
    """Counted from use records, contacts and what she said; nothing is estimated."""

    customer_id: str
    locale: str
    text: str
    since: date | None = Field(description="Day of the first answer that rested on her data.")
    personal: int = Field(description="Answers that rested on her data.")
    helpful: int = Field(description="How often she called one helpful, as far as she lets that be kept.")
    followed_up: int = Field(description="Tasks that a person did for her.")
    contacted: list[ContactedOut] = Field(description="Contacts with her, and what came of them.")
    bought_after: int = Field(
        description="Things that she bought, and kept, within 14 days after a contact had suggested them; as far as "
        "her purchases may be read for `reminders`."
    )


@router.get("", responses=problems(401, 403, 422))
def get_value(
    caller: ReadsConsents,
    request: Request,
    customer_id: CustomerId,
    query: Annotated[LocaleQuery, Query()],
    accept_language: AcceptLanguage = None,
) -> ValueOut:
    """What her permissions have brought her, of what is recorded. For her page "What did you do with my data?"."""
    explainer = explainer_in(request, query.locale, accept_language)
    values: Values = request.app.state.values
    value = values.of(customer_id)
    return ValueOut(
        customer_id=customer_id,
        locale=explainer.locale,
        text=in_a_paragraph(explainer, value),
        since=value.since,
        personal=value.personal,
        helpful=value.helpful,
        followed_up=value.followed_up,
        contacted=[ContactedOut.model_validate(asdict(one)) for one in value.contacted],
        bought_after=value.bought_after,
    )
