"""Shape of what the shop says in several languages: short, because short notes are read."""

from typing import Annotated

from pydantic import AfterValidator, Field

from service import text_formats
from service.api.shapes import In
from service.explanations import DETAIL_LENGTH, TEXT_LENGTH
from service.notices import canonical_tag

LANGUAGES_MAXIMUM = 50


class LocalTextIn(In):
    """A title and a text in one language."""

    title: str = Field(min_length=1, max_length=TEXT_LENGTH, pattern=text_formats.PRINTABLE)
    text: str = Field(min_length=1, max_length=DETAIL_LENGTH, pattern=text_formats.PRINTABLE)


_LanguageKey = Annotated[str, Field(max_length=35, pattern=text_formats.LANGUAGE)]


def _said_once(texts: dict[str, LocalTextIn]) -> dict[str, LocalTextIn]:
    spelt = {canonical_tag(tag): text for tag, text in texts.items()}
    if len(spelt) < len(texts):
        raise ValueError("has a language twice")
    return spelt


LocalTexts = Annotated[
    dict[_LanguageKey, LocalTextIn],
    Field(
        min_length=1,
        max_length=LANGUAGES_MAXIMUM,
        description="Language tag (`en`, `zh-Hans`) -> title and text. Where a customer's language is missing she "
        "reads the shop's own (`BYLEAVE_CONTENT_LOCALE`), then English; one of the two is needed.",
    ),
    AfterValidator(_said_once),
]
