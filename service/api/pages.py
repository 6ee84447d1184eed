"""Lists come in pages: a cursor names the place where the page before ended, so that no later change breaks it."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from service.api.shapes import In
from service.errors import Problem, ProblemCode, invalid

PAGE_MAXIMUM = 100

_Row = TypeVar("_Row")
_Place = TypeVar("_Place")


class Page(In):
    """How much of a list, and from where on."""

    limit: int = Field(default=PAGE_MAXIMUM, ge=1, le=PAGE_MAXIMUM)
    cursor: str | None = Field(default=None, max_length=600, description="`next_cursor` of the page before.")


def place_after(page: Page, list_name: str, shape: TypeAdapter[_Place]) -> _Place | None:
    """Where the page before ended; `None` on the first page.

    Raises Problem (422) for a cursor that no list of this name gives out.
    """
    if page.cursor is None:
        return None
    try:
        text = base64.b64decode(page.cursor.encode(), altchars=b"-_", validate=True)
        name, place = json.loads(text)
        if name != list_name:
            raise _foreign_cursor()
        return shape.validate_python(place)
    except (ValueError, TypeError, RecursionError, binascii.Error, ValidationError) as error:
        raise _foreign_cursor() from error


def one_page(
    rows: Sequence[_Row], page: Page, list_name: str, place: Callable[[_Row], object]
) -> tuple[Sequence[_Row], str | None]:
    """The first rows, and the cursor that the next page begins after. `rows` are one more than a page holds,
    if there are more.
    """
    shown = rows[: page.limit]
    if len(rows) <= page.limit:
        return shown, None
    return shown, cursor_behind(list_name, place(shown[-1]))


def cursor_behind(list_name: str, place: object) -> str:
    """The cursor of what comes behind a place in a list."""
    text = json.dumps([list_name, place], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode()


def _foreign_cursor() -> Problem:
    return invalid(ProblemCode.INVALID_REQUEST, "cursor", "is no cursor of this list; begin without one")
