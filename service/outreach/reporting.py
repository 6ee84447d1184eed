"""Use case: the shop asks once more before it sends, and tells what came of it.

Between planning and sending she may have withdrawn her permission, bought the thing, or complained. The ledger is
locked while this is asked: what is answered "go" was permitted at that moment.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from recommender.outreach.kinds import HeldBack, to_be_stored
from service.db.consent_ledger import lock_ledgers, read_events_of
from service.db.engine import write_transaction
from service.db.outreach import Row, change_contact, read_contact, read_contacts, stop_contact
from service.errors import Problem, ProblemCode
from service.once import Once, attempt
from service.outreach.desk import Order
from service.outreach.looking import Customer, Look
from service.outreach.planning import OutreachPlanning
from service.outreach.standing import look_again, why_it_no_longer_stands, why_not_this_moment
from service.outreach.states import Outcome, State
from service.use_records import Use, UseKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Reported:
    """How a contact stands now. `go`: send it now; where that was asked and it is not to be, `because` says why."""

    outreach_id: str
    state: State
    go: bool
    because: tuple[HeldBack, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class OutreachReports:
    """What becomes of the contacts of one shop."""

    planning: OutreachPlanning

    def report(self, outreach_id: str, outcome: Outcome, once: Once | None = None) -> Reported:
        """Note an outcome; of `sending`, say whether to. Raises Problem (404) for a contact that was never planned."""
        suggesting = self.planning.suggesting
        with write_transaction(suggesting.engine) as connection:
            tried = attempt(connection, once, now=suggesting.clock.now())
            row = self._locked(connection, outreach_id)
            if outcome is not Outcome.SENDING:
                if tried.is_first:
                    self._note(connection, row, outcome)
                return _as_it_stands(connection, outreach_id)
            # The same call again may send what it was told to send, and nobody else.
            may = State.PLANNED if tried.is_first else State.SENDING if tried.made else None
            if row["state"] != may:
                return _as_it_stands(connection, outreach_id)
            reported, look = self._ask_again(connection, row)
            tried.note(**({"go": True} if reported.go else {}))
        self._note_use(row, look)
        return reported

    def _note_use(self, row: Row, look: Look) -> None:
        """What was read to decide: what was recorded when it was planned may be by another consent."""
        use = Use(
            answer_id=row["outreach_id"],
            customer_id=row["customer_id"],
            purpose=row["purpose"],
            consents=look.consents,
            used_at=look.now,
            kind=UseKind.OUTREACH,
        )
        self.planning.suggesting.use_recorder.record(use)

    def _locked(self, connection: Connection, outreach_id: str) -> Row:
        """First her ledger, then the contact: in this order planning takes them, too."""
        row = read_contact(connection, outreach_id)
        if row is not None:
            lock_ledgers(connection, [row["customer_id"]])
            row = read_contact(connection, outreach_id, lock=True)
        if row is None:
            raise Problem(
                ProblemCode.UNKNOWN_OUTREACH,
                "There is no such contact; POST /v1/outreach/plan plans them, and gives their ids.",
                status=404,
            )
        return row

    def _ask_again(self, connection: Connection, row: Row) -> tuple[Reported, Look]:
        desk = self.planning.desk(connection, _order_of(row))
        with self.planning.suggesting.learning.lock:
            look = look_again(connection, desk, row, _customer(connection, row))
            because = why_it_no_longer_stands(desk, row, look)
        return self._decided(connection, row, because, why_not_this_moment(row, look)), look

    def _decided(
        self, connection: Connection, row: Row, because: tuple[HeldBack, ...], not_now: tuple[HeldBack, ...]
    ) -> Reported:
        if because:
            stop_contact(connection, row["outreach_id"], to_be_stored(because))
            return Reported(outreach_id=row["outreach_id"], state=State.STOPPED, go=False, because=because)
        if not not_now:
            change_contact(connection, row["outreach_id"], state=State.SENDING.value)
        state = State(row["state"]) if not_now else State.SENDING
        return Reported(outreach_id=row["outreach_id"], state=state, go=not not_now, because=not_now)

    def _note(self, connection: Connection, row: Row, outcome: Outcome) -> None:
        """What happened is noted, whatever was answered before: caps count what reached her."""
        state = State(outcome)
        if not state.is_news_after(State(row["state"])):
            return
        if state is State.FAILED:
            change_contact(
                connection, row["outreach_id"], state=state.value, slot=f"failed {row['outreach_id']}"
            )
            return
        today = self.planning.suggesting.clock.now().astimezone(self.planning.zone).date()
        # That it was opened tells that it was sent; later news do not change the day. It is not before the one planned.
        contacted_on = row["contacted_on"] or max(row["day"], today)
        change_contact(connection, row["outreach_id"], state=state.value, contacted_on=contacted_on)


def _order_of(row: Row) -> Order:
    return Order(day=row["day"], channels=(row["channel"],), message_id=row["message_id"])


def _customer(connection: Connection, row: Row) -> Customer:
    id_ = row["customer_id"]
    events, contacts = read_events_of(connection, [id_]), read_contacts(connection, [id_])
    return Customer(id=id_, events=events.get(id_, []), contacts=contacts.get(id_, []))


def _as_it_stands(connection: Connection, outreach_id: str) -> Reported:
    row = read_contact(connection, outreach_id)
    assert row is not None
    state = State(row["state"])
    is_over = state.reached_her or state is State.SENDING
    because = (HeldBack.ALREADY_TOLD,) if is_over else tuple(map(HeldBack, row["because"]))
    return Reported(outreach_id=outreach_id, state=state, go=False, because=because)
