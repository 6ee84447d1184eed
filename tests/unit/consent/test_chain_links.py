"""A chain's id commits to the customer: no other customer, and no other salt, gives the same one."""

from hashlib import sha256

import pytest

from consent.audit import FirstBad, LedgerFlaw
from consent.chain_links import ChainLink, bound_chain_id, first_bad_link

SALT, OTHER = "5a" * 32, "a5" * 32


def link(customer_id: str | None = "anna", salt: str | None = SALT, chain_id: str | None = None) -> ChainLink:
    return ChainLink(chain_id=chain_id or bound_chain_id("anna", SALT), customer_id=customer_id, salt=salt)


def test_the_id_is_a_hash_that_she_can_recompute() -> None:
    told = b"byleave chain, version 1\n" + SALT.encode() + b"\nanna"
    assert bound_chain_id("anna", SALT) == "chb_" + sha256(told).hexdigest()


def test_good_links_are_good() -> None:
    old = link(salt=None, chain_id="chn_01KVTP8E2B6H4J9T3D5F7G1K0M")
    assert first_bad_link([link(), old]) is None
    assert first_bad_link([]) is None


@pytest.mark.parametrize(
    "bad",
    [
        link("ben"),
        link(None, None),
        link(None, None, chain_id="chn_1"),
        link(salt=OTHER),
        link(salt=None),
        link(salt=SALT, chain_id="chn_1"),
        link("\udcff"),
    ],
    ids=["another", "nobody", "nobody, of old", "other salt", "no salt", "a salt of old", "no text"],
)
def test_a_link_that_was_tampered_with_is_located(bad: ChainLink) -> None:
    found = first_bad_link([link(), bad, link("ben")])
    assert found == FirstBad(chain_id=bad.chain_id, position=1, because=LedgerFlaw.WRONG_LINK)
