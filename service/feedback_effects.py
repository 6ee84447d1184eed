"""Whether what she said is read where it has its effect: for suggestions, or to contact her. Reads nothing of hers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consent.decision import Permission
from recommender.catalogue import Catalogue
from recommender.feedback import FeedbackKind
from service.controls import is_covered, is_read, item_about


@dataclass(frozen=True, kw_only=True, slots=True)
class Effects:
    """What may be read of what she says: for suggestions, and to contact her."""

    suggestions: Permission
    contact: Permission
    catalogue: Catalogue

    def is_heard(self, row: Mapping[str, Any]) -> bool:
        """Whether this word is read where it has its effect."""
        if row["kind"] == FeedbackKind.TOO_OFTEN:
            item = item_about(row["product_id"], self.catalogue, order=row["journey"], at=row["recorded_at"])
            return is_covered(self.contact, "feedback.kind", item)
        return row["product_id"] is not None and is_read(
            row["product_id"], self.suggestions, self.catalogue, row["recorded_at"]
        )
