"""Use case: what staff may know before they talk to a customer, on one page: what she allows for `assistance`.

Where she allows nothing the page is empty and says why, in the same shape.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain

from sqlalchemy import Connection

from consent.decision import Permission
from consent.reasons import Because
from consent.vocabulary import FIELD_CODES, category_of
from recommender.customer_types import CustomerType, kind_of
from recommender.inputs import Preferences, Request
from recommender.possessions import Possessions, latest_day, possessions_of
from recommender.results import ReasonCode, Suggestion
from recommender.strategies import fields_used_of
from service.assisting import PURPOSE
from service.db.catalogue import Listing
from service.db.consent_ledger import read_events
from service.db.engine import snapshot
from service.db.permitted_reader import ReadRow, consents_of_all, read_feedback, read_permitted
from service.ids import new_id
from service.recommendations import Suggesting
from service.tasks import TaskBook, TaskShown
from service.use_records import Use, UseKind

_OF_USE = frozenset({"purchases", "devices", "preferences"})
_SAID = frozenset(code for code in FIELD_CODES if category_of(code) == "feedback")
_OWNS_AT_MOST, _DUE_AT_MOST, _SAID_AT_MOST = 20, 10, 10
_DUE = {ReasonCode.FITS_DEVICE, ReasonCode.DUE_AGAIN}


@dataclass(frozen=True, kw_only=True, slots=True)
class Owned:
    """Something that she has: since when, and on how many days she bought it, as far as that may be read."""

    product_id: str
    since: date | None
    times: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Brief:
    """The page. `data_used`: data field -> consents; `data_not_used`: every other field -> why not."""

    brief_id: str
    customer_id: str
    generated_at: datetime
    type: CustomerType | None
    owns: Sequence[Owned]
    due: Sequence[Suggestion]
    preferences: Preferences | None
    said: Sequence[ReadRow]
    tasks: Sequence[TaskShown]
    listings: Mapping[str, Listing]
    data_used: Mapping[str, tuple[str, ...]]
    data_not_used: Mapping[str, Because]


@dataclass(frozen=True, kw_only=True, slots=True)
class Briefs:
    """Makes the page, with what the suggestions of this shop are made with."""

    suggesting: Suggesting
    tasks: TaskBook

    def of(self, customer_id: str) -> Brief:
        """The page as of now; each read that made it is in her use records."""
        with snapshot(self.suggesting.engine) as connection:
            now = self.suggesting.clock.now()
            permission = self._permission(connection, customer_id, now)
            brief = self._brief(connection, permission)
        use = Use(
            answer_id=brief.brief_id,
            customer_id=customer_id,
            purpose=PURPOSE,
            consents=brief.data_used,
            used_at=now,
            kind=UseKind.STAFF,
        )
        self.suggesting.use_recorder.record(use)
        return brief

    def _permission(self, connection: Connection, customer_id: str, now: datetime) -> Permission:
        events = read_events(connection, customer_id)
        return self.suggesting.retention.permission(events, customer_id=customer_id, purpose=PURPOSE, at=now)

    def _brief(self, connection: Connection, permission: Permission) -> Brief:
        suggesting, now = self.suggesting, permission.decided_at
        shop, learned = suggesting.shop_and_learning(connection, now)
        usable = {code for code in fields_used_of(permission.fields) if category_of(code) in _OF_USE}
        read = read_permitted(connection, permission, fields=usable)
        possessions = possessions_of(
            read.data, shop.catalogue, today=now.date(), settings=suggesting.settings
        )
        kind = kind_of(read.data, possessions.days, today=now.date(), settings=suggesting.settings)
        answer = suggesting.answer(Request(limit=_DUE_AT_MOST), permission, read, shop, learned)
        said = read_feedback(connection, permission, fields=_SAID)[::-1][:_SAID_AT_MOST]
        tasks = self.tasks.of_customer(connection, permission.customer_id, now)
        used = _together(read.consents, consents_of_all([*said, *(one.read for one in tasks)]))
        return Brief(
            brief_id=new_id("brf"),
            customer_id=permission.customer_id,
            generated_at=now,
            type=None if kind is None else kind.type,
            owns=_owned(possessions)[:_OWNS_AT_MOST],
            due=[one for one in answer.recommendation.products if one.reason.code in _DUE],
            preferences=read.data.preferences,
            said=said,
            tasks=tasks,
            listings=shop.listings,
            data_used=used,
            data_not_used=_why_not(permission, used),
        )


def _owned(possessions: Possessions) -> list[Owned]:
    """Her devices, then what she bought, the latest first; what she said is gone is not among it."""
    devices = [
        Owned(product_id=one.product_id, since=one.since, times=_times(possessions, one.product_id))
        for one in possessions.devices.values()
    ]
    others = [
        Owned(product_id=id_, since=latest_day(possessions.days[id_]), times=_times(possessions, id_))
        for id_ in possessions.days
        if id_ not in possessions.devices and id_ not in possessions.gone
    ]
    return devices + sorted(others, key=lambda one: (one.since or date.min, one.product_id), reverse=True)


def _times(possessions: Possessions, product_id: str) -> int | None:
    """On how many days; unknown if one of them is, and if she never bought it here."""
    days = possessions.days.get(product_id, ())
    return len(set(days)) if days and None not in days else None


def _together(*read: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Data field -> all consents by which it was read, in the order of the fields."""
    used = {
        code: dict.fromkeys(chain.from_iterable(one.get(code, ()) for one in read)) for code in FIELD_CODES
    }
    return {code: tuple(consents) for code, consents in used.items() if consents}


def _why_not(permission: Permission, used: Mapping[str, tuple[str, ...]]) -> dict[str, Because]:
    return {
        field: permission.verdict(field).because or Because.NOT_REQUESTED
        for field in FIELD_CODES
        if field not in used
    }
