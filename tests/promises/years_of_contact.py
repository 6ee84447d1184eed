"""A year of a shop's contacts, invented: customers, what they allow from day to day, and what a shop could say.

And a second reading of P10, which shares nothing with the policy: it looks at what was sent, and names what is wrong.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from recommender.outreach.how_often import PastContact
from recommender.outreach.kinds import ContactKind, HeldBack
from recommender.outreach.policy import Lately, Reach, why_not_contact
from recommender.outreach.rules import ContactRules, QuietHours

CHANNELS = ("email", "sms", "app")
_ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/Los_Angeles",
    "Asia/Shanghai",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
)
_QUIET = (None, (time(21), time(8)), (time(8), time(18)), (time(0), time(9)), (time(2, 30), time(2)))
_RHYTHMS = (None, None, "P3D", "P2W", "P1M", "P1Y")
FIRST_DAY = date(2026, 1, 1)


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What went out: when, by which channel, of which kind, about what."""

    at: datetime
    channel: str
    kind: ContactKind
    about: str


@dataclass(kw_only=True)
class Person:
    """An invented customer: what she told, what she did and said on which days, and what was sent to her."""

    zone: ZoneInfo
    quiet_hours: tuple[time, time] | None
    rhythm: str | None
    permitted: dict[str, frozenset[int]]
    for_service: frozenset[int]
    bought: frozenset[int]
    complained: frozenset[int]
    asked_less_often: frozenset[int]
    sent: list[Sent] = field(default_factory=list)


def a_person(lots: Random) -> Person:
    """Permissions come and go: each channel has its own stretches of days."""
    return Person(
        zone=ZoneInfo(lots.choice(_ZONES)),
        quiet_hours=lots.choice(_QUIET),
        rhythm=lots.choice(_RHYTHMS),
        permitted={channel: _stretches(lots) for channel in CHANNELS},
        for_service=_stretches(lots),
        bought=frozenset(lots.randrange(365) for _ in range(lots.randrange(20))),
        complained=frozenset(lots.randrange(365) for _ in range(lots.randrange(3))),
        asked_less_often=frozenset(lots.randrange(365) for _ in range(lots.choice((0, 0, 0, 1, 2)))),
    )


def live_a_year(person: Person, lots: Random, rules: ContactRules) -> list[tuple[HeldBack, ...]]:
    """Each day the shop tries something, at any hour; gives what held back the contacts that were not made."""
    held_back = []
    for number in range(365):
        day = FIRST_DAY + timedelta(days=number)
        at = datetime.combine(day, time(lots.randrange(24), lots.choice((0, 30, 59))), UTC)
        channel, kind = lots.choice(CHANNELS), lots.choice(tuple(ContactKind))
        why = why_not_contact(
            kind,
            at=at.astimezone(person.zone),
            reach=_reach(person, kind, channel, number),
            lately=_lately(person, at.astimezone(person.zone).date()),
            log=tuple(_past(one, person.zone) for one in person.sent),
            rules=rules,
        )
        if why:
            held_back.append(why)
        else:
            person.sent.append(Sent(at=at, channel=channel, kind=kind, about=f"{kind} {number}"))
    return held_back


def wrongs(person: Person, rules: ContactRules) -> Iterator[str]:
    """All that P10 forbids and that was done nevertheless."""
    marketing = [one for one in person.sent if one.kind is not ContactKind.SERVICE]
    for one in person.sent:
        wall = one.at.astimezone(person.zone)
        number = (one.at.date() - FIRST_DAY).days
        days = person.for_service if one.kind is ContactKind.SERVICE else person.permitted[one.channel]
        if number not in days:
            yield f"no permission on {wall}"
        if _is_night(wall, person.quiet_hours or (time(21), time(8))):
            yield f"night at {wall}"
    days_sent = [one.at.astimezone(person.zone).date() for one in marketing]
    for day in days_sent:
        for told, quiet in ((person.bought, 2), (person.complained, 14), (person.asked_less_often, 60)):
            if any(0 <= (day - FIRST_DAY).days - before < quiet for before in told):
                yield f"a quiet period of {quiet} days on {day}"
        yield from _too_often(person, day, days_sent, rules)


def _too_often(person: Person, day: date, days_sent: list[date], rules: ContactRules) -> Iterator[str]:
    for cap in rules.caps:
        if sum(0 <= (one - day).days < cap.days for one in days_sent) > cap.contacts:
            yield f"more than {cap.contacts} in {cap.days} days from {day}"
    told = {None: 0, "P3D": 3, "P2W": 14, "P1M": 28, "P1Y": 365}[person.rhythm]
    number = (day - FIRST_DAY).days
    wanted = max(2 * (told or 7) if any(one <= number for one in person.asked_less_often) else told, 1)
    before = [one for one in days_sent if one < day]
    if days_sent.count(day) > 1 or (before and (day - max(before)).days < wanted):
        yield f"more often than she wants, on {day}"


def _is_night(wall: datetime, quiet: tuple[time, time]) -> bool:
    """Minute by minute: from the start on, until the end comes."""
    minute = quiet[0].hour * 60 + quiet[0].minute
    end = quiet[1].hour * 60 + quiet[1].minute
    while minute != end:
        if minute == wall.hour * 60 + wall.minute:
            return True
        minute = (minute + 1) % (24 * 60)
    return False


def _stretches(lots: Random) -> frozenset[int]:
    edges = sorted(lots.randrange(366) for _ in range(4))
    return frozenset([*range(edges[0], edges[1]), *range(edges[2], edges[3])])


def _reach(person: Person, kind: ContactKind, channel: str, number: int) -> Reach:
    days = person.for_service if kind is ContactKind.SERVICE else person.permitted[channel]
    if number not in days:
        return Reach()
    quiet = person.quiet_hours
    return Reach(
        permitted=True,
        has_channel=True,
        quiet_hours=QuietHours(start=quiet[0], end=quiet[1]) if quiet else None,
        rhythm=person.rhythm,
    )


def _lately(person: Person, today: date) -> Lately:
    def last(days: frozenset[int]) -> date | None:
        until = (today - FIRST_DAY).days
        return max((FIRST_DAY + timedelta(days=one) for one in days if one <= until), default=None)

    return Lately(
        bought=last(person.bought),
        complained=last(person.complained),
        asked_less_often=last(person.asked_less_often),
    )


def _past(sent: Sent, zone: ZoneInfo) -> PastContact:
    return PastContact(kind=sent.kind, day=sent.at.astimezone(zone).date(), about=sent.about)
