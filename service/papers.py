"""Use case: record decisions from the shop's own papers, of many customers at once, each with its result.

A paper tells of the past. It opens nothing that was denied since, and recorded again it changes nothing.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Engine

from consent.coverage import is_superseded
from service.appending import Appending, Opens
from service.db.consent_ledger import OpenLedger, lock_ledgers
from service.db.engine import Transaction, write_transaction
from service.db.epochs import ERASURES, share_epoch
from service.errors import Problem
from service.stated_decisions import Decision, new_event


@dataclass(frozen=True, kw_only=True, slots=True)
class PaperDecision:
    """A decision from the shop's own records; its `event_id` tells whether the ledger has it already."""

    customer_id: str
    decision: Decision


class PaperStatus(StrEnum):
    """What became of it; `superseded`: it is in the ledger and opens nothing, a younger denial stands."""

    RECORDED = "recorded"
    SUPERSEDED = "superseded"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(frozen=True, kw_only=True, slots=True)
class PaperResult:
    """The status, and for `rejected` the reason."""

    status: PaperStatus
    because: str | None = None


_OF_ERASED = PaperResult(
    status=PaperStatus.REJECTED,
    because="erased: this customer was erased later than that; ask her anew, no paper from before counts",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PaperRecords:
    """Records the papers of one shop."""

    engine: Engine
    appending: Appending
    transaction: Transaction = write_transaction

    def record(self, papers: Sequence[PaperDecision]) -> list[PaperResult]:
        """Record decisions of many customers, each or not at all, in the order given; one result each.

        What the ledger has already, by its event id, is not recorded again.
        """
        of_customer: dict[str, list[int]] = defaultdict(list)
        for number, paper in enumerate(papers):
            of_customer[paper.customer_id].append(number)
        results: dict[int, PaperResult] = {}
        with self.transaction(self.engine) as connection, self.appending.to_several(connection) as opens:
            share_epoch(connection, ERASURES)
            erased = self.appending.tombstones.moments(connection, of_customer)
            for customer_id, moment in erased.items():
                too_old = [
                    number for number in of_customer[customer_id] if _is_before(papers[number], moment)
                ]
                results |= dict.fromkeys(too_old, _OF_ERASED)
            open_to = {
                customer_id: set(numbers) - results.keys() for customer_id, numbers in of_customer.items()
            }
            # Of whom nothing is left to record no ledger is opened: her id would be back with it.
            lock_ledgers(connection, [customer_id for customer_id, numbers in open_to.items() if numbers])
            for customer_id, numbers in open_to.items():
                if numbers:
                    self._record_papers(opens, customer_id, papers, sorted(numbers), results)
        return [results[number] for number in range(len(papers))]

    def _record_papers(
        self,
        opens: Opens,
        customer_id: str,
        papers: Sequence[PaperDecision],
        numbers: Sequence[int],
        results: dict[int, PaperResult],
    ) -> None:
        with opens(customer_id) as (ledger, now):
            for number in numbers:
                results[number] = self._record_paper(papers[number], ledger, now)

    def _record_paper(self, paper: PaperDecision, ledger: OpenLedger, now: datetime) -> PaperResult:
        if any(event.event_id == paper.decision.event_id for event in ledger.events):
            return PaperResult(status=PaperStatus.DUPLICATE)
        try:
            new = new_event(0, paper.decision, ledger, self.appending.rules, now=now)
        except Problem as problem:
            reasons = [f"{one.path.rpartition('.')[2]} {one.message}" for one in problem.errors]
            return PaperResult(status=PaperStatus.REJECTED, because="; ".join(reasons) or problem.detail)
        event = ledger.append(new, now=now)
        late = all(is_superseded(event, ledger.events, field) for field in event.scope.fields)
        return PaperResult(status=PaperStatus.SUPERSEDED if late else PaperStatus.RECORDED)


def _is_before(paper: PaperDecision, erased_at: datetime) -> bool:
    """What has no date may be from before."""
    return paper.decision.occurred_at is None or paper.decision.occurred_at <= erased_at
