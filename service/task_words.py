"""Puts tasks into words: why, in the language of the one who does it; what to say, as the shop wrote it."""

from collections.abc import Mapping
from datetime import datetime

from service.db.catalogue import Listing
from service.explanations import DEFAULT_LOCALE, Explainer, name_of
from service.task_rules import Rule
from service.tasks import TaskShown


def why(explainer: Explainer, task: TaskShown, listings: Mapping[str, Listing]) -> str:
    """What it rests on, as far as that may be read."""
    bought_at = task.said.get("purchases.date")
    if isinstance(bought_at, datetime):
        product = name_of(task.said["purchases.product"], listings)
        return explainer.say(
            "Bought {product} on {day}.", product=product, day=explainer.day(bought_at.date())
        )
    rating, touchpoint = str(task.said["feedback.rating"]), task.said.get("feedback.touchpoint")
    if touchpoint is None:
        return explainer.say("Gave {rating} of 10.", rating=rating)
    return explainer.say("Gave {rating} of 10 for: {touchpoint}.", rating=rating, touchpoint=touchpoint)


def what_to_say(rule: Rule, locale: str) -> str:
    """In this language if the shop wrote it, else in English, else in the first that there is."""
    return rule.say.get(locale) or rule.say.get(DEFAULT_LOCALE) or next(iter(rule.say.values()))
