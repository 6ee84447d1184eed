"""Settings, read from the environment once and then passed on. Nothing else reads the environment."""

import json
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from consent.receipts import Terms
from consent.vocabulary import PURPOSES, Purpose, PurposeCatalogue
from recommender.learning.settings import LearningSettings
from service import text_formats
from service.addresses import is_receiver, is_safe_address
from service.callers import CUSTOMER_SCOPES, Scope
from service.learning_weights import LearningWeights, read_weights
from service.retention import Retention
from service.standard_webhooks import secret_bytes
from service.time_zones import known_time_zone

CLOCK_SKEW = timedelta(minutes=5)
"""So far a client's clock may be ahead of ours before what it stamps counts as the future."""


class Environment(StrEnum):
    """Production refuses what only demos and tests need."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Purchases(StrEnum):
    """What becomes of a purchase that no permission covers: kept unreadable, or not kept."""

    HOLD = "hold"
    DROP = "drop"


class UseRecords(StrEnum):
    """When a use record is written: in batches within a second, or before the answer."""

    BATCHED = "batched"
    SYNC = "sync"


def _printable(key: str) -> str:
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError("must be printable ASCII without spaces")
    return key


def _listed(value: object) -> object:
    """A list as people write it, `a, b`, or as JSON."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        return json.loads(value)
    return [part.strip() for part in value.split(",") if part.strip()]


def _of_customers(scope: Scope) -> Scope:
    if scope not in CUSTOMER_SCOPES:
        raise ValueError(f"no customer can have it; use of: {', '.join(sorted(CUSTOMER_SCOPES))}")
    return scope


def _webhook_secret(secret: str) -> str:
    secret_bytes(secret)
    return secret


CustomerScope = Annotated[Scope, AfterValidator(_of_customers)]
Origin = Annotated[
    str,
    Field(
        pattern=r"^https?://[a-z0-9.-]+(:[0-9]{1,5})?$|^https?://\[[0-9a-f:]+\](:[0-9]{1,5})?$",
        description="Scheme, host and port as browsers send them: `https://shop.example`. Not `*`.",
    ),
]
Stated = Annotated[str, Field(min_length=1, max_length=500, pattern=text_formats.PRINTABLE)] | None
AdminKey = Annotated[str, Field(min_length=32, max_length=200), AfterValidator(_printable)]


DatedCategory = Literal["purchases", "browsing"]


class AddedPurpose(BaseModel):
    """A purpose of the shop's own, for services beside Byleave."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")
    question: str = Field(min_length=1, max_length=500, pattern=text_formats.PRINTABLE)
    dpv: str = Field(pattern=r"^https://w3id\.org/dpv#[A-Za-z0-9]+$")
    shares: bool = False


class Settings(BaseSettings):
    """One attribute for each environment variable `BYLEAVE_<NAME>`; `docs/configuration.md` lists them."""

    model_config = SettingsConfigDict(env_prefix="BYLEAVE_", frozen=True)

    database_url: str = "sqlite:///data/byleave.db"
    admin_key: AdminKey | None = None
    former_admin_key: AdminKey | None = None
    admin_key_file: Path = Path("data/admin_key")
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    demo: bool = False
    env: Environment = Environment.DEVELOPMENT
    now: AwareDatetime | None = None
    purchases: Purchases = Purchases.HOLD
    hold_days: int = Field(default=400, ge=1, le=36_500)
    purposes: tuple[AddedPurpose, ...] = ()
    retention_days: dict[DatedCategory, Annotated[int, Field(ge=1, le=36_500)]] = Field(default={})
    use_record_days: int = Field(default=400, ge=1, le=36_500)
    use_records: UseRecords = UseRecords.BATCHED
    k: int = Field(default=5, ge=2, le=1000)
    country: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")
    time_zone: Annotated[str, AfterValidator(known_time_zone)] = "UTC"
    contacts_a_week: int = Field(default=1, ge=0, le=7)
    contacts_a_month: int = Field(default=3, ge=0, le=31)
    contact_days: int = Field(default=400, ge=31, le=36_500)
    content_locale: str = Field(default="en", max_length=35, pattern=text_formats.LANGUAGE)
    learn_at_once_below: int = Field(default=20_000, ge=0, le=1_000_000_000)
    learning_weights: Annotated[LearningWeights | None, NoDecode, BeforeValidator(read_weights)] = None
    cors_origins: Annotated[tuple[Origin, ...], NoDecode, BeforeValidator(_listed)] = ()
    oidc_issuer: str | None = Field(default=None, pattern=r"^https?://[^\s?#]+$", max_length=500)
    oidc_audience: str | None = Field(default=None, min_length=1, max_length=500)
    oidc_customer_claim: str = Field(default="sub", min_length=1, max_length=200)
    oidc_scopes: Annotated[tuple[CustomerScope, ...], NoDecode, BeforeValidator(_listed)] = Field(
        default=tuple(sorted(CUSTOMER_SCOPES)), min_length=1
    )
    key_rate: int = Field(default=500, ge=1, le=1_000_000)
    key_concurrency: int = Field(default=500, ge=1, le=1_000_000)
    customer_rate: int = Field(default=10, ge=1, le=1_000_000)
    customer_concurrency: int = Field(default=6, ge=1, le=1_000_000)
    controller_name: Stated = None
    controller_address: Stated = None
    controller_contact: Stated = None
    jurisdiction: Stated = None
    storage_location: Stated = None
    retention: Stated = None
    recipients: Stated = None
    withdrawal: Stated = None
    webhook_url: Annotated[str, Field(max_length=2_000)] | None = None
    webhook_secret: Annotated[str, AfterValidator(_webhook_secret)] | None = None
    body_seconds: int = Field(default=30, ge=1, le=3_600)
    staff_feed_seconds: int = Field(default=300, ge=0, le=3_600)

    @property
    def terms(self) -> Terms:
        """What receipts say of the controller and its processing."""
        return Terms(**{name: getattr(self, name) for name in Terms.__slots__})

    @property
    def purpose_catalogue(self) -> PurposeCatalogue:
        """The built-in purposes and those of the shop."""
        added = tuple(Purpose(**one.model_dump()) for one in self.purposes)
        return PurposeCatalogue(purposes=(*PURPOSES, *added))

    @property
    def retention_limits(self) -> Retention:
        """How long data of a category may be kept and read."""
        return Retention(days={str(category): days for category, days in self.retention_days.items()})

    @property
    def learning(self) -> LearningSettings:
        """How learning and scoring weigh: as shipped, or as the shop's file says."""
        return (self.learning_weights or LearningWeights()).with_k(self.k)

    @property
    def is_production(self) -> bool:
        return self.env is Environment.PRODUCTION

    @model_validator(mode="after")
    def _each_purpose_is_said_once(self) -> Self:
        codes = [purpose.code for purpose in self.purpose_catalogue.purposes]
        if repeated := sorted({code for code in codes if codes.count(code) > 1}):
            raise ValueError(f"BYLEAVE_PURPOSES must not repeat a code or take a built-in one: {repeated}")
        return self

    @model_validator(mode="after")
    def _an_issuer_is_said_whole_and_safe(self) -> Self:
        if (self.oidc_issuer is None) != (self.oidc_audience is None):
            raise ValueError("BYLEAVE_OIDC_ISSUER and BYLEAVE_OIDC_AUDIENCE go together: set both or none")
        if self.oidc_issuer is not None and not is_safe_address(
            self.oidc_issuer, here=not self.is_production
        ):
            raise ValueError(
                "BYLEAVE_OIDC_ISSUER must be an https address (http only for localhost, and not in production)"
            )
        return self

    @model_validator(mode="after")
    def _webhooks_are_said_whole_and_safe(self) -> Self:
        if (self.webhook_url is None) != (self.webhook_secret is None):
            raise ValueError("BYLEAVE_WEBHOOK_URL and BYLEAVE_WEBHOOK_SECRET go together: set both or none")
        if self.webhook_url is not None and not is_receiver(self.webhook_url, here=not self.is_production):
            raise ValueError(
                "BYLEAVE_WEBHOOK_URL must be an https address without user and fragment (http only to this "
                "machine or a private name, and not in production)"
            )
        return self

    @model_validator(mode="after")
    def _production_lives_in_the_present(self) -> Self:
        if self.is_production and self.now is not None:
            raise ValueError("BYLEAVE_NOW sets the clock and is refused with BYLEAVE_ENV=production")
        return self


class Clock:
    """The one source of time. Starts at `start`, if given, and runs on from there."""

    def __init__(self, start: datetime | None = None) -> None:
        self._offset = start - datetime.now(UTC) if start is not None else None

    def now(self) -> datetime:
        """The present moment, UTC."""
        present = datetime.now(UTC)
        return present if self._offset is None else present + self._offset

    def latest_present(self) -> datetime:
        """The later of this clock and the machine's, and some skew: nothing that has happened lies beyond it.

        With `BYLEAVE_NOW` in the past, what a client stamps with its own clock is not "in the future".
        """
        return max(self.now(), datetime.now(UTC)) + CLOCK_SKEW
