"""What is wrong with a part of a request, in words that say what to do: one table by pydantic's error type."""

import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from service.errors import FieldError
from service.text_formats import WHAT_TO_DO

_Message = str | Callable[[Mapping[str, Any]], str]
_MOMENT = "must be a moment with its time zone, such as 2026-06-10T09:00:00Z"
_LOST_PLUS = re.compile(r" \d\d:?\d\d$")  # In an address `+02:00` arrives as ` 02:00`.
_DAY = "must be a day, such as 2026-06-10"
_ADDRESS = "must be a web address that begins with https:// or http://"
_WHOLE_NUMBER = "must be a whole number"
_KNOWN_SHOWN = 20
_COMPARED = 100  # A name may be as long as a body.


def field_error(error: Mapping[str, Any], known: Iterable[str]) -> FieldError:
    """One error of pydantic, told to the caller. `known` are the names that stand where an unknown one stood.

    Of a body that is no JSON the location is a number of characters, and no path.
    """
    if error["type"] == "json_invalid":
        place = error["loc"][-1]
        return FieldError(path="", message=f"is not valid JSON: {error['ctx']['error']} at character {place}")
    if isinstance(error.get("input"), bytes):
        return FieldError(path="", message="must be JSON, sent with `Content-Type: application/json`")
    if error["type"] == "extra_forbidden":
        return FieldError(path=path_of(error), message=_unknown(str(error["loc"][-1]), sorted(known)))
    message = _MESSAGES.get(error["type"], _as_told)
    return FieldError(path=path_of(error), message=message if isinstance(message, str) else message(error))


def path_of(error: Mapping[str, Any]) -> str:
    """`("body", "decisions", 0, "purpose")` as `decisions.0.purpose`."""
    location = error["loc"]
    parts = location[1:] if location and location[0] in ("body", "query", "path", "header") else location
    return ".".join(str(part) for part in parts)


def _unknown(name: str, known: list[str]) -> str:
    close = get_close_matches(name[:_COMPARED], known, n=1)
    if close:
        return f"is no field here; did you mean {close[0]}?"
    return f"is no field here; known: {', '.join(known[:_KNOWN_SHOWN])}" if known else "is no field here"


def _one_of(error: Mapping[str, Any]) -> str:
    choices = re.findall(r"'([^']*)'", error["ctx"]["expected"])
    given = error["input"] if isinstance(error["input"], str) else ""
    close = get_close_matches(given[:_COMPARED], choices, n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"must be one of: {', '.join(choices)}{hint}"


def _bound(words: str, name: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda error: words.format(f"{error['ctx'][name]:,}")


def _too_short(error: Mapping[str, Any]) -> str:
    least, unit = error["ctx"]["min_length"], "characters" if isinstance(error["input"], str) else "entries"
    return "must not be empty" if least == 1 else f"must have at least {least} {unit}"


def _moment(error: Mapping[str, Any]) -> str:
    in_address = bool(error["loc"]) and error["loc"][0] == "query"
    if in_address and _LOST_PLUS.search(str(error.get("input"))):
        return f"{_MOMENT}; in an address write + as %2B"
    return _MOMENT


def _format(error: Mapping[str, Any]) -> str:
    return WHAT_TO_DO.get(error["ctx"]["pattern"], f"must match {error['ctx']['pattern']}")


def _as_told(error: Mapping[str, Any]) -> str:
    """Our own validators say it in our words already."""
    return str(error["msg"]).removeprefix("Value error, ")


_MESSAGES: dict[str, _Message] = {
    "missing": "is required",
    "none_required": "must be left out",
    "string_type": "must be text",
    "string_unicode": "must be text in valid Unicode",
    "string_too_short": _too_short,
    "string_too_long": _bound("must have at most {} characters", "max_length"),
    "string_pattern_mismatch": _format,
    "list_type": "must be a list",
    "too_short": _too_short,
    "too_long": _bound("may have at most {} entries", "max_length"),
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "enum": _one_of,
    "literal_error": _one_of,
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": _WHOLE_NUMBER,
    "int_parsing": _WHOLE_NUMBER,
    "int_parsing_size": _WHOLE_NUMBER + " of a reasonable size",
    "int_from_float": _WHOLE_NUMBER,
    "finite_number": "must be a finite number",
    "greater_than_equal": _bound("must be at least {}", "ge"),
    "less_than_equal": _bound("must be at most {}", "le"),
    "timezone_aware": _moment,
    "datetime_type": _moment,
    "datetime_parsing": _moment,
    "datetime_from_date_parsing": _moment,
    "datetime_object_invalid": _moment,
    "date_type": _DAY,
    "date_parsing": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "url_type": _ADDRESS,
    "url_parsing": _ADDRESS,
    "url_scheme": _ADDRESS,
    "url_syntax_violation": _ADDRESS,
    "url_too_long": _bound("must have at most {} characters", "max_length"),
    "invalid_key": "must be a name of text",
}
