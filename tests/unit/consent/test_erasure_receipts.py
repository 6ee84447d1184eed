"""The record of an erasure names her and her chain, in words that DPV has."""

import json
from typing import Any

from consent.erasure_receipts import Erased, erasure_document
from consent.receipts import Terms
from tests.builders import a_moment
from tests.unit.consent.test_receipts import TERMS, names, vocabulary

__all__ = ["vocabulary"]


def document(terms: Terms = TERMS, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "customer_id": "anna",
        "erased_at": a_moment(),
        "rows": {"purchases": 3, "devices": 0, "consents": 2},
        "chain_id": "chb_1",
        "events": 2,
        "last_hash": "ab",
    }
    erased = Erased(**values | changes)
    return erasure_document(erased, terms=terms, receipt_id="rct_1", issued_at=a_moment(1))


def test_every_dpv_name_in_it_exists(vocabulary: frozenset[str]) -> None:
    dpv = {name.removeprefix("dpv:") for name in names(document()) if name.startswith("dpv:")}
    assert {"RightExerciseRecord", "hasRight", "Erase", "RequestFulfilled"} <= dpv
    assert dpv - vocabulary == set()


def test_it_says_who_what_when_and_which_chain() -> None:
    told = document()
    assert told["dpv:hasDataSubject"]["dpv:hasIdentifier"] == "anna"
    assert told["dpv:isIndicatedAtTime"] == "2026-06-10T09:00:00Z"
    assert told["dct:issued"] == "2026-06-11T09:00:00Z"
    data = told["dpv:hasProcess"]["dpv:hasPersonalData"]
    assert [(one["dpv:hasIdentifier"], one["byleave:rows"]) for one in data] == [
        ("consents", 2),
        ("purchases", 3),
    ]
    assert (told["byleave:chain_id"], told["byleave:events"], told["byleave:last_hash"]) == ("chb_1", 2, "ab")
    assert "Example Shop Ltd" in json.dumps(told)


def test_where_nothing_was_stored_it_says_so() -> None:
    told = document(rows={"purchases": 0}, chain_id=None, events=0, last_hash=None)
    assert told["dpv:hasProcess"]["dpv:hasPersonalData"] == []
    assert told["byleave:chain_id"] is None
