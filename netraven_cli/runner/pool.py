"""The pool: threads of concurrent.futures that do attempts; the coordinator alone touches the database."""

from __future__ import annotations

import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from netraven_cli.errors import ErrorClass
    from netraven_cli.plugin import Job, Result
    from netraven_cli.store.claiming import Claimed

log = logging.getLogger("netraven.runner")
MOST_WORKERS = 1000


@dataclass(slots=True, eq=False)
class Slot:
    """One attempt under way."""

    held: Claimed
    job: Job = field(init=False)
    future: Future[Result] = field(init=False)
    started: float = field(default_factory=time.monotonic)  # seconds
    ended_for: ErrorClass | None = None  # why the coordinator ended it, if it did
    ended_at: float = 0.0  # seconds, monotonic
    closers: list[Callable[[], None]] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """How long it has been under way."""
        return time.monotonic() - self.started

    def on_abort(self, close: Callable[[], None]) -> None:
        """Take what closes this attempt's session; called from the worker."""
        self.closers.append(close)
        if self.ended_for:
            close()

    def end(self, why: ErrorClass) -> None:
        """Close the session under the worker, so that it comes back."""
        self.ended_for, self.ended_at = why, time.monotonic()
        for close in self.closers:
            close()


class Pool:
    """A bounded number of workers; one that does not come back is left behind and its place given anew."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.running: set[Slot] = set()
        self.abandoned = 0
        self._finished: SimpleQueue[Slot | None] = SimpleQueue()
        self._threads = self._make()

    def _make(self) -> ThreadPoolExecutor:
        # A thread is made only when none is idle, so that `free` is what bounds their number.
        return ThreadPoolExecutor(MOST_WORKERS, thread_name_prefix="worker")

    @property
    def free(self) -> int:
        """How many more attempts can begin."""
        return max(self.workers - len(self.running), 0)

    def resize(self, workers: int) -> None:
        """Let so many attempts be under way at once from now on; those that are under way go on."""
        if workers != self.workers:
            log.warning("pool_resized before=%d after=%d running=%d", self.workers, workers, len(self.running))
            self.workers = workers

    def start(self, slot: Slot, work: Callable[[], Result]) -> None:
        """Begin an attempt in a worker."""
        self.running.add(slot)
        slot.future = self._threads.submit(work)
        slot.future.add_done_callback(lambda _future: self._finished.put(slot))

    def wake(self) -> None:
        """End a wait; may be called from a signal's handler."""
        self._finished.put(None)

    def wait(self, timeout_seconds: float) -> list[Slot]:
        """The attempts that ended, as soon as there is one."""
        ended: list[Slot | None] = []
        try:
            ended.append(self._finished.get(timeout=max(timeout_seconds, 0)))
            while True:
                ended.append(self._finished.get_nowait())
        except Empty:
            pass
        slots = [slot for slot in ended if slot in self.running]
        self.running.difference_update(slots)
        return [slot for slot in slots if slot is not None]

    def abandon(self, slot: Slot) -> None:
        """Leave a worker behind that does not come back; new threads take over for all."""
        self.running.discard(slot)
        self.abandoned += 1
        self._threads.shutdown(wait=False)
        self._threads = self._make()

    def close(self) -> None:
        """Let the idle threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)
