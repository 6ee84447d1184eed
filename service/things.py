"""Which thing of hers a suggestion rests on, found by making her suggestions anew: no answer is ever kept for it.

Reads what she allows for suggestions, and nothing else of hers.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cached_property

from sqlalchemy import Connection

from consent.events import ConsentEvent
from recommender.feedback import heard_of
from recommender.inputs import ListKind, Request
from recommender.strategies import fields_used_of
from service.controls import Thing, thing_of
from service.db.permitted_reader import ReadData, read_permitted
from service.errors import Problem, ProblemCode, invalid
from service.recommendations import Answer, Suggesting

_AS_MANY_AS_THERE_CAN_BE = 50
_IS_HERS = ("purchases.product", "devices.product", "feedback.product")


def all_about(product_id: str) -> Thing:
    """All that is known of her and this product, and what she said of it."""
    return Thing(field="feedback.product", product_id=product_id, is_named=True)


class ThingsOfHers:
    """The things behind one customer's suggestions, as of one state of the database."""

    def __init__(
        self,
        suggesting: Suggesting,
        connection: Connection,
        events: Collection[ConsentEvent],
        customer_id: str,
        now: datetime,
        channel: str | None,
        list_kind: ListKind,
    ) -> None:
        self._suggesting = suggesting
        self._connection = connection
        self._request = Request(limit=_AS_MANY_AS_THERE_CAN_BE, list_kind=list_kind)
        self._permission = suggesting.permission(events, customer_id, now, channel)
        self.consents: Mapping[str, tuple[str, ...]] = {}

    def named_by(self, product_id: str) -> str:
        """The thing of hers that is meant by `product_id`, itself or what a suggestion of it rests on.

        Raises Problem (422) if that cannot be known.
        """
        thing = self._of_suggestion(product_id)
        if thing is not None and thing.field in _IS_HERS and thing.product_id is not None:
            return thing.product_id
        if product_id in self._known:
            return product_id
        raise _unclear()

    def behind(self, product_id: str) -> Thing:
        """What of hers a suggestion of the product rests on, or the product if it is a thing of hers itself.

        Raises Problem (422) if that cannot be known.
        """
        thing = self._of_suggestion(product_id)
        if thing is None and product_id in self._known:
            thing = Thing(field="purchases.product", product_id=product_id, is_named=True)
        if thing is None:
            raise _unclear()
        is_said = thing.product_id is not None and thing.product_id in self._said_to_have
        # Else what she bought would go on to speak for her by her own word.
        return all_about(str(thing.product_id)) if is_said else thing

    def _of_suggestion(self, product_id: str) -> Thing | None:
        products = self._answer.recommendation.products if self._answer else ()
        return next((thing_of(item.reason) for item in products if item.product_id == product_id), None)

    @property
    def _known(self) -> set[str]:
        """Products that she bought or declared, as far as may be read."""
        known = self._answer.consent_of if self._answer else ()
        return {product_id for field, product_id in known if field in _IS_HERS}

    @property
    def _said_to_have(self) -> Collection[str]:
        settings, today = self._suggesting.settings, self._permission.decided_at.date()
        return heard_of(self._read.data, today=today, settings=settings).has

    @cached_property
    def _read(self) -> ReadData:
        read = read_permitted(
            self._connection, self._permission, fields=fields_used_of(self._permission.fields, self._request)
        )
        self.consents = read.consents
        return read

    @cached_property
    def _answer(self) -> Answer | None:
        """All that she could be shown in the list that she saw; `None` if nothing of hers may be read."""
        permission, suggesting = self._permission, self._suggesting
        if not permission.fields:
            return None
        shop, learned = suggesting.shop_and_learning(self._connection, permission.decided_at)
        return suggesting.answer(self._request, permission, self._read, shop, learned)


def _unclear() -> Problem:
    return invalid(
        ProblemCode.INCOMPLETE_FEEDBACK,
        "product_id",
        "does not tell which thing of hers is meant; name the one that the reason speaks of, without "
        "recommendation_id",
    )
