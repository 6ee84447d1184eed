"""Global Privacy Control: heard exactly as specified, deny-only, and no business of what stays in the shop."""

from typing import Any

import pytest

from consent.events import EventKind
from consent.vocabulary import DPV, PURPOSES, Purpose
from service.errors import Problem, ProblemCode
from service.privacy_control import assert_none_is_denied, is_denied
from service.stated_decisions import Decision
from tests.byleave import Byleave

GPC = [("Sec-GPC", "1")]
SHARING = Purpose(
    code="partners", question="Share with partners", dpv=DPV + "PersonalisedAdvertising", shares=True
)
WITH_SHARING = (*PURPOSES, SHARING)


def a_decision(kind: EventKind, purpose: str) -> Decision:
    return Decision(kind=kind, purpose=purpose, data=("purchases",))


def test_the_support_resource_is_as_specified_and_open(byleave: Byleave) -> None:
    answer = byleave.http.get("/.well-known/gpc.json", headers={"Authorization": ""})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == {"gpc": True, "lastUpdate": "2026-11-22"}


@pytest.mark.parametrize(
    ("sent", "counts"),
    [
        ([], False),
        (["1"], True),
        (["1", "1"], True),
        (["0", "1"], True),
        (["true", "", "1"], True),
        (["0"], False),
        ([""], False),
        (["true"], False),
        (["?1"], False),
        (["01"], False),
        (["11"], False),
        (["1.0"], False),
        (["1, 1"], False),
        (["1;a=b"], False),
        (['"1"'], False),
        (["2", "yes"], False),
    ],
)
def test_it_counts_only_if_one_header_is_exactly_1(
    byleave: Byleave, monkeypatch: pytest.MonkeyPatch, sent: list[str], counts: bool
) -> None:
    """Through the real route, with a purpose that shares among the known ones."""
    monkeypatch.setattr("service.api.consents.assert_none_is_denied", _with_sharing)
    body = {"decisions": [{"decision": "given", "purpose": "recommendations", "data": ["purchases"]}]}
    headers = [("Sec-GPC", value) for value in sent]
    answer = byleave.http.post("/v1/customers/anna/consents", json=body, headers=headers)
    assert answer.status_code == (409 if counts else 201)
    recorded = byleave.http.get("/v1/customers/anna/consents").json()["consents"]
    assert len(recorded) == (0 if counts else 1), "a grant that was turned away is not in the ledger"
    if counts:
        assert answer.json()["code"] == "global_privacy_control"
        assert answer.json()["errors"][0]["path"] == "decisions.0.purpose"


def test_it_denies_grants_of_purposes_that_share_and_nothing_else() -> None:
    for kind in EventKind:
        for purpose in WITH_SHARING:
            turned_away = kind in (EventKind.GIVEN, EventKind.RENEWED) and purpose.shares
            decisions = [a_decision(EventKind.REFUSED, "learning"), a_decision(kind, purpose.code)]
            assert_none_is_denied(decisions, sent=False, purposes=WITH_SHARING)
            if not turned_away:
                assert_none_is_denied(decisions, sent=True, purposes=WITH_SHARING)
                continue
            with pytest.raises(Problem, match=r"decisions\.1\.purpose") as problem:
                assert_none_is_denied(decisions, sent=True, purposes=WITH_SHARING)
            assert problem.value.code is ProblemCode.GLOBAL_PRIVACY_CONTROL


def test_a_reading_for_a_purpose_that_shares_is_denied_while_the_signal_is_there() -> None:
    assert is_denied("partners", sent=True, purposes=WITH_SHARING)
    assert not is_denied("partners", sent=False, purposes=WITH_SHARING)
    assert not any(is_denied(one.code, sent=True, purposes=WITH_SHARING) for one in PURPOSES)
    assert not is_denied("no such purpose", sent=True, purposes=WITH_SHARING)


def test_within_the_shop_suggestions_and_consents_are_the_same_with_and_without_it(byleave: Byleave) -> None:
    byleave.product("printer")
    byleave.product("ink", fits=["printer"])
    answers = []
    for headers in ([], GPC):
        customer_id = f"c-{len(headers)}"
        byleave.bought(customer_id, "printer")
        decisions = [
            {"decision": "given", "purpose": purpose.code, "data": ["purchases"]} for purpose in PURPOSES
        ]
        path = f"/v1/customers/{customer_id}"
        recorded = byleave.http.post(f"{path}/consents", json={"decisions": decisions}, headers=headers)
        assert recorded.status_code == 201
        suggested = byleave.http.get(f"{path}/recommendations", headers=headers).json()
        assert suggested["personalised"] is True
        listed = byleave.http.get(f"{path}/consents", headers=headers).json()["consents"]
        answers.append((_content(suggested), [_content(one) for one in listed]))
    assert answers[0] == answers[1]


def test_no_built_in_purpose_shares_and_the_catalogue_says_so(byleave: Byleave) -> None:
    told = byleave.http.get("/v1/purposes").json()["purposes"]
    assert {one["code"]: one["shares"] for one in told} == {one.code: False for one in PURPOSES}


def _with_sharing(decisions: Any, *, sent: bool) -> None:
    """As if suggestions were made by somebody else."""
    shared = tuple(
        Purpose(code=one.code, question=one.question, dpv=one.dpv, shares=True) for one in PURPOSES
    )
    assert_none_is_denied(decisions, sent=sent, purposes=shared)


def _content(told: Any) -> Any:
    """Without ids and moments, which differ from call to call."""
    if isinstance(told, dict):
        changing = {"consent", "consent_id", "customer_id", "recommendation_id"}
        kept = {
            name: part for name, part in told.items() if name not in changing and not name.endswith("_at")
        }
        return {name: _content(part) for name, part in kept.items()}
    return [_content(part) for part in told] if isinstance(told, list) else told
