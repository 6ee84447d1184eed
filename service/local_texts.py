"""Texts of the shop in several languages: which one a customer reads, and which one instead if hers is missing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

ENGLISH = "en"


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalText:
    """A short text in one language, and the tag of that language."""

    locale: str
    title: str
    text: str


def texts_of(stored: Mapping[str, Mapping[str, str]]) -> dict[str, LocalText]:
    """Language -> the words of it."""
    return {locale: LocalText(locale=locale, **text) for locale, text in stored.items()}


def text_for(locale: str, texts: Mapping[str, LocalText], content_locale: str) -> LocalText:
    """The text in her language; where there is none the shop's own language, then English."""
    found = (texts[tag] for wanted in (locale, content_locale, ENGLISH) for tag in _serving(wanted, texts))
    return next(found)


def has_fallback(texts: Mapping[str, LocalText], content_locale: str) -> bool:
    """Whether everybody finds a text: one in the shop's own language, or in English."""
    return any(tag for wanted in (content_locale, ENGLISH) for tag in _serving(wanted, texts))


def _serving(wanted: str, texts: Mapping[str, LocalText]) -> Iterator[str]:
    """Tags of texts that serve a language: itself, what it is a kind of, then its other kinds in their order."""
    parts = wanted.split("-")
    broader = ("-".join(parts[:length]) for length in range(len(parts), 0, -1))
    yield from (tag for tag in broader if tag in texts)
    yield from (tag for tag in sorted(texts) if tag.split("-")[0] == parts[0])
