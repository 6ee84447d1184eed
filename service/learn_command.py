"""The command `byleave learn`: learns from the beginning, twice over, and lets the workers take in what is new."""

from recommender.learning.settings import LearningSettings
from service.admin_key import find_or_make_admin_key
from service.command_database import current_database_of
from service.console import console, errors, foreseen_problems
from service.learning import CurrentLearning
from service.relearning import Relearning
from service.settings import Clock, Settings
from service.signing import Signing


def learn() -> None:
    """Learn from all who allow it, from the beginning, and let the workers take in what is new."""
    with foreseen_problems(), current_database_of(settings := Settings()) as engine:
        clock = Clock(settings.now)
        relearning = Relearning(
            engine=engine,
            clock=clock,
            learning=CurrentLearning(LearningSettings(k=settings.k), settings.retention_limits),
            signing=Signing(engine, clock, find_or_make_admin_key(settings)),
        )
        with errors.status("Learning …"):
            learned, receipt = relearning.run()
    console.print(
        f"Learned from {learned.customers:,} customers who allow it: {learned.products:,} products."
    )
    console.print(f"State (SHA-256): {learned.now}")
    console.print("Counted a second time: " + ("the same." if learned.is_exact else "not the same!"))
    console.print(f"Receipt: {receipt}", soft_wrap=True)
    console.print("Running workers take in what is new with one of their next answers.")
    if not learned.is_exact:
        raise SystemExit(1)
