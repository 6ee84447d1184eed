"""Use case: propose the orders that customers allow to be proposed, within their limits, when it is about time.

Nothing is ordered. A proposal is a use of her counted grant, told in her ledger, from where the feed of changes and
the webhooks tell it to the shop's checkout, which carries it out or not. Decided under the lock of her ledger: of
two who ask at once one makes it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from consent.events import EventKind, Evidence
from consent.standing_orders import PROPOSAL, proposal_of
from consent.vocabulary import STANDING_ORDERS
from service.appending import Appending
from service.db.consent_ledger import NewEvent, OpenLedger, read_events_of
from service.db.engine import snapshot, write_transaction
from service.db.outreach import customers_asked
from service.due_orders import Looked, look
from service.once import Once, attempt
from service.recommendations import Suggesting
from service.use_records import Use, UseKind


@dataclass(frozen=True, kw_only=True, slots=True)
class LookedPage:
    """What was found of some customers. `last` is the one to go on behind, `None` at the end."""

    looked: Sequence[Looked]
    last: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class StandingOrders:
    """Proposes for one shop."""

    suggesting: Suggesting
    appending: Appending

    def check(self, once: Once | None) -> None:
        """Raises Problem (422) for a key of another call. A key changes nothing else: nothing is proposed twice."""
        with write_transaction(self.suggesting.engine) as connection:
            attempt(connection, once, now=self.appending.clock.now())

    def for_one(self, customer_id: str) -> LookedPage:
        """Propose what is due for one customer."""
        return self._page(lambda _: [customer_id], limit=None)

    def page(self, *, after: str | None, limit: int) -> LookedPage:
        """Propose what is due for the next customers who have ever said anything about it."""
        return self._page(
            lambda connection: customers_asked(connection, (STANDING_ORDERS,), after=after, limit=limit),
            limit=limit,
        )

    def _page(self, who: Callable[[Connection], list[str]], *, limit: int | None) -> LookedPage:
        """Most are held back: only those for whom something is due are looked at again, each under lock."""
        now = self.appending.clock.now()
        with snapshot(self.suggesting.engine) as connection:
            ids = who(connection)
            ledgers = read_events_of(connection, ids)
            found = {id_: look(connection, self.suggesting, id_, ledgers.get(id_, []), now) for id_ in ids}
        for id_ in ids:
            if any(one.because is None for one in found[id_]):
                found[id_] = self._propose(id_)
        looked = [one for id_ in ids for one in found[id_]]
        for one in looked:
            self.suggesting.use_recorder.record(_use(one, now))
        return LookedPage(looked=looked, last=ids[-1] if len(ids) == limit else None)

    def _propose(self, customer_id: str) -> list[Looked]:
        engine = self.suggesting.engine
        with self.appending.in_one_call(engine, customer_id, None) as (ledger, now, _):
            looked = look(ledger.connection, self.suggesting, customer_id, ledger.events, now)
            return [one if one.because else _proposed(ledger, one, now) for one in looked]


def _proposed(ledger: OpenLedger, one: Looked, now: datetime) -> Looked:
    """The proposal, in her ledger: with it the grant is used once more."""
    event = ledger.append(
        NewEvent(
            consent_id=one.consent_id,
            kind=EventKind.CONSUMED,
            scope=proposal_of(one.order),
            evidence=Evidence(method=PROPOSAL),
        ),
        now=now,
    )
    return Looked(
        customer_id=one.customer_id,
        consent_id=one.consent_id,
        order=one.order,
        because=None,
        consents=one.consents,
        uses_left=one.uses_left - 1,
        event_id=event.event_id,
    )


def _use(one: Looked, now: datetime) -> Use:
    """A reading is told by the proposal that came of it; else by the day, once however often asked."""
    return Use(
        answer_id=one.event_id or f"standing_{now.date()}",
        customer_id=one.customer_id,
        purpose=STANDING_ORDERS,
        consents=one.consents,
        used_at=now,
        kind=UseKind.STANDING_ORDER,
    )
