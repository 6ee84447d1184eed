"""Settings: each variable, its default, and a clear word where a value is refused."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from service.callers import CUSTOMER_SCOPES, Scope
from service.settings import Environment, Purchases, Settings, UseRecords
from service.startup import advice

A_KEY = "k" * 32
TWO_ORIGINS = ("https://a.example", "http://localhost:3000")
# A browser sends none of these, or they would let in more pages than somebody listed.
NO_ORIGINS = ["*", "null", "https://*.example", "https://a.example/", "a.example", "HTTPS://A.example", "[1"]


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"BYLEAVE_{name.upper()}", raising=False)


def test_the_defaults_serve_a_small_shop_on_this_machine_only() -> None:
    settings = Settings()
    assert settings.database_url == "sqlite:///data/byleave.db"
    assert settings.admin_key is None
    assert settings.admin_key_file == Path("data/admin_key")
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.demo is False
    assert settings.env is Environment.DEVELOPMENT
    assert settings.now is None
    assert settings.purchases is Purchases.HOLD
    assert settings.use_records is UseRecords.BATCHED
    assert settings.k == 5
    assert settings.cors_origins == ()
    assert settings.oidc_issuer is None
    assert set(settings.oidc_scopes) == CUSTOMER_SCOPES
    assert (settings.key_rate, settings.customer_rate) == (500, 10)


@pytest.mark.parametrize(
    ("variable", "value", "name", "meaning"),
    [
        ("BYLEAVE_DATABASE_URL", "postgresql://shop@db/shop", "database_url", "postgresql://shop@db/shop"),
        ("BYLEAVE_ADMIN_KEY", A_KEY, "admin_key", A_KEY),
        ("BYLEAVE_ADMIN_KEY", "~" * 200, "admin_key", "~" * 200),
        ("BYLEAVE_ADMIN_KEY_FILE", "/run/secrets/key", "admin_key_file", Path("/run/secrets/key")),
        ("BYLEAVE_HOST", "0.0.0.0", "host", "0.0.0.0"),
        ("BYLEAVE_PORT", "8001", "port", 8001),
        ("BYLEAVE_DEMO", "1", "demo", True),
        ("BYLEAVE_DEMO", "0", "demo", False),
        ("BYLEAVE_ENV", "production", "env", Environment.PRODUCTION),
        ("BYLEAVE_NOW", "2026-06-10T09:00:00Z", "now", datetime(2026, 6, 10, 9, tzinfo=UTC)),
        ("BYLEAVE_NOW", "2026-06-10T11:00:00+02:00", "now", datetime(2026, 6, 10, 9, tzinfo=UTC)),
        ("BYLEAVE_PURCHASES", "drop", "purchases", Purchases.DROP),
        ("BYLEAVE_USE_RECORDS", "sync", "use_records", UseRecords.SYNC),
        ("BYLEAVE_K", "2", "k", 2),
        ("BYLEAVE_CORS_ORIGINS", "", "cors_origins", ()),
        ("BYLEAVE_CORS_ORIGINS", "https://a.example", "cors_origins", ("https://a.example",)),
        ("BYLEAVE_CORS_ORIGINS", "https://a.example, http://localhost:3000", "cors_origins", TWO_ORIGINS),
        (
            "BYLEAVE_CORS_ORIGINS",
            '["https://a.example", "http://localhost:3000"]',
            "cors_origins",
            TWO_ORIGINS,
        ),
        ("BYLEAVE_OIDC_SCOPES", "consents:read", "oidc_scopes", (Scope.CONSENTS_READ,)),
        ("BYLEAVE_OIDC_CUSTOMER_CLAIM", "shop_id", "oidc_customer_claim", "shop_id"),
        ("BYLEAVE_KEY_RATE", "50", "key_rate", 50),
        ("BYLEAVE_KEY_CONCURRENCY", "5", "key_concurrency", 5),
        ("BYLEAVE_CUSTOMER_RATE", "5", "customer_rate", 5),
        ("BYLEAVE_CUSTOMER_CONCURRENCY", "5", "customer_concurrency", 5),
        ("BYLEAVE_BODY_SECONDS", "5", "body_seconds", 5),
    ],
)
def test_each_variable_is_read(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, name: str, meaning: object
) -> None:
    monkeypatch.setenv(variable, value)
    assert getattr(Settings(), name) == meaning


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("BYLEAVE_ADMIN_KEY", "k" * 31),
        ("BYLEAVE_ADMIN_KEY", "k" * 201),
        ("BYLEAVE_ADMIN_KEY", "k" * 31 + " "),
        ("BYLEAVE_ADMIN_KEY", "k" * 31 + "\n"),
        ("BYLEAVE_ADMIN_KEY", "k" * 31 + "é"),
        ("BYLEAVE_PORT", "0"),
        ("BYLEAVE_PORT", "65536"),
        ("BYLEAVE_PORT", "http"),
        ("BYLEAVE_DEMO", "perhaps"),
        ("BYLEAVE_ENV", "staging"),
        ("BYLEAVE_NOW", "yesterday"),
        ("BYLEAVE_NOW", "2026-06-10T09:00:00"),
        ("BYLEAVE_PURCHASES", "keep"),
        ("BYLEAVE_USE_RECORDS", "never"),
        ("BYLEAVE_K", "1"),
        ("BYLEAVE_K", "1001"),
        *(("BYLEAVE_CORS_ORIGINS", origin) for origin in NO_ORIGINS),
        ("BYLEAVE_OIDC_SCOPES", ""),
        ("BYLEAVE_OIDC_SCOPES", "events:write"),
        ("BYLEAVE_OIDC_SCOPES", "everything"),
        ("BYLEAVE_KEY_RATE", "0"),
        ("BYLEAVE_CUSTOMER_CONCURRENCY", "0"),
        ("BYLEAVE_BODY_SECONDS", "0"),
    ],
)
def test_a_refused_value_is_named_in_one_line_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ValidationError) as refused:
        Settings()
    told = advice(refused.value)
    assert variable in told
    assert "docs/configuration.md" in told
    assert "\n" not in told
    assert "kkkkk" not in told, "a key must not end up in a log"


def test_the_clock_cannot_be_set_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BYLEAVE_ENV", "production")
    monkeypatch.setenv("BYLEAVE_NOW", "2026-06-10T09:00:00Z")
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert "BYLEAVE_NOW" in advice(refused.value)


@pytest.mark.parametrize(
    ("issuer", "environment", "is_taken"),
    [
        ("https://login.shop.example/realm", "production", True),
        ("http://localhost:8080/realm", "development", True),
        ("http://localhost:8080/realm", "production", False),
        ("http://login.shop.example", "development", False),
        ("https://user:password@login.shop.example", "production", False),
        ("login.shop.example", "development", False),
        ("https://login.shop.example?x=1", "development", False),
    ],
)
def test_an_issuer_is_asked_by_https_or_on_this_machine(
    monkeypatch: pytest.MonkeyPatch, issuer: str, environment: str, is_taken: bool
) -> None:
    monkeypatch.setenv("BYLEAVE_ENV", environment)
    monkeypatch.setenv("BYLEAVE_OIDC_ISSUER", issuer)
    monkeypatch.setenv("BYLEAVE_OIDC_AUDIENCE", "byleave")
    if is_taken:
        assert Settings().oidc_issuer == issuer
        return
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert "BYLEAVE_OIDC_ISSUER" in advice(refused.value)


def test_an_issuer_without_an_audience_would_let_in_tokens_made_for_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BYLEAVE_OIDC_ISSUER", "https://login.shop.example")
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert "BYLEAVE_OIDC_AUDIENCE" in advice(refused.value)


def test_settings_do_not_change_while_the_service_runs() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 9000
