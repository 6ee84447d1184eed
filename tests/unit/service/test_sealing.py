"""What is sealed opens with the same admin key, for the same use, under the same name, and not otherwise."""

from service.sealing import Seal

KEY, OTHER = "k" * 32, "o" * 32


def test_it_opens_for_the_same_and_for_nothing_else() -> None:
    sealed = Seal(KEY, "one use").close(b"a secret", "a name")
    assert "secret" not in sealed
    assert Seal(KEY, "one use").open(sealed, "a name") == b"a secret"
    for seal, name in (
        (Seal(OTHER, "one use"), "a name"),
        (Seal(KEY, "another use"), "a name"),
        (Seal(KEY, "one use"), "another name"),
    ):
        assert seal.open(sealed, name) is None


def test_twice_the_same_is_sealed_differently() -> None:
    assert len({Seal(KEY, "a use").close(b"a secret", "a name") for _ in range(3)}) == 3
