"""P5: no record, expired, refused, withdrawn, narrowed beyond what can be honoured, or not understood at
all: it is not read, and a closed code keeps the cases apart.

Each case is written straight into the ledger, because the API refuses to record some of them.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import cycle
from typing import Any

import pytest
from sqlalchemy import Engine, insert, text

from consent.decision import Permission, decide
from consent.events import EventKind
from consent.reasons import Because
from consent.scope import Items, Scope
from consent.vocabulary import FIELD_CODES, PURPOSE_CODES
from service.db.consent_ledger import NewEvent, OpenLedger, lock_ledger, read_events
from service.db.devices import replace_devices
from service.db.engine import snapshot, write_transaction
from service.db.tables import CartAddition, View
from tests.builders import a_moment
from tests.byleave import Byleave
from tests.conftest import settings_for

PURPOSES = sorted(PURPOSE_CODES)
NOW = a_moment() + timedelta(hours=1)  # all of this was recorded at 9 o'clock
RECORDED = a_moment()

Write = Callable[[OpenLedger, str, frozenset[str]], None]


def says(*kinds: EventKind, **scope: Any) -> Write:
    """She said these things, one after the other, all of the same scope."""

    def write(ledger: OpenLedger, purpose: str, fields: frozenset[str]) -> None:
        for kind in kinds:
            append(ledger, kind, purpose, fields, **scope)

    return write


def append(
    ledger: OpenLedger,
    kind: EventKind,
    purpose: str,
    fields: frozenset[str],
    *,
    occurred_at: Any = None,
    replaces: str | None = None,
    **scope: Any,
) -> str:
    consent_id = f"con_{len(ledger.events) + 1}"
    ledger.append(
        NewEvent(
            consent_id=consent_id,
            kind=kind,
            scope=Scope(purpose=purpose, fields=fields, **scope),
            occurred_at=occurred_at,
            replaces=replaces,
        ),
        now=RECORDED,
    )
    return consent_id


def nothing(ledger: OpenLedger, purpose: str, fields: frozenset[str]) -> None:
    """She was never asked."""


def for_another_purpose(ledger: OpenLedger, purpose: str, fields: frozenset[str]) -> None:
    for other in PURPOSES:
        if other != purpose:
            append(ledger, EventKind.GIVEN, other, fields)


def a_late_paper(ledger: OpenLedger, purpose: str, fields: frozenset[str]) -> None:
    append(ledger, EventKind.WITHDRAWN, purpose, fields)
    append(ledger, EventKind.GIVEN, purpose, fields, occurred_at=RECORDED - timedelta(days=9))


def exchanged_for_nothing(ledger: OpenLedger, purpose: str, fields: frozenset[str]) -> None:
    before = append(ledger, EventKind.GIVEN, purpose, fields)
    append(ledger, EventKind.GIVEN, purpose, frozenset(), replaces=before)


def used_up(ledger: OpenLedger, purpose: str, fields: frozenset[str]) -> None:
    once = append(ledger, EventKind.GIVEN, purpose, fields, uses=1)
    use = NewEvent(consent_id=once, kind=EventKind.CONSUMED, scope=Scope(purpose=purpose, fields=fields))
    ledger.append(use, now=RECORDED)


def an_unknown_purpose(ledger: OpenLedger, purpose: str, fields: frozenset[str]) -> None:
    for unknown in ("", "advertising", purpose.upper(), f" {purpose}", "*"):
        append(ledger, EventKind.GIVEN, unknown, fields)


def unknown_fields(ledger: OpenLedger, purpose: str, fields: frozenset[str]) -> None:
    unknown = {"*", "", "purchases", "purchases.*", *(code.upper() for code in fields)}
    append(ledger, EventKind.GIVEN, purpose, frozenset(unknown))


GIVEN, RENEWED, DEFERRED = EventKind.GIVEN, EventKind.RENEWED, EventKind.DEFERRED
REFUSED, WITHDRAWN, REVOKED = EventKind.REFUSED, EventKind.WITHDRAWN, EventKind.REVOKED

CASES: dict[str, tuple[Write, Because]] = {
    "never asked": (nothing, Because.NOT_ASKED),
    "asked, and she put it off": (says(DEFERRED), Because.DEFERRED),
    "refused": (says(REFUSED), Because.REFUSED),
    "given, then refused": (says(GIVEN, REFUSED), Because.REFUSED),
    "given, then withdrawn": (says(GIVEN, WITHDRAWN), Because.WITHDRAWN),
    "given, renewed, then withdrawn": (says(GIVEN, RENEWED, WITHDRAWN), Because.WITHDRAWN),
    "withdrawn without having been given": (says(WITHDRAWN), Because.WITHDRAWN),
    "ended by somebody else": (says(GIVEN, REVOKED), Because.REVOKED),
    "expired": (says(GIVEN, expires_at=NOW), Because.EXPIRED),
    "expired long ago": (says(GIVEN, expires_at=RECORDED - timedelta(days=9)), Because.EXPIRED),
    "renewed, and expired again": (says(GIVEN, RENEWED, expires_at=NOW), Because.EXPIRED),
    "for another purpose only": (for_another_purpose, Because.NOT_ASKED),
    "a late paper": (a_late_paper, Because.WITHDRAWN),
    "exchanged for a consent to nothing": (exchanged_for_nothing, Because.OUT_OF_SCOPE),
    "only for a channel": (says(GIVEN, channels=frozenset({"email"})), Because.OUT_OF_SCOPE),
    "only for no channel": (says(GIVEN, channels=frozenset()), Because.OUT_OF_SCOPE),
    "only for no items": (says(GIVEN, items=Items()), Because.OUT_OF_SCOPE),
    "objected to": (says(GIVEN, EventKind.OBJECTED), Because.OBJECTED),
    "objected to before it was given": (says(EventKind.OBJECTED, GIVEN), Because.OBJECTED),
    "restricted": (says(GIVEN, EventKind.RESTRICTED), Because.RESTRICTED),
    "objected to and restricted": (
        says(EventKind.OBJECTED, EventKind.RESTRICTED, GIVEN),
        Because.OBJECTED,
    ),
    "used up": (used_up, Because.CONSUMED),
    "only once": (says(GIVEN, uses=1), Because.SINGLE_USE),
    "not even once": (says(GIVEN, uses=0), Because.CONSUMED),
    "for a purpose that nobody knows": (an_unknown_purpose, Because.NOT_ASKED),
    "for fields that nobody knows": (unknown_fields, Because.NOT_ASKED),
}


def tell(engine: Engine, customer_id: str, write: Write, purpose: str, fields: Sequence[str]) -> None:
    with write_transaction(engine) as connection:
        write(lock_ledger(connection, customer_id), purpose, frozenset(fields))


def permission(engine: Engine, customer_id: str, purpose: str) -> Permission:
    with snapshot(engine) as connection:
        events = read_events(connection, customer_id)
    return decide(events, customer_id=customer_id, purpose=purpose, at=NOW)


def corrupt(engine: Engine, customer_id: str, kind: str) -> None:
    """Put something that is no kind of event into the ledger, as a defect or a newer release might."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE consent_events SET kind = :kind WHERE chain_id = "
                "(SELECT chain_id FROM consent_chains WHERE customer_id = :customer)"
            ),
            {"kind": kind, "customer": customer_id},
        )


def test_for_every_purpose_and_every_field(engine: Engine) -> None:
    for case, (write, because) in CASES.items():
        for purpose in PURPOSES:
            customer_id = f"{case} for {purpose}"
            tell(engine, customer_id, write, purpose, FIELD_CODES)
            decided = permission(engine, customer_id, purpose)
            assert decided.fields == frozenset(), customer_id
            assert {decided.verdict(field).because for field in FIELD_CODES} == {because}, customer_id


def test_of_every_single_field_and_of_no_other(engine: Engine) -> None:
    about = [
        (f"{case} about {field}", write, because, purpose, field)
        for case, (write, because) in CASES.items()
        for field, purpose in zip(FIELD_CODES, cycle(PURPOSES), strict=False)
    ]
    with write_transaction(engine) as connection:
        for customer_id, write, _, purpose, field in about:
            write(lock_ledger(connection, customer_id), purpose, frozenset({field}))
    for customer_id, _, because, purpose, field in about:
        decided = permission(engine, customer_id, purpose)
        verdicts = {other: decided.verdict(other).because for other in FIELD_CODES}
        assert verdicts == dict.fromkeys(FIELD_CODES, Because.NOT_ASKED) | {field: because}, customer_id


def test_a_kind_of_event_that_nobody_knows_is_a_no(engine: Engine) -> None:
    for number, kind in enumerate(("", "GIVEN", "granted", "given ", "forgotten", "👍")):
        customer_id, purpose = f"c-{number}", PURPOSES[number]
        tell(engine, customer_id, says(GIVEN), purpose, FIELD_CODES)
        assert permission(engine, customer_id, purpose).fields == frozenset(FIELD_CODES)
        corrupt(engine, customer_id, kind)
        decided = permission(engine, customer_id, purpose)
        assert decided.fields == frozenset()
        assert {decided.verdict(field).because for field in FIELD_CODES} == {Because.REVOKED}


def test_a_purpose_or_a_field_that_nobody_knows_is_never_permitted(engine: Engine) -> None:
    for purpose in PURPOSES:
        tell(engine, "anna", says(GIVEN), purpose, FIELD_CODES)
    for unknown in ("advertising", "", "*", "Recommendations"):
        decided = permission(engine, "anna", unknown)
        assert {decided.verdict(field).because for field in FIELD_CODES} == {Because.UNKNOWN_PURPOSE}
    decided = permission(engine, "anna", "recommendations")
    for unknown in ("purchases.colour", "purchases", "", "*", "PURCHASES.PRODUCT"):
        assert decided.verdict(unknown).because == Because.UNKNOWN_FIELD


# --- and nothing is read: the answer is that of somebody never seen --------------------------------


@pytest.fixture
def shop(database_url: str) -> Iterator[Byleave]:
    with Byleave(settings_for(database_url, now=NOW.isoformat())) as byleave:
        byleave.product("printer")
        byleave.product("ink", fits=["printer"])
        byleave.product("coffee", attributes={"usual_interval_days": 30})
        byleave.product("paper", featured_rank=1)
        byleave.product("pens")
        yield byleave


def the_shop_learns(shop: Byleave) -> None:
    """Six others bought coffee and pens, so that who looked at coffee may be told of pens."""
    for number in range(6):
        for product_id in ("coffee", "pens"):
            shop.bought(f"other-{number}", product_id, when="2026-06-01T10:00:00Z")
        shop.allows(f"other-{number}", "purchases", purpose="learning")


def her_data(shop: Byleave, engine: Engine, customer_id: str) -> None:
    """She bought things, and what exists only by consent is still in the database, whatever she allows."""
    shop.bought(customer_id, "printer")
    shop.bought(customer_id, "coffee", when="2026-04-20T10:00:00Z")
    with write_transaction(engine) as connection:
        device = {"product_id": "printer", "owned_since": None, "ownership": "owned"}
        replace_devices(connection, customer_id, [device])
        seen = {"customer_id": customer_id, "product_id": "coffee", "occurred_at": NOW, "recorded_at": NOW}
        connection.execute(insert(View), [seen | {"id": f"view-{customer_id}"}])
        connection.execute(insert(CartAddition), [seen | {"id": f"cart-{customer_id}", "quantity": 1}])


def assert_nothing_was_read(shop: Byleave, customer_id: str, because: Because) -> None:
    never_seen = shop.suggestions("never-seen")
    answer = shop.suggestions(customer_id)
    assert answer["personalised"] is False
    assert answer["items"] == never_seen["items"] != []
    assert answer["data_used"] == []
    assert {one["because"] for one in answer["data_not_used"]} == {because}
    shop.app.state.use_recorder.flush()
    assert shop.http.get(f"/v1/customers/{customer_id}/uses").json()["uses"] == []


def test_the_answer_is_that_of_somebody_never_seen(shop: Byleave, engine: Engine) -> None:
    the_shop_learns(shop)
    for number, (write, because) in enumerate(CASES.values()):
        customer_id = f"c-{number}"
        her_data(shop, engine, customer_id)
        tell(engine, customer_id, write, "recommendations", FIELD_CODES)
        assert_nothing_was_read(shop, customer_id, because)


def test_the_data_was_there_and_would_have_mattered(shop: Byleave, engine: Engine) -> None:
    the_shop_learns(shop)
    alone = ("purchases.product", "devices.product", "browsing.views", "browsing.carts")
    for number, fields in enumerate(([*alone], FIELD_CODES, *([field] for field in alone))):
        her_data(shop, engine, f"c-{number}")
        tell(engine, f"c-{number}", says(GIVEN), "recommendations", fields)
        answer = shop.suggestions(f"c-{number}")
        assert answer["personalised"] is True
        assert answer["items"] != shop.suggestions("never-seen")["items"]


def test_a_permission_ends_by_itself_when_its_time_is_over(shop: Byleave, engine: Engine) -> None:
    until_noon = {"expires_at": "2026-06-10T12:00:00Z"}
    her_data(shop, engine, "anna")
    shop.allows("anna", *{code.split(".")[0] for code in FIELD_CODES}, **until_noon)
    assert shop.suggestions("anna")["personalised"] is True
    url = engine.url.render_as_string(hide_password=False).replace("postgresql+psycopg", "postgresql")
    with Byleave(settings_for(url, now="2026-06-10T12:00:00Z")) as at_noon:
        shop.app.state.use_recorder.flush()
        answer = at_noon.suggestions("anna")
        assert answer["personalised"] is False
        assert answer["items"] == at_noon.suggestions("never-seen")["items"]
        assert {one["because"] for one in answer["data_not_used"]} == {"expired"}
        assert at_noon.http.get("/v1/customers/anna/devices").json() == {"devices": []}


def test_what_is_not_understood_takes_nobody_elses_answer_away(shop: Byleave, engine: Engine) -> None:
    her_data(shop, engine, "anna")
    for purpose in ("recommendations", "learning"):
        tell(engine, "anna", says(GIVEN), purpose, FIELD_CODES)
    corrupt(engine, "anna", "granted")
    with engine.begin() as connection:
        connection.execute(text("UPDATE epochs SET epoch = epoch + 1"))
    assert_nothing_was_read(shop, "anna", Because.REVOKED)
    assert shop.http.get("/v1/customers/anna/consents").status_code == 200
    assert shop.visitor_suggestions()["items"]


# --- the second door: nobody's purchases are learned from without a live permission --------------


def test_nothing_is_learned_either(shop: Byleave, engine: Engine) -> None:
    for place, (write, _) in enumerate(CASES.values()):
        shop.product(f"gift-{place}")
        for number in range(6):
            customer_id = f"c-{place}-{number}"
            shop.bought(customer_id, f"gift-{place}")
            tell(engine, customer_id, write, "learning", FIELD_CODES)
    with engine.begin() as connection:
        connection.execute(text("UPDATE epochs SET epoch = epoch + 1"))
    assert "popular" not in _codes(shop)


def test_six_who_allow_it_make_something_popular(shop: Byleave) -> None:
    for number in range(6):
        shop.bought(f"c-{number}", "pens")
        shop.allows(f"c-{number}", "purchases.product", purpose="learning")
    assert "popular" in _codes(shop)


def _codes(shop: Byleave) -> set[str]:
    return {item["reason"]["code"] for item in shop.visitor_suggestions(limit=50)["items"]}
