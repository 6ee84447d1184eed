"""Routes: the notices that customers are shown. Published once, read by anybody who calls, never changed."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field, TypeAdapter

from consent.notices import Notice
from service.api.idempotency import OncePerKey
from service.api.pages import Page, one_page, place_after
from service.api.shapes import (
    DataName,
    Id,
    In,
    Language,
    LongText,
    Out,
    Paragraphs,
    PurposeCode,
    Text,
    UtcMoment,
    problems,
)
from service.auth import AnyCaller, WritesNotices
from service.notices import Draft, NoticeBoard

router = APIRouter(prefix="/v1/notices", tags=["notices"])

_Notice = Annotated[Id, Path(description="The id that it got when it was published.")]
# A place in the list: one version in one language.
_PLACE: TypeAdapter[tuple[int, str]] = TypeAdapter(
    tuple[Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)], Language]
)


class NoticeIn(In):
    """A notice: the exact text, the purposes that it is for, and what ISO/IEC TS 27560 asks to be told."""

    purposes: list[PurposeCode] = Field(min_length=1, max_length=100)
    locale: Language
    title: Text | None = None
    text: Paragraphs = Field(description="Exactly as she reads it. Its UTF-8 bytes are hashed.")
    data: list[DataName] | None = Field(
        default=None, min_length=1, max_length=100, description="Categories or fields that it tells of."
    )
    recipients: list[Text] | None = Field(
        default=None, max_length=100, description="Third parties that receive the data; `[]`: none do."
    )
    retention: Text | None = Field(
        default=None, description="How long data is kept: in words, or an ISO 8601 duration such as `P400D`."
    )
    storage_location: Text | None = Field(default=None, description="Where data is stored.")
    withdrawal_method: LongText | None = Field(
        default=None, description="How she withdraws: in words, or the address of a page."
    )
    material_change: bool = Field(
        default=False,
        description="Whoever agreed to an earlier version is asked again, for these purposes and no others.",
    )
    translation_of: Id | None = Field(
        default=None, description="The notice that this one says in another language: it has its version."
    )


class NoticeOut(Out):
    """A notice as published. `null` is what it does not state; `data` is expanded to fields."""

    notice_id: str
    version: int
    locale: str
    purposes: list[str]
    title: str | None
    text: str
    sha256: str = Field(description="SHA-256 of the text's UTF-8 bytes, in hexadecimal.")
    data: list[str] | None
    recipients: list[str] | None
    retention: str | None
    storage_location: str | None
    withdrawal_method: str | None
    material_change: bool
    translation_of: str | None
    published_at: UtcMoment


class NoticeList(Out):
    notices: list[NoticeOut]
    next_cursor: str | None


class NoticeQuery(Page):
    purpose: PurposeCode | None = None
    locale: Language | None = None


@router.post("", status_code=201, responses=problems(401, 403, 413, 422))
def publish_notice(caller: WritesNotices, request: Request, body: NoticeIn, once: OncePerKey) -> NoticeOut:
    """Publish a notice, for good: to say it otherwise, publish the next version."""
    stated = {name: getattr(body, name) for name in Draft.__slots__}
    lists = {name: _tuple(stated[name]) for name in ("purposes", "data", "recipients")}
    return _notice(_board(request).publish(Draft(**stated | lists), once))


@router.get("", responses=problems(401, 403, 422))
def list_notices(caller: AnyCaller, request: Request, query: Annotated[NoticeQuery, Query()]) -> NoticeList:
    """The current notices: the newest for each purpose and language, or for the ones asked for; oldest first."""
    notices = _board(request).current(
        purpose=query.purpose,
        locale=query.locale,
        after=place_after(query, "notices", _PLACE) or (0, ""),
        limit=query.limit + 1,
    )
    shown, next_cursor = one_page(notices, query, "notices", lambda one: (one.version, one.locale))
    return NoticeList(notices=[_notice(one) for one in shown], next_cursor=next_cursor)


@router.get("/{notice_id}", responses=problems(401, 403, 404, 422))
def get_notice(caller: AnyCaller, request: Request, notice_id: _Notice) -> NoticeOut:
    """One notice, also when there are newer versions: what a consent names can always be read."""
    return _notice(_board(request).get(notice_id))


def _board(request: Request) -> NoticeBoard:
    board: NoticeBoard = request.app.state.notices
    return board


def _tuple(stated: list[str] | None) -> tuple[str, ...] | None:
    return None if stated is None else tuple(stated)


def _notice(notice: Notice) -> NoticeOut:
    told = {name: getattr(notice, name) for name in NoticeOut.model_fields}
    return NoticeOut(**told | {"purposes": sorted(notice.purposes)})
