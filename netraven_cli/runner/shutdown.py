"""Stopping in order: the first SIGTERM or SIGINT asks, the second one does not wait."""

from __future__ import annotations

import logging
import os
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

log = logging.getLogger("netraven.runner")
SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stop:
    """Whether somebody wants the run to end, and by which signal."""

    def __init__(self) -> None:
        self.signal_number: int | None = None

    def ask(self, who: str) -> None:
        """End as on SIGTERM, since somebody asked for it over the database."""
        if self.signal_number is None:
            log.warning("stop_requested by=%s", who)
            self.signal_number = signal.SIGTERM

    @contextmanager
    def listening(self, wake: Callable[[], None]) -> Iterator[None]:
        """Take the signals for the length of the block; `wake` is called in the signal's handler."""
        if threading.current_thread() is not threading.main_thread():
            yield  # signals are the main thread's: https://docs.python.org/3/library/signal.html
            return

        def on_signal(number: int, _frame: Any) -> None:
            if self.signal_number is not None:
                os._exit(128 + number)  # its jobs are rescued by the next run
            self.signal_number = number
            wake()

        before = {number: signal.signal(number, on_signal) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
