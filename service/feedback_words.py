"""Puts into words what was done about what she said: true as of now, so that a permission taken back shows."""

from collections.abc import Mapping
from datetime import timedelta

from recommender.feedback import FeedbackKind
from recommender.inputs import Settings
from service.db.catalogue import Listing
from service.explanations import Explainer, name_of
from service.feedback import ToldFeedback
from service.narrowing import Narrowed

_SENTENCES: Mapping[FeedbackKind, str] = {
    FeedbackKind.NOT_INTERESTED: (
        "You said that you are not interested: we do not suggest {product}, unless you bought it since."
    ),
    FeedbackKind.HAVE_IT: "You said that you have it: we do not suggest {product} while you do.",
    FeedbackKind.NOT_MINE: "You said it is not yours: we no longer suggest anything because of {product}.",
    FeedbackKind.WAS_A_GIFT: "You said it was a gift: we no longer suggest anything for {product}.",
    FeedbackKind.NOT_NOW: "You said not now: we do not suggest {product} before {day}.",
}
_NOT_FOR_SUGGESTIONS = {
    FeedbackKind.HELPFUL: "You said that it was helpful. Thank you; it changes nothing else.",
    FeedbackKind.TOO_OFTEN: "You said that it is too often: we keep it in mind when we contact you.",
}

_LIKES = ("preferences.likes",)


def what_was_done(
    explainer: Explainer, told: ToldFeedback, listings: Mapping[str, Listing], settings: Settings
) -> str:
    """One or two sentences in her language."""
    kind, product_id = told.row.get("kind"), told.row.get("product_id")
    if kind == FeedbackKind.STOP_USING_THIS:
        return _stopped(explainer, product_id, listings)
    if not told.row:
        return explainer.say("We do not keep what you said.")
    if kind is None:
        return explainer.say("You told us how it was for you. Thank you; your suggestions stay as they are.")
    if kind == FeedbackKind.TOO_OFTEN and not told.is_read:
        return explainer.say(
            "We keep what you said. You do not let us use it when we contact you: nothing changed."
        )
    if kind in _NOT_FOR_SUGGESTIONS:
        return explainer.say(_NOT_FOR_SUGGESTIONS[FeedbackKind(kind)])
    if not told.is_read or product_id is None:
        return explainer.say(
            "We keep what you said. You do not let us use it for suggestions: nothing changed."
        )
    if told.is_outdated:
        return explainer.say(
            "You said something else of {product} since: that holds now.",
            product=name_of(product_id, listings),
        )
    day = explainer.day((told.row["said_at"] + timedelta(days=settings.not_now_days)).date())
    return explainer.say(_SENTENCES[FeedbackKind(kind)], product=name_of(product_id, listings), day=day)


def _stopped(explainer: Explainer, product_id: str | None, listings: Mapping[str, Listing]) -> str:
    if product_id is None:
        return explainer.say("You asked us to stop: we took it out of what we use for suggestions.")
    product = name_of(product_id, listings)
    return explainer.say(
        "You asked us to stop: we took {product} out of what we use for suggestions.", product=product
    )


def what_was_narrowed(explainer: Explainer, narrowed: Narrowed, listings: Mapping[str, Listing]) -> str:
    """The same for a withdrawal that is kept in her ledger alone."""
    if narrowed.data == _LIKES:
        return explainer.say(
            "You asked us to stop: we took all that you told us you like out of what we use for suggestions."
        )
    return _stopped(explainer, narrowed.product_id, listings)
