"""Says in a paragraph what her permissions have brought her: the figures, and nothing that is not in them."""

from collections.abc import Iterator

from service.explanations import Explainer
from service.value import Value


def in_a_paragraph(explainer: Explainer, value: Value) -> str:
    """A few short sentences; an honest one where there is nothing to tell."""
    return explainer.sentences([*_of_answers(explainer, value), *_of_contacts(explainer, value)])


def _of_answers(explainer: Explainer, value: Value) -> Iterator[str]:
    if value.since is None:
        yield explainer.say("So far no answer has rested on your data. You miss nothing by that.")
        return
    yield explainer.say(
        "Since {day}, {count} of our answers to you rested on what you allow.",
        day=explainer.day(value.since),
        count=str(value.personal),
    )
    if value.helpful:
        yield explainer.say("Times that you called one helpful: {count}.", count=str(value.helpful))
    if value.followed_up:
        yield explainer.say(
            "Times that one of us followed up in person: {count}.", count=str(value.followed_up)
        )


def _of_contacts(explainer: Explainer, value: Value) -> Iterator[str]:
    contacts = sum(one.contacts for one in value.contacted)
    if contacts:
        yield explainer.say("Times that we contacted you: {count}.", count=str(contacts))
    if value.bought_after:
        yield explainer.say(
            "Things that you bought within two weeks after we had suggested them: {count}.",
            count=str(value.bought_after),
        )
