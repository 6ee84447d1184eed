"""Signing keys: one for all replicas, sealed with the admin key, and every public half published for good."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Engine, text

from service.settings import Clock
from service.signing import NotSigned, SignatureFlaw, SignedKind, Signing
from tests.builders import a_moment
from tests.byleave import ADMIN_KEY, Byleave
from tests.command_line import CommandLine

RECEIPT, CHECKPOINT = SignedKind.RECEIPT, SignedKind.CHECKPOINT
OTHER_ADMIN_KEY = "another-admin-key-of-the-tests-9876543210"


def replica(engine: Engine, admin_key: str = ADMIN_KEY) -> Signing:
    return Signing(engine, Clock(a_moment()), admin_key)


def header_of(signed: str) -> dict[str, Any]:
    header: dict[str, Any] = json.loads(decoded(signed.split(".", maxsplit=1)[0]))
    return header


def decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def published(byleave: Byleave) -> list[dict[str, str]]:
    keys: list[dict[str, str]] = byleave.http.get(
        "/.well-known/jwks.json", headers={"Authorization": ""}
    ).json()["keys"]
    return keys


def flaw(signing: Signing, signed: str, kind: SignedKind = RECEIPT) -> SignatureFlaw:
    with pytest.raises(NotSigned) as caught:
        signing.open(kind, signed)
    return caught.value.flaw


def test_what_one_replica_signs_every_other_one_knows_by_the_same_key(engine: Engine) -> None:
    signed = [replica(engine).sign(RECEIPT, b"{}") for _ in range(3)]
    assert len({header_of(one)["kid"] for one in signed}) == 1
    assert replica(engine).open(RECEIPT, signed[0]) == b"{}"


def test_of_many_that_need_the_first_key_at_once_one_makes_it(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as threads:
        signed = list(threads.map(lambda _: replica(engine).sign(RECEIPT, b"{}"), range(8)))
    assert len({header_of(one)["kid"] for one in signed}) == 1
    assert len(replica(engine).published()) == 1


def test_the_published_key_verifies_with_plain_ed25519(byleave: Byleave, engine: Engine) -> None:
    assert published(byleave) == [], "nothing was signed yet"
    signed = replica(engine).sign(RECEIPT, b"what was said")
    [key] = published(byleave)
    assert key | {"x": "", "kid": ""} == {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": "",
        "kid": "",
        "alg": "EdDSA",
        "use": "sig",
    }
    assert header_of(signed) == {"alg": "EdDSA", "kid": key["kid"], "typ": "byleave-receipt+jws"}
    header, payload, signature = signed.split(".")
    public = Ed25519PublicKey.from_public_bytes(decoded(key["x"]))
    public.verify(decoded(signature), f"{header}.{payload}".encode())
    assert decoded(payload) == b"what was said"


def test_no_private_key_is_published_or_stored_readably(byleave: Byleave, engine: Engine) -> None:
    replica(engine).sign(RECEIPT, b"{}")
    assert "d" not in published(byleave)[0]
    with engine.connect() as connection:
        [row] = connection.execute(text("SELECT * FROM signing_keys")).mappings()
    # A nonce of 12 bytes, 43 characters of a private key under AES-GCM, and its tag of 16.
    assert len(urlsafe_b64decode(row["sealed_private_key"].translate(str.maketrans("+/", "-_")))) == 71


def test_after_a_rotation_the_new_key_signs_and_the_old_receipts_still_verify(
    command_line: CommandLine, byleave: Byleave, engine: Engine
) -> None:
    before = replica(engine).sign(RECEIPT, b"before")
    rotated = command_line("keys", "rotate-signing")
    assert rotated.exit_code == 0, rotated.output
    after = replica(engine).sign(RECEIPT, b"after")
    assert header_of(after)["kid"] != header_of(before)["kid"]
    assert header_of(after)["kid"] in rotated.stdout
    assert [key["kid"] for key in published(byleave)] == [header_of(after)["kid"], header_of(before)["kid"]]
    assert replica(engine).open(RECEIPT, before) == b"before"


def test_a_rotation_destroys_the_old_private_key(engine: Engine) -> None:
    replica(engine).sign(RECEIPT, b"{}")
    replica(engine).rotate()
    with engine.connect() as connection:
        sealed = connection.execute(
            text("SELECT sealed_private_key, retired_at FROM signing_keys ORDER BY number")
        ).all()
    assert sealed[0][0] is None and sealed[0][1] is not None
    assert sealed[1][0] is not None and sealed[1][1] is None


def test_with_another_admin_key_another_key_signs_and_all_still_verify(engine: Engine) -> None:
    before, after = replica(engine), replica(engine, OTHER_ADMIN_KEY)
    old, new = before.sign(RECEIPT, b"old"), after.sign(RECEIPT, b"new")
    assert header_of(old)["kid"] != header_of(new)["kid"]
    assert after.open(RECEIPT, old) == b"old"
    assert before.open(RECEIPT, new) == b"new"
    # While replicas change over, each goes on with its own: no key is made at every turn.
    assert header_of(before.sign(RECEIPT, b""))["kid"] == header_of(old)["kid"]
    assert header_of(after.sign(RECEIPT, b""))["kid"] == header_of(new)["kid"]


def test_what_is_signed_as_one_kind_is_no_other(engine: Engine) -> None:
    signing = replica(engine)
    assert flaw(signing, signing.sign(CHECKPOINT, b"{}"), RECEIPT) is SignatureFlaw.MALFORMED


def test_a_changed_byte_anywhere_is_refused(engine: Engine) -> None:
    signing = replica(engine)
    signed = signing.sign(RECEIPT, b'{"a":1}')
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    places = {*range(0, len(signed), 7), len(signed) - 1}
    for place in places:
        for other in {*alphabet, ".", "=", " ", "\n", "+"} - {signed[place]}:
            with pytest.raises(NotSigned):
                signing.open(RECEIPT, signed[:place] + other + signed[place + 1 :])


@pytest.mark.parametrize("sent", ["", ".", "..", "a.b.c", "é", "é.é.é", "a" * 100_000, "...."])
def test_what_is_no_signature_is_malformed(engine: Engine, sent: str) -> None:
    assert flaw(replica(engine), sent) is SignatureFlaw.MALFORMED


def test_a_header_is_not_believed(engine: Engine) -> None:
    signing = replica(engine)
    header, payload, signature = signing.sign(RECEIPT, b"{}").split(".")
    told = json.loads(decoded(header))
    for change, expected in (
        ({"alg": "none"}, SignatureFlaw.MALFORMED),
        ({"alg": "HS256"}, SignatureFlaw.MALFORMED),
        ({"alg": 1}, SignatureFlaw.MALFORMED),
        ({"kid": "another"}, SignatureFlaw.UNKNOWN_KEY),
        ({"kid": ["a"]}, SignatureFlaw.UNKNOWN_KEY),
        ({"typ": "byleave-receipt"}, SignatureFlaw.MALFORMED),
        ({"jku": "https://elsewhere.example/jwks.json"}, SignatureFlaw.WRONG_SIGNATURE),
        ({"crit": ["b64"], "b64": False}, SignatureFlaw.WRONG_SIGNATURE),
    ):
        forged = f"{encoded(json.dumps(told | change).encode())}.{payload}.{signature}"
        assert flaw(signing, forged) is expected, change


def test_a_key_that_took_another_ones_name_is_not_published(engine: Engine) -> None:
    signing = replica(engine)
    signed = signing.sign(RECEIPT, b"{}")
    foreign = replica(engine, OTHER_ADMIN_KEY)
    foreign.sign(RECEIPT, b"{}")
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE signing_keys SET public_key = (SELECT public_key FROM signing_keys WHERE number = 2) "
                "WHERE number = 1"
            )
        )
    assert flaw(signing, signed) is SignatureFlaw.UNKNOWN_KEY
