"""Imports consents with their own time, method and evidence. What was denied since stays denied."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from time import sleep

import rfc8785

from consent.events import DECISIONS, DENIALS, EventKind, Evidence
from service.importers.columns import Field
from service.importers.kinds import Outcome
from service.importers.rows import Fields, RowRejected
from service.importers.values import Calendar, id_of, list_of, moment_of, required_id, short_text_of, text_of
from service.papers import PaperDecision, PaperRecords, PaperResult
from service.stated_decisions import Decision

_KINDS = {kind.value for kind in DECISIONS} - {EventKind.RENEWED.value}
_PAPERS_PER_TRANSACTION = 250
_PAUSE_SECONDS = 0.12  # SQLite has no queue: who waits for its lock looks every tenth of a second
_SHOWN_LENGTH = 2_000


class ConsentsImport:
    """Reads decisions and records those that the ledger does not have yet, in the file's order."""

    fields = (
        Field(name="customer_id", required=True, also=("customer", "user_id", "client_id")),
        Field(name="decision", required=True, also=("event", "status", "action")),
        Field(name="purpose", required=True),
        Field(name="data", required=True, also=("fields", "categories")),
        Field(name="occurred_at", required=True, also=("date", "given_at", "created_at", "timestamp")),
        Field(name="id", also=("consent_id", "record_id")),
        Field(name="expires_at", also=("valid_until",)),
        Field(name="notice_id", also=("notice", "notice_version", "policy_version")),
        Field(name="shown", also=("form", "screen")),
        Field(name="captured_via", also=("source", "channel")),
        Field(name="method"),
        Field(name="locale", also=("language",)),
        Field(name="actor"),
    )

    def __init__(self, papers: PaperRecords, calendar: Calendar) -> None:
        self._papers = papers
        self._calendar = calendar
        self._seen: Counter[bytes] = Counter()

    def read(self, fields: Fields) -> PaperDecision:
        customer_id = required_id(fields, "customer_id")
        kind = (text_of(fields, "decision") or "").lower()
        if kind not in _KINDS:
            raise RowRejected(f"decision {kind[:60]!r} is none of: {', '.join(sorted(_KINDS))}")
        occurred_at = moment_of(fields, "occurred_at", self._calendar)
        if occurred_at is None:
            raise RowRejected("occurred_at is empty: say when the customer decided")
        expires_at = moment_of(fields, "expires_at", self._calendar)
        if expires_at is not None and kind != EventKind.GIVEN:
            raise RowRejected("expires_at belongs to given only")
        decision = Decision(
            kind=EventKind(kind),
            purpose=text_of(fields, "purpose") or "",
            data=tuple(list_of(fields, "data")),
            expires_at=expires_at,
            occurred_at=occurred_at,
            evidence=Evidence(**{name: _evidence(fields, name) for name in Evidence.__slots__}),
            event_id=self._event_id(fields, customer_id, occurred_at),
        )
        return PaperDecision(customer_id=customer_id, decision=decision)

    def store(self, items: Sequence[PaperDecision]) -> Sequence[Outcome]:
        """The oldest first: a file that begins with the newest tells the same.

        In parts, because her ledger is locked while her part is written (a SQLite file as a whole), and who
        withdraws meanwhile must not be kept waiting.
        """
        by_age = sorted(range(len(items)), key=lambda place: _moment(items[place]))
        results: list[PaperResult] = []
        for start in range(0, len(by_age), _PAPERS_PER_TRANSACTION):
            if start:
                sleep(_PAUSE_SECONDS)
            some = by_age[start : start + _PAPERS_PER_TRANSACTION]
            results += self._papers.record([items[place] for place in some])
        outcome = dict(zip(by_age, results, strict=True))
        return [
            Outcome(status=outcome[place].status.value, because=outcome[place].because)
            for place in range(len(items))
        ]

    def _event_id(self, fields: Fields, customer_id: str, occurred_at: datetime) -> str:
        """From what the row decides, with its id; else from all that it says, and how often it has said so before.

        Many shops have one id for a consent and all that became of it: "given" must not hide "withdrawn".
        """
        consent_id = id_of(fields, "id")
        if consent_id is not None:
            decided = {name: text_of(fields, name) or "" for name in ("decision", "purpose", "data")}
            told = decided | {"id": consent_id, "occurred_at": occurred_at.isoformat()}
            return _import_id(customer_id, sha256(rfc8785.dumps(told)).hexdigest())
        digest = sha256(rfc8785.dumps({name: text_of(fields, name) or "" for name in fields})).digest()
        self._seen[digest] += 1
        return _import_id(customer_id, f"{digest.hex()}:{self._seen[digest]}")


def _import_id(customer_id: str, told: str) -> str:
    return "evt_import_" + sha256(f"{customer_id}\n{told}".encode()).hexdigest()[:40]


def _moment(paper: PaperDecision) -> tuple[datetime, bool]:
    """When she decided; of a yes and a no of one moment (files often have days only) the no stands."""
    assert paper.decision.occurred_at is not None
    return paper.decision.occurred_at, paper.decision.kind in DENIALS


def _evidence(fields: Fields, name: str) -> str | None:
    if name == "notice_id":
        return id_of(fields, name)
    return short_text_of(fields, name, _SHOWN_LENGTH) if name == "shown" else short_text_of(fields, name)
