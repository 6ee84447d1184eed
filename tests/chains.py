"""Reads one chain through, where a test has its entries in hand."""

from collections.abc import Sequence

from consent.ledger import LedgerEntry, follows


def first_bad_entry(entries: Sequence[LedgerEntry]) -> int | None:
    """The position of the first entry that does not verify, or `None`.

    Finds changed, removed, swapped and inserted entries of one chain; the service reads all of them (`audit`).
    """
    previous: LedgerEntry | None = None
    for position, entry in enumerate(entries, start=1):
        if not follows(entry, previous):
            return position
        previous = entry
    return None
