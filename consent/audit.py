"""An audit: reads all chains through, against a checkpoint if there is one, and finds the first thing that is wrong.

Trusts nothing of what is handed in, and reads nothing itself.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from heapq import merge

from consent.checkpoints import Head, MerkleTree, leaf_of
from consent.ledger import LedgerEntry, follows


class LedgerFlaw(StrEnum):
    """What is wrong with a ledger: a closed list, the same on the wire.

    altered        what stands at this position is not what its hash says, or not in its place
    missing        at the checkpoint the chain had an event at this position
    rewritten      the chain agrees with itself, but up to this position it is not the checkpoint's
    wrong_link     the link from this chain to its customer is not the one that its id was made from
    wrong_erasure  what says that this chain was erased was not signed here, or does not agree with the checkpoint
    """

    ALTERED = "altered"
    MISSING = "missing"
    REWRITTEN = "rewritten"
    WRONG_LINK = "wrong_link"
    WRONG_ERASURE = "wrong_erasure"


@dataclass(frozen=True, kw_only=True, slots=True)
class FirstBad:
    """Where a ledger stops being what it should be."""

    chain_id: str
    position: int
    because: LedgerFlaw


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredEntry:
    """An entry as found in the store; `entry` is `None` if what is stored cannot be one."""

    chain_id: str
    entry: LedgerEntry | None


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredErasure:
    """What stays of a chain that was erased; `head` is `None` if what is stored was not signed here."""

    chain_id: str
    head: Head | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Audit:
    """What was found: so many events in so many chains were read, and `first_bad` ended the reading."""

    events: int
    chains: int
    root: str
    first_bad: FirstBad | None

    def but_for(self, first_bad: FirstBad | None) -> "Audit":
        """The same, with what was found elsewhere than in the entries."""
        return Audit(events=self.events, chains=self.chains, root=self.root, first_bad=first_bad)


def audit(
    entries: Iterable[StoredEntry],
    *,
    erasures: Iterable[StoredErasure] = (),
    since: Iterable[Head] = (),
    each: Callable[[Head], None] = lambda head: None,
) -> Audit:
    """Read all chains through, against the heads of a checkpoint if there is one; hands on each head found.

    `entries` come by chain id and, in a chain, by position; `erasures` and `since` by chain id. Memory does
    not grow with any of them.
    """
    walk = _Walk(iter(since), each)
    # Of one chain id the entries come first, so an erasure of a chain that is still there is found.
    everything: Iterable[StoredEntry | StoredErasure] = merge(entries, erasures, key=lambda one: one.chain_id)
    for stored in everything:
        first_bad = walk.take_erasure(stored) if isinstance(stored, StoredErasure) else walk.take(stored)
        if first_bad is not None:
            return walk.found(first_bad)
    return walk.found(walk.end())


class _Walk:
    """How far the reading has come: one entry of one chain, and the checkpoint's head for it."""

    def __init__(self, since: Iterator[Head], each: Callable[[Head], None]) -> None:
        self._since = since
        self._each = each
        self._next = next(since, None)
        self._expected: Head | None = None
        self._last: LedgerEntry | None = None
        self._chain_id = ""
        self._tree = MerkleTree()
        self._events = self._chains = 0

    def take(self, stored: StoredEntry) -> FirstBad | None:
        """The next entry; gives what is wrong with it, or with what should have come before it."""
        if stored.chain_id != self._chain_id:
            first_bad = self._close() or self._open(stored.chain_id)
            if first_bad is not None:
                return first_bad
        entry = stored.entry
        if entry is None or not follows(entry, self._last):
            return self._bad(LedgerFlaw.ALTERED)
        if self._expected is not None and self._expected.erased:
            return self._bad(LedgerFlaw.WRONG_ERASURE)
        if self._expected is not None and _is_another(entry, self._expected):
            return self._bad(LedgerFlaw.REWRITTEN)
        self._last = entry
        self._events += 1
        return None

    def take_erasure(self, stored: StoredErasure) -> FirstBad | None:
        """A chain that was erased: it stands for the checkpoint's head if it is not behind it."""
        if stored.chain_id == self._chain_id:
            return self._bad(LedgerFlaw.WRONG_ERASURE)
        first_bad = self._close() or self._open(stored.chain_id)
        if first_bad is not None:
            return first_bad
        if stored.head is None or (self._expected is not None and _is_behind(stored.head, self._expected)):
            return self._bad(LedgerFlaw.WRONG_ERASURE)
        self._count(stored.head)
        return None

    def end(self) -> FirstBad | None:
        """After the last entry: what the checkpoint has and the ledger has not."""
        return self._close() or self._gone()

    def found(self, first_bad: FirstBad | None) -> Audit:
        return Audit(events=self._events, chains=self._chains, root=self._tree.root(), first_bad=first_bad)

    def _open(self, chain_id: str) -> FirstBad | None:
        self._expected = None
        if self._next is not None and self._next.chain_id < chain_id:
            return self._gone()
        if self._next is not None and self._next.chain_id == chain_id:
            self._expected, self._next = self._next, next(self._since, None)
        self._chain_id, self._last = chain_id, None
        return None

    def _close(self) -> FirstBad | None:
        if self._last is None:
            return None
        position = self._last.event.position
        if self._expected is not None and position < self._expected.events:
            return self._bad(LedgerFlaw.MISSING)
        self._count(Head(chain_id=self._chain_id, events=position, hash=self._last.hash))
        self._chains += 1
        return None

    def _count(self, head: Head) -> None:
        self._tree.add(leaf_of(head))
        self._each(head)

    def _gone(self) -> FirstBad | None:
        """The chain that the checkpoint has next, of which nothing is left."""
        if self._next is None:
            return None
        return FirstBad(chain_id=self._next.chain_id, position=1, because=LedgerFlaw.MISSING)

    def _bad(self, because: LedgerFlaw) -> FirstBad:
        """At the position after the last good entry of this chain."""
        position = 1 if self._last is None else self._last.event.position + 1
        return FirstBad(chain_id=self._chain_id, position=position, because=because)


def _is_another(entry: LedgerEntry, head: Head) -> bool:
    """Whether another entry stands where the head was."""
    return entry.event.position == head.events and entry.hash != head.hash


def _is_behind(erased: Head, head: Head) -> bool:
    """Whether what was erased cannot be the chain that had this head, or is not as the head has it erased."""
    if head.erased or erased.events == head.events:
        return (erased.events, erased.hash) != (head.events, head.hash)
    return erased.events < head.events
