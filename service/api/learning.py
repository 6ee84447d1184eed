"""Route: learn now from what is new, instead of when it is time."""

from dataclasses import asdict

from fastapi import APIRouter, Request

from service.api.idempotency import OncePerKey
from service.api.shapes import Out, problems
from service.auth import WritesEvents
from service.relearning import Relearning

router = APIRouter(prefix="/v1/learning", tags=["recommendations"])


class RefreshOut(Out):
    """What learning anew came to. All digests are SHA-256 of what is learned, in hexadecimal.

    `customers` allow it and have bought something, null if they are fewer than k; `products` is how many different
    things at least k of them bought.
    `before` is the digest of what this worker held when it last learned like this, or by itself in the
    background, null the first time;
    `after` that of what was left of it, without everybody who has taken her permission back since;
    `rebuilt` that of the same, counted from the beginning; `permitted` says that each customer's part in it is
    within what her permissions of now cover, read anew. `exact` says that both counts are equal, and it is.
    `now` is that of what the worker holds from now on, with what is new.
    `receipt` is a JWS over all of that and the moment, verified as our receipts of consents are.
    """

    customers: int | None
    products: int
    before: str | None
    after: str
    rebuilt: str
    permitted: bool
    exact: bool
    now: str
    receipt: str


@router.post("/refresh", responses=problems(401, 403, 422))
def refresh_learning(caller: WritesEvents, request: Request, once: OncePerKey) -> RefreshOut:
    """Take in new purchases and permissions now. Withdrawals never wait: they hold from the next request.

    Other workers follow with their next request, in the background where the shop is large.
    """
    relearning: Relearning = request.app.state.relearning
    learned, receipt = relearning.run(once)
    return RefreshOut(**asdict(learned), exact=learned.is_exact, receipt=receipt)
