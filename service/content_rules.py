"""What the shop says to customers is checked at the door: that everybody can read it, and that help sells nothing."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection

from service.db.catalogue import known_product_ids
from service.errors import FieldError, Problem, ProblemCode, invalid
from service.local_texts import LocalText, has_fallback
from service.selling import Selling, selling_in


def assert_readable(texts: Mapping[str, LocalText], content_locale: str) -> None:
    """Raises Problem (422) for texts that leave customers of other languages without any."""
    if not has_fallback(texts, content_locale):
        named = f"{content_locale} or en" if content_locale != "en" else "en"
        raise invalid(
            ProblemCode.TRANSLATION_MISSING,
            "texts",
            f"has none for customers of other languages; add one in {named}",
        )


def assert_sells_nothing(
    texts: Mapping[str, LocalText], refused: Collection[Selling], code: ProblemCode, what: str
) -> None:
    """Raises Problem (422) that names each place where a text sells something, and by which words."""
    errors = tuple(
        FieldError(path=f"texts.{locale}.{part}", message=f'has {kind} in it: "{words}"')
        for locale, text in texts.items()
        for part, written in (("title", text.title), ("text", text.text))
        for kind, words in selling_in(written)
        if kind in refused
    )
    if errors:
        first = errors[0]
        raise Problem(code, f"{what}: {first.path} {first.message}.", status=422, errors=errors)


def assert_known_products(connection: Connection, product_ids: Sequence[str], path: str) -> None:
    """Raises Problem (422) for ids that are in no catalogue."""
    unknown = sorted(set(product_ids) - known_product_ids(connection, product_ids))
    if unknown:
        raise invalid(
            ProblemCode.UNKNOWN_PRODUCT,
            path,
            f"are not in the catalogue: {', '.join(unknown[:10])}; PUT /v1/products/{{id}} first",
        )
