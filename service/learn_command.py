"""The command `byleave learn`: learns from the beginning, twice over, and lets the workers take in what is new.

With `--tune` it looks for better weights instead, proposes them, and changes nothing.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from time import monotonic
from typing import Annotated, Any

import typer

from service.admin_key import find_or_make_admin_key
from service.command_database import current_database_of
from service.console import console, errors, foreseen_problems
from service.evaluate.tuning import FEWEST_CUSTOMERS, WINDOW_DAYS, Advice, Gain, Tuning
from service.learning import CurrentLearning
from service.learning_weights import weights_of
from service.relearning import Relearning
from service.settings import Clock, Settings
from service.signing import Signing
from service.tuning import Tuner

Tune = Annotated[
    bool, typer.Option("--tune", help="Propose weights that suit this shop better; changes nothing.")
]
Minutes = Annotated[int, typer.Option(min=1, max=1_440, help="With --tune: begin nothing new after that.")]
ForMachines = Annotated[bool, typer.Option("--json", help="With --tune: print JSON.")]


def learn(is_tuning: Tune = False, minutes: Minutes = 10, for_machines: ForMachines = False) -> None:
    """Learn from all who allow it, from the beginning, and let the workers take in what is new."""
    with foreseen_problems():
        if not is_tuning:
            if for_machines:
                raise ValueError("--json goes with --tune.")
            _learn()
            return
        began = monotonic()
        tuning = _tuned(minutes)
        took = monotonic() - began
    if for_machines:
        typer.echo(json.dumps(_as_json(tuning, took), indent=2))
        return
    for line in _said(tuning, minutes, took):
        console.print(line, soft_wrap=True)


def _learn() -> None:
    with current_database_of(settings := Settings()) as engine:
        clock = Clock(settings.now)
        relearning = Relearning(
            engine=engine,
            clock=clock,
            learning=CurrentLearning(settings.learning, settings.retention_limits),
            signing=Signing(engine, clock, find_or_make_admin_key(settings)),
        )
        with errors.status("Learning …"):
            learned, receipt = relearning.run()
    many = f"fewer than {settings.k}" if learned.customers is None else f"{learned.customers:,}"
    console.print(
        f"Learned from {many} customers who allow it; {learned.products:,} products were bought by at least "
        f"{settings.k} of them."
    )
    console.print(f"State (SHA-256): {learned.now}")
    console.print("Counted a second time: " + ("the same." if learned.is_exact else "not the same!"))
    console.print(f"Receipt: {receipt}", soft_wrap=True)
    console.print("Running workers take in what is new with one of their next answers.")
    if not learned.is_exact:
        raise SystemExit(1)


def _tuned(minutes: int) -> Tuning:
    with current_database_of(settings := Settings()) as engine:
        tuner = Tuner(
            engine=engine,
            clock=Clock(settings.now),
            current=settings.learning,
            retention=settings.retention_limits,
            seconds=minutes * 60,
        )
        with errors.status("Tuning …") as status:
            return tuner.run(lambda doing: status.update(f"Tuning: {doing} …"))


def _as_json(tuning: Tuning, took: float) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(json.dumps(asdict(tuning), default=str))
    is_better = tuning.advice is Advice.BETTER
    settings = weights_of(tuning.proposed) if is_better and tuning.proposed else None
    del told["proposed"]
    return told | {"seconds": round(took, 1), "settings": settings}


def _said(tuning: Tuning, minutes: int, took: float) -> Iterator[str]:
    yield f"Looked at {tuning.customers:,} customers who allow learning with the dates of their purchases."
    if tuning.advice is Advice.TOO_FEW:
        yield from _too_few(tuning)
        return
    proof, search = tuning.windows
    yield (
        f"Chosen on the {WINDOW_DAYS} days from {search.start} ({search.customers:,} customers, {tuning.tried} "
        f"settings), measured on the {WINDOW_DAYS} days from {proof.start} ({proof.customers:,} customers), in "
        f"{took:.0f} s."
    )
    if not tuning.is_finished:
        yield f"There was no time for all settings within {minutes} minutes; --minutes gives it more."
    yield from (_gained(gain) for gain in tuning.gains)
    if tuning.advice is Advice.KEEP:
        yield "Keep what you have: nothing that was tried is better beyond doubt."
        return
    assert tuning.proposed is not None, "it is better"
    yield "Better. To use it, put this into a file and its path into BYLEAVE_LEARNING_WEIGHTS, of all workers:"
    yield json.dumps(weights_of(tuning.proposed), indent=2)


def _too_few(tuning: Tuning) -> Iterator[str]:
    for days in tuning.windows:
        yield f"{days.customers:,} of them bought from {days.start} to {days.end}, and before."
    yield (
        f"Too few to tell: it takes {FEWEST_CUSTOMERS} in the last {WINDOW_DAYS} days, and as many in the "
        f"{WINDOW_DAYS} before. Nothing is proposed; keep what you have."
    )


def _gained(gain: Gain) -> str:
    which = "what is new to her" if gain.new_only else "everything"
    interval = f"95 %: {gain.ahead.low:+.4f} to {gain.ahead.high:+.4f}"
    return (
        f"NDCG@10, {which}: now {gain.current:.4f}, proposed {gain.proposed:.4f}, difference "
        f"{gain.ahead.value:+.4f} ({interval}), {gain.customers:,} customers."
    )
