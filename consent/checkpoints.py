"""A checkpoint: the heads of all chains at one moment, bound together by one Merkle root (RFC 6962, section 2.1).

A chain shows that an event was changed, but not that its last events are gone. Who has kept a checkpoint
outside can tell that, too.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import rfc8785

# So that no inner node can be taken for a leaf, nor a leaf for an inner node.
_LEAF, _NODE = b"\x00", b"\x01"


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """How far a chain has come: its number of events, and the hash of the last one; had come, if `erased`."""

    chain_id: str
    events: int
    hash: str
    erased: bool = False


class MerkleTree:
    """The root over leaves that come one by one; holds one hash for each power of two among them."""

    def __init__(self) -> None:
        self._whole: list[tuple[int, bytes]] = []

    def add(self, leaf: bytes) -> None:
        """Add a leaf after all others."""
        size, digest = 1, sha256(_LEAF + leaf).digest()
        while self._whole and self._whole[-1][0] == size:
            digest = sha256(_NODE + self._whole.pop()[1] + digest).digest()
            size *= 2
        self._whole.append((size, digest))

    def root(self) -> str:
        """The Merkle tree hash of the leaves so far, in hexadecimal."""
        if not self._whole:
            return sha256().hexdigest()
        _, digest = self._whole[-1]
        for _, left in reversed(self._whole[:-1]):
            digest = sha256(_NODE + left + digest).digest()
        return digest.hex()


def leaf_of(head: Head) -> bytes:
    """What stands for a chain in the tree."""
    return rfc8785.dumps(written(head))


def written(head: Head) -> dict[str, Any]:
    """A head as it is written down: that of a chain which is there says nothing of erasures."""
    told = {"chain_id": head.chain_id, "events": head.events, "hash": head.hash}
    return told | {"erased": True} if head.erased else told
