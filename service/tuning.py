"""Use case: propose other weights for a shop, from the purchases of those who allow learning with dates."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from sqlalchemy import Engine

from consent import vocabulary
from recommender.learning.settings import LearningSettings
from service.db.consent_ledger import read_ledgers_asked
from service.db.engine import long_snapshot
from service.db.permitted_reader import read_learning_purchases
from service.evaluate.purchases import Lines, Purchases
from service.evaluate.tuning import Tuning, tune
from service.retention import Retention
from service.settings import Clock


@dataclass(frozen=True, kw_only=True, slots=True)
class Tuner:
    """Looks at one shop, for about `seconds`."""

    engine: Engine
    clock: Clock
    current: LearningSettings
    retention: Retention
    seconds: float

    def run(self, progress: Callable[[str], None]) -> Tuning:
        """Propose, from a snapshot of what may be read now. Stores nothing, and names nobody."""
        ends = monotonic() + self.seconds
        progress("reads")
        return tune(self._purchases(), self.current, has_time=lambda: monotonic() < ends, progress=progress)

    def _purchases(self) -> Purchases:
        now = self.clock.now()
        with long_snapshot(self.engine) as connection:
            asked = read_ledgers_asked(connection, vocabulary.LEARNING)
            permissions = [
                self.retention.permission(events, customer_id=one, purpose=vocabulary.LEARNING, at=now)
                for one, events in asked.events.items()
            ]
            bought = read_learning_purchases(connection, permissions)
        lines = Lines()
        for (customer_id, product_id), days in bought.items():
            for day in days:
                lines.add(customer_id, product_id, day.toordinal())
        return lines.purchases()
