"""What is the same for all customers while contacts are planned: the shop, its messages, its rules, the moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from recommender.inputs import Settings
from recommender.learning.model import Model
from recommender.messages import Message
from recommender.outreach.rules import ContactRules
from recommender.similarity import Similarity
from service.db.catalogue import Shop
from service.retention import Retention

MARKETING, SERVICE = "reminders", "service"
"""The purposes that contacts are made for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What is to be planned: for which day, by which channels, the best first; one message, or whatever helps."""

    day: date
    channels: tuple[str, ...]
    message_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """As of one snapshot.

    messages   those that are looked at, by id; `texts` are their words, by id and language
    zone       the shop's time zone, for who has not told hers
    """

    shop: Shop
    learned: Model
    similarity: Similarity
    messages: Mapping[str, Message]
    texts: Mapping[str, Any]
    rules: ContactRules
    settings: Settings
    retention: Retention
    content_locale: str
    zone: ZoneInfo
    now: datetime
