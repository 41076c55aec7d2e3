"""Whether a failed attempt is tried again, and when."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netraven_cli.settings.retry import RetryPolicy

LONGEST_HINT_SECONDS = 3600  # the other side may ask for a later attempt, and not put a job off for ever


def delay(policy: RetryPolicy, attempt: int, retry_after_seconds: float | None = None) -> timedelta | None:
    """How long to wait before the attempt after number `attempt`; None if there is none.

    Exponential with full jitter: anything up to the doubled time, so that devices which failed together return spread
    over all of it (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
    """
    if attempt >= policy.attempts or not policy.is_transient:
        return None
    most = min(policy.backoff_cap_seconds, policy.first_backoff_seconds * 2 ** min(attempt - 1, 30))
    return timedelta(seconds=max(random.uniform(0, most), _least(retry_after_seconds)))  # noqa: S311 - spreads load


def _least(retry_after_seconds: float | None) -> float:
    """The wait that the other side asked for, within bounds; 0 if it makes no sense (NaN compares as false)."""
    asked = retry_after_seconds or 0
    return min(asked, LONGEST_HINT_SECONDS) if asked > 0 else 0
