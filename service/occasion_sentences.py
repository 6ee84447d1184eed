"""The sentences of an occasion: which day it is, and why this gift. Feasts and recipients have words of their own."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Protocol


class Speaks(Protocol):
    """Says a sentence, and a day, in one language."""

    def say(self, message: str, **values: str) -> str: ...

    def day(self, day: date) -> str: ...


def occasion_sentences(
    speaker: Speaks, params: Mapping[str, object], *, name: str, before: str | None
) -> tuple[str, str]:
    """One sentence, and the detail. `name` is what she calls the occasion, `before` what she bought for it before."""
    day = params["day"]
    assert isinstance(day, date)
    occasion = speaker.say(_FEASTS[str(params["feast"])]) if "feast" in params else name
    text = speaker.say("For your occasion on {day}", day=speaker.day(day))
    if occasion:
        text = speaker.say("For {occasion} on {day}", occasion=occasion, day=speaker.day(day))
    detail = speaker.say("You told us of this day.")
    for sentence in _why_this_gift(speaker, params, before):
        detail = speaker.say("{first} {second}", first=detail, second=sentence)
    return text, detail


def _why_this_gift(speaker: Speaks, params: Mapping[str, object], before: str | None) -> Iterator[str]:
    if "recipient" in params:
        yield speaker.say(_SUITS[str(params["recipient"])])
    if before is not None:
        yield speaker.say("Around this day you bought {product} before.", product=before)
    if "budget" in params:
        yield speaker.say("It is within your budget of {amount}.", amount=str(params["budget"]))


_FEASTS = {
    "chinese_new_year": "Chinese New Year",
    "christmas": "Christmas",
    "dragon_boat": "the Dragon Boat Festival",
    "easter": "Easter",
    "fathers_day": "Father's Day",
    "lantern_festival": "the Lantern Festival",
    "mid_autumn": "the Mid-Autumn Festival",
    "mothers_day": "Mother's Day",
    "qixi": "Qixi",
    "thanksgiving": "Thanksgiving",
    "valentines_day": "Valentine's Day",
}
_SUITS = {
    "partner": "It suits your partner.",
    "mother": "It suits your mother.",
    "father": "It suits your father.",
    "parents": "It suits your parents.",
    "child": "It suits your child.",
    "sibling": "It suits your brother or sister.",
    "grandparent": "It suits your grandparents.",
    "grandchild": "It suits your grandchild.",
    "relative": "It suits a relative.",
    "friend": "It suits a friend.",
    "colleague": "It suits a colleague.",
    "teacher": "It suits a teacher.",
    "neighbour": "It suits a neighbour.",
    "myself": "It suits you.",
}
