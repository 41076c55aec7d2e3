"""Much to do on the network at a pace, under asyncio, to be ended from outside."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

CATCH_UP_SECONDS = 0.02
Item = TypeVar("Item")


def abortable(on_abort: Callable[[Callable[[], None]], None]) -> None:
    """Let the task that calls this be cancelled from another thread."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    if task is not None:
        on_abort(lambda: _cancel(loop, task))


class Pace:
    """At most `rate` turns in a second.

    What was not begun in time is not made up for, but for so much that sleeps which are late cost no pace.
    """

    def __init__(self, rate: float) -> None:
        self._seconds, self._next = 1 / rate, 0.0

    async def turn(self, turns: int = 1) -> None:
        """Wait until it is time, and take so many turns from then on."""
        now = asyncio.get_running_loop().time()
        at = max(self._next, now - CATCH_UP_SECONDS)
        self._next = at + turns * self._seconds
        if at > now:
            await asyncio.sleep(at - now)


async def paced(
    do: Callable[[Item], Coroutine[None, None, None]], items: Iterable[Item], pace: Pace, at_once: int, turns: int = 1
) -> BaseException | None:
    """Do it with every item, each of which takes so many turns, `at_once` under way; returns what one raised."""
    loop, room = asyncio.get_running_loop(), asyncio.Semaphore(at_once)
    under_way, faults = set[asyncio.Task[None]](), list[BaseException]()

    def ended(done: asyncio.Task[None]) -> None:
        under_way.discard(done)
        room.release()
        if not done.cancelled() and (fault := done.exception()):
            faults[:] = [fault]

    for item in items:
        await room.acquire()
        await pace.turn(turns)
        one = loop.create_task(do(item))
        under_way.add(one)
        one.add_done_callback(ended)
    while under_way:
        await asyncio.wait(under_way)
    return faults[0] if faults else None


def _cancel(loop: asyncio.AbstractEventLoop, task: asyncio.Task[None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(task.cancel)
