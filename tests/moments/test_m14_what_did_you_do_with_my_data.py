"""M14, what did you do with my data? Mei asks the shop, in Chinese; Jane asks it in English.

She holds nothing but her own token, and takes nothing on trust: what she is told is held against what she keeps.
"""

import json
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import httpx
import pytest
import rfc8785
from joserfc import jws
from joserfc.jwk import KeySet

from service.callers import CUSTOMER_SCOPES
from tests.byleave import Byleave, product_ids
from tests.promises.calls import bearer

# She verifies with a library that prefers another name for the same algorithm; the service says nothing of it.
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
PRINTER = "HP OfficeJet Pro 8600"


@dataclass(frozen=True)
class Told:
    """What she reads in her language."""

    locale: str
    notice: str
    reason: str
    detail: str
    archive: str


TOLD = {
    "jane": Told(
        "en",
        "We use what you buy here to show you what fits. You can take this back at any time.",
        f"Fits your {PRINTER}",
        "You bought this device here on 3 March 2026.",
        "All that is stored here about the customer jane",
    ),
    "mei": Told(
        "zh-Hans",
        "我们使用您在本店的购买记录,为您推荐合适的商品。您可以随时撤回授权。",
        f"适合您的 {PRINTER}",
        "您于2026年3月3日在本店购买了这台设备。",
        "本店在此存储的关于客户 mei 的全部信息",
    ),
}


class Her:
    """A customer, with her own token and nothing else; what the shop records of her it records with its key."""

    def __init__(self, shop: Byleave, name: str) -> None:
        self.shop, self.name, self.told = shop, name, TOLD[name]
        token = {"customer_id": name, "scopes": sorted(CUSTOMER_SCOPES)}
        self._headers = bearer(shop.http.post("/v1/tokens", json=token).json()["token"])

    def asks(self, path: str, method: str = "GET", **more: Any) -> httpx.Response:
        url = f"/v1/customers/{self.name}{path}"
        answer = self.shop.http.request(method, url, headers=self._headers, **more)
        assert answer.is_success, f"{method} {url}: {answer.text}"
        return answer

    def suggestions(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.asks(f"/recommendations?locale={self.told.locale}").json()
        return answer

    def uses(self) -> list[dict[str, Any]]:
        self.shop.app.state.use_recorder.flush()
        found: list[dict[str, Any]] = self.asks("/uses").json()["uses"]
        return found

    def history(self) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = self.asks("/consents/history").json()["events"]
        return events


@pytest.fixture
def shop(byleave: Byleave) -> Byleave:
    byleave.product("ojp-8600", PRINTER)
    byleave.product("950-black", "HP 950 Black Ink Cartridge", fits=["ojp-8600"])
    byleave.product("paper", "Copy paper", featured_rank=1)
    english = byleave.publishes(text=TOLD["jane"].notice)
    byleave.publishes(text=TOLD["mei"].notice, locale="zh-Hans", translation_of=english)
    return byleave


@pytest.fixture(params=list(TOLD))
def her(shop: Byleave, request: pytest.FixtureRequest) -> Her:
    """She bought a printer, and agreed to the notice in her language on the account page."""
    her = Her(shop, request.param)
    shop.bought(her.name, "ojp-8600", when="2026-03-03T14:00:00Z")
    query = {"purpose": "recommendations", "locale": her.told.locale}
    (notice,) = shop.http.get("/v1/notices", params=query, headers=her._headers).json()["notices"]
    evidence = {"method": "checkbox", "captured_via": "account page", "locale": her.told.locale}
    shop.allows(her.name, "purchases.product", "purchases.date", notice_id=notice["notice_id"], **evidence)
    return her


def consent_of(her: Her) -> dict[str, Any]:
    (found,) = her.asks("/consents").json()["consents"]
    shown: dict[str, Any] = found
    return shown


def genuine(answer: dict[str, Any], keys: Any) -> bool:
    """As she checks it at home, with libraries that are not ours and keys that she has fetched once."""
    signed = jws.deserialize_compact(answer["receipt"], KeySet.import_key_set(keys), algorithms=["EdDSA"])
    assert signed.headers()["typ"] == "byleave-receipt+jws"
    return bool(signed.payload == rfc8785.dumps(answer["record"]))


def test_each_suggestion_says_why_in_her_language_and_by_which_permission(her: Her) -> None:
    first = her.suggestions()["items"][0]
    assert (first["reason"]["text"], first["reason"]["detail"]) == (her.told.reason, her.told.detail)
    of_hers = [fact for fact in first["reason"]["facts"] if fact["source"] == "customer"]
    assert {fact["consent"] for fact in of_hers} == {consent_of(her)["consent_id"]}


def test_she_sees_what_was_read_when_for_which_answer_and_by_which_consent(her: Her) -> None:
    assert her.uses() == []
    answer = her.suggestions()
    consent_id = consent_of(her)["consent_id"]
    assert [(one["field"], one["consent"]) for one in answer["data_used"]] == [
        ("purchases.product", consent_id),
        ("purchases.date", consent_id),
    ]
    assert sorted(her.uses(), key=lambda one: one["field"]) == [
        {
            "answer_id": answer["recommendation_id"],
            "kind": "answer",
            "field": field,
            "purpose": "recommendations",
            "consent": consent_id,
            "used_at": answer["generated_at"],
        }
        for field in ("purchases.date", "purchases.product")
    ]
    her.asks("/recommendations?personalised=false")
    assert len(her.uses()) == 2, "a list that is not personal reads nothing"


def test_history_says_who_when_how_and_on_which_text(her: Her) -> None:
    first = consent_of(her)["consent_id"]
    her.asks(f"/consents/{first}/withdraw", "POST")
    body = {"decision": "refused", "purpose": "reminders", "data": ["contact"], "actor": "shop assistant 7"}
    decisions = {"decisions": [body | {"method": "spoken", "captured_via": "store"}]}
    her.shop.http.post(f"/v1/customers/{her.name}/consents", json=decisions)

    given, withdrawn, refused = her.history()
    assert [one["event"] for one in (given, withdrawn, refused)] == ["given", "withdrawn", "refused"]
    assert (given["method"], given["captured_via"], given["actor"]) == ("checkbox", "account page", None)
    assert (refused["method"], refused["captured_via"], refused["actor"]) == (
        "spoken",
        "store",
        "shop assistant 7",
    )
    assert (withdrawn["consent_id"], withdrawn["previous_hash"]) == (first, given["hash"])
    assert given["recorded_at"] < withdrawn["recorded_at"] < refused["recorded_at"]

    notice = her.shop.http.get(f"/v1/notices/{given['notice_id']}", headers=her._headers).json()
    assert (notice["text"], notice["locale"]) == (her.told.notice, her.told.locale)
    assert notice["sha256"] == sha256(her.told.notice.encode()).hexdigest()
    assert given["locale"] == her.told.locale
    assert her.asks("/consents").json()["consents"][0]["notice_binding"] == "shown"


def test_her_receipt_verifies_at_home_and_names_the_text_in_her_language(her: Her) -> None:
    consent_id = consent_of(her)["consent_id"]
    receipt = her.asks(f"/consents/{consent_id}/receipt").json()
    keys = her.shop.http.get("/.well-known/jwks.json", headers={"Authorization": ""}).json()
    assert genuine(receipt, keys)
    forged = json.loads(json.dumps(receipt).replace("purchases.date", "purchases.price"))
    assert not genuine(forged, keys)
    told = json.dumps(receipt["record"], ensure_ascii=False)
    assert sha256(her.told.notice.encode()).hexdigest() in told
    assert f'"{her.told.locale}"' in told

    her.asks(f"/consents/{consent_id}/withdraw", "POST")
    after = her.asks(f"/consents/{consent_id}/receipt").json()
    assert genuine(after, keys)
    states = [
        after["record"]["dct:hasPart"]["byleave:state"],
        receipt["record"]["dct:hasPart"]["byleave:state"],
    ]
    assert states == ["withdrawn", "given"]
    events = after["record"]["dct:hasPart"]["dpv:hasConsentStatus"]
    assert [one["byleave:hash"] for one in events] == [one["hash"] for one in her.history()]


def test_she_sees_how_it_was_at_a_past_moment(her: Her) -> None:
    consent = consent_of(her)
    her.asks(f"/consents/{consent['consent_id']}/withdraw", "POST")
    given, withdrawn = her.history()

    def state(moment: str) -> list[tuple[str, bool]]:
        consents = her.asks("/consents", params={"as_of": moment}).json()["consents"]
        return [(one["state"], bool(one["in_force"])) for one in consents]

    assert state("2026-06-10T08:59:59Z") == []
    assert state(given["recorded_at"]) == [("given", True)]
    assert state(withdrawn["recorded_at"]) == [("withdrawn", False)]


def test_before_she_takes_it_back_she_sees_what_would_be_different(her: Her) -> None:
    change = {"decision": "withdrawn", "purpose": "recommendations", "data": ["purchases"]}
    request = {"limit": 1, "locale": her.told.locale}
    seen = her.asks("/what-if", "POST", json={"changes": [change], "request": request}).json()
    assert (seen["lost"], seen["gained"]) == (["950-black"], ["paper"])
    assert seen["before"]["items"][0]["reason"]["text"] == her.told.reason
    assert seen["after"]["personalised"] is False
    assert [one["event"] for one in her.history()] == ["given"], "nothing is changed by looking"
    assert {one["kind"] for one in her.uses()} == {"preview"}, "and the looking is on record"

    her.asks(f"/consents/{consent_of(her)['consent_id']}/withdraw", "POST")
    assert her.suggestions()["items"][0]["product"] == seen["after"]["items"][0]["product"], "as foretold"


def test_she_takes_all_of_it_home(her: Her) -> None:
    answer = her.suggestions()
    her.uses()
    archive = ZipFile(BytesIO(her.asks("/export").content))
    assert her.told.archive in archive.read("README.txt").decode()
    everything = json.loads(archive.read("customer.json"))
    assert [one["product_id"] for one in everything["purchases"]] == ["ojp-8600"]
    assert {one["answer_id"] for one in everything["uses"]} == {answer["recommendation_id"]}
    assert [(one["kind"], one["hash"]) for one in everything["consents"]] == [
        (one["event"], one["hash"]) for one in her.history()
    ]
    other = "mei" if her.name == "jane" else "jane"
    assert other not in archive.read("customer.json").decode()


def test_she_is_erased_and_holds_the_proof(her: Her) -> None:
    suggested = product_ids(her.suggestions())
    last = her.history()[-1]
    receipt = her.asks("", "DELETE").json()
    keys = her.shop.http.get("/.well-known/jwks.json", headers={"Authorization": ""}).json()
    assert genuine(receipt, keys)
    record = receipt["record"]
    assert (record["byleave:chain_id"], record["byleave:last_hash"]) == (last["chain_id"], last["hash"])
    rows = {
        one["dpv:hasIdentifier"]: one["byleave:rows"]
        for one in record["dpv:hasProcess"]["dpv:hasPersonalData"]
    }
    assert (rows["purchases"], rows["consents"]) == (1, 1)

    assert (her.history(), her.uses()) == ([], [])
    archive = ZipFile(BytesIO(her.asks("/export").content))
    everything = json.loads(archive.read("customer.json"))
    assert {name for name, rows in everything.items() if isinstance(rows, list) and rows} == set()
    after = her.suggestions()
    assert (suggested[0], product_ids(after)[0], after["personalised"]) == ("950-black", "paper", False)

    came_again = her.shop.bought(her.name, "ojp-8600", when="2026-03-03T14:00:00Z", id="from-an-old-file")
    assert (came_again["status"], came_again["because"]) == ("dropped", "erased")
    audit = her.shop.http.get("/v1/audit/verify").json()
    assert (audit["verified"], audit["first_bad"]) == (True, None), "the rest is verifiable without her"


def test_none_of_this_is_told_to_another_customer(shop: Byleave, her: Her) -> None:
    other = Her(shop, "mei" if her.name == "jane" else "jane")
    consent_id = consent_of(her)["consent_id"]
    for method, path in (
        ("GET", "/uses"),
        ("GET", "/consents"),
        ("GET", "/consents/history"),
        ("GET", f"/consents/{consent_id}/receipt"),
        ("GET", "/export"),
        ("DELETE", ""),
    ):
        answer = shop.http.request(method, f"/v1/customers/{her.name}{path}", headers=other._headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "other_customer")
    assert consent_of(her)["state"] == "given"
