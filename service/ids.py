"""Identifiers that sort by time (ULID), with a prefix that says what they name."""

from ulid import ULID


def new_id(prefix: str) -> str:
    """A new id such as `con_01JZX…`."""
    return f"{prefix}_{ULID()}"
