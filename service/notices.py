"""Use cases of notices: publish a version, and hand out what was published. Nothing published ever changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, Engine

from consent import vocabulary
from consent.notices import Notice, NoticeVersion, current_versions
from consent.vocabulary import BUILT_IN, PurposeCatalogue
from service.db.engine import snapshot, write_transaction
from service.db.epochs import LEARNING_DENIALS, NOTICES, advance_epoch, lock_epoch
from service.db.learning_changes import EVERYBODY, learning_changed
from service.db.notices import add_notice, has_language, next_version, read_all_versions, read_notices
from service.errors import Problem, ProblemCode, invalid
from service.ids import new_id
from service.once import Once, attempt
from service.settings import Clock
from service.stated_names import known_fields, known_purpose


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A notice as the shop states it; `data` are categories or fields, `None` is what it does not state."""

    purposes: tuple[str, ...]
    locale: str
    text: str
    title: str | None = None
    data: tuple[str, ...] | None = None
    recipients: tuple[str, ...] | None = None
    retention: str | None = None
    storage_location: str | None = None
    withdrawal_method: str | None = None
    material_change: bool = False
    translation_of: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NoticeBoard:
    """The notices of one shop."""

    engine: Engine
    clock: Clock
    purposes: PurposeCatalogue = BUILT_IN

    def publish(self, draft: Draft, once: Once | None = None) -> Notice:
        """Publish a notice: as the next version, or as another language of the version that it translates.

        Raises Problem (422), naming the part of the request, for what cannot be published.
        """
        purposes, data = self._stated(draft.purposes), _data(draft.data)
        with write_transaction(self.engine) as connection:
            tried = attempt(connection, once, now=self.clock.now())
            if tried.is_first:
                lock_epoch(connection, NOTICES)
                notice = self._notice(connection, draft, purposes, data)
                add_notice(connection, notice)
                tried.note(notice=notice.notice_id)
                if notice.material_change and vocabulary.LEARNING in purposes:
                    # Who allowed it is asked again: what was counted or stored with them is not used any more.
                    advance_epoch(connection, LEARNING_DENIALS)
                    learning_changed(connection, [EVERYBODY])
            return read_notices(connection, [tried.made["notice"]])[tried.made["notice"]]

    def get(self, notice_id: str) -> Notice:
        """One notice. Raises Problem (404) if there is none."""
        with snapshot(self.engine) as connection:
            found = read_notices(connection, [notice_id]).get(notice_id)
        if found is None:
            raise Problem(
                ProblemCode.UNKNOWN_NOTICE,
                "No such notice was published here; GET /v1/notices lists the current ones.",
                status=404,
            )
        return found

    def current(
        self,
        *,
        purpose: str | None = None,
        locale: str | None = None,
        after: tuple[int, str] = (0, ""),
        limit: int | None = None,
    ) -> list[Notice]:
        """The newest notice for each purpose and language, oldest first; or so many behind a place on.

        Raises Problem (422) for a purpose that there is not.
        """
        if purpose is not None:
            known_purpose(purpose, "purpose", self.purposes)
        tag = None if locale is None else canonical_tag(locale)
        with snapshot(self.engine) as connection:
            newest = current_versions(read_all_versions(connection), purpose=purpose, locale=tag)
            shown = [one.notice_id for one in newest if _place(one) > after][:limit]
            found = read_notices(connection, shown)
        return [found[notice_id] for notice_id in shown]

    def _stated(self, stated: Sequence[str]) -> frozenset[str]:
        return frozenset(
            known_purpose(purpose, f"purposes.{number}", self.purposes)
            for number, purpose in enumerate(stated)
        )

    def _notice(
        self,
        connection: Connection,
        draft: Draft,
        purposes: frozenset[str],
        data: tuple[str, ...] | None,
    ) -> Notice:
        original = None if draft.translation_of is None else _original(connection, draft, purposes)
        return Notice(
            notice_id=new_id("ntc"),
            version=next_version(connection) if original is None else original.version,
            locale=canonical_tag(draft.locale),
            purposes=purposes,
            material_change=draft.material_change,
            # After the number was taken: a later version is never dated earlier.
            published_at=self.clock.now(),
            translation_of=draft.translation_of,
            text=draft.text,
            sha256=sha256(draft.text.encode()).hexdigest(),
            title=draft.title,
            data=data,
            recipients=draft.recipients,
            retention=draft.retention,
            storage_location=draft.storage_location,
            withdrawal_method=draft.withdrawal_method,
        )


def canonical_tag(tag: str) -> str:
    """The one spelling of a language tag (RFC 5646 section 2.1.1): `zh-Hans-CN`, however it was written."""
    first, *rest = tag.lower().split("-")
    return "-".join([first, *({2: part.upper(), 4: part.title()}.get(len(part), part) for part in rest)])


def _place(one: NoticeVersion) -> tuple[int, str]:
    return (one.version, one.locale)


def _original(connection: Connection, draft: Draft, purposes: frozenset[str]) -> Notice:
    """What the draft translates. Raises Problem (422) for what is no other language of it."""
    asked = draft.translation_of or ""
    original = read_notices(connection, [asked]).get(asked)
    if original is None:
        raise invalid(
            ProblemCode.UNKNOWN_NOTICE,
            "translation_of",
            "names no notice that was published here; name the original's notice_id",
        )
    if original.translation_of is not None:
        raise _mismatch(
            "translation_of", f"names a translation; name its original, {original.translation_of}"
        )
    if original.purposes != purposes:
        raise _mismatch("purposes", "are not those of the original; a translation says the same")
    if original.material_change is not draft.material_change:
        raise _mismatch("material_change", "is not that of the original; a translation changes nothing more")
    if has_language(connection, original.version, canonical_tag(draft.locale)):
        raise _mismatch("locale", "is there already for this version; publish a new one to say it otherwise")
    return original


def _mismatch(path: str, message: str) -> Problem:
    return invalid(ProblemCode.NOTICE_MISMATCH, path, message)


def _data(stated: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if stated is None else tuple(sorted(known_fields(stated, "data")))
