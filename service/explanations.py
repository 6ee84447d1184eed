"""Puts reasons into words: one plain sentence in the customer's language, and a second with the detail.

Sentences are made of a reason's own facts and nothing else, so they cannot say what was not permitted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from recommender.results import Reason, ReasonCode
from service.db.catalogue import Listing
from service.occasion_sentences import occasion_sentences
from service.reason_words import CARE_FOR, GOES_WITH, for_her_kind, to_try
from service.wording import Wording

TEXT_LENGTH = 80
DETAIL_LENGTH = 250
_NAME_LENGTH = 40

LOCALES = ("en", "zh-Hans")
DEFAULT_LOCALE = "en"


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """`text` has at most 80 characters, `detail` at most 250 and may be empty."""

    text: str
    detail: str


class Explainer(Wording):
    """Explains reasons in one language."""

    def explain(self, reason: Reason, listings: Mapping[str, Listing]) -> Explanation:
        """Say why. `listings` name the products that the reason points at."""
        return _SENTENCES[reason.code](self, reason, listings)

    def message_for(self, product_id: str | None, listings: Mapping[str, Listing]) -> str:
        """Why she gets a message of the shop: for something that she bought, or for what the shop knows itself."""
        if product_id is None:
            return self.say("A message from the shop to you")
        return self.say("Because you bought {product} here", product=name_of(product_id, listings))


def explainers() -> dict[str, Explainer]:
    """One for each language, ready to use."""
    return {locale: Explainer(locale) for locale in LOCALES}


def _fits_device(explainer: Explainer, reason: Reason, listings: Mapping[str, Listing]) -> Explanation:
    params = reason.params
    detail = _how_known(explainer, params)
    elapsed = params.get("elapsed_days")
    if isinstance(elapsed, int):
        supply, span = name_of(params["bought"], listings), explainer.span(elapsed)
        last_time = explainer.say("You last bought {product} {span} ago.", product=supply, span=span)
        detail = explainer.say("{first} {second}", first=detail, second=last_time)
    return Explanation(
        text=explainer.say("Fits your {device}", device=name_of(params["device"], listings)), detail=detail
    )


def _how_known(explainer: Explainer, params: Mapping[str, object]) -> str:
    since = params.get("since")
    if params["known_from"] == "devices.product" and not params.get("status_unknown"):
        return explainer.say("You told us that you have this device.")
    if params["known_from"] == "feedback.product":
        return explainer.say("You told us that you have this device.")
    if params["known_from"] == "devices.product":
        return explainer.say("You told us of this device.")
    if isinstance(since, date):
        return explainer.say("You bought this device here on {day}.", day=explainer.day(since))
    return explainer.say("You bought this device here.")


def _due_again(explainer: Explainer, reason: Reason, listings: Mapping[str, Listing]) -> Explanation:
    """Her own rhythm if there is one; else what happened; else what is usual. Never a day to come."""
    params = reason.params
    ago = explainer.span(_number(params, "elapsed_days"))
    if "interval_days" in params:
        every = explainer.rhythm(_number(params, "interval_days"))
        return Explanation(
            text=explainer.say(_RHYTHM["is_mixed" in params], span=every, ago=ago),
            detail=explainer.say("A rough estimate from {times} purchases.", times=str(params["times"])),
        )
    if "gap_days" in params:
        apart = explainer.span(_number(params, "gap_days"))
        text = explainer.say(_TWICE["is_mixed" in params], span=apart)
    else:
        usual = explainer.span(_number(params, "usual_days"))
        text = explainer.say("Usually needed again after about {span}", span=usual)
    return Explanation(text=text, detail=explainer.say("You last bought this {span} ago.", span=ago))


def _number(params: Mapping[str, object], name: str) -> int:
    number = params[name]
    assert isinstance(number, int)
    return number


def _declared(explainer: Explainer, reason: Reason, listings: Mapping[str, Listing]) -> Explanation:
    brand, category = (shortened(str(reason.params.get(kind, ""))) for kind in ("brand", "category"))
    detail = explainer.say("It is within your budget.") if "budget" in reason.params else ""
    if not brand:
        text = explainer.say("You told us you like {category}", category=category)
        return Explanation(text=text, detail=detail)
    names = explainer.enumeration([name for name in (brand, category) if name])
    told = explainer.say("You told us that you like {names}.", names=names)
    if detail:
        told = explainer.say("{first} {second}", first=told, second=detail)
    return Explanation(text=explainer.say("You like {brand}", brand=brand), detail=told)


def _fits_this(explainer: Explainer, reason: Reason, listings: Mapping[str, Listing]) -> Explanation:
    device = name_of(reason.params["device"], listings)
    return Explanation(text=explainer.say("Fits the {device}", device=device), detail="")


def _similar(explainer: Explainer, reason: Reason, listings: Mapping[str, Listing]) -> Explanation:
    product = name_of(reason.params["product"], listings)
    return Explanation(text=explainer.say("Similar to {product}", product=product), detail="")


def _for_you(explainer: Explainer, reason: Reason, listings: Mapping[str, Listing]) -> Explanation:
    if "customer_type" in reason.params:
        text, detail = for_her_kind(explainer, reason.params)
        return Explanation(text=text, detail=detail)
    product = name_of(reason.params["product"], listings)
    return Explanation(
        text=explainer.say(GOES_WITH[str(reason.params["because"])], product=product),
        detail=_bought_both(explainer, reason, listings),
    )


def _bought_together(explainer: Explainer, reason: Reason, listings: Mapping[str, Listing]) -> Explanation:
    product = name_of(reason.params["product"], listings)
    return Explanation(
        text=explainer.say("Customers who bought {product} also bought this", product=product),
        detail=_bought_both(explainer, reason, listings),
    )


def _bought_both(explainer: Explainer, reason: Reason, listings: Mapping[str, Listing]) -> str:
    params = reason.params
    both = explainer.say(
        "At least {count} customers who let us learn from their purchases bought both.",
        count=str(params["at_least"]),
    )
    also = [name_of(params[name], listings) for name in ("second", "third") if name in params]
    if not also:
        return both
    as_well = explainer.say("It also goes with {products}.", products=explainer.enumeration(also))
    return explainer.say("{first} {second}", first=both, second=as_well)


def _buy_again(explainer: Explainer, reason: Reason, listings: Mapping[str, Listing]) -> Explanation:
    times, elapsed = reason.params["times"], reason.params.get("elapsed_days")
    detail = ""
    if isinstance(elapsed, int):
        detail = explainer.say("You last bought this {span} ago.", span=explainer.span(elapsed))
    if times == 1:
        return Explanation(text=explainer.say("You bought this before"), detail=detail)
    text = explainer.say("You bought this {times} times", times=str(times))
    return Explanation(text=text, detail=detail)


def _care(explainer: Explainer, reason: Reason, listings: Mapping[str, Listing]) -> Explanation:
    product, known_from = name_of(reason.params["product"], listings), str(reason.params["known_from"])
    text = explainer.say(CARE_FOR[known_from], product=product)
    return Explanation(text=text, detail=_since_when(explainer, known_from, reason.params))


def _since_when(explainer: Explainer, known_from: str, params: Mapping[str, object]) -> str:
    since = params.get("since")
    if known_from == "product_id":
        return ""
    if known_from == "purchases.product" and isinstance(since, date):
        return explainer.say("You bought it here on {day}.", day=explainer.day(since))
    if known_from == "purchases.product":
        return explainer.say("You bought it here.")
    if isinstance(since, date):
        return explainer.say("You told us of it, and that you got it on {day}.", day=explainer.day(since))
    return explainer.say("You told us of it.")


def _occasion(explainer: Explainer, reason: Reason, listings: Mapping[str, Listing]) -> Explanation:
    params = reason.params
    before = name_of(params["before"], listings) if "before" in params else None
    text, detail = occasion_sentences(
        explainer, params, name=shortened(str(params.get("name", ""))), before=before
    )
    return Explanation(text=text, detail=detail)


def _try_first(explainer: Explainer, reason: Reason, listings: Mapping[str, Listing]) -> Explanation:
    params = reason.params
    goes_with = name_of(params["product"], listings) if "product" in params else ""
    liked = shortened(str(params.get("brand", params.get("category", ""))))
    text = to_try(explainer, params, goes_with=goes_with, liked=liked)
    detail = explainer.say(
        "A sample of {product}, which is new to you, as far as we may know.",
        product=name_of(params["sample_of"], listings),
    )
    return Explanation(text=text, detail=detail)


def _popular(explainer: Explainer, reason: Reason, listings: Mapping[str, Listing]) -> Explanation:
    return Explanation(
        text=explainer.say("Popular with other customers"),
        detail=explainer.say(
            "At least {count} customers who let us learn from their purchases bought it.",
            count=str(reason.params["at_least"]),
        ),
    )


def _featured(explainer: Explainer, reason: Reason, listings: Mapping[str, Listing]) -> Explanation:
    return Explanation(text=explainer.say("Our pick for everyone"), detail="")


def _from_catalogue(explainer: Explainer, reason: Reason, listings: Mapping[str, Listing]) -> Explanation:
    return Explanation(text=explainer.say("From our range"), detail="")


# Variants share a rhythm: of one that she bought once it must not be said that she bought it twice.
_RHYTHM = {
    False: "You buy this about every {span}; last time {ago} ago",
    True: "You buy this or a variant about every {span}; last time {ago} ago",
}
_TWICE = {
    False: "You bought this twice, {span} apart",
    True: "You bought this or a variant twice, {span} apart",
}
_SENTENCES = {
    ReasonCode.OCCASION: _occasion,
    ReasonCode.CARE: _care,
    ReasonCode.FITS_DEVICE: _fits_device,
    ReasonCode.DUE_AGAIN: _due_again,
    ReasonCode.DECLARED: _declared,
    ReasonCode.FITS_THIS: _fits_this,
    ReasonCode.SIMILAR: _similar,
    ReasonCode.FOR_YOU: _for_you,
    ReasonCode.BOUGHT_TOGETHER: _bought_together,
    ReasonCode.BUY_AGAIN: _buy_again,
    ReasonCode.TRY_FIRST: _try_first,
    ReasonCode.POPULAR: _popular,
    ReasonCode.FEATURED: _featured,
    ReasonCode.FROM_CATALOGUE: _from_catalogue,
}


def name_of(product_id: object, listings: Mapping[str, Listing]) -> str:
    """What a product is called in a sentence, at most 40 characters."""
    listing = listings[str(product_id)]
    return shortened(listing.short_title or listing.title)


def shortened(name: str) -> str:
    return name if len(name) <= _NAME_LENGTH else name[: _NAME_LENGTH - 1].rstrip() + "…"
