"""Global Privacy Control (https://w3c.github.io/gpc/): a browser's "do not sell or share my data", deny-only.

It is about purposes that share. What the shop does with her data itself it neither allows nor refuses, and
it records nothing: it lasts as long as the request that carries it.
"""

from collections.abc import Iterable, Sequence

from consent.events import GRANTS
from consent.vocabulary import BUILT_IN, PurposeCatalogue
from service.errors import FieldError, Problem, ProblemCode
from service.stated_decisions import Decision

HEADER = "Sec-GPC"


def is_sent(values: Iterable[str]) -> bool:
    """Whether one of the values of the header is exactly `1`; every other value is as if it were not there."""
    return any(value == "1" for value in values)


def is_denied(purpose: str, *, sent: bool, purposes: PurposeCatalogue = BUILT_IN) -> bool:
    """Whether a request that carries the signal may not use her data for `purpose`, whatever she allowed."""
    known = purposes.get(purpose)
    return sent and known is not None and known.shares


def assert_none_is_denied(
    decisions: Sequence[Decision], *, sent: bool, purposes: PurposeCatalogue = BUILT_IN
) -> None:
    """Raises Problem (409) for a grant that the signal contradicts: nobody can tell which of the two she meant."""
    for number, decision in enumerate(decisions):
        if decision.kind in GRANTS and is_denied(decision.purpose, sent=sent, purposes=purposes):
            path = f"decisions.{number}.purpose"
            message = (
                "shares data, and her browser says with Sec-GPC that she wants none shared; nothing was recorded. "
                "Ask her, and send it without the header if she means this shop to be an exception"
            )
            raise Problem(
                ProblemCode.GLOBAL_PRIVACY_CONTROL,
                f"{path} {message}.",
                status=409,
                errors=(FieldError(path=path, message=message),),
            )
