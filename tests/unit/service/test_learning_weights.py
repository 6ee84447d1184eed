"""The file of BYLEAVE_LEARNING_WEIGHTS: what it sets, and a clear word where it is refused."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from recommender.learning.settings import LearningSettings
from service.learning_weights import LearningWeights, weights_of
from service.settings import Settings
from service.startup import advice


def of_file(content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    path = tmp_path / "weights.json"
    path.write_text(content, "utf-8")
    monkeypatch.setenv("BYLEAVE_LEARNING_WEIGHTS", str(path))
    return Settings()


def test_without_a_file_it_is_as_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BYLEAVE_LEARNING_WEIGHTS", raising=False)
    assert Settings(k=3).learning == LearningSettings(k=3)


def test_what_is_left_out_is_as_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = {"learned": 500, "personal": 0, "popular": 40}
    stated = json.dumps({"pair_half_life": 60, "everything": parts})
    learning = of_file(stated, tmp_path, monkeypatch).learning
    shipped = LearningSettings()
    assert (learning.pair_half_life, learning.profile_half_life) == (60, shipped.profile_half_life)
    assert (learning.everything.learned, learning.new_only) == (500, shipped.new_only)


def test_it_is_written_as_it_is_read() -> None:
    settings = LearningSettings(k=5, pair_half_life=21)
    assert LearningWeights.model_validate(weights_of(settings)).with_k(5) == settings


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is no JSON: Expecting property name"),
        ("[]", "the file must be an object of names and values"),
        ('{"pair_halflife": 3}', "pair_halflife is nothing that can be set; what can: pair_half_life, "),
        ('{"k": 3}', "k is nothing that can be set"),
        ('{"pair_half_life": 0}', "pair_half_life: Value error, must be one of 1, 2, 3"),
        ('{"pair_half_life": 31}', "pair_half_life: Value error, must be one of 1, 2, 3"),
        ('{"pair_half_life": "30"}', "pair_half_life: Input should be a valid integer"),
        ('{"pair_half_life": 30.5}', "pair_half_life: Input should be a valid integer"),
        ('{"pair_half_life": true}', "pair_half_life: Input should be a valid integer"),
        ('{"everything": {"learned": 1}}', "everything.personal: Field required"),
        ('{"everything": 1}', "everything must be an object of names and values"),
        (
            '{"everything": {"learned": 10001, "personal": 1, "popular": 1}}',
            "everything.learned: Input should be less than or equal to 10000",
        ),
        (
            '{"new_only": {"learned": 0, "personal": 0, "popular": 0}}',
            "one of learned, personal and popular must be above 0",
        ),
    ],
)
def test_what_is_wrong_is_told_by_name(
    content: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValidationError) as caught:
        of_file(content, tmp_path, monkeypatch)
    told = advice(caught.value)
    assert told.startswith("Settings: BYLEAVE_LEARNING_WEIGHTS: Value error, ")
    assert "weights.json" in told and said in told


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_a_file_that_cannot_be_read_is_told(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BYLEAVE_LEARNING_WEIGHTS", str(tmp_path / name))
    with pytest.raises(ValidationError, match="cannot be read"):
        Settings()
