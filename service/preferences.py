"""Her preferences, a document that she edits: what she likes and dislikes, her sizes, her budget."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection

from consent.items import Item
from recommender.inputs import Preferences, Tastes
from recommender.spelling import fold, folded
from service.db.covered_rows import Kept
from service.db.told_by_her import preferences_of, read_told, replace_told
from service.errors import ProblemCode, invalid
from service.own_documents import OF_NO_PRODUCT

_TABLE = "preferences"


class PreferencesDocument:
    """The kind of document that holds her preferences. Each field stands for itself."""

    def read(self, connection: Connection, customer_id: str, kept: Kept) -> Preferences:
        return preferences_of(next(iter(read_told(connection, _TABLE, customer_id, kept)), {}))

    def replace(self, connection: Connection, customer_id: str, content: Preferences) -> None:
        row = _row(content)
        is_empty = all(value is None for value in row.values())
        replace_told(connection, _TABLE, customer_id, [] if is_empty else [row])

    def added(
        self, connection: Connection, content: Preferences, current: Preferences
    ) -> Iterator[tuple[str, Item]]:
        before = _said_of_each(current)
        for name, said in _said_of_each(content).items():
            if not said <= before[name]:
                yield f"preferences.{name}", OF_NO_PRODUCT

    def check(self, connection: Connection, content: Preferences) -> None:
        """She cannot like and dislike the same; a brand of a category that she dislikes is no contradiction."""
        for kind, liked, disliked in (
            ("brand", content.likes.brands, content.dislikes.brands),
            ("category", content.likes.categories, content.dislikes.categories),
        ):
            both = folded(liked) & folded(disliked)
            for number, name in enumerate(disliked):
                if fold(name) in both:
                    raise invalid(
                        ProblemCode.INVALID_REQUEST,
                        f"dislikes.{kind}.{number}",
                        "is among her likes as well; leave it in one of the two",
                    )

    def as_json(self, content: Preferences) -> dict[str, Any]:
        return _row(content)


def _said_of_each(content: Preferences) -> dict[str, frozenset[object]]:
    """One by one, so that she can take back one of them where none may be added."""
    return {
        "likes": _said_of(content.likes),
        "dislikes": _said_of(content.dislikes),
        "sizes": frozenset((name, size) for name, sizes in content.sizes.items() for size in sizes),
        "budget": frozenset({content.budget} - {None}),
    }


def _said_of(tastes: Tastes) -> frozenset[object]:
    return frozenset(
        (kind, name)
        for kind, names in (("brand", tastes.brands), ("category", tastes.categories))
        for name in names
    )


def _row(content: Preferences) -> dict[str, Any]:
    budget = content.budget
    return {
        "likes": _tastes(content.likes),
        "dislikes": _tastes(content.dislikes),
        "sizes": {name: list(sizes) for name, sizes in content.sizes.items()} or None,
        "budget_amount": budget and budget.amount,
        "budget_currency": budget and budget.currency,
    }


def _tastes(tastes: Tastes) -> Mapping[str, list[str]] | None:
    if tastes == Tastes():
        return None
    return {"brand": list(tastes.brands), "category": list(tastes.categories)}
