"""What a standing order has to name, or a problem that says what is missing: there is none without limits."""

from collections.abc import Iterator

from consent.events import EventKind
from consent.scope import Items, Scope
from consent.standing_orders import NEEDED, standing_order
from consent.vocabulary import STANDING_ORDERS, category_of
from service.errors import FieldError, Problem, ProblemCode, invalid


def check_limits(path: str, kind: EventKind, scope: Scope) -> None:
    """Raises Problem (422), naming each part, for a standing order without all its limits, and for a price limit
    of anything else.
    """
    if scope.purpose != STANDING_ORDERS:
        if scope.price_limit is not None:
            raise invalid(
                ProblemCode.INVALID_REQUEST,
                f"{path}.price_limit",
                f"belongs to {STANDING_ORDERS} only; leave it out",
            )
        return
    if kind is not EventKind.GIVEN or standing_order(scope) is not None:
        return
    wrong = tuple(FieldError(path=f"{path}.{part}", message=message) for part, message in _wrong(scope))
    raise Problem(
        ProblemCode.INVALID_REQUEST,
        "A standing order names one product, how often at most, until when, and the most that one may cost.",
        status=422,
        errors=wrong,
    )


def _wrong(scope: Scope) -> Iterator[tuple[str, str]]:
    others = [field for field in scope.fields if category_of(field) != "purchases"]
    if others or not scope.fields >= NEEDED:
        yield (
            "data",
            f"must be {' and '.join(sorted(NEEDED))}, and may be more of purchases, but nothing else",
        )
    items = scope.items or Items()
    if items != Items(products=items.products) or len(items.products) != 1:
        yield "items", 'must name one product, and nothing else: {"products": ["coffee"]}'
    if scope.channels is not None:
        yield "channels", "has no meaning here; leave it out"
    if scope.uses is None:
        yield "uses", "is required: how many orders may be proposed"
    if scope.expires_at is None:
        yield "expires_at", "is required: until when orders may be proposed"
    if scope.price_limit is None:
        yield "price_limit", 'is required, the most that one may cost: {"amount": "20.00", "currency": "EUR"}'
