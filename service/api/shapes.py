"""Shapes that several routes share: ids, texts, moments, money, problems."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import Path
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    PlainSerializer,
)

from consent.moments import rfc3339
from consent.vocabulary import DATA_FIELDS, FIELD_CODES, PURPOSES
from service import text_formats
from service.errors import ProblemCode

BATCH_MAXIMUM = 1_000

Responses = dict[int | str, dict[str, Any]]

Id = Annotated[
    str,
    Field(
        pattern=text_formats.ID,
        description="1 to 128 characters of `A-Za-z0-9._:-`, beginning with a letter or digit.",
    ),
]
CustomerId = Annotated[Id, Path(description="The shop's own id of the customer.")]
Text = Annotated[str, Field(min_length=1, max_length=200, pattern=text_formats.PRINTABLE)]
Paragraphs = Annotated[str, Field(min_length=1, max_length=50_000, pattern=text_formats.PARAGRAPHS)]
Language = Annotated[
    str,
    Field(max_length=35, pattern=text_formats.LANGUAGE, description="BCP 47 language tag: `en`, `zh-Hans`."),
]
# Described as closed lists, so that generated clients know them; what is wrong is told by the use case, by name.
_PURPOSES: list[JsonValue] = [one.code for one in PURPOSES]
_DATA: list[JsonValue] = [*dict.fromkeys(one.category for one in DATA_FIELDS), *FIELD_CODES]
PurposeCode = Annotated[Text, Field(json_schema_extra={"enum": _PURPOSES})]
DataName = Annotated[Text, Field(json_schema_extra={"enum": _DATA})]
LongText = Annotated[str, Field(min_length=1, max_length=2_000, pattern=text_formats.PRINTABLE)]


def _written_out(like: str) -> BeforeValidator:
    """A number is not taken for seconds since 1970: 20260610 would be a day of that year."""

    def check(value: object) -> object:
        if not isinstance(value, str) or not value[4:5] == "-":
            raise ValueError(f"must be written out, such as {like}")
        return value

    return BeforeValidator(check)


def _within_range(moment: datetime) -> datetime:
    """A time zone may push the first and last days of the calendar out of it."""
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("lies outside the years 1 to 9999 in UTC") from error


def a_number(value: object) -> object:
    """`true` is not taken for 1, nor a text for the number in it."""
    if type(value) in (bool, str):
        raise ValueError("must be a whole number")
    return value


OutOfTen = Annotated[int, Field(ge=0, le=10), BeforeValidator(a_number)]
Day = Annotated[date, _written_out("2026-06-10")]
Moment = Annotated[
    AwareDatetime,
    _written_out("2026-06-10T09:00:00Z"),
    AfterValidator(_within_range),
    Field(description="RFC 3339 with a time zone, such as `2026-06-10T09:00:00Z`."),
]
UtcMoment = Annotated[
    datetime,
    PlainSerializer(rfc3339, return_type=str),
    Field(json_schema_extra={"format": "date-time"}),
]


class In(BaseModel):
    """A request body: unknown fields are refused, so that a misspelt one is not silently lost."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Out(BaseModel):
    """An answer."""

    model_config = ConfigDict(frozen=True)


class Money(In):
    """An amount as decimal string, with its ISO 4217 currency."""

    amount: str = Field(pattern=text_formats.AMOUNT, examples=["27.99"])
    currency: str = Field(pattern=text_formats.CURRENCY, examples=["USD"])


class PriceLimitOut(Out):
    """The most that one may cost, as she agreed to it."""

    amount: str
    currency: str


class FieldErrorOut(Out):
    path: str = Field(examples=["decisions.0.purpose"])
    message: str


class ProblemOut(Out):
    """RFC 9457 problem details."""

    type: str = Field(examples=["urn:byleave:problem:unknown_purpose"])
    title: str
    status: int
    detail: str
    code: ProblemCode
    errors: list[FieldErrorOut]


def problems(*statuses: int) -> Responses:
    """The `responses` of a route that may answer with these statuses, and what it may always answer.

    Where a caller is needed, headers may be refused and limits reached; where a body is, its form and time.
    """
    also = (400, 429) if 401 in statuses else ()
    of_bodies = (408, 415) if 413 in statuses else ()
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemOut"}}}
    return {
        status: {"model": ProblemOut, "content": content}
        for status in sorted({*statuses, *also, *of_bodies, 503})
    }
