"""What every sentence is made with, in one language: translations, spans of time, days and enumerations."""

from collections.abc import Sequence
from datetime import date, timedelta
from gettext import GNUTranslations
from importlib.resources import files
from io import BytesIO, StringIO
from typing import Literal

from babel import Locale
from babel.dates import format_date, format_timedelta
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

_DAYS_BEFORE_WEEKS = 14
_DAYS_BEFORE_A_WEEK, _DAYS_BEFORE_TWO_WEEKS = 4, 11
_NO_LARGER_UNIT = 1e9


class Wording:
    """Words of one language."""

    def __init__(self, locale: str) -> None:
        self.locale = locale
        # British English writes dates as people say them: 3 March 2026.
        self._babel = Locale.parse({"en": "en_GB", "zh-Hans": "zh_Hans"}[locale])
        self._catalogue = _translations(locale)

    def say(self, message: str, **values: str) -> str:
        return self._catalogue.gettext(message).format(**values)

    def day(self, day: date) -> str:
        return format_date(day, format="long", locale=self._babel)

    def span(self, days: int) -> str:
        """ "10 days", "6 weeks": no more precise than anybody knows."""
        unit: Literal["day", "week"] = "day" if days < _DAYS_BEFORE_WEEKS else "week"
        return self._in(unit, days)

    def rhythm(self, days: int) -> str:
        """What follows "about every": "6 weeks"; no rhythm is known to the day."""
        if days < _DAYS_BEFORE_A_WEEK:
            return self.say("few days")
        return self.say("week") if days < _DAYS_BEFORE_TWO_WEEKS else self._in("week", days)

    def sentences(self, sentences: Sequence[str]) -> str:
        """One after the other, as the language sets them."""
        return ("" if self.locale.startswith("zh") else " ").join(sentences)

    def enumeration(self, names: Sequence[str]) -> str:
        return format_list(names, locale=self._babel)

    def _in(self, unit: Literal["day", "week"], days: int) -> str:
        return format_timedelta(
            timedelta(days=days), granularity=unit, threshold=_NO_LARGER_UNIT, locale=self._babel
        )


def _translations(locale: str) -> GNUTranslations:
    """The compiled catalogue, made from the .po file when the service starts: one source, no build step."""
    text = files("service").joinpath("locales", f"{locale}.po").read_text("utf-8")
    compiled = BytesIO()
    write_mo(compiled, read_po(StringIO(text), locale=locale.replace("-", "_"), abort_invalid=True))
    compiled.seek(0)
    return GNUTranslations(compiled)
