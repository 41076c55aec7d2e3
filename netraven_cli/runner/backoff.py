"""Whether a failed attempt is tried again, and when."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netraven_cli.errors import ErrorClass
    from netraven_cli.settings.sections import RetrySettings


def delay(
    retry: RetrySettings, error_class: ErrorClass, attempt: int, max_attempts: int | None = None
) -> timedelta | None:
    """How long to wait before the attempt after number `attempt`; None if there is none.

    Exponential, with jitter of half to one and a half, so that devices which failed together do not return together.
    """
    if attempt >= (max_attempts or retry.attempts) or not retry.transient[error_class]:
        return None
    seconds = min(retry.backoff_cap_seconds, retry.first_backoff_seconds * 2 ** min(attempt - 1, 30))
    return timedelta(seconds=seconds * random.uniform(0.5, 1.5))  # noqa: S311 - spreads load, hides nothing
