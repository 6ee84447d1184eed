"""Which language a browser gets for its `Accept-Language` (RFC 9110, section 12.5.4)."""

import pytest

from service.explanations import LOCALES
from service.languages import preferred_locale, spoken_locale

CHINESE = "zh-Hans"


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        (None, "en"),
        ("", "en"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("zh-Hans", CHINESE),
        ("ZH-hans", CHINESE),
        ("zh", CHINESE),
        ("zh-CN", CHINESE),
        ("zh-CN,zh;q=0.9,en;q=0.8", CHINESE),
        ("zh-TW", CHINESE),  # the other script is nearer to her than English
        ("de, zh;q=0.5", CHINESE),
        ("en;q=0.5, zh;q=0.6", CHINESE),
        ("en;q=0.6, zh;q=0.5", "en"),
        ("zh ; q=0.2 , en ; q=0.9", "en"),
        ("zh;q=0, en;q=0.1", "en"),
        ("zh;q=0", "en"),
        ("*", "en"),
        ("zh;Q=0.1, en;q=0.9", "en"),
        ("de-DE, fr", "en"),
    ],
)
def test_the_best_language_that_is_spoken_here(header: str | None, locale: str) -> None:
    assert preferred_locale(header, LOCALES) == locale


@pytest.mark.parametrize(
    "header",
    [
        ",;=,;q=,q=1",
        "zh;q=abc",
        "zh;q=nan",
        "zh;q=-1",
        "\x00\xff",
        "🙂" * 500,
        "-" * 5_000,
        "a," * 5_000,
        "en" * 100_000,
        "zh;;;q",
    ],
)
def test_a_header_that_makes_no_sense_asks_for_nothing(header: str) -> None:
    assert preferred_locale(header, LOCALES) in LOCALES


def test_only_the_beginning_of_an_endless_header_is_read() -> None:
    assert preferred_locale("de," * 1_000 + "zh", LOCALES) == "en"


@pytest.mark.parametrize(
    ("tag", "locale"),
    [
        *(("zh-CN", CHINESE), ("ZH-hans-cn", CHINESE), ("zh", CHINESE), ("en-GB", "en"), ("EN", "en")),
        *(
            (tag, None)
            for tag in ("de", "", "*", "en_GB", "en-", "-en", "en;q=1", "english", "en-<b>", "en,zh")
        ),
    ],
)
def test_a_tag_is_served_by_the_language_that_covers_it_or_by_none(tag: str, locale: str | None) -> None:
    assert spoken_locale(tag, LOCALES) == locale
