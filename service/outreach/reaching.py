"""By which channel she may be reached for a purpose, and what may be read for it. Decides by her permission alone."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection

from consent.decision import Permission
from consent.events import ConsentEvent
from consent.vocabulary import expand
from recommender.inputs import Contact
from recommender.outreach.how_often import days_of
from recommender.outreach.policy import Reach
from recommender.outreach.rules import QuietHours
from service import text_formats
from service.db.permitted_reader import ReadData, read_permitted
from service.outreach.desk import Desk

_ADDRESS = "contact.channels"
_CONTACT = expand(("contact",))
_TIME_OF_DAY = re.compile(text_formats.TIME_OF_DAY)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reached:
    """One channel, and how she can be reached by it."""

    channel: str
    permission: Permission
    read: ReadData
    reach: Reach
    zone: ZoneInfo
    quiet_hours: QuietHours


def reach_by(
    connection: Connection,
    desk: Desk,
    customer_id: str,
    events: Collection[ConsentEvent],
    *,
    purpose: str,
    channels: Sequence[str],
) -> Reached:
    """The first channel by which she may be reached; if there is none, the first for which her address may be read,
    else the first of all.
    """
    tried = [_reached(connection, desk, customer_id, events, purpose, channel) for channel in channels]
    return max(tried, key=lambda one: (one.reach.permitted and one.reach.has_channel, one.reach.permitted))


def _reached(
    connection: Connection,
    desk: Desk,
    customer_id: str,
    events: Collection[ConsentEvent],
    purpose: str,
    channel: str,
) -> Reached:
    permission = desk.retention.permission(
        events, customer_id=customer_id, purpose=purpose, at=desk.now, channel=channel
    )
    read = read_permitted(connection, permission, fields=_CONTACT & permission.fields)
    contact = read.data.contact or Contact()
    hers = _hours(contact.quiet_hours)
    return Reached(
        channel=channel,
        permission=permission,
        read=read,
        reach=Reach(
            permitted=_ADDRESS in read.data.fields,
            has_channel=channel in contact.channels,
            quiet_hours=hers,
            rhythm_days=days_of(contact.rhythm or ""),
        ),
        zone=_zone(contact.time_zone) or desk.zone,
        quiet_hours=hers or desk.rules.quiet_hours,
    )


# What is no zone, no time or no duration (any more) is as if it was not told.


def _zone(told: str | None) -> ZoneInfo | None:
    try:
        return None if told is None else ZoneInfo(told)
    except (ValueError, ZoneInfoNotFoundError):
        return None


def _hours(told: tuple[str, str] | None) -> QuietHours | None:
    if told is None or not all(map(_TIME_OF_DAY.match, told)):
        return None
    return QuietHours(start=time.fromisoformat(told[0]), end=time.fromisoformat(told[1]))
