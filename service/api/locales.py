"""In which language an answer is: the one that is asked for, else what the browser says."""

from typing import Annotated

from fastapi import Header, Request
from pydantic import Field

from service.api.shapes import In
from service.errors import ProblemCode, invalid
from service.explanations import LOCALES, Explainer
from service.languages import preferred_locale, spoken_locale

AcceptLanguage = Annotated[str | None, Header(alias="Accept-Language")]
Locale = Annotated[
    str | None,
    Field(
        description=f"{', '.join(LOCALES)}, or a tag served by one (`zh-CN`). Else `Accept-Language` decides.",
    ),
]


class LocaleQuery(In):
    """What is asked for besides: nothing but the language."""

    locale: Locale = None


def explainer_in(request: Request, asked: str | None, accept_language: str | None) -> Explainer:
    """What puts an answer into her language. Raises Problem (422) for one that is not spoken here."""
    explainers: dict[str, Explainer] = request.app.state.explainers
    if asked is None:
        return explainers[preferred_locale(accept_language, LOCALES)]
    locale = spoken_locale(asked, LOCALES)
    if locale is None:
        raise invalid(
            ProblemCode.UNKNOWN_LOCALE, "locale", f"is not spoken here; use one of: {', '.join(LOCALES)}"
        )
    return explainers[locale]
