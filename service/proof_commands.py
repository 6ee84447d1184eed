"""Commands of proof: `byleave keys rotate-signing`."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from service.admin_key import find_or_make_admin_key
from service.console import console, foreseen_problems
from service.db.engine import make_engine
from service.db.schema import assert_current
from service.settings import Clock, Settings
from service.signing import Signing


def rotate_signing() -> None:
    """Sign with a new key from now on. Old receipts stay verifiable: public keys stay published."""
    with foreseen_problems(), _opened(settings := Settings()) as engine:
        key_id = _signing(engine, settings).rotate()
    console.print(f"New receipts and checkpoints are signed with key {key_id}.")


@contextmanager
def _opened(settings: Settings) -> Iterator[Engine]:
    engine = make_engine(settings.database_url)
    try:
        assert_current(engine)
        yield engine
    finally:
        engine.dispose()


def _signing(engine: Engine, settings: Settings) -> Signing:
    return Signing(engine, Clock(settings.now), find_or_make_admin_key(settings))
