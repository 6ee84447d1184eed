"""How texts of a request must look: each pattern once, with the sentence for a text that does not match."""

ID = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$"
# No control characters: they have no place in a title, and one of them (NUL) no database takes.
PRINTABLE = r"^[^\x00-\x1f\x7f]*$"
# A text of several paragraphs: tabs and line breaks, and no other control characters.
PARAGRAPHS = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
# BCP 47, as far as its shape goes.
LANGUAGE = r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,8}$"
AMOUNT = r"^[0-9]{1,12}(\.[0-9]{1,4})?$"
CURRENCY = r"^[A-Z]{3}$"
TIME_OF_DAY = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
# Each year, or once.
DAY_OF_OCCASION = r"^([0-9]{4}-)?[0-9]{2}-[0-9]{2}$"
# ISO 8601, one unit: how often, not how long.
RHYTHM = r"^P[1-9][0-9]{0,2}[YMWD]$"
# draft-ietf-httpapi-idempotency-key-header: a string in quotes; most clients leave them out.
IDEMPOTENCY_KEY = r'^([ !#-\[\]-~]{1,255}|"[ !#-\[\]-~]{1,255}")$'

DAY_PATTERN = r"^\d{4}-\d{2}-\d{2}$"
MONTH = r"^[1-9][0-9]{3}-(0[1-9]|1[0-2])$"
WHAT_TO_DO = {
    DAY_PATTERN: "must be a day, such as 2026-06-10",
    MONTH: "must be a month, such as 2026-06",
    ID: "must be an id of 1 to 128 letters, digits and . _ : -, beginning with a letter or digit",
    PRINTABLE: "must not contain control characters, such as line breaks",
    PARAGRAPHS: "must not contain control characters other than tabs and line breaks",
    LANGUAGE: "must be a language tag, such as en or zh-Hans",
    AMOUNT: 'must be a decimal number as text, with a point: "27.99"',
    CURRENCY: "must be an ISO 4217 code of three capital letters, such as USD",
    TIME_OF_DAY: "must be a time of the day, from 00:00 to 23:59, such as 21:00",
    RHYTHM: "must be an ISO 8601 duration of days, weeks, months or years, such as P14D, P1W or P1M",
    IDEMPOTENCY_KEY: 'must be 1 to 255 printable ASCII characters without " and \\, such as a UUID',
}
