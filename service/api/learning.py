"""Route: learn now from what is new, instead of when it is time."""

from fastapi import APIRouter, Request

from service.api.idempotency import OncePerKey
from service.api.shapes import Out, problems
from service.auth import WritesEvents
from service.relearning import Relearning

router = APIRouter(prefix="/v1/learning", tags=["recommendations"])


class RefreshOut(Out):
    """What learning anew came to. All digests are SHA-256 of what is learned, in hexadecimal.

    `customers` allow it and have bought something; `products` is how many different things that is.
    `before` is the digest of what this worker held, without everybody who had taken her permission back;
    `recounted` is that of the same, counted from the beginning: `exact` says that they are equal.
    """

    customers: int
    products: int
    before: str
    recounted: str
    exact: bool
    after: str


@router.post("/refresh", responses=problems(401, 403, 422))
def refresh_learning(caller: WritesEvents, request: Request, once: OncePerKey) -> RefreshOut:
    """Take in new purchases and permissions now. Withdrawals never wait: they hold from the next request.

    Other workers follow with their next request, in the background where the shop is large.
    """
    relearning: Relearning = request.app.state.relearning
    learned = relearning.run(once)
    return RefreshOut(
        customers=learned.customers,
        products=learned.products,
        before=learned.before,
        recounted=learned.recounted,
        exact=learned.was_exact,
        after=learned.after,
    )
