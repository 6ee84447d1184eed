"""How she wants to be reached, a document that she edits: by which channels, when not, and how often."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from consent.items import Item
from recommender.inputs import Contact
from service.db.covered_rows import Kept
from service.db.told_by_her import contact_of, read_told, replace_told
from service.own_documents import OF_NO_PRODUCT

_TABLE = "contact"


class ContactDocument:
    """The kind of document that says how to reach her. Each field stands for itself."""

    def read(self, connection: Connection, customer_id: str, kept: Kept) -> Contact:
        return contact_of(next(iter(read_told(connection, _TABLE, customer_id, kept)), {}))

    def replace(self, connection: Connection, customer_id: str, content: Contact) -> None:
        replace_told(connection, _TABLE, customer_id, [] if content == Contact() else [_row(content)])

    def added(self, connection: Connection, content: Contact, current: Contact) -> Iterator[tuple[str, Item]]:
        # One by one, so that she can take back one of them where none may be added.
        if not set(content.channels) <= set(current.channels):
            yield "contact.channels", OF_NO_PRODUCT
        for name in ("time_zone", "quiet_hours", "rhythm"):
            carried = getattr(content, name)
            if carried and carried != getattr(current, name):
                yield f"contact.{name}", OF_NO_PRODUCT

    def check(self, connection: Connection, content: Contact) -> None:
        """Each field makes sense by itself."""

    def as_json(self, content: Contact) -> dict[str, Any]:
        return _row(content)


def _row(content: Contact) -> dict[str, Any]:
    quiet_from, quiet_until = content.quiet_hours or (None, None)
    return {
        "channels": list(content.channels) or None,
        "time_zone": content.time_zone,
        "quiet_from": quiet_from,
        "quiet_until": quiet_until,
        "rhythm": content.rhythm,
    }
