"""What there is to say to one customer today, the most useful first, and what is against each.

An occasion comes first, because it does not wait; then what she needs, care, and what the shop has to say. Nothing
is said twice: what was told once is silent until she has bought it again, and an occasion until the next year.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from recommender.feedback import FEEDBACK_FIELDS
from recommender.outreach.how_often import PastContact
from recommender.outreach.kinds import ContactKind, HeldBack
from recommender.ranking import offered, tips_due
from recommender.results import Candidate, CareTip, Fact, Reason, ReasonCode, Source, Suggestion
from recommender.strategies import RULES_OUT, STRATEGIES
from recommender.strategy import Situation, Tier
from recommender.tips import Age, Interval, Tip

_SEASON_PASSED_DAYS = 180
_TIERS = (Tier.OCCASION, Tier.NEEDED, Tier.CARE)
_OF_MESSAGES = frozenset({"purchases.product", "purchases.date", "purchases.served_by"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """What is said in a contact.

    items   what is in it, each with its reason; the first one's is that of the contact
    offers  ids of the products that a message of the shop offers
    facts   what it rests on besides the items: why a message concerns her, what was bad
    """

    items: tuple[Suggestion | CareTip, ...] = ()
    offers: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()

    @property
    def product_ids(self) -> frozenset[str]:
        of_items = (item.product_id for item in self.items if isinstance(item, Suggestion))
        return frozenset((*self.offers, *of_items))

    @property
    def rests_on(self) -> frozenset[Fact]:
        """All facts of hers that it rests on."""
        of_items = (fact for item in self.items for fact in item.reason.facts)
        return frozenset(fact for fact in (*of_items, *self.facts) if fact.source is Source.CUSTOMER)


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """One contact that could be made, for one reason.

    about       what it is about: the same twice is a repetition
    message_id  the message of the shop, if it is one
    against     why it is nevertheless not to be said to her
    """

    kind: ContactKind
    about: str
    content: Content = Content()
    message_id: str | None = None
    against: tuple[HeldBack, ...] = ()


def what_to_say(
    situation: Situation, log: tuple[PastContact, ...], *, items_at_most: int
) -> Iterator[Proposal]:
    """What follows from what may be read of her, but for the shop's own messages."""
    yield from _occasions(situation, log, items_at_most)
    yield from _needs(situation, log, items_at_most)
    yield from _care(situation, log)


def fields_to_decide_by(permitted: frozenset[str]) -> frozenset[str]:
    """Of the fields that may be read, those by which it is decided what to say: read these and no others."""
    used = (one.fields_used_of(permitted) for one in STRATEGIES if one.tier in _TIERS)
    return frozenset().union(*used, (_OF_MESSAGES | RULES_OUT | FEEDBACK_FIELDS) & permitted)


def was_told(about: str, log: Iterable[PastContact]) -> bool:
    """Whether a contact was about this, ever, as far as the log goes back."""
    return any(contact.about == about for contact in log)


def has_declined(product_id: str, log: Iterable[PastContact]) -> bool:
    """Whether she said no to a contact with this product in it."""
    return any(contact.declined and product_id in contact.items for contact in log)


def _occasions(situation: Situation, log: tuple[PastContact, ...], items_at_most: int) -> Iterator[Proposal]:
    """Gifts for each day with an occasion that is near, once a year: of two on one day in one contact."""
    of_occasion: dict[str, list[Candidate]] = {}
    for candidate in offered(Tier.OCCASION, situation):
        of_occasion.setdefault(_about_occasion(candidate.reason), []).append(candidate)
    for about, gifts in of_occasion.items():
        chosen = [one for one in gifts if not has_declined(one.product_id, log)][:items_at_most]
        against = (HeldBack.ALREADY_TOLD,) if was_told(about, log) else () if chosen else (HeldBack.DECLINED,)
        yield _proposal(ContactKind.REMINDER, about, chosen or gifts[:1], against)


def _about_occasion(reason: Reason) -> str:
    """Its day, which next year is another; not its name, which is hers to change and to take back."""
    return f"occasion {reason.params['day']}"


def _needs(situation: Situation, log: tuple[PastContact, ...], items_at_most: int) -> Iterator[Proposal]:
    """What is due, and what fits her devices; of one reason the first few."""
    of_reason: dict[str, list[Candidate]] = {}
    for candidate in offered(Tier.NEEDED, situation):
        of_reason.setdefault(_about_need(candidate), []).append(candidate)
    for about, candidates in of_reason.items():
        why_not = {one.product_id: _against_need(one.product_id, situation, log) for one in candidates}
        new = [one for one in candidates if not why_not[one.product_id]]
        against = () if new else tuple({why: None for one in candidates for why in why_not[one.product_id]})
        yield _proposal(
            _kind_of_need(candidates[0].reason), about, (new or candidates)[:items_at_most], against
        )


def _about_need(candidate: Candidate) -> str:
    """Supplies of one device go together; what is bought again and again goes by itself."""
    device = candidate.reason.params.get("device")
    return f"supplies for {device}" if device else f"again {candidate.product_id}"


def _kind_of_need(reason: Reason) -> ContactKind:
    """What she had before is a reminder; what she never had is a suggestion."""
    is_again = reason.code is ReasonCode.DUE_AGAIN or "elapsed_days" in reason.params
    return ContactKind.REMINDER if is_again else ContactKind.SUGGESTION


def _against_need(
    product_id: str, situation: Situation, log: tuple[PastContact, ...]
) -> tuple[HeldBack, ...]:
    if has_declined(product_id, log):
        return (HeldBack.DECLINED,)
    group = situation.catalogue.group_of(product_id)
    own = situation.possessions.rhythms.get(group)
    told = [contact.day for contact in log if _is_of_group(contact, group, situation)]
    is_new = own is not None and all(day <= own.last for day in told)
    return () if is_new or not told else (HeldBack.ALREADY_TOLD,)


def _is_of_group(contact: PastContact, group: str, situation: Situation) -> bool:
    return any(situation.catalogue.group_of(product_id) == group for product_id in contact.items)


def _care(situation: Situation, log: tuple[PastContact, ...]) -> Iterator[Proposal]:
    """Each tip by itself: help is not sold by the dozen."""
    tips = {tip.id: tip for tip in situation.catalogue.tips}
    for care_tip in tips_due(situation):
        about = f"tip {care_tip.tip_id}"
        silent = _silent_days(tips[care_tip.tip_id])
        told = [contact.day for contact in log if contact.about == about]
        is_over = silent is not None and all((situation.today - day).days >= silent for day in told)
        against = () if is_over or not told else (HeldBack.ALREADY_TOLD,)
        yield Proposal(
            kind=ContactKind.CARE, about=about, content=Content(items=(care_tip,)), against=against
        )


def _silent_days(tip: Tip) -> int | None:
    """How long a tip that was told stays silent; `None` for good: what is due by age is due once."""
    if isinstance(tip.due, Age):
        return None
    return tip.due.every_days // 2 if isinstance(tip.due, Interval) else _SEASON_PASSED_DAYS


def _proposal(
    kind: ContactKind, about: str, candidates: Iterable[Candidate], against: tuple[HeldBack, ...]
) -> Proposal:
    items = tuple(Suggestion(product_id=one.product_id, reason=one.reason) for one in candidates)
    return Proposal(kind=kind, about=about, content=Content(items=items), against=against)
