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


async def paced(
    do: Callable[[Item], Coroutine[None, None, None]], items: Iterable[Item], rate: float, at_once: int
) -> BaseException | None:
    """Do it with every item, beginning at most `rate` in a second, `at_once` under way; returns what one raised."""
    loop, room = asyncio.get_running_loop(), asyncio.Semaphore(at_once)
    begun_at, under_way, faults = loop.time(), set[asyncio.Task[None]](), list[BaseException]()

    def ended(done: asyncio.Task[None]) -> None:
        under_way.discard(done)
        room.release()
        if not done.cancelled() and (fault := done.exception()):
            faults[:] = [fault]

    for number, item in enumerate(items):
        wait = begun_at + number / rate - loop.time()
        if wait > 0:
            await asyncio.sleep(wait)
        await room.acquire()
        # What was not begun in time is not made up for, but for so much that sleeps which are late cost no pace.
        begun_at = max(begun_at, loop.time() - number / rate - CATCH_UP_SECONDS)
        one = loop.create_task(do(item))
        under_way.add(one)
        one.add_done_callback(ended)
    while under_way:
        await asyncio.wait(under_way)
    return faults[0] if faults else None


def _cancel(loop: asyncio.AbstractEventLoop, task: asyncio.Task[None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(task.cancel)
