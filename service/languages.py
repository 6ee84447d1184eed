"""Which of the languages spoken here serves a language tag, or a browser (RFC 9110 section 12.5.4)."""

import re

from babel import negotiate_locale

from service.explanations import DEFAULT_LOCALE

_LONGEST_HEADER = 1_000
_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,8}")


def preferred_locale(accept_language: str | None, spoken: tuple[str, ...]) -> str:
    """The best of `spoken`, or the default. A header that makes no sense asks for nothing."""
    wanted = _by_quality((accept_language or "")[:_LONGEST_HEADER])
    return _best(wanted, spoken) or DEFAULT_LOCALE


def spoken_locale(tag: str, spoken: tuple[str, ...]) -> str | None:
    """The one of `spoken` that serves a language tag (BCP 47), such as `zh-Hans` for `zh-CN`; or `None`."""
    if not _TAG.fullmatch(tag):
        return None
    return _best([tag.lower()], spoken)


def _best(wanted: list[str], spoken: tuple[str, ...]) -> str | None:
    available = {tag.lower(): tag for tag in spoken} | {tag.split("-")[0].lower(): tag for tag in spoken}
    found = negotiate_locale(
        [tag for one in wanted for tag in (one, one.split("-")[0])], list(available), sep="-"
    )
    return available[found.lower()] if found else None


def _by_quality(header: str) -> list[str]:
    weighted: list[tuple[float, str]] = []
    for part in header.split(","):
        tag, _, parameter = part.strip().partition(";")
        quality = _quality(parameter)
        if tag and quality > 0:
            weighted.append((-quality, tag.strip().lower()))
    return [tag for _, tag in sorted(weighted, key=lambda pair: pair[0])]


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
