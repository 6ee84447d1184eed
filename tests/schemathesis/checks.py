"""Checks of our own for Schemathesis, which loads them by `SCHEMATHESIS_HOOKS`."""

import re

import schemathesis
from schemathesis import Case, CheckContext, GenerationMode, Response

# Rules between two fields, or between the parts of a list, which a JSON schema cannot tell.
BEYOND_A_SCHEMA = re.compile(
    r"""cursor                                        # only what a page before gave out
    | (products\.\d+\.id|devices\.\d+\.product_id)    # no two parts of a list with one id
    | dislikes\.(brand|category)\.\d+              # nothing that is among the likes
    | occasions\.\d+\.date                         # a day that there is
    | time_zone | quiet_hours                        # one that there is; two different times
    | (products\.\d+\.)?attributes                   # free-form, but no NUL, not too deep, not too much
    | (products\.\d+\.)?attributes\.available_since  # a month that there is
    | events\.\d+\.product_id                        # required, but for a search
    | date                                           # not over yet
    | (texts|say)\..*                               # keys are language tags
    | sizes\..*                                     # keys are names of categories
    | due                                            # one way of being due
    | concerns                                       # somebody, or something
    |                                                # the body as a whole: this or that of its fields
    | decisions\.\d+\.(renews|replaces|expires_at|uses|price_limit)   # each belongs to certain decisions
    | decisions\.\d+\.(data|items|channels)        # of a standing order: one product, and no channel
    | requests\.\d+\.at                              # only a decision of now can consume
    | (decisions|events)\.\d+\.(data_from|occurred_at)  # years 1 to 9999, in UTC
    """,
    re.VERBOSE,
)


@schemathesis.check
def what_the_schema_allows_is_understood(ctx: CheckContext, response: Response, case: Case) -> None:
    """A request that follows the schema is not told that it does not."""
    meta = case.meta
    is_valid = meta is not None and meta.generation.mode is GenerationMode.POSITIVE
    if not is_valid or response.status_code != 422:
        return
    problem = response.json()
    if problem["code"] != "invalid_request":
        return
    wrong = [error for error in problem["errors"] if not BEYOND_A_SCHEMA.fullmatch(error["path"])]
    assert not wrong, f"the schema allows what is refused: {wrong}"


@schemathesis.check
def an_error_is_a_problem_that_says_what_to_do(ctx: CheckContext, response: Response, case: Case) -> None:
    """Every error has the media type, a stable code and a sentence."""
    if response.status_code < 400:
        return
    assert response.headers["content-type"] == ["application/problem+json"]
    problem = response.json()
    assert problem["status"] == response.status_code
    assert problem["detail"].endswith(".")
