"""All routes, in the order in which the documentation lists them. What answers them is the app's, not theirs."""

from functools import cache

from fastapi import APIRouter
from starlette.routing import BaseRoute

from service.api import (
    audiences,
    audit,
    brief,
    changes,
    consents,
    contact,
    customers,
    devices,
    events,
    feedback,
    insights,
    learning,
    merging,
    messages,
    notices,
    objections,
    occasions,
    operations,
    outreach,
    permission_decisions,
    preferences,
    products,
    receipts,
    recommendations,
    staff_feed,
    standing_orders,
    tasks,
    tips,
    tokens,
    uses,
    value,
    vocabulary,
    well_known,
    what_if,
)

_PARTS = (
    recommendations,
    what_if,
    consents,
    objections,
    permission_decisions,
    merging,
    receipts,
    audit,
    changes,
    uses,
    value,
    vocabulary,
    notices,
    products,
    tips,
    messages,
    events,
    outreach,
    standing_orders,
    learning,
    devices,
    preferences,
    occasions,
    contact,
    feedback,
    staff_feed,
    tasks,
    audiences,
    insights,
    brief,
    customers,
    tokens,
    well_known,
    operations,
)


@cache
def all_routes() -> list[BaseRoute]:
    """Made once for all apps of a process: what FastAPI makes of them takes longer than an app."""
    # Clients are generated from these names: `list_consents`, not `list_consents_v1_customers_…_get`.
    together = APIRouter(generate_unique_id_function=lambda route: route.name)
    for part in _PARTS:
        together.include_router(part.router)
    return together.routes
