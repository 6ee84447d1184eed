"""Notices: the exact text that a customer was shown, by version; and which grants a material change outdates.

A notice is never changed: what is to be said otherwise is a new version. This module reads and stores nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from consent.events import ConsentEvent


@dataclass(frozen=True, kw_only=True, slots=True)
class NoticeVersion:
    """What of a notice counts for deciding.

    version          counts up over the whole shop; a translation has that of its original
    material_change  who agreed to an earlier version is asked again, for these purposes
    translation_of   the notice whose text this is in another language
    """

    notice_id: str
    version: int
    locale: str
    purposes: frozenset[str]
    material_change: bool
    published_at: datetime
    translation_of: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice(NoticeVersion):
    """A notice whole. `None` is what it does not state; `recipients` may state that there are none.

    sha256  of the text's exact UTF-8 bytes, in hexadecimal
    data    codes of the data fields that it tells of
    """

    text: str
    sha256: str
    title: str | None = None
    data: tuple[str, ...] | None = None
    recipients: tuple[str, ...] | None = None
    retention: str | None = None
    storage_location: str | None = None
    withdrawal_method: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NoticeVersions:
    """The versions that grants can be held against.

    known    by id: those that grants may name
    changes  the material changes; of translations none, for they change nothing more
    """

    known: Mapping[str, NoticeVersion]
    changes: Sequence[NoticeVersion]

    def outdates(self, event: ConsentEvent) -> datetime | None:
        """From when on a material change asks again for what `event` granted; `None` if none does.

        By number where it is known what she was shown, however late that was recorded; else by time.
        """
        if not event.is_grant:
            return None
        shown = self.known.get(event.evidence.notice_id or "")
        return min(
            (
                change.published_at
                for change in self.changes
                if event.scope.purpose in change.purposes and _is_news(change, shown, event)
            ),
            default=None,
        )

    def held_against(self, event: ConsentEvent) -> ConsentEvent:
        """The event with the moment from which it is outdated; what was recorded stays as it is."""
        outdated_from = self.outdates(event)
        if outdated_from is None:
            return event
        recorded = {name: getattr(event, name) for name in ConsentEvent.__slots__}
        return ConsentEvent(**recorded | {"outdated_from": outdated_from})


def notice_versions(known: Collection[NoticeVersion]) -> NoticeVersions:
    """What grants are held against, of the notices that are `known`."""
    return NoticeVersions(
        known={one.notice_id: one for one in known},
        changes=[one for one in known if one.material_change and one.translation_of is None],
    )


def current_versions(
    known: Iterable[NoticeVersion], *, purpose: str | None = None, locale: str | None = None
) -> list[NoticeVersion]:
    """The newest version for each purpose and language, oldest first; all, or those for one of either."""
    newest: dict[tuple[str, str], NoticeVersion] = {}
    for one in sorted(known, key=lambda each: each.version):
        if locale in (None, one.locale):
            asked = one.purposes if purpose is None else one.purposes & {purpose}
            newest |= {(each, one.locale): one for each in asked}
    by_id = {one.notice_id: one for one in newest.values()}
    return sorted(by_id.values(), key=lambda one: (one.version, one.locale))


def _is_news(change: NoticeVersion, shown: NoticeVersion | None, event: ConsentEvent) -> bool:
    if shown is None:
        return change.published_at >= event.happened_at
    return change.version > shown.version
