"""Use case: may these be read for this purpose now? For the shop's other services, many questions at once.

A question that leaves channel or item open is asked of every channel and item: unknown means no.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from consent.coverage import Question
from consent.decision import Verdict, verdict_on
from consent.events import ConsentEvent, EventKind, Evidence
from consent.items import ANYTHING, UNKNOWN, Item, Unknown
from consent.point_in_time import as_of
from consent.scope import Scope
from consent.vocabulary import category_of
from service.appending import Appending, Opens
from service.db.catalogue import NO_TRAITS, Traits, read_traits
from service.db.consent_ledger import NewEvent, OpenLedger, lock_ledgers, read_events_of
from service.db.engine import snapshot, write_transaction
from service.errors import ProblemCode, invalid
from service.once import Once, attempt
from service.privacy_control import is_denied


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """What a datum is about, as far as the caller knows."""

    order: str | Unknown | None = UNKNOWN
    product: str | Unknown | None = UNKNOWN
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """One question. `item` is the id of a product of the catalogue, or else of an order; or all that is known.

    at              as of this past moment (UTC); `None` is now
    consume         use up a grant that is good for a number of answers
    shares_nothing  her browser asks that nothing be shared (`Sec-GPC`)
    """

    customer_id: str
    purpose: str
    field: str
    channel: str | None = None
    item: str | About | None = None
    at: datetime | None = None
    consume: bool = False
    shares_nothing: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class _Made:
    """A verdict, and what it has used up: the ids of the event and of the consent, if anything."""

    verdict: Verdict
    use: tuple[str, str] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PermissionDecisions:
    """Decides for other services of one shop. Reads no data of anybody."""

    engine: Engine
    appending: Appending

    def decide(self, asked: Sequence[Asked], once: Once | None = None) -> list[Verdict]:
        """One verdict a question, in order; those that consume, in one transaction with what they use up.

        Raises Problem (422) for a moment in the future, or a past one that is to consume.
        """
        self._check_moments(asked)
        if not any(question.consume for question in asked):
            with snapshot(self.engine) as connection:
                return self._verdicts(connection, asked)
        with write_transaction(self.engine) as connection, self.appending.to_several(connection) as opens:
            tried = attempt(connection, once, now=self.appending.clock.now())
            lock_ledgers(connection, {question.customer_id for question in asked})
            if not tried.is_first:
                return self._again(connection, asked, tried.made["uses"])
            made = self._consuming(opens, asked, _items(connection, asked))
            tried.note(uses=[one.use for one in made])
        return [one.verdict for one in made]

    def _check_moments(self, asked: Sequence[Asked]) -> None:
        latest = self.appending.clock.latest_present()
        for number, question in enumerate(asked):
            path = f"requests.{number}.at"
            if question.at is not None and question.at > latest:
                raise invalid(ProblemCode.IN_THE_FUTURE, path, "lies in the future; leave it out for now")
            if question.at is not None and question.consume:
                raise invalid(
                    ProblemCode.INVALID_REQUEST, path, "is past; only a decision of now can consume"
                )

    def _verdicts(self, connection: Connection, asked: Sequence[Asked]) -> list[Verdict]:
        now = self.appending.clock.now()
        ledgers = read_events_of(connection, {question.customer_id for question in asked})
        items = _items(connection, asked)
        return [
            self._verdict(question, ledgers.get(question.customer_id, []), items, question.at or now)
            for question in asked
        ]

    def _again(
        self, connection: Connection, asked: Sequence[Asked], uses: Sequence[list[str] | None]
    ) -> list[Verdict]:
        """What a repeated call is told: what it used up itself permits as long as it would otherwise still stand,
        and nothing else is used up.
        """
        now = self.appending.clock.now()
        ledgers = read_events_of(connection, {question.customer_id for question in asked})
        items, verdicts = _items(connection, asked), []
        for question, use in zip(asked, uses, strict=True):
            events = ledgers.get(question.customer_id, [])
            verdict = self._verdict(question, events, items, question.at or now, counted=False)
            if use is not None and not verdict.permitted:
                event_id, consent_id = use
                before_it = [event for event in events if event.event_id != event_id]
                again = self._verdict(question, before_it, items, question.at or now)
                verdict = again if again.consent_id == consent_id else verdict
            verdicts.append(verdict)
        return verdicts

    def _consuming(
        self, opens: Opens, asked: Sequence[Asked], items: Mapping[str | About, Item]
    ) -> list[_Made]:
        """One verdict a question, in order. The questions about a customer follow one another: each sees what
        those before it have used up.
        """
        of_customer: dict[str, list[int]] = defaultdict(list)
        for number, question in enumerate(asked):
            of_customer[question.customer_id].append(number)
        made: dict[int, _Made] = {}
        for customer_id, numbers in of_customer.items():
            with opens(customer_id) as (ledger, now):
                for number in numbers:
                    made[number] = self._consume(ledger, asked[number], items, now)
        return [made[number] for number in range(len(asked))]

    def _consume(
        self, ledger: OpenLedger, question: Asked, items: Mapping[str | About, Item], now: datetime
    ) -> _Made:
        """The verdict on one question; a counted grant that it rests on is used up with it."""
        verdict = self._verdict(question, ledger.events, items, question.at or now)
        if not question.consume or verdict.uses_left is None or verdict.consent_id is None:
            return _Made(verdict=verdict)
        event = ledger.append(_use(question, verdict.consent_id), now=now)
        return _Made(verdict=verdict, use=(event.event_id, verdict.consent_id))

    def _verdict(
        self,
        question: Asked,
        events: Sequence[ConsentEvent],
        items: Mapping[str | About, Item],
        at: datetime,
        *,
        counted: bool = True,
    ) -> Verdict:
        purposes = self.appending.purposes
        asked = Question(
            purpose=question.purpose,
            field=question.field,
            at=at,
            channel=question.channel,
            counted=question.consume and counted,
            kept_since=self.appending.retention.kept_since(at).get(category_of(question.field)),
        )
        item = ANYTHING if question.item is None else items[question.item]
        # What is in the ledger holds now, whatever the clock of the one who wrote it said.
        ledger = events if question.at is None else as_of(events, question.at)
        return verdict_on(
            ledger,
            asked,
            customer_id=question.customer_id,
            item=item,
            purposes=purposes.codes,
            objects=is_denied(question.purpose, sent=question.shares_nothing, purposes=purposes),
        )


def _use(question: Asked, consent_id: str) -> NewEvent:
    return NewEvent(
        consent_id=consent_id,
        kind=EventKind.CONSUMED,
        scope=Scope(purpose=question.purpose, fields=frozenset({question.field})),
        evidence=Evidence(method="decision"),
    )


def _items(connection: Connection, asked: Sequence[Asked]) -> dict[str | About, Item]:
    """What was asked about -> the item, with what the catalogue knows of its product."""
    about = {question.item for question in asked if question.item is not None}
    products = {one if isinstance(one, str) else one.product for one in about}
    traits = read_traits(connection, (one for one in products if isinstance(one, str))) if about else {}
    return {one: _item(one, traits) for one in about}


def _item(about: str | About, traits: Mapping[str, Traits]) -> Item:
    if isinstance(about, str):
        about = About(product=about) if about in traits else About(order=about)
    if not isinstance(about.product, str):
        return Item(order=about.order, product=about.product, category=about.product, at=about.at)
    return traits.get(about.product, NO_TRAITS).item(about.product, order=about.order, at=about.at)
