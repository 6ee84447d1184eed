"""The words for channels, so that "E-mail" on a consent and "email" on a request are one and the same."""

# Not "mail": some mean the e-mail by it, and some the letter.
WELL_KNOWN = frozenset({"app", "chat", "email", "phone", "push", "sms", "store", "web"})


def channel_word(told: str) -> str:
    """The one spelling of a channel: lower case, without hyphens and spaces."""
    return told.casefold().replace("-", "").replace(" ", "").replace("_", "")


def channel_of(channel: str | None, touchpoint: str | None) -> str | None:
    """By which channel an answer goes out; `None` if nobody has told.

    A touchpoint tells it only where it is a channel's own name: a "newsletter" may be an e-mail, or may not.
    """
    if channel is not None:
        return channel_word(channel)
    word = None if touchpoint is None else channel_word(touchpoint)
    return word if word in WELL_KNOWN else None
