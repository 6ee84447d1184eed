"""How much one caller may ask at once: calls a second, and calls at the same time.

Counted in memory, by each worker process for itself: a guard against a client that runs wild, not a quota.
"""

import math
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from service.callers import Caller
from service.errors import Problem, ProblemCode
from service.settings import Settings

# A page that opens asks several things at once, and then nothing for a while.
_CUSTOMER_WINDOW_SECONDS = 10


class Limits:
    """The limits of each key, and of each customer over all her tokens. For one event loop."""

    def __init__(self, settings: Settings) -> None:
        self._rates = MovingWindowRateLimiter(MemoryStorage())
        self._key_rate = RateLimitItemPerSecond(settings.key_rate)
        self._customer_rate = RateLimitItemPerSecond(
            settings.customer_rate * _CUSTOMER_WINDOW_SECONDS, _CUSTOMER_WINDOW_SECONDS
        )
        self._key_concurrency = settings.key_concurrency
        self._customer_concurrency = settings.customer_concurrency
        self._under_way: Counter[str] = Counter()

    @contextmanager
    def admit(self, caller: Caller) -> Iterator[None]:
        """Count one call of `caller` as long as it takes. Raises Problem (429) if that is one too many."""
        is_key, who = caller.customer_id is None, caller.identity
        if self._under_way[who] >= (self._key_concurrency if is_key else self._customer_concurrency):
            raise _too_many("at the same time", retry_after=1)
        rate = self._key_rate if is_key else self._customer_rate
        if not self._rates.hit(rate, who):
            free_at = self._rates.get_window_stats(rate, who).reset_time
            raise _too_many("in a short time", retry_after=max(1, math.ceil(free_at - time.time())))
        self._under_way[who] += 1
        try:
            yield
        finally:
            self._under_way[who] -= 1
            if not self._under_way[who]:
                del self._under_way[who]


def _too_many(how: str, *, retry_after: int) -> Problem:
    return Problem(
        ProblemCode.TOO_MANY_REQUESTS,
        f"These are too many calls {how}; wait as long as Retry-After says.",
        status=429,
        headers={"Retry-After": str(retry_after)},
    )
