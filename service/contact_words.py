"""Says why she is asked after a bad experience; it does not say how she rated it."""

from collections.abc import Mapping

from recommender.results import Fact
from service.db.catalogue import Listing
from service.explanations import Explainer, Explanation, name_of, shortened


def why_asked(explainer: Explainer, about: Fact, listings: Mapping[str, Listing]) -> Explanation:
    """`about`: the product, or else the touchpoint."""
    if about.field == "feedback.product":
        text = explainer.say("You were not content with {name}", name=name_of(about.ref, listings))
    else:
        text = explainer.say("You were not content here: {name}", name=shortened(str(about.ref)))
    return Explanation(text=text, detail=explainer.say("We want to do better, and ask you two things."))
