"""A checkpoint binds the heads of all chains by one Merkle root."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import sha256

import rfc8785
from hypothesis import given as for_all
from hypothesis import strategies as st

from consent.checkpoints import Head, MerkleTree, leaf_of


def root_of(leaves: Iterable[bytes]) -> str:
    tree = MerkleTree()
    for leaf in leaves:
        tree.add(leaf)
    return tree.root()


def as_the_rfc_says(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + as_the_rfc_says(leaves[:k]) + as_the_rfc_says(leaves[k:])).digest()


@for_all(st.lists(st.binary(max_size=4), max_size=40))
def test_the_root_is_that_of_rfc_6962(leaves: list[bytes]) -> None:
    assert root_of(leaves) == as_the_rfc_says(leaves).hex()


def test_the_root_is_that_of_the_certificate_transparency_test_vectors() -> None:
    leaves = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
    assert root_of(bytes.fromhex(leaf) for leaf in leaves) == (
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    )


def test_a_node_cannot_be_passed_off_as_a_leaf() -> None:
    left, right = (sha256(b"\x00" + leaf).digest() for leaf in (b"a", b"b"))
    assert root_of([left + right]) != root_of([b"a", b"b"])


def test_a_leaf_names_its_chain_its_length_and_its_end() -> None:
    head = Head(chain_id="chn_1", events=2, hash="ab")
    assert leaf_of(head) == rfc8785.dumps({"chain_id": "chn_1", "events": 2, "hash": "ab"})
    for change in ({"chain_id": "chn_2"}, {"events": 3}, {"hash": "ac"}):
        assert leaf_of(replace(head, **change)) != leaf_of(head)
