"""Notices as they are stored. There is no function here that changes or deletes one."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, insert, or_, select
from sqlmodel import col

from consent.notices import Notice, NoticeVersion, NoticeVersions, notice_versions
from service.db.epochs import NOTICES, advance_epoch, read_epoch
from service.db.id_list import id_list
from service.db.registry_tables import NoticeRow
from service.db.tables import table_of


def next_version(connection: Connection) -> int:
    """The number of the next version. Whoever comes at the same time waits, and gets the one after it."""
    advance_epoch(connection, NOTICES)
    return read_epoch(connection, NOTICES)


def add_notice(connection: Connection, notice: Notice) -> None:
    """Store a notice, for good."""
    row = {name: getattr(notice, name) for name in _NAMES}
    lists = {
        "purposes": sorted(notice.purposes),
        "data": None if notice.data is None else list(notice.data),
        "recipients": None if notice.recipients is None else list(notice.recipients),
    }
    connection.execute(insert(NoticeRow).values(**row | lists))


def read_notices(connection: Connection, notice_ids: Iterable[str]) -> dict[str, Notice]:
    """Id -> notice, of those of `notice_ids` that there are."""
    statement = select(table_of(NoticeRow)).where(
        col(NoticeRow.notice_id).in_(id_list(connection, notice_ids))
    )
    return {row["notice_id"]: _notice(row) for row in connection.execute(statement).mappings()}


def read_all_versions(connection: Connection) -> list[NoticeVersion]:
    """Every notice, without its text."""
    return [_version(row) for row in connection.execute(_versions()).mappings()]


def read_notice_versions(connection: Connection, named: Iterable[str]) -> NoticeVersions:
    """What grants that name these notices are held against: these, and every material change."""
    known = id_list(connection, named)
    changes = and_(col(NoticeRow.material_change), col(NoticeRow.translation_of).is_(None))
    statement = _versions().where(or_(col(NoticeRow.notice_id).in_(known), changes))
    return notice_versions([_version(row) for row in connection.execute(statement).mappings()])


def has_language(connection: Connection, version: int, locale: str) -> bool:
    """Whether a version is there in this language."""
    statement = select(col(NoticeRow.notice_id)).where(
        col(NoticeRow.version) == version, col(NoticeRow.locale) == locale
    )
    return connection.execute(statement).first() is not None


_OF_VERSION = NoticeVersion.__slots__
_NAMES = (*_OF_VERSION, *Notice.__slots__)


def _versions() -> Select[Any]:
    table = table_of(NoticeRow)
    return select(*[table.columns[name] for name in _OF_VERSION])


def _version(row: RowMapping) -> NoticeVersion:
    return NoticeVersion(**{**row, "purposes": frozenset(row["purposes"])})


def _notice(row: RowMapping) -> Notice:
    lists = {name: None if row[name] is None else tuple(row[name]) for name in ("data", "recipients")}
    return Notice(**{**row, "purposes": frozenset(row["purposes"]), **lists})
