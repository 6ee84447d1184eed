"""Routes for operations: is the process alive, and can it serve."""

from typing import Literal

from fastapi import APIRouter, Request
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from service.api.shapes import Out, problems
from service.db.engine import snapshot
from service.errors import Problem, ProblemCode

router = APIRouter(tags=["operations"])


class Health(Out):
    status: Literal["ok"] = "ok"


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz")
def get_health() -> Health:
    """The process answers."""
    return Health()


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", responses=problems())
def get_readiness(request: Request) -> Health:
    """The database answers, too."""
    try:
        with snapshot(request.app.state.engine) as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        raise Problem(ProblemCode.STORAGE_UNAVAILABLE, "The database does not answer.", status=503) from error
    return Health()
