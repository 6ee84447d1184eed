"""Use case: how many customers match a history and may be contacted, and which.

By `reminders` alone, by the channel that is asked for: whoever does not allow that is not counted, whatever she bought.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from consent.decision import Permission
from recommender.customer_types import TYPE_FIELDS, CustomerType, kind_of
from recommender.possessions import possessions_of
from service.db.catalogue import Shop
from service.db.consent_ledger import read_ledgers_asked
from service.db.engine import snapshot
from service.db.permitted_reader import read_histories, read_permitted
from service.ids import new_id
from service.recommendations import Suggesting
from service.small_numbers import SmallNumbers
from service.use_records import Use, UseKind

PURPOSE = "reminders"
_ADDRESS = "contact.channels"
_BOUGHT, _DATED = "purchases.product", "purchases.date"
_TO_TELL_THE_TYPE = TYPE_FIELDS | {"purchases.quantity"}
CUSTOMERS_AT_MOST = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """The history that is looked for; what is `None` does not matter.

    since    the first day of a month: finer questions could be told apart by one customer
    channel  by which she is to be contacted; `None` is a channel that nobody has told
    """

    product_id: str | None = None
    category: str | None = None
    since: date | None = None
    customer_type: CustomerType | None = None
    channel: str | None = None

    @property
    def asks_for_purchases(self) -> bool:
        return not (self.product_id is None and self.category is None and self.since is None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Audience:
    """Who matches: the count as it may be shown, and the ids, in order, for those who may see them."""

    count: int | None
    customer_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Audiences:
    """Looks for customers of one shop."""

    suggesting: Suggesting
    numbers: SmallNumbers

    def preview(self, wanted: Wanted) -> Audience:
        """Who matches now. Each read is in the use records of the customer."""
        with snapshot(self.suggesting.engine) as connection:
            now = self.suggesting.clock.now()
            shop = self.suggesting.shop.as_of(connection)
            permissions = self._permissions(connection, wanted, now)
            found = [one.customer_id for one in self._matching(connection, wanted, permissions, shop, now)]
        self._note_uses(wanted, permissions, now)
        return Audience(count=self.numbers.of(found), customer_ids=tuple(sorted(found)))

    def _permissions(self, connection: Connection, wanted: Wanted, now: datetime) -> list[Permission]:
        """Of those who may be contacted: her address may be used for it. Of the others nothing is read."""
        asked = read_ledgers_asked(connection, PURPOSE).events
        made = (
            self.suggesting.retention.permission(
                events, customer_id=customer_id, purpose=PURPOSE, at=now, channel=wanted.channel
            )
            for customer_id, events in asked.items()
        )
        return [one for one in made if _ADDRESS in one.fields]

    def _matching(
        self,
        connection: Connection,
        wanted: Wanted,
        permissions: list[Permission],
        shop: Shop,
        now: datetime,
    ) -> Iterable[Permission]:
        if wanted.asks_for_purchases:
            histories = read_histories(connection, permissions)
            permissions = [
                one for one in permissions if _bought(histories.get(one.customer_id, {}), wanted, shop)
            ]
        if wanted.customer_type is None:
            return permissions
        return [one for one in permissions if self._is_of_type(connection, wanted, one, shop, now)]

    def _is_of_type(
        self, connection: Connection, wanted: Wanted, permission: Permission, shop: Shop, now: datetime
    ) -> bool:
        read = read_permitted(connection, permission, fields=_TO_TELL_THE_TYPE & permission.fields)
        settings, today = self.suggesting.settings, now.date()
        possessions = possessions_of(read.data, shop.catalogue, today=today, settings=settings)
        kind = kind_of(read.data, possessions.days, today=today, settings=settings)
        return kind is not None and kind.type is wanted.customer_type

    def _note_uses(self, wanted: Wanted, permissions: Iterable[Permission], now: datetime) -> None:
        fields = {_BOUGHT, _DATED} if wanted.asks_for_purchases else set()
        fields |= _TO_TELL_THE_TYPE if wanted.customer_type else set()
        audience_id = new_id("aud")
        for permission in permissions:
            used = {
                field: permission.verdict(field).consent_id for field in sorted(fields & permission.fields)
            }
            self.suggesting.use_recorder.record(
                Use(
                    answer_id=audience_id,
                    customer_id=permission.customer_id,
                    purpose=PURPOSE,
                    consents={field: (consent_id,) for field, consent_id in used.items() if consent_id},
                    used_at=now,
                    kind=UseKind.AUDIENCE,
                )
            )


def _bought(history: Mapping[str, date | None], wanted: Wanted, shop: Shop) -> bool:
    """Whether one thing of hers is the product, of the category and late enough; an unknown day is not."""
    return any(
        wanted.product_id in (None, id_)
        and wanted.category in (None, shop.catalogue.products[id_].category)
        and (wanted.since is None or (day is not None and day >= wanted.since))
        for id_, day in history.items()
    )
