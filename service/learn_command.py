"""The command `byleave learn`: learns from the beginning, twice over, and lets the workers take in what is new."""

from sqlalchemy import Engine

from recommender.learning.settings import LearningSettings
from service.command_database import current_database_of
from service.console import console, errors, foreseen_problems
from service.learning import CurrentLearning, Relearned
from service.relearning import Relearning
from service.settings import Clock, Settings


def learn() -> None:
    """Learn from all who allow it, from the beginning, and let the workers take in what is new."""
    with (
        foreseen_problems(),
        current_database_of(settings := Settings()) as engine,
        errors.status("Learning …"),
    ):
        learned = _relearned(engine, settings)
    console.print(
        f"Learned from {learned.customers:,} customers who allow it: {learned.products:,} products."
    )
    console.print(f"State (SHA-256): {learned.after}")
    console.print("Running workers take in what is new with one of their next answers.")


def _relearned(engine: Engine, settings: Settings) -> Relearned:
    learning = CurrentLearning(LearningSettings(k=settings.k), settings.retention_limits)
    return Relearning(engine=engine, clock=Clock(settings.now), learning=learning).run()
