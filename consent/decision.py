"""The rule: which data may be read for a purpose, now, by which consent; if not, why not.

    A datum may be read if and only if some live grant covers it, no refusal, withdrawal or revocation that
    stands later in her ledger covers it, and no unlifted objection or restriction covers it.

Nothing else in the service decides this, and nothing else makes a `Permission`. Unknown means no. What a live
grant is, and what is cut from it, stands in `consent/coverage.py`; why not, in `consent/reasons.py`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from consent.coverage import Channel, Covering, Question, coverings
from consent.events import ConsentEvent
from consent.items import Item
from consent.reasons import Because, why_not
from consent.vocabulary import FIELD_CODES, PURPOSE_CODES, category_of

NO_RETENTION: Mapping[str, datetime] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """The answer for one field: what is covered, by which consents, or the reason why nothing is.

    The first covering is the preferred one. A verdict that has none permits nothing.
    """

    coverings: tuple[Covering, ...] = ()
    because: Because | None = None

    @property
    def permitted(self) -> bool:
        return bool(self.coverings) and self.because is None

    @property
    def consent_id(self) -> str | None:
        return self.coverings[0].consent_id if self.permitted else None

    @property
    def expires_at(self) -> datetime | None:
        return self.coverings[0].scope.expires_at if self.permitted else None

    @property
    def uses_left(self) -> int | None:
        return self.coverings[0].uses_left if self.permitted else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Permission:
    """What may be read of one customer for one purpose at one moment. Made by `decide` alone."""

    customer_id: str
    purpose: str
    decided_at: datetime
    verdicts: Mapping[str, Verdict]

    @property
    def fields(self) -> frozenset[str]:
        """The data fields of which something may be read."""
        return frozenset(field for field, verdict in self.verdicts.items() if verdict.permitted)

    def verdict(self, field: str) -> Verdict:
        """The verdict on `field`; a field outside the catalogue is never permitted."""
        return self.verdicts.get(field, Verdict(because=Because.UNKNOWN_FIELD))


def decide(
    events: Collection[ConsentEvent],
    *,
    customer_id: str,
    purpose: str,
    at: datetime,
    channel: Channel = None,
    counted: bool = False,
    kept_since: Mapping[str, datetime] = NO_RETENTION,
) -> Permission:
    """Decide every data field of the catalogue for `purpose` at the moment `at` (UTC).

    `channel` is by which channel the answer goes out, if it is known. With `counted`, grants that are good for
    a number of answers count: whoever asks so consumes one. `kept_since` is the shop's retention, category ->
    the oldest moment whose data may be read. The order in which `events` are handed in changes nothing.

    Raises ValueError for events of another customer, or two events at one position: both mean that
    the ledger was not read properly, and deciding on it could only be wrong.
    """
    ledger = _about(purpose, events, customer_id)
    verdicts: dict[str, Verdict] = {}
    alike: dict[tuple[object, ...], Verdict] = {}
    for field in FIELD_CODES:
        question = Question(
            purpose=purpose,
            field=field,
            at=at,
            channel=channel,
            counted=counted,
            kept_since=kept_since.get(category_of(field)),
        )
        # Fields that the same events are about have the same verdict: she is asked by category.
        told_by = (question.kept_since, *(event.position for event in ledger if field in event.scope.fields))
        if told_by not in alike:
            alike[told_by] = _verdict(ledger, question, None)
        verdicts[field] = alike[told_by]
    return Permission(
        customer_id=customer_id, purpose=purpose, decided_at=at, verdicts=MappingProxyType(verdicts)
    )


def verdict_on(
    events: Collection[ConsentEvent],
    question: Question,
    *,
    customer_id: str,
    item: Item | None = None,
    purposes: Collection[str] = PURPOSE_CODES,
    objects: bool = False,
) -> Verdict:
    """What `decide` says of one field, or of one datum of it, `item`. Opens nothing: it is no key.

    Of an item of which nothing is known (`ANYTHING`) it says whether every datum of the field may be read, but
    for sensitive products. `purposes` are the codes that this shop knows. `objects`: she does so with the very
    request, as by Global Privacy Control; nothing is recorded of it.

    Raises ValueError as `decide` does.
    """
    verdict = _verdict(_about(question.purpose, events, customer_id), question, item, purposes)
    is_known = question.purpose in purposes and question.field in FIELD_CODES
    return Verdict(because=Because.OBJECTED) if objects and is_known else verdict


def in_ledger_order(events: Collection[ConsentEvent], customer_id: str) -> list[ConsentEvent]:
    """The events of one customer by position. Raises ValueError if they are not one ledger."""
    if any(event.customer_id != customer_id for event in events):
        raise ValueError(f"events of another customer were handed in for {customer_id}")
    if len({event.position for event in events}) != len(events):
        raise ValueError(f"two events at one ledger position for {customer_id}")
    return sorted(events, key=lambda event: event.position)


def _about(purpose: str, events: Collection[ConsentEvent], customer_id: str) -> list[ConsentEvent]:
    """What of her ledger concerns the purpose: the rest says nothing about it."""
    return [event for event in in_ledger_order(events, customer_id) if event.scope.purpose == purpose]


def _verdict(
    ledger: list[ConsentEvent],
    question: Question,
    item: Item | None,
    purposes: Collection[str] = PURPOSE_CODES,
) -> Verdict:
    if question.field not in FIELD_CODES:
        return Verdict(because=Because.UNKNOWN_FIELD)
    if question.purpose not in purposes:
        return Verdict(because=Because.UNKNOWN_PURPOSE)
    covering = coverings(ledger, question)
    if item is not None:
        covering = tuple(one for one in covering if one.cover(item))
    if covering:
        return Verdict(coverings=covering)
    return Verdict(because=why_not(ledger, question, item))
