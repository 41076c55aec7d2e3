"""The pool: threads of concurrent.futures that do attempts; the coordinator alone touches the database."""

from __future__ import annotations

import logging
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from netraven_cli.errors import TryLaterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from netraven_cli.errors import ErrorClass
    from netraven_cli.plugin import Job, Result
    from netraven_cli.store.claiming import Claimed

log = logging.getLogger("netraven.runner")
MOST_WORKERS = 1000


class NotBegunError(TryLaterError):
    """This machine has no room for another worker: the attempt did not begin, and is not counted."""


@dataclass(slots=True, eq=False)
class Slot:
    """One attempt under way."""

    held: Claimed
    job: Job = field(init=False)
    future: Future[Result] = field(default_factory=Future)
    refusal: str | None = None  # why no thread could be started for it
    thread: int | None = None  # that does it
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

    @property
    def not_begun(self) -> str | None:
        """Why it did not begin, if this machine had no room for it."""
        if self.future.cancelled():
            return self.refusal
        error = self.future.exception() if self.future.done() else None
        return str(error) if isinstance(error, NotBegunError) else None

    @property
    def stack(self) -> str:
        """Where its worker is at the moment, the innermost first; no values."""
        # https://docs.python.org/3/library/sys.html#sys._current_frames is "for debugging deadlock": this.
        frame = sys._current_frames().get(self.thread or 0)  # noqa: SLF001
        found = []
        while frame:
            found.append(f'File "{frame.f_code.co_filename}", line {frame.f_lineno} in {frame.f_code.co_name}')
            frame = frame.f_back
        return " < ".join(found)

    def do(self, work: Callable[[], Result]) -> None:
        """Do it, in a worker, unless it was refused meanwhile."""
        if not self.future.set_running_or_notify_cancel():
            return
        self.thread = threading.get_ident()
        try:
            result = work()
        except BaseException as error:  # the coordinator decides what it means: attempts.py
            self.future.set_exception(error)
        else:
            self.future.set_result(result)

    def refuse(self, why: str) -> None:
        """Take it back, unless a worker that became free has begun it."""
        self.refusal = why
        self.future.cancel()

    def end(self, why: ErrorClass) -> None:
        """Close the session under the worker, so that it comes back."""
        self.ended_for, self.ended_at = why, time.monotonic()
        for close in self.closers:
            close()


class Pool:
    """A bounded number of workers; one that does not come back is left behind and its place given anew.

    Where the machine has no room for another worker, the pool is as wide as what runs, and widens again by one with
    each attempt that ends.
    """

    def __init__(self, workers: int) -> None:
        self.workers = self._widest = workers
        self.running: set[Slot] = set()
        self.left_behind = 0
        self.shortage = ""  # why it is narrower than it should be
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
        if workers != self._widest:
            log.warning("pool_resized before=%d after=%d running=%d", self.workers, workers, len(self.running))
            self.workers = self._widest = workers

    def start(self, slot: Slot, work: Callable[[], Result]) -> None:
        """Begin an attempt in a worker."""
        self.running.add(slot)
        slot.future.add_done_callback(lambda _future: self._finished.put(slot))
        try:
            self._threads.submit(slot.do, work)
        except RuntimeError as error:  # "can't start new thread"
            slot.refuse(f"no thread could be started for an attempt: {error}")

    def wake(self) -> None:
        """End a wait; may be called from a signal's handler."""
        self._finished.put(None)

    def wait(self, timeout_seconds: float) -> list[Slot]:
        """The attempts that ended, as soon as there is one."""
        found: list[Slot | None] = []
        try:
            found.append(self._finished.get(timeout=max(timeout_seconds, 0)))
            while True:
                found.append(self._finished.get_nowait())
        except Empty:
            pass
        ended = [slot for slot in found if slot is not None and slot in self.running]
        self.running.difference_update(ended)
        for slot in ended:
            self._fit(slot.not_begun)
        return ended

    def _fit(self, refusal: str | None) -> None:
        if refusal:
            self.shortage, self.workers = refusal, len(self.running)
        else:
            self.workers = min(self.workers + 1, self._widest)

    def abandon(self, slot: Slot) -> None:
        """Leave a worker behind that does not come back; new threads take over for all."""
        self.running.discard(slot)
        self.left_behind += 1
        self._threads.shutdown(wait=False)
        self._threads = self._make()

    def close(self) -> None:
        """Let the idle threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)
