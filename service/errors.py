"""What can go wrong for a caller, each with a stable code and a sentence that says what to do.

Answers are `application/problem+json` (RFC 9457). `docs/problems.md` lists the codes.
"""

from dataclasses import dataclass
from enum import StrEnum


class ProblemCode(StrEnum):
    """The `code` of a problem: a closed list that clients may rely on."""

    INVALID_REQUEST = "invalid_request"
    AMBIGUOUS_REQUEST = "ambiguous_request"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    BODY_TOO_LARGE = "body_too_large"
    REQUEST_TIMEOUT = "request_timeout"
    NOT_AUTHENTICATED = "not_authenticated"
    SCOPE_MISSING = "scope_missing"
    OTHER_CUSTOMER = "other_customer"
    NOT_FOR_CUSTOMERS = "not_for_customers"
    ONLY_FOR_HERSELF = "only_for_herself"
    TOO_MANY_REQUESTS = "too_many_requests"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    UNKNOWN_PRODUCT = "unknown_product"
    UNKNOWN_PURPOSE = "unknown_purpose"
    UNKNOWN_DATA = "unknown_data"
    UNKNOWN_LOCALE = "unknown_locale"
    UNKNOWN_EVENT = "unknown_event"
    UNKNOWN_TASK = "unknown_task"
    UNKNOWN_TASK_RULE = "unknown_task_rule"
    UNKNOWN_CONSENT = "unknown_consent"
    UNKNOWN_RECOMMENDATION = "unknown_recommendation"
    INCOMPLETE_FEEDBACK = "incomplete_feedback"
    UNKNOWN_OBJECTION = "unknown_objection"
    UNKNOWN_TIP = "unknown_tip"
    UNKNOWN_MESSAGE = "unknown_message"
    UNKNOWN_OUTREACH = "unknown_outreach"
    SELLING_IN_A_TIP = "selling_in_a_tip"
    MARKETING_IN_SERVICE_NOTE = "marketing_in_service_note"
    TRANSLATION_MISSING = "translation_missing"
    CONSENT_ENDED = "consent_ended"
    RENEWAL_MISMATCH = "renewal_mismatch"
    NOTICE_REQUIRED = "notice_required"
    UNKNOWN_NOTICE = "unknown_notice"
    NOTICE_MISMATCH = "notice_mismatch"
    GLOBAL_PRIVACY_CONTROL = "global_privacy_control"
    IN_THE_FUTURE = "in_the_future"
    ERASED = "erased"
    NOT_PERMITTED = "not_permitted"
    IDEMPOTENCY_KEY_REQUIRED = "idempotency_key_required"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    REPLAY_GONE = "replay_gone"
    PRECONDITION_REQUIRED = "precondition_required"
    PRECONDITION_FAILED = "precondition_failed"
    ISSUER_UNAVAILABLE = "issuer_unavailable"
    ADMIN_KEY_CHANGED = "admin_key_changed"
    STORAGE_UNAVAILABLE = "storage_unavailable"
    INTERNAL_ERROR = "internal_error"


HER_CONSENTS = "GET /v1/customers/{id}/consents lists hers"


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldError:
    """Which part of the request is wrong (`decisions.0.purpose`), and what is wrong with it."""

    path: str
    message: str


class Problem(Exception):
    """Raised anywhere in the service, answered in one place."""

    def __init__(
        self,
        code: ProblemCode,
        detail: str,
        *,
        status: int,
        errors: tuple[FieldError, ...] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.status = status
        self.errors = errors
        self.headers = headers or {}


def invalid(code: ProblemCode, path: str, message: str) -> Problem:
    """422 about one part of the request."""
    return Problem(code, f"{path} {message}.", status=422, errors=(FieldError(path=path, message=message),))


def no_such_consent() -> Problem:
    return Problem(
        ProblemCode.UNKNOWN_CONSENT, f"This customer has no such consent; {HER_CONSENTS}.", status=404
    )
