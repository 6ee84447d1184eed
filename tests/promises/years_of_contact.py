"""A year of a shop's contacts, invented: customers, what they allow from day to day, and what a shop could say.

And a second reading of P10, which shares nothing with the policy: it looks at what was sent, and names what is wrong.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from random import Random
from zoneinfo import ZoneInfo

from recommender.outreach.choosing import choose
from recommender.outreach.follow_ups import Said, follow_ups
from recommender.outreach.how_often import PastContact, days_of
from recommender.outreach.kinds import ContactKind, HeldBack
from recommender.outreach.policy import Lately, Reach, why_not_contact
from recommender.outreach.proposals import Content, Proposal
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
_OF_THE_SHOP = tuple(kind for kind in ContactKind if kind is not ContactKind.FOLLOW_UP)


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What went out: when, by which channel, of which kind, about what, with how many things in it."""

    at: datetime
    channel: str
    kind: ContactKind
    about: str
    offers: int = 0


@dataclass(kw_only=True)
class Person:
    """An invented customer: what she told, what she did and said on which days, and what was sent to her.

    answers  the day of a complaint -> the day on which she said more of it, of those of which she does
    """

    zone: ZoneInfo
    quiet_hours: tuple[time, time] | None
    rhythm: str | None
    permitted: dict[str, frozenset[int]]
    for_service: frozenset[int]
    bought: frozenset[int]
    complained: frozenset[int]
    asked_less_often: frozenset[int]
    answers: dict[int, int]
    sent: list[Sent] = field(default_factory=list)


def a_person(lots: Random) -> Person:
    """Permissions come and go: each channel has its own stretches of days."""
    complained = frozenset(lots.randrange(365) for _ in range(lots.randrange(6)))
    return Person(
        zone=ZoneInfo(lots.choice(_ZONES)),
        quiet_hours=lots.choice(_QUIET),
        rhythm=lots.choice(_RHYTHMS),
        permitted={channel: _stretches(lots) for channel in CHANNELS},
        for_service=_stretches(lots),
        bought=frozenset(lots.randrange(365) for _ in range(lots.randrange(20))),
        complained=complained,
        asked_less_often=frozenset(lots.randrange(365) for _ in range(lots.choice((0, 0, 0, 1, 2)))),
        answers={day: day + lots.randrange(1, 9) for day in sorted(complained) if lots.random() < 0.3},
    )


def live_a_year(person: Person, lots: Random, rules: ContactRules) -> list[tuple[HeldBack, ...]]:
    """Each day the shop asks what was wrong, or tries something, at any hour; gives what held back what did not go."""
    held_back = []
    for number in range(365):
        day = FIRST_DAY + timedelta(days=number)
        at = datetime.combine(day, time(lots.randrange(24), lots.choice((0, 30, 59))), UTC)
        channel, kind = lots.choice(CHANNELS), lots.choice(_OF_THE_SHOP)
        wall, log = at.astimezone(person.zone), tuple(_past(one, person.zone) for one in person.sent)
        to_ask = follow_ups(_said(person, number), log, day=wall.date(), rules=rules)
        something = Proposal(kind=kind, about=f"{kind} {number}", content=Content(offers=("lamp",)))
        why_not = partial(_why_not, person, channel, number, wall, log, rules)
        choice = choose([*to_ask, something], why_not)
        if choice.proposal is None:
            held_back.append(choice.because)
        else:
            chosen = choice.proposal
            offers = len(chosen.content.offers) + len(chosen.content.items)
            person.sent.append(
                Sent(at=at, channel=channel, kind=chosen.kind, about=chosen.about, offers=offers)
            )
    return held_back


def _why_not(
    person: Person,
    channel: str,
    number: int,
    wall: datetime,
    log: tuple[PastContact, ...],
    rules: ContactRules,
    kind: ContactKind,
) -> tuple[HeldBack, ...]:
    reach, lately = _reach(person, kind, channel, number), _lately(person, wall.date())
    return why_not_contact(kind, at=wall, reach=reach, lately=lately, log=log, rules=rules)


def _said(person: Person, number: int) -> list[Said]:
    """What she has said up to that day: each complaint is of a visit of its own."""
    complaints = [_word(day, day, is_bad=True) for day in person.complained if day <= number]
    return complaints + [_word(day, on, is_urgent=True) for day, on in person.answers.items() if on <= number]


def _word(visit: int, day: int, **said: bool) -> Said:
    at = datetime.combine(FIRST_DAY + timedelta(days=day), time(0), UTC)
    return Said(id=f"{visit}-{day}", at=at, touchpoint="store", journey=f"visit-{visit}", **said)


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
    for one, day in zip(marketing, days_sent, strict=True):
        quiet_periods = [(person.asked_less_often, 60)]
        if one.kind is not ContactKind.FOLLOW_UP:
            quiet_periods += [(person.bought, 2), (person.complained, 14)]
        for told, quiet in quiet_periods:
            if any(0 <= (day - FIRST_DAY).days - before < quiet for before in told):
                yield f"a quiet period of {quiet} days on {day}"
        yield from _too_often(person, day, days_sent, rules)
    yield from _asked_wrongly(person)


def _asked_wrongly(person: Person) -> Iterator[str]:
    """Once for each complaint, within two weeks, not after she has answered, and with nothing to buy."""
    asked = [one for one in person.sent if one.kind is ContactKind.FOLLOW_UP]
    if len({one.about for one in asked}) < len(asked):
        yield "twice asked about one thing"
    for one in asked:
        complained = int(one.about.split(" ")[1].split("-")[0])
        number = (one.at.date() - FIRST_DAY).days
        if complained not in person.complained or not 0 <= number - complained <= 15:
            yield f"late, or about nothing, on {one.at}"
        if person.answers.get(complained, 365) <= number:
            yield f"answered before {one.at}"
        if one.offers:
            yield f"something to buy on {one.at}"


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
        rhythm_days=days_of(person.rhythm or ""),
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
