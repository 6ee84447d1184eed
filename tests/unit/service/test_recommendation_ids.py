"""An id of an answer tells its maker whose it is, and nobody else anything."""

import re

import pytest

from recommender.inputs import ListKind
from service.recommendation_ids import RecommendationIds

OURS = RecommendationIds(b"a key")


def test_it_looks_like_every_other_id_and_comes_once() -> None:
    made = {OURS.new("anna", ListKind.ALL) for _ in range(1_000)}
    assert len(made) == 1_000
    assert all(re.fullmatch(r"rec_[0-9A-Z]{26}", one) for one in made)


def test_it_is_hers_and_nobody_elses() -> None:
    made = OURS.new("anna", ListKind.ALL)
    assert OURS.list_of(made, "anna") is ListKind.ALL
    assert not OURS.list_of(made, "ben")
    assert not OURS.list_of(OURS.new(None, ListKind.ALL), "anna")
    assert not RecommendationIds(b"another key").list_of(made, "anna")


@pytest.mark.parametrize(
    "made_up",
    ["", "rec_", "rec_01KVTP8E2B6H4J9T3D5F7G1K0M", "con_01KVTP8E2B6H4J9T3D5F7G1K0M", "rec_" + "é" * 26],
)
def test_what_was_never_made_is_nobodys(made_up: str) -> None:
    assert not OURS.list_of(made_up, "anna")


def test_the_prefix_is_part_of_it() -> None:
    made = OURS.new("anna", ListKind.ALL)
    assert not OURS.list_of(made.removeprefix("rec_"), "anna")


@pytest.mark.parametrize("kind", ListKind)
def test_it_tells_which_list_it_was(kind: ListKind) -> None:
    assert OURS.list_of(OURS.new("anna", kind), "anna") is kind
