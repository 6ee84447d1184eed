"""Cells become values, or the row is rejected with a reason; nothing is guessed."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter, ValidationError

from service.api.shapes import Text
from service.importers.rows import Cell, RowRejected
from service.importers.values import (
    Calendar,
    amount_of,
    currency_of,
    flag_of,
    id_of,
    list_of,
    moment_of,
    price_of,
    short_text_of,
    text_of,
    whole_of,
)

BERLIN = Calendar(ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2011-07-01", datetime(2011, 6, 30, 22, tzinfo=UTC)),
        ("2011-07-01 10:00:00", datetime(2011, 7, 1, 8, tzinfo=UTC)),
        ("2011-07-01T10:00:00Z", datetime(2011, 7, 1, 10, tzinfo=UTC)),
        ("2011-07-01 10:00:00 +0100", datetime(2011, 7, 1, 9, tzinfo=UTC)),
        ("2011-07-01 10:00:00 -05:00", datetime(2011, 7, 1, 15, tzinfo=UTC)),
        (datetime(2011, 1, 1, 10), datetime(2011, 1, 1, 9, tzinfo=UTC)),
        (date(2011, 1, 1), datetime(2010, 12, 31, 23, tzinfo=UTC)),
        (40545.5, datetime(2011, 1, 2, 11, tzinfo=UTC)),
        ("40545.5", datetime(2011, 1, 2, 11, tzinfo=UTC)),
        (40545, datetime(2011, 1, 1, 23, tzinfo=UTC)),
        ("", None),
        (None, None),
    ],
)
def test_moments(cell: Cell, expected: datetime | None) -> None:
    assert moment_of({"when": cell}, "when", BERLIN) == expected


@pytest.mark.parametrize(
    ("cell", "written_as", "told"),
    [
        ("03.04.2026", None, "--date-format '%d.%m.%Y'$"),
        ("03.04.2026 14:05", None, "--date-format '%d.%m.%Y %H:%M'$"),
        ("03/04/2026", None, "--date-format '%d/%m/%Y'$"),
        ("2026-04-03", "%d.%m.%Y", "not written as --date-format says: '%d.%m.%Y'$"),
    ],
)
def test_a_date_that_cannot_be_told_says_which_format_to_state(
    cell: str, written_as: str | None, told: str
) -> None:
    with pytest.raises(RowRejected, match=told):
        moment_of({"when": cell}, "when", Calendar(ZoneInfo("Europe/Berlin"), written_as))


@pytest.mark.parametrize(
    "cell", ["01/02/2011", "1.2.2011", "yesterday", "2011-02-30", 12, 1e9, "20110701", True, "0001-01-01"]
)
def test_what_could_be_several_days_or_none_is_rejected(cell: Cell) -> None:
    with pytest.raises(RowRejected, match="when"):
        moment_of({"when": cell}, "when", BERLIN)


def test_a_stated_format_settles_which_day_it_is() -> None:
    stated = Calendar(ZoneInfo("UTC"), "%d/%m/%Y %H:%M")
    assert moment_of({"when": "01/02/2011 10:30"}, "when", stated) == datetime(2011, 2, 1, 10, 30, tzinfo=UTC)
    with pytest.raises(RowRejected, match="--date-format"):
        moment_of({"when": "2011-02-01"}, "when", stated)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("27.99", "27.99"),
        ("27,99", "27.99"),
        ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("12345,6", "12345.6"),
        (2.55, "2.55"),
        (3.0, "3"),
        (0.0, "0"),
        (12, "12"),
        ("", None),
        (None, None),
    ],
)
def test_amounts(cell: Cell, expected: str | None) -> None:
    assert amount_of({"price": cell}, "price") == expected


@pytest.mark.parametrize(
    "cell", ["-1", "1,234", "1.234", "free", "1,2,3", "1.2.3", "€5", "NaN", float("nan"), -2.5, "1e5"]
)
def test_what_is_no_amount_is_rejected(cell: Cell) -> None:
    with pytest.raises(RowRejected, match="price"):
        amount_of({"price": cell}, "price")


@pytest.mark.parametrize(("cell", "expected"), [(17850.0, "17850"), (5, "5"), (" a-1 ", "a-1"), ("", None)])
def test_ids(cell: Cell, expected: str | None) -> None:
    assert id_of({"id": cell}, "id") == expected


@pytest.mark.parametrize("cell", ["anna@example.org", "BANK CHARGES", "x" * 129, "-1", "日本"])
def test_what_is_no_id_is_rejected(cell: str) -> None:
    with pytest.raises(RowRejected, match="is no id"):
        id_of({"id": cell}, "id")


def test_numbers_flags_lists_and_currencies() -> None:
    assert [whole_of({"n": cell}, "n") for cell in (3, "-4", 5.0, "", None)] == [3, -4, 5, None, None]
    assert [flag_of({"f": cell}, "f") for cell in ("yes", "in stock", 0, True, None)] == [
        True,
        True,
        False,
        True,
        None,
    ]
    assert list_of({"l": "purchases; devices|browsing,  "}, "l") == ["purchases", "devices", "browsing"]
    assert currency_of({"c": "GBP"}, "c") == "GBP"
    assert text_of({"t": 7.5}, "t") == "7.5"


def test_what_is_none_of_them_is_rejected() -> None:
    for read, cell in ((whole_of, "1.5"), (whole_of, True), (flag_of, "maybe"), (currency_of, "pounds")):
        with pytest.raises(RowRejected, match="x"):
            read({"x": cell}, "x")


@pytest.mark.parametrize("text", ["Filiale Köln", "10\u00a0km", "👩\u200d🔧", "線上"])
def test_what_the_api_takes_as_a_text_a_file_may_say_too(text: str) -> None:
    TypeAdapter(Text).validate_python(text)
    assert short_text_of({"sales_channel": text}, "sales_channel") == text


@pytest.mark.parametrize("text", ["two\nlines", "a\0b", "x" * 201])
def test_what_the_api_refuses_as_a_text_is_rejected(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Text).validate_python(text)
    with pytest.raises(RowRejected, match="sales_channel"):
        short_text_of({"sales_channel": text}, "sales_channel")


def test_a_price_has_a_currency_or_there_is_none() -> None:
    assert price_of({"price": "27,99", "currency": "EUR"}) == ("27.99", "EUR")
    assert price_of({"price": "", "currency": "EUR"}) is None
    with pytest.raises(RowRejected, match="--set currency"):
        price_of({"price": "27.99"})
