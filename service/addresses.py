"""Which addresses may be relied on, and which may be sent to. Looks nothing up."""

from ipaddress import ip_address
from urllib.parse import urlsplit

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


def is_safe_address(url: str, *, here: bool) -> bool:
    """Whether what is said there can be relied on: by https, or, with `here`, by http from this machine."""
    parts = urlsplit(url)
    if parts.username is not None or not parts.hostname:
        return False
    return parts.scheme == "https" or (here and parts.scheme == "http" and parts.hostname in _LOCAL)


def is_receiver(url: str, *, here: bool) -> bool:
    """Whether webhooks may go there: as `is_safe_address`, and with `here` by http inside a private network."""
    try:
        parts = urlsplit(url)
        usable = url.isascii() and url.isprintable() and not parts.fragment and parts.port != 0
    except ValueError:
        return False
    if not usable or is_safe_address(url, here=here):
        return usable
    host = parts.hostname or ""
    return here and parts.scheme == "http" and parts.username is None and _is_private(host)


def _is_private(host: str) -> bool:
    """A name without a dot or of a domain that is nobody's, or an address that is not routed."""
    try:
        return ip_address(host).is_private
    except ValueError:
        return bool(host) and (
            "." not in host or host.endswith((".internal", ".local", ".localhost", ".test"))
        )
