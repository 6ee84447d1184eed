"""The first key: given by the environment, or made once and kept where only its owner reads it."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from service.admin_key import find_or_make_admin_key
from service.settings import Settings

GIVEN = "a-key-that-the-shop-chose-for-itself"


def settings(path: Path, **more: str) -> Settings:
    return Settings.model_validate({"admin_key_file": path, "admin_key": None} | more)


def test_a_given_key_is_used_and_no_file_is_made(tmp_path: Path) -> None:
    path = tmp_path / "admin_key"
    assert find_or_make_admin_key(settings(path, admin_key=GIVEN)) == GIVEN
    assert not path.exists()


def test_a_key_is_made_once_in_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    path = tmp_path / "data" / "admin_key"
    key = find_or_make_admin_key(settings(path))
    assert 32 <= len(key) <= 200
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert find_or_make_admin_key(settings(path)) == key
    assert [one.name for one in path.parent.iterdir()] == ["admin_key"], "nothing is left beside it"


def test_two_shops_do_not_get_the_same_key(tmp_path: Path) -> None:
    keys = {find_or_make_admin_key(settings(tmp_path / name)) for name in ("one", "two")}
    assert len(keys) == 2


def test_of_many_that_start_at_once_one_makes_the_key(tmp_path: Path) -> None:
    for round_ in range(20):
        path = tmp_path / str(round_) / "admin_key"
        with ThreadPoolExecutor(8) as workers:
            keys = set(workers.map(find_or_make_admin_key, [settings(path)] * 8))
        assert len(keys) == 1
        assert [one.name for one in path.parent.iterdir()] == ["admin_key"]


@pytest.mark.parametrize("content", [b"", b"short\n", b"k" * 201, b"two words " * 5, b"\xff" * 40])
def test_a_file_without_a_key_is_refused_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "admin_key"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="delete it and a new one is made") as refused:
        find_or_make_admin_key(settings(path))
    assert str(path) in str(refused.value)
