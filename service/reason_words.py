"""Sentences of reasons that come in several kinds: what it goes with, what to try, how she comes here."""

from collections.abc import Mapping

from recommender.results import ReasonCode
from service.wording import Wording

_BY_KIND = {
    "newcomer": ("A good place to start", "Our suggestion for those who are new here."),
    "regular": (
        "New, and of a kind that you buy",
        "You often buy here, and this came in after the last time, {span} ago.",
    ),
    "lapsed": ("New since you last bought here", "You last bought here {span} ago."),
}
GOES_WITH = {
    "purchases.product": "Goes with {product}, which you bought",
    "browsing.carts": "Goes with {product}, once in your cart",
    "browsing.views": "Goes with {product}, which you looked at",
}
CARE_FOR = {
    "purchases.product": "Care for the {product} you bought",
    "devices.product": "Care for your {product}",
    "product_id": "Care for the {product}",
}
_TRY_WITH = {
    "purchases.product": "To try: goes with {product}, which you bought",
    "browsing.carts": "To try: goes with {product}, once in your cart",
    "browsing.views": "To try: goes with {product}, which you looked at",
}
_BOUGHT_ONCE = "You have bought here once, and this is our suggestion for those who are new here."


def for_her_kind(wording: Wording, params: Mapping[str, object]) -> tuple[str, str]:
    """The sentence and its detail, from what the reason tells of her purchases."""
    kind, elapsed = str(params["customer_type"]), params.get("elapsed_days")
    span = wording.span(elapsed) if isinstance(elapsed, int) else ""
    text, detail = _BY_KIND[kind]
    if kind == "newcomer" and span:
        detail = _BOUGHT_ONCE
    return wording.say(text), wording.say(detail, span=span)


def to_try(wording: Wording, params: Mapping[str, object], *, goes_with: str, liked: str) -> str:
    """What speaks for the thing speaks for its sample."""
    if params["spoken_for"] == ReasonCode.FOR_YOU:
        return wording.say(_TRY_WITH[str(params["because"])], product=goes_with)
    if params["spoken_for"] == ReasonCode.DECLARED:
        return wording.say("To try: you told us that you like {name}", name=liked)
    return wording.say("To try: our pick for everyone")
