"""Use case: whom to contact on a day, by which channel, with what; and of all others, why not.

Customer by customer, a page at a time: nothing is held of those before. Asked again for the same day it gives the
same contacts, as far as they are still permitted: each is stored once, in the transaction that decided on it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from recommender.outreach.kinds import to_be_stored
from recommender.outreach.rules import ContactRules
from recommender.similarity import NOTHING_COMPARED
from service.db.consent_ledger import lock_ledgers, read_events_of
from service.db.engine import snapshot, write_transaction
from service.db.messages import message_of, read_message, read_messages
from service.db.outreach import add_contacts, customers_asked, read_contacts, stop_contact
from service.errors import ProblemCode, invalid
from service.local_texts import texts_of
from service.messages import unknown_message
from service.once import Once, attempt
from service.outreach.desk import MARKETING, SERVICE, Desk, Order
from service.outreach.looking import Customer
from service.outreach.one_customer import Finding, findings_on
from service.recommendations import Suggesting
from service.use_records import Use, UseKind

_DAYS_AHEAD = 31


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedPage:
    """What was found for some customers. `last` is the one to go on behind, `None` at the end."""

    findings: Sequence[Finding]
    desk: Desk
    last: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class OutreachPlanning:
    """Plans the contacts of one shop. `zone` is where the shop is: its day is the day that is planned."""

    suggesting: Suggesting
    rules: ContactRules
    zone: ZoneInfo

    def check(self, order: Order, once: Once | None = None) -> None:
        """Raises Problem: 422 for a day that is over or far away, or a key of another call; 404 for an unknown message.

        A key changes nothing else: a plan that is asked for again is the same in any case.
        """
        if once is not None:
            with write_transaction(self.suggesting.engine) as connection:
                attempt(connection, once, now=self.suggesting.clock.now())
        today = self.suggesting.clock.now().astimezone(self.zone).date()
        if order.day < today:
            raise invalid(ProblemCode.INVALID_REQUEST, "date", f"is over; today is {today}")
        if (order.day - today).days > _DAYS_AHEAD:
            raise invalid(ProblemCode.INVALID_REQUEST, "date", f"is more than {_DAYS_AHEAD} days ahead")
        with snapshot(self.suggesting.engine) as connection:
            if order.message_id is not None and read_message(connection, order.message_id) is None:
                raise unknown_message()

    def for_one(self, order: Order, customer_id: str) -> PlannedPage:
        """The plan for one customer."""
        return self._page(order, lambda _: [customer_id], limit=None)

    def page(self, order: Order, *, after: str | None, limit: int) -> PlannedPage:
        """The plan for the next customers who were ever asked, in the order of their ids."""
        return self._page(
            order,
            lambda connection: customers_asked(connection, (MARKETING, SERVICE), after=after, limit=limit),
            limit=limit,
        )

    def pages(self, order: Order, *, after: str | None, limit: int) -> Iterator[PlannedPage]:
        """The plan for all of them, page by page."""
        while True:
            page = self.page(order, after=after, limit=limit)
            yield page
            if page.last is None:
                return
            after = page.last

    def desk(self, connection: Connection, order: Order) -> Desk:
        """What is the same for all customers, as of this snapshot."""
        now = self.suggesting.clock.now()
        shop, learned = self.suggesting.shop_and_learning(connection, now)
        stored = (
            read_messages(connection)
            if order.message_id is None
            else [one for one in [read_message(connection, order.message_id)] if one]
        )
        looked_at = {one["id"]: message_of(one) for one in stored}
        if order.message_id is None:
            looked_at = {id_: one for id_, one in looked_at.items() if one.is_valid_on(order.day)}
        return Desk(
            shop=shop,
            learned=learned,
            similarity=NOTHING_COMPARED,
            messages=looked_at,
            texts={one["id"]: texts_of(one["texts"]) for one in stored},
            rules=self.rules,
            settings=self.suggesting.settings,
            retention=self.suggesting.retention,
            content_locale=self.suggesting.content_locale,
            zone=self.zone,
            now=now,
        )

    def _page(
        self, order: Order, who: Callable[[Connection], list[str]], *, limit: int | None
    ) -> PlannedPage:
        """Only those of whom something is to be stored are looked at again, under lock: most are held back."""
        with snapshot(self.suggesting.engine) as connection:
            desk = self.desk(connection, order)
            ids = who(connection)
            found = self._findings(connection, desk, order, ids)
        to_store = [id_ for id_ in ids if any(one.changes_something for one in found[id_])]
        if to_store:
            found |= self._decided(order, to_store)
        findings = [one for id_ in ids for one in found[id_]]
        self._record_uses(order, findings, desk.now)
        return PlannedPage(findings=findings, desk=desk, last=ids[-1] if len(ids) == limit else None)

    def _decided(self, order: Order, ids: Sequence[str]) -> dict[str, list[Finding]]:
        """Decided anew while nobody can take back a permission, or plan for the same customers; and stored."""
        with write_transaction(self.suggesting.engine) as connection:
            lock_ledgers(connection, ids)
            found = self._findings(connection, self.desk(connection, order), order, ids)
            findings = [one for id_ in ids for one in found[id_]]
            add_contacts(connection, [one.row for one in findings if one.row is not None and one.is_new])
            for one in findings:
                if one.stopped is not None:
                    stop_contact(connection, one.stopped, to_be_stored(one.because))
        return found

    def _findings(
        self, connection: Connection, desk: Desk, order: Order, ids: Sequence[str]
    ) -> dict[str, list[Finding]]:
        events, contacts = read_events_of(connection, ids), read_contacts(connection, ids)
        found: dict[str, list[Finding]] = {}
        for id_ in ids:
            customer = Customer(id=id_, events=events.get(id_, []), contacts=contacts.get(id_, []))
            # One by one: suggestions wait for this lock, too.
            with self.suggesting.learning.lock:
                found[id_] = list(findings_on(connection, desk, order, customer))
        return found

    def _record_uses(self, order: Order, findings: Sequence[Finding], now: datetime) -> None:
        """A reading is told by the contact that came of it; else by the plan of the day, once however often asked."""
        for one in findings:
            use = Use(
                answer_id=f"plan_{order.day}" if one.row is None else one.row["outreach_id"],
                customer_id=one.customer_id,
                purpose=one.purpose,
                consents=one.consents,
                used_at=now,
                kind=UseKind.OUTREACH,
            )
            self.suggesting.use_recorder.record(use)
