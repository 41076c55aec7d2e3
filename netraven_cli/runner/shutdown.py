"""Signals: the first SIGTERM or SIGINT asks for an end, the second one does not wait, SIGUSR1 asks how far it is."""

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
        self._asked = False

    def take_question(self) -> bool:
        """Whether somebody asked for progress since the last time."""
        asked, self._asked = self._asked, False
        return asked

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

        def on_question(_number: int, _frame: Any) -> None:
            self._asked = True
            wake()

        before = {number: signal.signal(number, on_signal) for number in SIGNALS}
        before[signal.SIGUSR1] = signal.signal(signal.SIGUSR1, on_question)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
