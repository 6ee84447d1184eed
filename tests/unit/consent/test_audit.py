"""An audit finds the first thing that is wrong with a ledger, and where, held against a checkpoint or alone."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

import pytest

from consent.audit import Audit, FirstBad, LedgerFlaw, StoredEntry, StoredErasure, audit
from consent.checkpoints import Head, MerkleTree, leaf_of
from consent.ledger import GENESIS_HASH, LedgerEntry, seal
from tests.builders import given, ledger, refused, withdrawn

ALTERED, MISSING, REWRITTEN = LedgerFlaw.ALTERED, LedgerFlaw.MISSING, LedgerFlaw.REWRITTEN
WRONG_ERASURE = LedgerFlaw.WRONG_ERASURE


def chain(chain_id: str, length: int = 3) -> list[LedgerEntry]:
    entries: list[LedgerEntry] = []
    for event in ledger(*[given(), withdrawn(), refused("devices"), given("browsing")][:length]):
        previous_hash = entries[-1].hash if entries else GENESIS_HASH
        entries.append(seal(event, chain_id=chain_id, previous_hash=previous_hash))
    return entries


def resealed(entries: Sequence[LedgerEntry], gone: int) -> list[LedgerEntry]:
    """The chain without one entry, made consistent again by somebody who knows how."""
    made: list[LedgerEntry] = []
    for event in ledger(*(entry.event for place, entry in enumerate(entries) if place != gone)):
        previous_hash = made[-1].hash if made else GENESIS_HASH
        made.append(seal(event, chain_id=entries[0].chain_id, previous_hash=previous_hash))
    return made


def stored(*chains: Sequence[LedgerEntry]) -> list[StoredEntry]:
    return [StoredEntry(chain_id=entry.chain_id, entry=entry) for one in chains for entry in one]


def root_of(heads: Sequence[Head]) -> str:
    tree = MerkleTree()
    for head in heads:
        tree.add(leaf_of(head))
    return tree.root()


def heads(*chains: Sequence[LedgerEntry]) -> list[Head]:
    found: list[Head] = []
    audit(stored(*chains), each=found.append)
    return found


A, B, C = chain("chn_a"), chain("chn_b", 4), chain("chn_c", 1)


def test_a_good_ledger_gives_its_heads_and_their_root() -> None:
    found: list[Head] = []
    result = audit(stored(A, B, C), each=found.append)
    assert found == [
        Head(chain_id="chn_a", events=3, hash=A[-1].hash),
        Head(chain_id="chn_b", events=4, hash=B[-1].hash),
        Head(chain_id="chn_c", events=1, hash=C[-1].hash),
    ]
    assert result == Audit(events=8, chains=3, root=root_of(found), first_bad=None)


def test_what_was_found_elsewhere_takes_the_place_of_nothing_found() -> None:
    found = audit(stored(chain("chn_1")))
    elsewhere = FirstBad(chain_id="chn_1", position=1, because=LedgerFlaw.WRONG_LINK)
    told = found.but_for(elsewhere)
    assert told.first_bad == elsewhere
    assert (
        (told.events, told.chains, told.root)
        == (found.events, found.chains, found.root)
        == (3, 1, found.root)
    )


def test_an_empty_ledger_is_good() -> None:
    assert audit([]) == Audit(events=0, chains=0, root=sha256().hexdigest(), first_bad=None)


def test_what_was_added_since_the_checkpoint_is_no_fault() -> None:
    grown = audit(stored(A, B, C), since=heads(A[:2], B[:1]))
    assert grown.first_bad is None
    assert audit(stored(A, B, C), since=heads(A, B, C)).first_bad is None


@pytest.mark.parametrize(
    ("chains", "chain_id", "position", "because"),
    [
        ([A, [*B[:2], *B[3:]], C], "chn_b", 3, ALTERED),
        ([A, [B[0], B[2], B[1], B[3]], C], "chn_b", 2, ALTERED),
        ([A, [*B[:2], A[2], *B[3:]], C], "chn_b", 3, MISSING),
        ([A, B[1:], C], "chn_b", 1, ALTERED),
        ([A, [*B[:2], replace(B[2], hash="0" * 64), B[3]], C], "chn_b", 3, ALTERED),
        ([A, B[:3], C], "chn_b", 4, MISSING),
        ([A, B], "chn_c", 1, MISSING),
        ([B, C], "chn_a", 1, MISSING),
        ([A, C], "chn_b", 1, MISSING),
        ([], "chn_a", 1, MISSING),
        ([A, resealed(B, 1), C], "chn_b", 4, MISSING),
        ([A, [*resealed(B, 1), *chain("chn_b", 4)[3:]], C], "chn_b", 4, ALTERED),
        ([resealed(chain("chn_a", 4), 1), B, C], "chn_a", 3, REWRITTEN),
    ],
)
def test_tampering_is_found_and_located(
    chains: list[list[LedgerEntry]], chain_id: str, position: int, because: LedgerFlaw
) -> None:
    result = audit(stored(*chains), since=heads(A, B, C))
    assert result.first_bad == FirstBad(chain_id=chain_id, position=position, because=because)


def test_what_cannot_be_an_entry_is_located_too() -> None:
    entries = stored(A, B)
    entries[4] = replace(entries[4], entry=None)
    found = audit(entries)
    assert found.first_bad == FirstBad(chain_id="chn_b", position=2, because=ALTERED)
    assert (found.events, found.chains) == (4, 1), "so many were good before it"


def test_without_a_checkpoint_a_cut_tail_does_not_show() -> None:
    assert audit(stored(A, B[:2])).first_bad is None


def erased(entries: Sequence[LedgerEntry], **changes: object) -> StoredErasure:
    head = Head(chain_id=entries[-1].chain_id, events=len(entries), hash=entries[-1].hash, erased=True)
    return StoredErasure(chain_id=head.chain_id, head=replace(head, **changes))  # type: ignore[arg-type]


def test_an_erased_chain_stands_for_a_head_that_it_is_not_behind() -> None:
    for since in (heads(A, B, C), heads(A, B[:2], C), heads(A, C)):
        result = audit(stored(A, C), erasures=[erased(B)], since=since)
        assert (result.first_bad, result.chains, result.events) == (None, 2, 4)


def test_a_later_checkpoint_has_the_erased_chain_as_such() -> None:
    found: list[Head] = []
    result = audit(stored(A, C), erasures=[erased(B)], each=found.append)
    assert [head.erased for head in found] == [False, True, False]
    assert [head.chain_id for head in found] == ["chn_a", "chn_b", "chn_c"]
    assert result.root == root_of(found)
    assert result.root != audit(stored(A, B, C)).root, "an erased chain is none that is there"
    assert audit(stored(A, C), erasures=[erased(B)], since=found).first_bad is None


@pytest.mark.parametrize(
    ("chains", "erasures", "because"),
    [
        ([A, C], [StoredErasure(chain_id="chn_b", head=None)], WRONG_ERASURE),
        ([A, C], [erased(B[:3])], WRONG_ERASURE),
        ([A, C], [erased(B, hash="0" * 64)], WRONG_ERASURE),
        ([A, B, C], [erased(B)], WRONG_ERASURE),
        ([A, C], [], MISSING),
    ],
    ids=["forged", "behind", "another hash", "still there", "no row"],
)
def test_an_erasure_that_does_not_hold_is_found_and_located(
    chains: list[list[LedgerEntry]], erasures: list[StoredErasure], because: LedgerFlaw
) -> None:
    found = audit(stored(*chains), erasures=erasures, since=heads(A, B, C)).first_bad
    assert found is not None and (found.chain_id, found.because) == ("chn_b", because)


def test_what_was_erased_at_the_checkpoint_stays_erased_and_the_same() -> None:
    found: list[Head] = []
    audit(stored(A, C), erasures=[erased(B)], each=found.append)
    for chains, erasures, because in (
        ([A, B, C], [], WRONG_ERASURE),
        ([A, C], [], MISSING),
        ([A, C], [erased(B, events=5)], WRONG_ERASURE),
        ([A, C], [erased(B, hash="0" * 64)], WRONG_ERASURE),
    ):
        result = audit(stored(*chains), erasures=erasures, since=found)
        assert result.first_bad == FirstBad(chain_id="chn_b", position=1, because=because)


def test_erasures_that_came_after_the_checkpoint_are_no_fault_at_either_end() -> None:
    last = chain("chn_z")
    result = audit(stored(A, B), erasures=[erased(C), erased(last)], since=heads(A, B))
    assert result.first_bad is None
    result = audit(stored(B, C), erasures=[erased(A)], since=heads(A, B, C))
    assert result.first_bad is None
    gone = audit(stored(B), erasures=[erased(last)], since=heads(B, C))
    assert gone.first_bad == FirstBad(chain_id="chn_c", position=1, because=MISSING)
