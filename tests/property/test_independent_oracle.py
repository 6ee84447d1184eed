"""The rule "May it be read?" against a second reading of the contract, on thousands of histories.

`tests/oracle/naive_rule.py` was written from the contract, without a look at the rule. Where the two differ, one of
them has misread it: the contract decides which, and neither is bent to the other.
"""

import ast
import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from consent.coverage import Question
from consent.decision import verdict_on
from consent.events import EventKind
from consent.items import Item
from consent.reasons import Because
from tests.builders import CUSTOMER, a_moment
from tests.oracle import naive_rule
from tests.oracle.comparison import PARTS, Ledger, find_disagreement, without
from tests.oracle.histories import draw_history
from tests.oracle.naive_rule import Answer, Point, may_it_be_read

_HISTORIES = {"prove": 100_000}.get(os.environ.get("BYLEAVE_TEST_PROFILE", "test"), 2_000)
_SHARES = 4  # of the histories, for as many processes
_SAMPLE = 1_000
_OFTEN = 0.003  # of the points
_REASONS = set(Because) - {Because.NOT_REQUESTED}  # that one is of a list that asks for nothing personal


def the_rule(ledger: Ledger, point: Point) -> Answer:
    question = Question(
        purpose=point.purpose,
        field=point.field,
        at=point.at,
        channel=point.channel,
        counted=point.counted,
        kept_since=point.kept_since,
    )
    verdict = verdict_on(ledger, question, customer_id=CUSTOMER, item=point.item)
    because = None if verdict.because is None else verdict.because.value
    return Answer(permitted=verdict.permitted, consent_id=verdict.consent_id, because=because)


@pytest.mark.parametrize("share", range(_SHARES))
def test_the_rule_answers_as_the_contract_reads(share: int) -> None:
    count = _HISTORIES // _SHARES
    first = _first_seed(share, count)
    for seed in range(first, first + count):
        found = find_disagreement(draw_history(seed), may_it_be_read, the_rule)
        assert found is None, f"{found}"


def test_the_points_are_about_every_answer() -> None:
    said = Counter(answer.because or "permitted" for _, _, answer in _sample())
    shares = {code: round(count / said.total(), 4) for code, count in said.most_common()}
    print(shares)
    assert 0.15 < shares["permitted"] < 0.5
    assert {code for code, share in shares.items() if share > _OFTEN} == {"permitted", *_REASONS}


@pytest.mark.parametrize("part", PARTS)
def test_whoever_overlooks_a_part_of_an_event_is_noticed(part: str) -> None:
    assert _noticed(lambda ledger, point: ([without(event, part) for event in ledger], point)) > _OFTEN


@pytest.mark.parametrize("kind", EventKind)
def test_whoever_overlooks_a_kind_of_event_is_noticed(kind: EventKind) -> None:
    assert _noticed(lambda ledger, point: ([event for event in ledger if event.kind != kind], point)) > _OFTEN


@pytest.mark.parametrize(
    "part",
    [
        {"channel": None},
        {"item": Item()},
        {"at": a_moment(-1)},
        {"counted": True},
        {"kept_since": None},
    ],
    ids=lambda part: next(iter(part)),
)
def test_whoever_overlooks_a_part_of_the_question_is_noticed(part: dict[str, object]) -> None:
    assert _noticed(lambda ledger, point: (ledger, replace(point, **part))) > _OFTEN


@pytest.mark.parametrize("part", ["order", "product", "category", "at", "sensitive"])
def test_whoever_overlooks_a_part_of_the_item_is_noticed(part: str) -> None:
    nothing = {part: getattr(Item(), part)}
    assert (
        _noticed(lambda ledger, point: (ledger, replace(point, item=replace(point.item, **nothing)))) > _OFTEN
    )


def test_the_second_reading_uses_nothing_of_the_first() -> None:
    tree = ast.parse(Path(naive_rule.__file__).read_text("utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    ours = {
        module for module in imported if module and module.split(".")[0] in {"consent", "service", "tests"}
    }
    assert ours == {"consent.events", "consent.items", "consent.scope", "consent.vocabulary"}


def test_a_disagreement_is_told_in_as_few_events_as_it_takes() -> None:
    def overlooks_expiry(ledger: Ledger, point: Point) -> Answer:
        return may_it_be_read([without(event, "expires_at") for event in ledger], point)

    found = [find_disagreement(draw_history(seed), may_it_be_read, overlooks_expiry) for seed in range(100)]
    told = [disagreement for disagreement in found if disagreement]
    assert told and any(len(draw_history(one.seed).ledger) > 6 for one in told)
    assert all(len(one.ledger) <= 3 for one in told)
    assert all(f"seed {one.seed}," in f"{one}" and "expires_at" in f"{one}" for one in told)


def _first_seed(share: int, count: int) -> int:
    """New histories in each long proof, the same ones in each short run."""
    if os.environ.get("BYLEAVE_TEST_PROFILE") == "prove":
        return random.SystemRandom().randrange(10**12)
    return share * count


@cache
def _sample() -> list[tuple[Ledger, Point, Answer]]:
    histories = [draw_history(seed) for seed in range(_SAMPLE)]
    return [
        (history.ledger, point, may_it_be_read(history.ledger, point))
        for history in histories
        for point in history.points
    ]


def _noticed(overlook: Callable[[Ledger, Point], tuple[Ledger, Point]]) -> float:
    """The share of the points that are answered otherwise by one who overlooks something."""
    sample = _sample()
    noticed = sum(may_it_be_read(*overlook(ledger, point)) != answer for ledger, point, answer in sample)
    print(f"{noticed / len(sample):.4f}")
    return noticed / len(sample)
