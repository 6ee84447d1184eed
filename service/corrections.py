"""Use case: take out a record of hers that is wrong (rectification, GDPR art. 16). Recorded anew it is a new event."""

from dataclasses import dataclass

from sqlalchemy import Engine

from service.db.consent_ledger import lock_ledgers
from service.db.engine import drop_old_pages, write_transaction
from service.db.learning_changes import learning_changed, read_chains_of
from service.db.own_data import delete_own_event
from service.db.stored_answers import remove_answers_for
from service.errors import Problem, ProblemCode
from service.once import Once, attempt
from service.settings import Clock


@dataclass(frozen=True, slots=True)
class Corrections:
    """The corrections of one shop's records."""

    engine: Engine
    clock: Clock

    def remove_event(self, customer_id: str, event_id: str, once: Once | None = None) -> None:
        """Delete one sale, return or browsing record of hers; what was learned from it is forgotten at once.

        Raises Problem (404) for one that is not hers.
        """
        with write_transaction(self.engine) as connection:
            if not attempt(connection, once, now=self.clock.now()).is_first:
                return
            # Ledgers first, as everywhere, and held alone: of two calls the second must see what the first did.
            lock_ledgers(connection, [customer_id])
            remove_answers_for(connection, customer_id)
            if not delete_own_event(connection, customer_id, event_id):
                raise Problem(
                    ProblemCode.UNKNOWN_EVENT,
                    "This customer has no such event. Its id is that with which it was recorded.",
                    status=404,
                )
            learning_changed(connection, read_chains_of(connection, [customer_id]))
        drop_old_pages(self.engine)
