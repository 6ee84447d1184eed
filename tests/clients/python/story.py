"""The main story, told by a client that was generated from the running service's /openapi.json."""

import datetime
import sys
import uuid

from byleave_client import AuthenticatedClient
from byleave_client.api.catalogue import put_fits, put_product
from byleave_client.api.consents import record_decisions, withdraw
from byleave_client.api.events import take_in_events
from byleave_client.api.suggestions import get_recommendations
from byleave_client.models import (
    ConsentsRecorded,
    ConsentState,
    DecisionIn,
    DecisionInDataItem,
    DecisionInPurpose,
    DecisionsIn,
    EventIn,
    EventKind,
    EventsIn,
    EventType,
    FitsIn,
    Money,
    ProblemCode,
    ProblemOut,
    ProductIn,
    ProductOut,
    ReasonCode,
    RecommendationOut,
)

url, key = sys.argv[1:]


def suggestions(client: AuthenticatedClient) -> RecommendationOut:
    answer = get_recommendations.sync("anna", client=client, limit=1)
    assert isinstance(answer, RecommendationOut), answer
    return answer


def allows(client: AuthenticatedClient, key: str) -> ConsentsRecorded | ProblemOut | None:
    decision = DecisionIn(
        decision=EventKind.GIVEN,
        purpose=DecisionInPurpose.RECOMMENDATIONS,
        data=[DecisionInDataItem.PURCHASES],
    )
    body = DecisionsIn(decisions=[decision])
    return record_decisions.sync("anna", client=client, body=body, idempotency_key=key)


with AuthenticatedClient(base_url=url, token=key, raise_on_unexpected_status=True) as client:
    for product_id, title in (("printer", "HP OfficeJet Pro 8600"), ("ink", "HP 950")):
        product = ProductIn(title=title, price=Money(amount="27.99", currency="USD"))
        stored = put_product.sync(product_id, client=client, body=product)
        assert isinstance(stored, ProductOut), stored
    put_fits.sync("ink", client=client, body=FitsIn(devices=["printer"]))
    sale = EventIn(
        id="sale-1",
        type_=EventType.PURCHASE,
        customer_id="anna",
        product_id="printer",
        occurred_at=datetime.datetime(2026, 3, 3, 10, tzinfo=datetime.UTC),
    )
    take_in_events.sync(client=client, body=EventsIn(events=[sale]))
    assert not suggestions(client).personalised

    call = str(uuid.uuid4())
    given = allows(client, call)
    assert isinstance(given, ConsentsRecorded), given
    assert allows(client, call) == given
    consent_id = given.consents[0].consent_id
    reason = suggestions(client).items[0].reason
    assert (reason.code, reason.text) == (ReasonCode.FITS_DEVICE, "Fits your HP OfficeJet Pro 8600")
    assert reason.facts[0].consent == consent_id

    ended = withdraw.sync("anna", consent_id, client=client)
    assert not isinstance(ended, ProblemOut | None)
    assert ended.state is ConsentState.WITHDRAWN
    after = suggestions(client)
    assert not after.personalised
    assert "OfficeJet" not in after.items[0].reason.text

    problem = put_fits.sync("ink", client=client, body=FitsIn(devices=["toaster"]))
    assert isinstance(problem, ProblemOut)
    assert problem.code is ProblemCode.UNKNOWN_PRODUCT

print("gone")
