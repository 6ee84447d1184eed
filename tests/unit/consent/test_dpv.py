"""Every concept that we name exists in the W3C Data Privacy Vocabulary (DPV 2.3)."""

import re
from pathlib import Path

import pytest

from consent.vocabulary import DPV, PURPOSES, Purpose

VOCABULARY = Path(__file__).parents[3] / ".." / "shared" / "data" / "dpv-2.3.ttl"


@pytest.fixture(scope="module")
def subjects() -> frozenset[str]:
    """The names after `dpv:` that the vocabulary describes, not merely mentions."""
    if not VOCABULARY.is_file():
        pytest.skip("the Data Privacy Vocabulary is not here: ../shared/data/dpv-2.3.ttl")
    return frozenset(re.findall(r"^dpv:([A-Za-z]+)\s+a\s", VOCABULARY.read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize("purpose", PURPOSES, ids=lambda purpose: purpose.code)
def test_every_purpose_is_a_concept_of_dpv(purpose: Purpose, subjects: frozenset[str]) -> None:
    assert purpose.dpv.startswith(DPV)
    assert purpose.dpv.removeprefix(DPV) in subjects


def test_a_name_that_dpv_does_not_have_is_noticed(subjects: frozenset[str]) -> None:
    assert "DirectMarketing" in subjects
    assert "DirectMarketin" not in subjects
