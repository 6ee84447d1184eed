"""Routes: care tips, help with what a customer has, with nothing to buy in it."""

import re
from datetime import date
from typing import Annotated, Any, Self

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, model_validator

from service.api.idempotency import OncePerKey
from service.api.local_texts import LocalTextIn, LocalTexts
from service.api.pages import Page, one_page, place_after
from service.api.shapes import BATCH_MAXIMUM, Id, In, Out, Text, problems
from service.auth import ReadsCatalogue, WritesCatalogue
from service.tips import Tips

router = APIRouter(prefix="/v1/tips", tags=["content"])

_DAYS_MAXIMUM = 36_500
_A_LEAP_YEAR = 2000
_PLACE: TypeAdapter[str] = TypeAdapter(Id)
_Tip = Annotated[Id, Path(description="The shop's own id of the tip.")]
_Days = Annotated[int, Field(ge=1, le=_DAYS_MAXIMUM, strict=True)]
_Names = Annotated[list[Text], Field(max_length=BATCH_MAXIMUM)]


def _a_day_of_the_year(written: str) -> str:
    if not re.fullmatch(r"[0-9]{2}-[0-9]{2}", written):
        raise ValueError("must be a month and a day, such as 11-01")
    try:
        date(_A_LEAP_YEAR, int(written[:2]), int(written[3:]))
    except ValueError as error:
        raise ValueError("is no day of the year") from error
    return written


DayOfYear = Annotated[
    str, AfterValidator(_a_day_of_the_year), Field(description="`MM-DD`; `02-29` is a day, too.")
]


class DueIn(In):
    """When a tip is due: by the age of the thing, at an interval, or in a season; one of the three."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    after_days: _Days | None = Field(default=None, description="From so many days after she got it.")
    until_days: _Days | None = Field(default=None, description="With `after_days`: until so many days.")
    every_days: _Days | None = Field(default=None, description="Every so many days since, for two weeks.")
    first: DayOfYear | None = Field(default=None, alias="from", description="`MM-DD`: the season begins.")
    last: DayOfYear | None = Field(
        default=None, alias="to", description="`MM-DD`: its last day; earlier in the year: it spans New Year."
    )

    @model_validator(mode="after")
    def _one_of_the_three(self) -> Self:
        ways = (self.after_days, self.every_days, self.first or self.last)
        if sum(way is not None for way in ways) != 1:
            raise ValueError("needs one of after_days, every_days, or from and to")
        if self.until_days is not None and self.until_days < (self.after_days or _DAYS_MAXIMUM + 1):
            raise ValueError("has until_days without an after_days that is not later")
        if (self.first is None) != (self.last is None):
            raise ValueError("needs both from and to")
        return self

    def stored(self) -> dict[str, Any]:
        return self.model_dump(by_alias=True, exclude_none=True)


class TipIn(In):
    """One tip, whole: what is left out is not kept from before. It has no field for anything to buy."""

    products: list[Id] = Field(default=[], max_length=BATCH_MAXIMUM)
    brands: _Names = Field(default=[])
    categories: _Names = Field(default=[])
    due: DueIn
    texts: LocalTexts

    @model_validator(mode="after")
    def _is_for_something(self) -> Self:
        if not (self.products or self.brands or self.categories):
            raise ValueError("must be for something: name products, brands or categories")
        return self


class DueOut(Out):
    """As it was stated; `null` is what it was not."""

    after_days: int | None = None
    until_days: int | None = None
    every_days: int | None = None
    first: str | None = Field(default=None, alias="from")
    last: str | None = Field(default=None, alias="to")


class TipOut(Out):
    """One tip as stored."""

    id: str
    products: list[str]
    brands: list[str]
    categories: list[str]
    due: DueOut
    texts: dict[str, LocalTextIn]


class TipList(Out):
    tips: list[TipOut]
    next_cursor: str | None


@router.put("/{tip_id}", responses={201: {"model": TipOut}, **problems(401, 403, 404, 413, 422)})
def put_tip(
    caller: WritesCatalogue, request: Request, response: Response, tip_id: _Tip, body: TipIn, once: OncePerKey
) -> TipOut:
    """Store a care tip for products, brands or categories. 201 if it is new, 200 if it replaces what was there.

    There is nothing to buy in a tip: a link, an amount of money, an offer or a call to buy in its texts is refused.
    """
    is_new, stored = _tips(request).put(tip_row(tip_id, body), once)
    response.status_code = 201 if is_new else 200
    return TipOut.model_validate(stored)


@router.get("", responses=problems(401, 403, 422))
def list_tips(caller: ReadsCatalogue, request: Request, query: Annotated[Page, Query()]) -> TipList:
    """All tips, in the order of their ids."""
    rows = _tips(request).list(after=place_after(query, "tips", _PLACE), limit=query.limit + 1)
    shown, next_cursor = one_page(rows, query, "tips", lambda row: row["id"])
    return TipList(tips=[TipOut.model_validate(dict(row)) for row in shown], next_cursor=next_cursor)


@router.get("/{tip_id}", responses=problems(401, 403, 404, 422))
def get_tip(caller: ReadsCatalogue, request: Request, tip_id: _Tip) -> TipOut:
    """One tip as stored."""
    return TipOut.model_validate(_tips(request).get(tip_id))


@router.delete("/{tip_id}", status_code=204, responses=problems(401, 403, 404, 422))
def remove_tip(caller: WritesCatalogue, request: Request, tip_id: _Tip, once: OncePerKey) -> None:
    """Remove a tip: it is in no answer from the next one on."""
    _tips(request).remove(tip_id, once)


def _tips(request: Request) -> Tips:
    tips: Tips = request.app.state.tips
    return tips


def tip_row(tip_id: str, body: TipIn) -> dict[str, Any]:
    """The tip as it is stored."""
    return {
        "id": tip_id,
        "products": body.products,
        "brands": body.brands,
        "categories": body.categories,
        "due": body.due.stored(),
        "texts": {locale: text.model_dump() for locale, text in body.texts.items()},
    }
