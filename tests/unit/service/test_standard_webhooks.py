"""Webhooks are signed as the specification's own libraries sign, and a secret that is none is refused."""

from base64 import b64encode

import pytest

from service.settings import Settings
from service.standard_webhooks import secret_bytes, signed_headers
from service.webhooks import PAUSE_MAXIMUM_SECONDS, pause_after

SECRET = "whsec_" + b64encode(b"x" * 24).decode()
URL = "https://shop.example/hook"


def test_the_published_test_vector() -> None:
    """The one in the libraries of the specification (`libraries/go/webhook_test.go`)."""
    key = secret_bytes("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signed_headers(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        b64encode(b"x" * 24).decode(),
        "whsec_" + b64encode(b"x" * 23).decode(),
        "whsec_" + b64encode(b"x" * 65).decode(),
        "whsec_" + "é" * 40,
        "whsec_" + "not base64 at all, not base64 at all, not",
    ],
)
def test_a_secret_that_is_none_is_refused_without_being_repeated(secret: str) -> None:
    with pytest.raises(ValueError, match="24 to 64 random bytes") as refused:
        Settings(webhook_url=URL, webhook_secret=secret)
    assert len(secret) < 10 or secret not in str(refused.value.errors()[0]["msg"])  # type: ignore[attr-defined]


@pytest.mark.parametrize("length", [24, 32, 64])
def test_a_secret_of_24_to_64_bytes_is_taken(length: int) -> None:
    assert len(secret_bytes("whsec_" + b64encode(b"x" * length).decode())) == length


def test_address_and_secret_go_together() -> None:
    for half in ({"webhook_url": URL}, {"webhook_secret": SECRET}):
        with pytest.raises(ValueError, match="set both or none"):
            Settings(**half)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "in_development", "in_production"),
    [
        (URL, True, True),
        ("https://shop.example:8443/a?b=c", True, True),
        ("http://localhost:9000/hook", True, False),
        ("http://127.0.0.1:9000/hook", True, False),
        ("http://receiver:9000/hook", True, False),
        ("http://receiver.internal/hook", True, False),
        ("http://10.1.2.3/hook", True, False),
        ("http://shop.example/hook", False, False),
        ("http://8.8.8.8/hook", False, False),
        ("https://user:pass@shop.example/hook", False, False),
        ("https://shop.example/hook#here", False, False),
        ("https://shop.example:99999/hook", False, False),
        ("ftp://localhost/hook", False, False),
        ("https:///hook", False, False),
        ("shop.example/hook", False, False),
    ],
)
def test_only_a_safe_address_is_taken(url: str, in_development: bool, in_production: bool) -> None:
    for env, taken in (("development", in_development), ("production", in_production)):
        told = {"webhook_url": url, "webhook_secret": SECRET, "env": env}
        if taken:
            assert Settings.model_validate(told).webhook_url == url
        else:
            with pytest.raises(ValueError, match="must be an https address"):
                Settings.model_validate(told)


def test_pauses_grow_are_never_the_same_and_end_at_five_minutes() -> None:
    assert all(1 <= pause_after(1) <= 2 for _ in range(50))
    assert all(8 <= pause_after(4) <= 16 for _ in range(50))
    assert all(150 <= pause_after(1_000_000) <= PAUSE_MAXIMUM_SECONDS == 300 for _ in range(50))
    assert len({pause_after(3) for _ in range(50)}) > 10
