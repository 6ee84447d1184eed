"""Turns cells into values: ids, moments, amounts, numbers. Raises RowRejected with a reason, never guesses.

A date such as 01/02/2011 is one of two days; without a stated format it is rejected, not read as either.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from service import text_formats
from service.importers.rows import Cell, Fields, RowRejected

_ID = re.compile(text_formats.ID)
_PRINTABLE = re.compile(text_formats.PRINTABLE)
_AMOUNT = re.compile(text_formats.AMOUNT)
_COULD_BE_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
_POINT_LAST = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_COMMA_LAST = re.compile(r"[0-9]{1,3}(\.[0-9]{3})*,[0-9]+|[0-9]+,[0-9]+")
_CURRENCY = re.compile(text_formats.CURRENCY)
_FIRST_EXCEL_DAY = datetime(1899, 12, 30)  # noqa: DTZ001 - the file's zone is put in after
_EXCEL_DAYS = (20_000, 80_000)  # 1954 to 2119: a number outside is no date
_SPELLINGS_REMEMBERED = 1 << 16


@dataclass(frozen=True, slots=True)
class Calendar:
    """How the file writes moments: the zone of those without one, and a `strptime` format if it needs one."""

    zone: ZoneInfo
    written_as: str | None = None


def text_of(fields: Fields, name: str) -> str | None:
    """The cell as text; `None` if it is empty. A whole number has no decimal point."""
    cell = fields.get(name)
    if cell is None:
        return None
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).strip() or None


def short_text_of(fields: Fields, name: str, longest: int = 200) -> str | None:
    """The cell as text of at most so many characters, none of which controls anything; `None` if empty."""
    text = text_of(fields, name)
    if text is not None and (len(text) > longest or not _PRINTABLE.fullmatch(text)):
        raise RowRejected(
            f"{name} must have at most {longest:,} characters, none of them a line break or the like"
        )
    return text


def id_of(fields: Fields, name: str) -> str | None:
    """An id of the shop's own; `None` if the cell is empty."""
    cell = fields.get(name)
    return None if cell is None else _id(cell, name)


@lru_cache(_SPELLINGS_REMEMBERED, typed=True)
def _id(cell: Cell, name: str) -> str | None:
    text = text_of({name: cell}, name)
    if text is None or _ID.fullmatch(text):
        return text
    raise RowRejected(
        f"{name} {text[:60]!r} is no id: 1 to 128 characters of A-Z a-z 0-9 . _ : -, beginning with a letter or digit"
    )


def required_id(fields: Fields, name: str) -> str:
    """An id that the row cannot do without."""
    found = id_of(fields, name)
    if found is None:
        raise RowRejected(f"{name} is empty")
    return found


def moment_of(fields: Fields, name: str, calendar: Calendar) -> datetime | None:
    """A moment in UTC; `None` if the cell is empty."""
    cell = fields.get(name)
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        raise RowRejected(f"{name} {cell} is no date")
    return _moment(cell, name, calendar)


@lru_cache(_SPELLINGS_REMEMBERED, typed=True)
def _moment(cell: str | int | float | datetime | date, name: str, calendar: Calendar) -> datetime:
    try:
        found = _read_moment(cell, calendar)
        return (found if found.tzinfo else found.replace(tzinfo=calendar.zone)).astimezone(UTC)
    except (ValueError, OverflowError, TypeError) as error:
        raise RowRejected(_no_date(cell, name, calendar)) from error


def _no_date(cell: object, name: str, calendar: Calendar) -> str:
    told = f"{name} {str(cell)[:60]!r}"
    if isinstance(cell, str) and calendar.written_as is not None:
        return f"{told} is not written as --date-format says: {calendar.written_as!r}"
    example = "%d.%m.%Y" if "." in str(cell) else "%d/%m/%Y"
    time = " %H:%M" if ":" in str(cell) else ""
    return (
        f"{told} is no date that can be told for sure; say how it is written, for example "
        f"--date-format '{example}{time}'"
    )


def _read_moment(cell: str | int | float | datetime | date, calendar: Calendar) -> datetime:
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001 - the file's zone is put in after
    if isinstance(cell, str):
        if calendar.written_as is not None:
            return datetime.strptime(cell.strip(), calendar.written_as)  # noqa: DTZ007
        if not cell.strip()[:4].isdigit() or "-" not in cell:
            cell = float(cell)
        else:
            return datetime.fromisoformat(cell.strip())
    lowest, highest = _EXCEL_DAYS
    if not lowest <= cell <= highest:
        raise ValueError("no day of a spreadsheet")
    return _FIRST_EXCEL_DAY + timedelta(seconds=round(cell * 86_400))


def amount_of(fields: Fields, name: str) -> str | None:
    """An amount of money as decimal text, also from one with a decimal comma; `None` if empty."""
    cell = fields.get(name)
    if cell is None or cell == "":
        return None
    return _amount(cell if isinstance(cell, int | float) else str(cell), name)


@lru_cache(_SPELLINGS_REMEMBERED, typed=True)
def _amount(cell: str | int | float, name: str) -> str:
    text = f"{cell:.4f}" if isinstance(cell, float) else str(cell).strip()
    if isinstance(cell, float):
        text = text.rstrip("0").rstrip(".")
    elif _COULD_BE_THOUSANDS.fullmatch(text):
        raise RowRejected(f"{name} {text!r} is one of two amounts; write 1234.00 or 1.23")
    elif _POINT_LAST.fullmatch(text):
        text = text.replace(",", "")
    elif _COMMA_LAST.fullmatch(text):
        text = text.replace(".", "").replace(",", ".")
    if not _AMOUNT.fullmatch(text):
        raise RowRejected(f"{name} {str(cell)[:60]!r} is no amount of money, such as 27.99")
    return text


def currency_of(fields: Fields, name: str) -> str | None:
    """An ISO 4217 code; `None` if empty."""
    text = text_of(fields, name)
    if text is None or _CURRENCY.fullmatch(text):
        return text
    raise RowRejected(f"{name} {text[:60]!r} is no currency; use its three capital letters, such as USD")


def price_of(fields: Fields) -> tuple[str, str] | None:
    """Amount and currency; `None` without an amount."""
    amount, currency = amount_of(fields, "price"), currency_of(fields, "currency")
    if amount is None:
        return None
    if currency is None:
        raise RowRejected("price has no currency: --set currency=USD says it for all rows")
    return amount, currency


def whole_of(fields: Fields, name: str) -> int | None:
    """A whole number, also a negative one; `None` if empty."""
    if type(cell := fields.get(name)) is int:
        return cell
    text = text_of(fields, name)
    if text is None:
        return None
    try:
        return int(text)
    except ValueError as error:
        raise RowRejected(f"{name} {text[:60]!r} is no whole number") from error


_YES = {"1", "true", "yes", "y", "in_stock", "in stock"}
_NO = {"0", "false", "no", "n", "out_of_stock", "out of stock"}


def flag_of(fields: Fields, name: str) -> bool | None:
    """Yes or no; `None` if empty. The words of product feeds for what is in stock count, too."""
    text = text_of(fields, name)
    if text is None:
        return None
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise RowRejected(f"{name} {text[:60]!r} is neither yes nor no")


def list_of(fields: Fields, name: str) -> list[str]:
    """Several words in one cell, with `;`, `|` or `,` between them."""
    text = text_of(fields, name) or ""
    return [word.strip() for word in re.split(r"[;|,]", text) if word.strip()]
