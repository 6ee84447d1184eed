"""The command `byleave standing-orders`: proposes what is due, a line of JSON for each product that is looked at."""

from collections.abc import Iterator
from typing import Annotated

import typer
from sqlalchemy import Engine
from starlette.datastructures import State

from service.admin_key import find_or_make_admin_key
from service.api.pages import PAGE_MAXIMUM
from service.api.standing_orders import proposals
from service.assembly import prove, suggest, take_in
from service.command_database import current_database_of
from service.console import foreseen_problems
from service.settings import Clock, Settings
from service.standing_orders import StandingOrders
from service.tombstones import Tombstones
from service.use_records import UseRecorder

Customer = Annotated[str | None, typer.Option("--customer", help="Only this customer, by her id.")]


def propose_orders(customer: Customer = None) -> None:
    """Propose the orders that customers allow to be proposed, to the shop's checkout: see the feed of changes."""
    with foreseen_problems(), current_database_of(settings := Settings()) as engine:
        for line in _lines(engine, settings, customer):
            typer.echo(line)


def _lines(engine: Engine, settings: Settings, customer: str | None) -> Iterator[str]:
    standing_orders, uses = _shop(engine, settings)
    after: str | None = None
    try:
        while True:
            page = (
                standing_orders.page(after=after, limit=PAGE_MAXIMUM)
                if customer is None
                else standing_orders.for_one(customer)
            )
            told = proposals(page)
            yield from (f'{{"proposed":{one.model_dump_json()}}}' for one in told.proposed)
            yield from (f'{{"held_back":{one.model_dump_json()}}}' for one in told.held_back)
            after = page.last
            if after is None:
                return
    finally:
        uses.stop()


def _shop(engine: Engine, settings: Settings) -> tuple[StandingOrders, UseRecorder]:
    """The use case of the shop, without the service around it."""
    state, clock, admin_key = State(), Clock(settings.now), find_or_make_admin_key(settings)
    tombstones = Tombstones(admin_key)
    state.use_recorder = UseRecorder(engine, settings.use_records, tombstones)
    state.use_recorder.start()
    prove(state, engine, clock, settings, admin_key, tombstones)
    suggest(state, engine, clock, settings, admin_key)
    take_in(state, engine, clock, settings, tombstones)
    standing_orders: StandingOrders = state.standing_orders
    return standing_orders, state.use_recorder
