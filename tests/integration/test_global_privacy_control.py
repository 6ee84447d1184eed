"""Global Privacy Control: heard exactly as specified, deny-only, and no business of what stays in the shop."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest
from pydantic import ValidationError

from consent.events import EventKind
from consent.vocabulary import DPV, PURPOSES, Purpose, PurposeCatalogue
from service.errors import Problem, ProblemCode
from service.privacy_control import assert_none_is_denied, is_denied
from service.settings import Settings
from service.stated_decisions import Decision
from tests.builders import ASKED_TOGETHER
from tests.byleave import Byleave
from tests.conftest import settings_for

GPC = [("Sec-GPC", "1")]
SHARING = Purpose(
    code="partners", question="Share with partners", dpv=DPV + "PersonalisedAdvertising", shares=True
)
WITH_SHARING = PurposeCatalogue(purposes=(*PURPOSES, SHARING))


@pytest.fixture
def shop(database_url: str) -> Iterator[Byleave]:
    """A shop that has added a purpose for which data leaves it."""
    with Byleave(settings_for(database_url, purposes=[asdict(SHARING)])) as running:
        yield running


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
def test_it_counts_only_if_one_header_is_exactly_1(shop: Byleave, sent: list[str], counts: bool) -> None:
    body = {"decisions": [{"decision": "given", "purpose": "partners", "data": ["purchases"]}]}
    headers = [("Sec-GPC", value) for value in sent]
    answer = shop.http.post("/v1/customers/anna/consents", json=body, headers=headers)
    assert answer.status_code == (409 if counts else 201)
    recorded = shop.http.get("/v1/customers/anna/consents").json()["consents"]
    assert len(recorded) == (0 if counts else 1), "a grant that was turned away is not in the ledger"
    if counts:
        assert answer.json()["code"] == "global_privacy_control"
        assert answer.json()["errors"][0]["path"] == "decisions.0.purpose"


def test_it_denies_grants_of_purposes_that_share_and_nothing_else() -> None:
    for kind in EventKind:
        for purpose in WITH_SHARING.purposes:
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


def test_a_decision_for_a_purpose_that_shares_is_denied_while_the_signal_is_there(shop: Byleave) -> None:
    for purpose in ("partners", "recommendations"):
        shop.allows("anna", "purchases", purpose=purpose)
    requests = [
        {"customer_id": "anna", "purpose": purpose, "field": "purchases.product"}
        for purpose in ("partners", "recommendations", "resale")
    ]
    told = [
        [
            one["because"]
            for one in shop.http.post("/v1/decisions", json={"requests": requests}, headers=headers).json()[
                "decisions"
            ]
        ]
        for headers in ([], GPC)
    ]
    assert told == [[None, None, "unknown_purpose"], ["objected", None, "unknown_purpose"]]


def test_a_purpose_of_the_shops_own_is_one_like_the_others(shop: Byleave) -> None:
    listed = shop.http.get("/v1/purposes").json()["purposes"]
    assert listed[-1] == asdict(SHARING)
    assert len(listed) == len(PURPOSES) + 1
    schemas = shop.http.get("/openapi.json").json()["components"]["schemas"]
    assert schemas["DecisionIn"]["properties"]["purpose"]["enum"][-1] == "partners"
    notice = shop.publishes(purposes=["partners"])
    consent = shop.allows("anna", "purchases", purpose="partners", notice_id=notice)
    receipt = shop.http.get(f"/v1/customers/anna/consents/{consent}/receipt").json()["record"]
    assert "dpv:PersonalisedAdvertising" in str(receipt)
    objection = shop.objects("anna", "restriction")
    assert "partners" in shop.http.get("/v1/customers/anna/objections").json()["objections"][0]["purposes"]
    shop.lifts("anna", objection)
    shop.withdraws_all("anna")
    states = {
        one["purpose"]: one["state"]
        for one in shop.http.get("/v1/customers/anna/consents").json()["consents"]
    }
    assert states["partners"] == "withdrawn"


@pytest.mark.parametrize(
    "purposes",
    [
        [asdict(SHARING) | {"code": "learning"}],
        [asdict(SHARING), asdict(SHARING)],
        [asdict(SHARING) | {"code": "Partners!"}],
        [asdict(SHARING) | {"dpv": "https://elsewhere.example/x"}],
        [asdict(SHARING) | {"colour": "red"}],
    ],
)
def test_a_purpose_that_is_none_is_refused_at_the_start(purposes: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationError):
        Settings(purposes=purposes)  # type: ignore[arg-type]


def test_within_the_shop_suggestions_and_consents_are_the_same_with_and_without_it(byleave: Byleave) -> None:
    byleave.product("printer")
    byleave.product("ink", fits=["printer"])
    answers = []
    for headers in ([], GPC):
        customer_id = f"c-{len(headers)}"
        byleave.bought(customer_id, "printer")
        decisions = [
            {"decision": "given", "purpose": purpose, "data": ["purchases"]}
            for purpose in sorted(ASKED_TOGETHER)
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


def _content(told: Any) -> Any:
    """Without ids and moments, which differ from call to call."""
    if isinstance(told, dict):
        changing = {"consent", "consent_id", "customer_id", "recommendation_id"}
        kept = {
            name: part for name, part in told.items() if name not in changing and not name.endswith("_at")
        }
        return {name: _content(part) for name, part in kept.items()}
    return [_content(part) for part in told] if isinstance(told, list) else told
