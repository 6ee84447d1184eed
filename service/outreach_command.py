"""The command `byleave outreach`: the plan of a day as lines of JSON, for as many customers as there are."""

from collections.abc import Iterator
from datetime import date, datetime
from time import monotonic
from typing import Annotated

import typer
from sqlalchemy import Engine
from starlette.datastructures import State

from service.admin_key import find_or_make_admin_key
from service.api.outreach import PAGES, lines_of
from service.api.pages import PAGE_MAXIMUM, Page, place_after
from service.assembly import prove, suggest
from service.channels import WELL_KNOWN
from service.command_database import current_database_of
from service.console import errors, foreseen_problems
from service.errors import Problem
from service.explanations import DEFAULT_LOCALE, LOCALES, Explainer
from service.languages import spoken_locale
from service.outreach.desk import Order
from service.outreach.planning import OutreachPlanning
from service.settings import Clock, Settings
from service.tombstones import Tombstones
from service.use_records import UseRecorder

Day = Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="Today, or up to 31 days ahead.")]
Channels = Annotated[list[str], typer.Option("--channel", help="Repeat for several, the best one first.")]
Message = Annotated[str | None, typer.Option("--message", help="Only this message of the shop, by its id.")]
Cursor = Annotated[str | None, typer.Option(help="Go on behind the last `next_cursor` that was printed.")]
Locale = Annotated[str, typer.Option(help=f"The language of reasons and texts: {', '.join(LOCALES)}.")]


def plan_outreach(
    day: Day,
    channels: Channels,
    message: Message = None,
    cursor: Cursor = None,
    locale: Locale = DEFAULT_LOCALE,
) -> None:
    """Plan whom to contact on a day: a line for each contact, and for each who is held back."""
    with foreseen_problems():
        order, explainer = _order(day.date(), channels, message), _explainer_in(locale)
        with current_database_of(settings := Settings()) as engine:
            began, looked_at = monotonic(), 0
            for customers, lines in _planned(engine, settings, order, cursor, explainer):
                looked_at += customers
                for line in lines:
                    typer.echo(line, nl=False)
            took = max(monotonic() - began, 0.001)
    errors.print(f"{looked_at:,} customers looked at in {took:,.1f} s: {looked_at / took:,.0f} a second.")


def _order(day: date, channels: list[str], message: str | None) -> Order:
    unknown = sorted(set(channels) - WELL_KNOWN)
    if unknown:
        raise ValueError(f"--channel {unknown[0]} is unknown; there are: {', '.join(sorted(WELL_KNOWN))}")
    return Order(day=day, channels=tuple(dict.fromkeys(channels)), message_id=message)


def _explainer_in(locale: str) -> Explainer:
    spoken = spoken_locale(locale, LOCALES)
    if spoken is None:
        raise ValueError(f"--locale {locale} is not spoken here; use one of: {', '.join(LOCALES)}")
    return Explainer(spoken)


def _planned(
    engine: Engine, settings: Settings, order: Order, cursor: str | None, explainer: Explainer
) -> Iterator[tuple[int, Iterator[str]]]:
    """Page by page: how many customers were looked at, and what to print of them."""
    planning, uses = _shop(engine, settings)
    try:
        planning.check(order)
        after = place_after(Page(cursor=cursor), *PAGES)
        for page in planning.pages(order, after=after, limit=PAGE_MAXIMUM):
            yield len({one.customer_id for one in page.findings}), lines_of(page, explainer)
    except Problem as problem:
        raise ValueError(problem.detail) from problem
    finally:
        uses.stop()


def _shop(engine: Engine, settings: Settings) -> tuple[OutreachPlanning, UseRecorder]:
    """The use cases of the shop, without the service around them."""
    state, clock, admin_key = State(), Clock(settings.now), find_or_make_admin_key(settings)
    tombstones = Tombstones(admin_key)
    state.use_recorder = UseRecorder(engine, settings.use_records, tombstones)
    state.use_recorder.start()
    prove(state, engine, clock, settings, admin_key, tombstones)
    suggest(state, engine, clock, settings, admin_key)
    planning: OutreachPlanning = state.outreach_planning
    return planning, state.use_recorder
