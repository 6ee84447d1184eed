"""Use case: delete what may not be kept any longer, in small transactions beside a running service.

Safe to run every night, twice, and to interrupt: each transaction leaves what is true at that moment.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import sleep

from sqlalchemy import Connection, Engine

from service.assisting import delete_tasks_without_permission
from service.collecting import delete_all_but, is_restricted, what_may_be_kept
from service.db.consent_ledger import hold_ledgers, read_events_of, remove_unused_chains
from service.db.engine import Transaction, drop_old_pages, vacuum, write_transaction
from service.db.idempotency_keys import count_expired_keys, remove_expired_keys
from service.db.learning_changes import learning_changed, read_chains_of, trim_learning_changes
from service.db.outreach import delete_contacts_before
from service.db.own_data import OWN_TABLES, count_rows_of, customers_after
from service.db.sales_intake import delete_held_sales, delete_old_sales
from service.db.stored_answers import remove_old_answers
from service.db.use_records import delete_use_records_before
from service.forgetting_contacts import forget_what_contacts_rest_on
from service.once import KEPT
from service.retention import NO_LIMIT, Retention
from service.settings import Clock, Purchases
from service.single_use import ANSWERS_KEPT

_CUSTOMERS_AT_ONCE = 100
_PAUSE_SECONDS = 0.12  # SQLite has no queue: who waits for its lock looks every tenth of a second
_KEYS, _ANSWERS = "idempotency_keys", "stored_answers"
# Her ledger stays as long as she does; keys and answers go by their age alone, whosever they are.
_LOOKED_AT = tuple(
    name for name in OWN_TABLES if name not in ("consent_events", "consent_chains", _KEYS, _ANSWERS)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Purge:
    """What one shop deletes when its time is over.

    hold_days        a sale that nothing permits is kept so long after it was stored
    use_record_days  a use record is kept so long
    contact_days     a contact is remembered so long after it was planned
    """

    engine: Engine
    clock: Clock
    unpermitted_purchases: Purchases
    hold_days: int
    use_record_days: int
    contact_days: int = 400
    retention: Retention = NO_LIMIT

    def run(self) -> Counter[str]:
        """Delete; gives how many rows of each table."""
        deleted = self._through_all_customers(write_transaction)
        expired = self.clock.now() - KEPT
        deleted[_ANSWERS] = self._remove_answers(write_transaction)
        while removed := self._remove_keys(expired):
            deleted[_KEYS] += removed
        while self._remove_unused_chains():
            pass
        with write_transaction(self.engine) as connection:
            trim_learning_changes(connection)
        drop_old_pages(self.engine)
        vacuum(self.engine, OWN_TABLES)
        return deleted

    def rehearse(self, transaction: Transaction) -> Counter[str]:
        """What `run` would delete. Nothing stays of `transaction`."""
        would = self._through_all_customers(transaction)
        would[_ANSWERS] = self._remove_answers(transaction)
        with transaction(self.engine) as connection:
            would[_KEYS] = count_expired_keys(connection, expired=self.clock.now() - KEPT)
        return would

    def _through_all_customers(self, transaction: Transaction) -> Counter[str]:
        deleted: Counter[str] = Counter()
        last: str | None = None
        while True:
            with transaction(self.engine) as connection:
                customer_ids = customers_after(connection, last, _LOOKED_AT, limit=_CUSTOMERS_AT_ONCE)
                deleted += self._purge(connection, customer_ids)
            if len(customer_ids) < _CUSTOMERS_AT_ONCE:
                return deleted
            last = customer_ids[-1]
            if self.engine.dialect.name == "sqlite":
                sleep(_PAUSE_SECONDS)

    def _purge(self, connection: Connection, customer_ids: Sequence[str]) -> Counter[str]:
        hold_ledgers(connection, customer_ids)
        now = self.clock.now()
        before = count_rows_of(connection, customer_ids, _LOOKED_AT)
        self._delete_what_nothing_permits(connection, customer_ids, now)
        oldest = now - timedelta(days=self.use_record_days)
        delete_use_records_before(connection, customer_ids, oldest)
        delete_contacts_before(connection, customer_ids, now - timedelta(days=self.contact_days))
        deleted = before - count_rows_of(connection, customer_ids, _LOOKED_AT)
        if deleted["purchases"]:
            # Past its retention it may still be in what a worker has learned.
            learning_changed(connection, read_chains_of(connection, customer_ids))
        return deleted

    def _delete_what_nothing_permits(
        self, connection: Connection, customer_ids: Collection[str], now: datetime
    ) -> None:
        ledgers = read_events_of(connection, customer_ids)
        oldest = now - timedelta(days=self.hold_days)
        oldest_sale = self.retention.kept_since(now).get("purchases")
        for customer_id in customer_ids:
            events = ledgers.get(customer_id, [])
            kept = what_may_be_kept(events, customer_id=customer_id, at=now, retention=self.retention)
            delete_all_but(
                connection, customer_id, kept, events, unpermitted_purchases=self.unpermitted_purchases
            )
            delete_tasks_without_permission(connection, customer_id, events, now, self.retention)
            forget_what_contacts_rest_on(connection, customer_id, events, now, self.retention)
            if is_restricted(events, customer_id, "purchases"):
                continue
            delete_held_sales(connection, customer_id, kept, recorded_before=oldest)
            if oldest_sale is not None:
                delete_old_sales(connection, customer_id, made_before=oldest_sale)

    def _remove_answers(self, transaction: Transaction) -> int:
        with transaction(self.engine) as connection:
            return remove_old_answers(connection, before=self.clock.now() - ANSWERS_KEPT)

    def _remove_unused_chains(self) -> int:
        """Of somebody who was only asked about, or whose call was for nothing, not even the id is kept."""
        with write_transaction(self.engine) as connection:
            return remove_unused_chains(connection, limit=_CUSTOMERS_AT_ONCE)

    def _remove_keys(self, expired: datetime) -> int:
        with write_transaction(self.engine) as connection:
            return remove_expired_keys(connection, expired=expired)
