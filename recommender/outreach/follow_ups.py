"""Asking after a bad experience: how urgent it is, and what else could be done. There is nothing to buy in it.

Once for each experience, and not if she has spoken of it since. Words that may be of one experience are taken for it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from recommender.outreach.how_often import PastContact
from recommender.outreach.kinds import ContactKind, HeldBack
from recommender.outreach.proposals import Content, Proposal, was_told
from recommender.outreach.rules import ContactRules
from recommender.results import WHOLE, Fact, Source


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """One thing that she said, as far as it may be read. What may not be read is as if it was not said.

    is_bad      what she thinks of it; `None` if she does not say
    is_urgent   whether she says how urgent it is, `has_words` whether she says something in words
    journey     the order or visit that it belongs to
    """

    id: str
    at: datetime
    is_bad: bool | None = None
    is_urgent: bool = False
    has_words: bool = False
    product_id: str | None = None
    touchpoint: str | None = None
    journey: str | None = None


def follow_ups(
    said: Sequence[Said], log: tuple[PastContact, ...], *, day: date, rules: ContactRules
) -> Iterator[Proposal]:
    """A contact for each bad experience of the last days with a product or at a touchpoint, the oldest first."""
    for one in sorted(said, key=lambda one: (one.at, one.id)):
        is_recent = (day - one.at.date()).days <= rules.follow_up_days
        if one.is_bad and is_recent and (one.product_id or one.touchpoint):
            of_it = [other for other in said if not _is_another(one, other, rules)]
            yield Proposal(
                kind=ContactKind.FOLLOW_UP,
                about=_about(one),
                content=Content(facts=_facts(one)),
                against=tuple(_against(one, of_it, log)),
            )


def _about(one: Said) -> str:
    return f"experience {one.id}"


def _facts(one: Said) -> tuple[Fact, ...]:
    """What it is about, and that she rated it; not how: the sentence does not say it."""
    field, ref = ("product", one.product_id) if one.product_id else ("touchpoint", one.touchpoint)
    return (
        Fact(source=Source.CUSTOMER, field=f"feedback.{field}", ref=ref, share=WHOLE),
        Fact(source=Source.CUSTOMER, field="feedback.rating"),
    )


def _against(one: Said, of_it: Sequence[Said], log: tuple[PastContact, ...]) -> Iterator[HeldBack]:
    if any(was_told(_about(other), log) for other in of_it):
        yield HeldBack.ALREADY_TOLD
    if (one.is_urgent and one.has_words) or any(other.at > one.at and _answers(other) for other in of_it):
        yield HeldBack.ANSWERED


def _answers(one: Said) -> bool:
    """Who is content by now is not asked either."""
    return one.is_urgent or one.has_words or one.is_bad is False


def _is_another(one: Said, other: Said, rules: ContactRules) -> bool:
    """Whether it is known to be of another experience."""
    if one.journey and other.journey:
        return one.journey != other.journey
    return (
        abs((one.at - other.at).days) > rules.follow_up_days
        or _differ(one.touchpoint, other.touchpoint)
        or _differ(one.product_id, other.product_id)
    )


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other
