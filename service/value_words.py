"""Says in a paragraph what her permissions have brought her: the figures, and nothing that is not in them."""

from service.explanations import Explainer
from service.value import Value


def in_a_paragraph(explainer: Explainer, value: Value) -> str:
    """One to three short sentences; an honest one where there is nothing to tell."""
    if value.since is None:
        return explainer.say("So far no answer has rested on your data. You miss nothing by that.")
    sentences = [
        explainer.say(
            "Since {day}, {count} of our answers to you have rested on what you allow.",
            day=explainer.day(value.since),
            count=str(value.personal),
        )
    ]
    if value.helpful:
        sentences.append(
            explainer.say("Times that you called one helpful: {count}.", count=str(value.helpful))
        )
    if value.followed_up:
        sentences.append(
            explainer.say(
                "Times that one of us followed up in person: {count}.", count=str(value.followed_up)
            )
        )
    return explainer.sentences(sentences)
