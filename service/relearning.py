"""Use case: learn now from what is new, in this worker at once and in the others soon."""

from dataclasses import asdict, dataclass

import rfc8785
from sqlalchemy import Engine

from consent.moments import rfc3339
from service.db.engine import write_transaction
from service.db.learning_changes import SOMETHING_NEW, learning_changed
from service.learning import CurrentLearning, Relearned
from service.once import Once, attempt
from service.settings import Clock
from service.signing import SignedKind, Signing


@dataclass(frozen=True, kw_only=True, slots=True)
class Relearning:
    """Learns anew for one shop."""

    engine: Engine
    clock: Clock
    learning: CurrentLearning
    signing: Signing

    def begin(self) -> None:
        """Before the first request."""
        self.learning.begin(self.engine, self.clock.now())

    def run(self, once: Once | None = None) -> tuple[Relearned, str]:
        """Learn anew here, and let the other workers know; a repeated call only the former.

        The second is a JWS over the first and the moment: the receipt of what was forgotten.
        """
        with write_transaction(self.engine) as connection:
            if attempt(connection, once, now=self.clock.now()).is_first:
                learning_changed(connection, [SOMETHING_NEW])
        now = self.clock.now()
        learned = self.learning.learn_anew(self.engine, now)
        told = asdict(learned) | {"exact": learned.is_exact, "issued_at": rfc3339(now)}
        return learned, self.signing.sign(SignedKind.LEARNING, rfc8785.dumps(told))
