"""Whose a chain is: its id commits to the customer, so that no two links can be swapped unseen.

A chain's id is a hash over her id and a random salt. Who has both can check the link; once both are deleted
nobody can tell whose the chain was. It is in every hashed entry, so its prefix cannot be changed either.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from consent.audit import FirstBad, LedgerFlaw

BOUND_PREFIX = "chb_"
"""Chains that an older release opened have a random id instead, which binds nobody."""

SALT_BYTES = 32
_FIRST = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class ChainLink:
    """What is stored of whose a chain is; `customer_id` is `None` where a chain has events and no link."""

    chain_id: str
    customer_id: str | None
    salt: str | None


def bound_chain_id(customer_id: str, salt: str) -> str:
    """The id of this customer's chain; `salt` is secret, random and in hexadecimal."""
    told = f"byleave chain, version 1\n{salt}\n{customer_id}"
    # What a store was made to hold may be no text at all: it is then simply not what was hashed.
    return BOUND_PREFIX + sha256(told.encode("utf-8", "surrogateescape")).hexdigest()


def first_bad_link(links: Iterable[ChainLink]) -> FirstBad | None:
    """The first chain whose id does not agree with the link that is stored for it."""
    for link in links:
        if not _holds(link):
            return FirstBad(chain_id=link.chain_id, position=_FIRST, because=LedgerFlaw.WRONG_LINK)
    return None


def _holds(link: ChainLink) -> bool:
    if link.customer_id is None:
        return False
    if not link.chain_id.startswith(BOUND_PREFIX):
        return link.salt is None
    return link.salt is not None and bound_chain_id(link.customer_id, link.salt) == link.chain_id
