"""Use case: learn now from what is new, in this worker at once and in the others soon."""

from dataclasses import dataclass

from sqlalchemy import Engine

from service.db.engine import write_transaction
from service.db.learning_changes import SOMETHING_NEW, learning_changed
from service.learning import CurrentLearning, Relearned
from service.once import Once, attempt
from service.settings import Clock


@dataclass(frozen=True, kw_only=True, slots=True)
class Relearning:
    """Learns anew for one shop."""

    engine: Engine
    clock: Clock
    learning: CurrentLearning

    def run(self, once: Once | None = None) -> Relearned:
        """Learn anew here, and let the other workers know; a repeated call only the former."""
        with write_transaction(self.engine) as connection:
            if attempt(connection, once, now=self.clock.now()).is_first:
                learning_changed(connection, [SOMETHING_NEW])
        return self.learning.learn_anew(self.engine, self.clock.now())
