"""Settings: each variable, its default, and a clear word where a value is refused."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from service.settings import Environment, Purchases, Settings, UseRecords
from service.startup import advice

A_KEY = "k" * 32


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


def test_settings_do_not_change_while_the_service_runs() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 9000
