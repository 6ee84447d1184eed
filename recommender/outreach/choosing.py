"""Which contact is made with one customer today: the first that nothing is against; else all that was."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from recommender.outreach.kinds import ContactKind, HeldBack, in_order
from recommender.outreach.proposals import Proposal


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """The contact to make, or why none is made."""

    proposal: Proposal | None = None
    because: tuple[HeldBack, ...] = ()


def choose(proposals: Iterable[Proposal], why_not: Callable[[ContactKind], tuple[HeldBack, ...]]) -> Choice:
    """One contact for one reason. `why_not` is the contact policy, for a kind of contact at the moment."""
    against: list[HeldBack] = []
    for proposal in proposals:
        because = (*why_not(proposal.kind), *proposal.against)
        if not because:
            return Choice(proposal=proposal)
        against.extend(because)
    nothing = () if against else (*why_not(ContactKind.SUGGESTION), HeldBack.NOTHING_TO_SAY)
    return Choice(because=in_order([*against, *nothing]))
