"""Whether what she said is read where it has its effect: for suggestions, or to contact her. Reads nothing of hers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consent.decision import Permission
from consent.items import Item
from recommender.catalogue import Catalogue
from recommender.feedback import FeedbackKind
from service.controls import is_read


@dataclass(frozen=True, kw_only=True, slots=True)
class Effects:
    """What may be read of what she says: for suggestions, and to contact her."""

    suggestions: Permission
    contact: Permission
    catalogue: Catalogue

    def is_heard(self, row: Mapping[str, Any]) -> bool:
        """Whether this word is read where it has its effect."""
        if row["kind"] == FeedbackKind.TOO_OFTEN:
            product = self.catalogue.products.get(row["product_id"])
            item = Item(
                order=row["journey"],
                product=row["product_id"],
                category=product.category if product else None,
                at=row["recorded_at"],
                sensitive=bool(product and product.sensitive),
            )
            coverings = self.contact.verdict("feedback.kind").coverings
            return any(one.uses_left is None and one.cover(item) for one in coverings)
        return row["product_id"] is not None and is_read(
            row["product_id"], self.suggestions, self.catalogue, row["recorded_at"]
        )
