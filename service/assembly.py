"""Puts the use cases of one shop together from its settings: what each is made of stands here and nowhere else."""

from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from starlette.datastructures import State

from recommender import inputs
from recommender.outreach.rules import Cap, ContactRules
from service.appending import Appending
from service.audiences import Audiences
from service.audit import Audits
from service.brief import Briefs
from service.catalogue import CurrentShop
from service.consents import ConsentRegistry
from service.contact import ContactDocument
from service.corrections import Corrections
from service.devices import DevicesDocument
from service.erasure import Erasures
from service.events import EventIntake
from service.export import Exports
from service.feedback import FeedbackBook
from service.insights import Insights
from service.keys import Keys
from service.learning import CurrentLearning
from service.merging import Merging
from service.objections import Objections
from service.occasions import OccasionsDocument
from service.outreach.planning import OutreachPlanning
from service.outreach.reporting import OutreachReports
from service.own_documents import OwnDocuments
from service.permission_decisions import PermissionDecisions
from service.preferences import PreferencesDocument
from service.receipts import Receipts
from service.recommendation_ids import RecommendationIds
from service.recommendations import Suggesting
from service.relearning import Relearning
from service.sealing import derived_key
from service.settings import Clock, Settings
from service.signing import Signing
from service.similarity import CurrentSimilarity
from service.single_use import SingleUse
from service.small_numbers import SmallNumbers
from service.staff_feed import StaffFeed
from service.standing_orders import StandingOrders
from service.task_rules import TaskRules
from service.tasks import TaskBook
from service.tokens import Tokens
from service.tombstones import Tombstones
from service.value import Values
from service.what_if import WhatIf


def prove(
    state: State, engine: Engine, clock: Clock, settings: Settings, admin_key: str, tombstones: Tombstones
) -> None:
    """Who may call; what is signed, verified, handed out and erased."""
    state.keys = Keys(engine, clock, admin_key)
    state.tokens = Tokens(clock, admin_key)
    state.signing = Signing(engine, clock, admin_key)
    state.receipts = Receipts(engine, clock, state.signing, settings.terms, settings.purpose_catalogue)
    state.audits = Audits(engine, clock, state.signing)
    state.corrections = Corrections(engine, clock)
    state.exports = Exports(engine, clock)
    state.erasures = Erasures(engine, clock, state.signing, tombstones, settings.terms)


def suggest(state: State, engine: Engine, clock: Clock, settings: Settings, admin_key: str) -> None:
    """What reads of customers what they allow."""
    retention = settings.retention_limits
    learned = settings.learning
    state.suggesting = Suggesting(
        engine=engine,
        clock=clock,
        settings=inputs.Settings(learning=learned, country=settings.country),
        shop=CurrentShop(),
        learning=CurrentLearning(learned, retention, at_once_below=settings.learn_at_once_below),
        similarity=CurrentSimilarity(),
        use_recorder=state.use_recorder,
        ids=RecommendationIds(derived_key(admin_key, "byleave recommendation ids, version 1")),
        retention=retention,
        content_locale=settings.content_locale,
    )
    state.task_rules = TaskRules(engine=engine, clock=clock)
    state.tasks = TaskBook(
        engine=engine,
        clock=clock,
        shop=state.suggesting.shop,
        use_recorder=state.use_recorder,
        retention=retention,
    )
    state.briefs = Briefs(suggesting=state.suggesting, tasks=state.tasks)
    state.values = Values(engine=engine, clock=clock, retention=retention)
    numbers = SmallNumbers(derived_key(admin_key, "byleave rounding, version 1"), settings.k)
    state.audiences = Audiences(suggesting=state.suggesting, numbers=numbers)
    state.insights = Insights(
        engine=engine,
        clock=clock,
        numbers=numbers,
        use_recorder=state.use_recorder,
        retention=retention,
    )
    state.staff_feed = StaffFeed(
        engine=engine,
        clock=clock,
        use_recorder=state.use_recorder,
        seconds=settings.staff_feed_seconds,
        retention=retention,
    )
    state.relearning = Relearning(
        engine=engine, clock=clock, learning=state.suggesting.learning, signing=state.signing
    )
    state.outreach_planning = OutreachPlanning(
        suggesting=state.suggesting,
        rules=ContactRules(
            caps=(
                Cap(contacts=settings.contacts_a_week, days=7),
                Cap(contacts=settings.contacts_a_month, days=30),
            )
        ),
        zone=ZoneInfo(settings.time_zone),
    )
    state.outreach_reports = OutreachReports(planning=state.outreach_planning)
    state.what_if = WhatIf(suggesting=state.suggesting, purposes=settings.purpose_catalogue)


def take_in(state: State, engine: Engine, clock: Clock, settings: Settings, tombstones: Tombstones) -> None:
    """What brings in something about customers: nothing of it from before somebody was erased."""
    retention = settings.retention_limits
    appending = Appending(
        clock=clock,
        environment=settings.env,
        unpermitted_purchases=settings.purchases,
        retention=retention,
        purposes=settings.purpose_catalogue,
        tombstones=tombstones,
    )
    state.events = EventIntake(
        engine=engine,
        clock=clock,
        unpermitted_purchases=settings.purchases,
        retention=retention,
        tombstones=tombstones,
    )
    state.devices = OwnDocuments(engine=engine, clock=clock, kind=DevicesDocument())
    state.preferences = OwnDocuments(engine=engine, clock=clock, kind=PreferencesDocument())
    state.occasions = OwnDocuments(engine=engine, clock=clock, kind=OccasionsDocument())
    state.contact = OwnDocuments(engine=engine, clock=clock, kind=ContactDocument())
    state.consents = ConsentRegistry(engine=engine, appending=appending)
    state.objections = Objections(engine=engine, appending=appending)
    state.permission_decisions = PermissionDecisions(engine=engine, appending=appending)
    state.merging = Merging(engine=engine, appending=appending)
    state.feedback = FeedbackBook(engine=engine, appending=appending, suggesting=state.suggesting)
    state.single_use = SingleUse(suggesting=state.suggesting, appending=appending)
    state.standing_orders = StandingOrders(suggesting=state.suggesting, appending=appending)
