"""`byleave learn --tune`: proposes weights from what those bought who allow learning with dates, or says why not."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from service.evaluate import tuning
from service.learning_weights import LearningWeights, weights_of
from service.settings import Settings
from tests.byleave import Byleave
from tests.command_line import CommandLine

CUSTOMERS = 14
DAYS = ("2026-03-01", "2026-03-15", "2026-04-20", "2026-05-20", "2026-06-01")


@pytest.fixture(autouse=True)
def few_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few values, too: what is tried of each is the same."""
    monkeypatch.setattr(tuning, "FEWEST_CUSTOMERS", 10)
    monkeypatch.setattr(tuning, "_HALF_LIVES", {"popularity_half_life": (7, 14)})


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    """Everybody buys her own thing again and again, and each once what is popular."""
    products = [f"own-{number:02}" for number in range(CUSTOMERS)] + [
        f"fad-{number:02}" for number in range(12)
    ]
    for product_id in products:
        byleave.product(product_id)
    for number in range(CUSTOMERS):
        byleave.allows(f"c-{number:02}", "purchases", purpose="learning")
    own = [(number, f"own-{number:02}", day) for number in range(CUSTOMERS) for day in DAYS]
    fads = [(number, fad) for number in range(CUSTOMERS) for fad in range(12) if (number + fad) % 2]
    once = [(number, f"fad-{fad:02}", f"2026-03-{2 + fad:02}") for number, fad in fads]
    rows = [
        {
            "id": f"{number}-{product_id}-{day}",
            "type": "purchase",
            "customer_id": f"c-{number:02}",
            "product_id": product_id,
            "occurred_at": f"{day}T10:00:00Z",
        }
        for number, product_id, day in [*own, *once]
    ]
    assert byleave.http.post("/v1/events", json={"events": rows}).is_success
    return byleave


@pytest.fixture
def bad_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Only what is popular counts, though nobody buys it twice."""
    path = tmp_path / "weights.json"
    weights = {"learned": 1, "personal": 300, "popular": 400}
    path.write_text(json.dumps({"popularity_half_life": 365, "everything": weights}))
    monkeypatch.setenv("BYLEAVE_LEARNING_WEIGHTS", str(path))
    return path


def tuned(command_line: CommandLine) -> dict[str, Any]:
    result = command_line("learn", "--tune", "--json")
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def test_better_weights_are_proposed_in_the_form_in_which_they_are_set(
    shop: Byleave, command_line: CommandLine, bad_weights: Path
) -> None:
    told = tuned(command_line)
    assert (told["advice"], told["customers"]) == ("better", CUSTOMERS)
    everything = told["gains"][0]
    assert everything["proposed"] > everything["current"]
    assert 0 < everything["ahead"]["low"] <= everything["ahead"]["value"] <= everything["ahead"]["high"]
    assert told["settings"] != weights_of(Settings().learning)
    before = Settings().learning
    bad_weights.write_text(json.dumps(told["settings"]))
    assert Settings().learning != before
    assert LearningWeights.model_validate(told["settings"]) == Settings().learning_weights


def test_the_last_days_are_measured_on_and_those_before_are_chosen_on(
    shop: Byleave, command_line: CommandLine, bad_weights: Path
) -> None:
    proof, search = tuned(command_line)["windows"]
    assert (proof["start"], proof["end"], proof["customers"]) == ("2026-05-03", "2026-06-01", CUSTOMERS)
    assert (search["start"], search["end"], search["customers"]) == ("2026-04-03", "2026-05-02", CUSTOMERS)


def test_it_is_said_in_words_and_nothing_is_changed(
    shop: Byleave, command_line: CommandLine, engine: Engine, bad_weights: Path
) -> None:
    def epoch() -> int:
        with engine.connect() as connection:
            of_learning = text("SELECT epoch FROM epochs WHERE name = 'learning'")
            return int(connection.execute(of_learning).scalar_one())

    before = epoch(), bad_weights.read_text()
    said = command_line("learn", "--tune")
    assert said.exit_code == 0, said.output
    first, *_ = said.stdout.splitlines()
    assert first == f"Looked at {CUSTOMERS} customers who allow learning with the dates of their purchases."
    assert "NDCG@10, everything: now 0." in said.stdout
    assert "Better. To use it" in said.stdout and '"pair_half_life"' in said.stdout
    assert before == (epoch(), bad_weights.read_text())


def test_if_nothing_is_better_beyond_doubt_it_says_to_keep_what_there_is(
    shop: Byleave, command_line: CommandLine
) -> None:
    assert "Keep what you have" in command_line("learn", "--tune").stdout
    told = tuned(command_line)
    assert (told["advice"], told["settings"]) == ("keep", None)


def test_too_few_customers_tell_nothing(
    shop: Byleave, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tuning, "FEWEST_CUSTOMERS", 200)
    told = tuned(command_line)
    assert (told["advice"], told["settings"], told["gains"]) == ("too_few", None, [])
    said = command_line("learn", "--tune").stdout
    assert f"{CUSTOMERS} of them bought from 2026-05-03 to 2026-06-01, and before." in said
    assert "Too few to tell: it takes 200" in said


def test_an_empty_shop_is_too_few(byleave: Byleave, command_line: CommandLine) -> None:
    told = tuned(command_line)
    assert (told["advice"], told["customers"], told["windows"]) == ("too_few", 0, [])


def test_what_may_not_be_learned_from_with_its_day_changes_nothing(
    shop: Byleave, command_line: CommandLine, bad_weights: Path
) -> None:
    """One never allowed it, one took it back, one keeps the day to herself, one allows suggestions alone."""
    before = tuned(command_line)
    for customer_id in ("never", "back", "no-day", "for-her"):
        for day in (*DAYS, "2026-06-09"):
            shop.bought(customer_id, "fad-00", when=f"{day}T10:00:00Z")
    shop.allows("back", "purchases", purpose="learning")
    shop.withdraws_all("back")
    shop.allows("no-day", "purchases.product", purpose="learning")
    shop.allows("for-her", "purchases")
    after = tuned(command_line)
    assert before | {"seconds": 0} == after | {"seconds": 0}
    shop.allows("never", "purchases", purpose="learning")
    assert tuned(command_line)["windows"] != before["windows"]


def test_when_the_time_is_over_nothing_new_is_begun(
    shop: Byleave, command_line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticking = iter(range(0, 100_000, 61))
    monkeypatch.setattr("service.tuning.monotonic", lambda: next(ticking))
    said = command_line("learn", "--tune", "--minutes", "2").stdout
    assert "There was no time for all settings within 2 minutes" in said
    assert " 2 settings)" in said


def test_json_goes_with_tuning(byleave: Byleave, command_line: CommandLine) -> None:
    assert "--json goes with --tune" in command_line("learn", "--json").stderr
