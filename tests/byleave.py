"""A Byleave to talk to over HTTP, with the words that the stories use."""

from itertools import count
from types import TracebackType
from typing import Any, ClassVar, Self

import httpx
from fastapi.testclient import TestClient

from consent.vocabulary import PurposeCatalogue
from service.app import create_app
from service.settings import Settings

ADMIN_KEY = "the-admin-key-of-the-tests-0123456789"


class Stories:
    """What shop and customer do, in their words; every call goes over HTTP and must succeed."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http
        self._numbers = count(1)

    def product(self, product_id: str, title: str | None = None, **body: Any) -> None:
        fits = body.pop("fits", None)
        self._ok(self.http.put(f"/v1/products/{product_id}", json={"title": title or product_id} | body))
        if fits is not None:
            self._ok(self.http.put(f"/v1/products/{product_id}/fits", json={"devices": fits}))

    def tip(self, tip_id: str, **body: Any) -> None:
        self._ok(self.http.put(f"/v1/tips/{tip_id}", json=body))

    def message(self, message_id: str, **body: Any) -> None:
        self._ok(self.http.put(f"/v1/messages/{message_id}", json={"known_since": "2026-06-01"} | body))

    def bought(
        self, customer_id: str, product_id: str, when: str = "2026-03-03T10:00:00Z", **event: Any
    ) -> dict[str, Any]:
        number = next(self._numbers)
        body = {
            "id": f"event-{number}-{customer_id}",
            "type": "purchase",
            "customer_id": customer_id,
            "product_id": product_id,
            "occurred_at": when,
        }
        answer = self._ok(self.http.post("/v1/events", json={"events": [body | event]}))
        result: dict[str, Any] = answer.json()["results"][0]
        return result

    def decides(
        self, customer_id: str, decision: str, purpose: str, *data: str, **more: Any
    ) -> dict[str, Any]:
        body = {"decision": decision, "purpose": purpose, "data": list(data)} | more
        path = f"/v1/customers/{customer_id}/consents"
        consent: dict[str, Any] = self._ok(self.http.post(path, json={"decisions": [body]})).json()[
            "consents"
        ][0]
        return consent

    def allows(self, customer_id: str, *data: str, purpose: str = "recommendations", **more: Any) -> str:
        consent_id: str = self.decides(customer_id, "given", purpose, *data, **more)["consent_id"]
        return consent_id

    def publishes(self, *purposes: str, locale: str = "en", text: str = "We ask you.", **more: Any) -> str:
        """A notice for these purposes, or for suggestions; gives its id."""
        body = {"purposes": list(purposes) or ["recommendations"], "locale": locale, "text": text} | more
        notice_id: str = self._ok(self.http.post("/v1/notices", json=body)).json()["notice_id"]
        return notice_id

    def withdraws(self, customer_id: str, consent_id: str) -> dict[str, Any]:
        path = f"/v1/customers/{customer_id}/consents/{consent_id}/withdraw"
        consent: dict[str, Any] = self._ok(self.http.post(path)).json()
        return consent

    def withdraws_all(self, customer_id: str) -> None:
        self._ok(self.http.post(f"/v1/customers/{customer_id}/consents/withdraw-all"))

    def objects(self, customer_id: str, kind: str, *data: str) -> str:
        body = {"kind": kind, "data": list(data)}
        answer = self._ok(self.http.post(f"/v1/customers/{customer_id}/objections", json=body))
        objection_id: str = answer.json()["objection_id"]
        return objection_id

    def lifts(self, customer_id: str, objection_id: str) -> None:
        self._ok(self.http.delete(f"/v1/customers/{customer_id}/objections/{objection_id}"))

    def owns(self, customer_id: str, *devices: dict[str, Any]) -> None:
        path = f"/v1/customers/{customer_id}/devices"
        self._ok(self.http.put(path, json={"devices": list(devices)}, headers={"If-Match": "*"}))

    def tells(self, customer_id: str, document: str, **body: Any) -> dict[str, Any]:
        """She tells the shop herself: her `preferences`, her `occasions`, her `contact`."""
        path = f"/v1/customers/{customer_id}/{document}"
        answer = self._ok(self.http.put(path, json=body, headers={"If-Match": "*"}))
        told: dict[str, Any] = answer.json()
        return told

    def says(self, customer_id: str, kind: str | None = None, **body: Any) -> dict[str, Any]:
        """One tap, or what she says of a visit."""
        path, locale = f"/v1/customers/{customer_id}/feedback", body.pop("locale", "en")
        said = body if kind is None else {"kind": kind, **body}
        answer: dict[str, Any] = self._ok(self.http.post(path, json=said, params={"locale": locale})).json()
        return answer

    def plans(self, date: str = "2026-06-10", *channels: str, **body: Any) -> dict[str, Any]:
        """Whom to contact on that day, by e-mail unless said otherwise."""
        asked = {"date": date, "channels": list(channels) or ["email"]} | body
        plan: dict[str, Any] = self._ok(self.http.post("/v1/outreach/plan", json=asked)).json()
        return plan

    def reports(self, contact: dict[str, Any], outcome: str) -> dict[str, Any]:
        """Tells what becomes of a contact; `sending` asks whether to send it."""
        path = f"/v1/outreach/{contact['outreach_id']}/outcome"
        told: dict[str, Any] = self._ok(self.http.post(path, json={"outcome": outcome})).json()
        return told

    def orders_regularly(self, customer_id: str, product_id: str, **more: Any) -> str:
        """She allows an order of it to be proposed three times until December, for 20 euros at most."""
        limits = {
            "items": {"products": [product_id]},
            "uses": 3,
            "expires_at": "2026-12-01T00:00:00Z",
            "price_limit": {"amount": "20.00", "currency": "EUR"},
        }
        data = ("purchases.product", "purchases.date")
        return self.allows(customer_id, *data, purpose="standing_orders", **(limits | more))

    def proposes(self, **body: Any) -> dict[str, Any]:
        """Which orders are proposed now, and which are held back."""
        path, key = "/v1/standing-orders/propose", {"Idempotency-Key": f"propose-{next(self._numbers)}"}
        answer: dict[str, Any] = self._ok(self.http.post(path, json=body, headers=key)).json()
        return answer

    def suggestions(self, customer_id: str, **query: Any) -> dict[str, Any]:
        path = f"/v1/customers/{customer_id}/recommendations"
        answer: dict[str, Any] = self._ok(self.http.get(path, params=query)).json()
        return answer

    def visitor_suggestions(self, **query: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self._ok(self.http.get("/v1/recommendations", params=query)).json()
        return answer

    @staticmethod
    def _ok(response: httpx.Response) -> httpx.Response:
        assert response.is_success, f"{response.request.method} {response.url}: {response.text}"
        return response


class Byleave(Stories):
    """A Byleave inside this process."""

    _documents: ClassVar[dict[PurposeCatalogue, dict[str, Any]]] = {}
    """The OpenAPI document by all that it depends on: making it takes longer than most tests."""

    def __init__(self, settings: Settings) -> None:
        self.app = create_app(settings)
        self.app.openapi_schema = self._documents.get(settings.purpose_catalogue)
        self._client = TestClient(
            self.app,
            headers={"Authorization": f"Bearer {ADMIN_KEY}"},
            raise_server_exceptions=False,
        )
        super().__init__(self._client)

    def __enter__(self) -> Self:
        self._client.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.__exit__(kind, error, trace)
        if self.app.openapi_schema is not None:
            self._documents[self.app.state.purposes] = self.app.openapi_schema


def product_ids(answer: dict[str, Any]) -> list[str]:
    """Its products in their order, without tips."""
    return [item["product"]["id"] for item in answer["items"] if item["kind"] == "product"]
