"""The purposes and data that a caller names, or a problem that says which part of the call names something else."""

from collections.abc import Iterable

from consent.vocabulary import PurposeCatalogue, UnknownData, expand
from service.errors import ProblemCode, invalid


def known_purpose(purpose: str, path: str, purposes: PurposeCatalogue) -> str:
    """The purpose itself. Raises Problem (422) if this shop does not know it."""
    if purpose not in purposes.codes:
        raise invalid(
            ProblemCode.UNKNOWN_PURPOSE, path, f"is no known purpose; use one of: {purposes.listed}"
        )
    return purpose


def known_fields(data: Iterable[str], path: str) -> frozenset[str]:
    """The data fields of categories and fields. Raises Problem (422) for what is neither."""
    try:
        return expand(tuple(data))
    except UnknownData as error:
        raise invalid(
            ProblemCode.UNKNOWN_DATA,
            path,
            f"names {error.name}, which is no data category or field; GET /v1/data-fields lists them",
        ) from error
