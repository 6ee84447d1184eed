"""What a customer is asked after a bad experience: two things, and no more. Pure: it reads nothing of hers."""

from dataclasses import dataclass

_BAD_AT_MOST = 4
"""On a scale of 0 to 10: below the middle, and so not by a mere shrug."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What she is asked, and the field of feedback that takes the answer."""

    code: str
    field: str
    text: str


ASKED = (
    Question(code="how_urgent", field="importance", text="How urgent is it for you?"),
    Question(code="what_else", field="comment", text="What else could we do?"),
)


def questions_after(rating: int | None) -> tuple[Question, ...]:
    """The two questions after a bad rating; nothing after any other, or after none."""
    return ASKED if is_bad(rating) else ()


def is_bad(rating: int | None) -> bool:
    """Whether it tells of a bad experience; no rating tells of none."""
    return rating is not None and rating <= _BAD_AT_MOST
