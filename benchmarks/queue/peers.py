"""The peers, each as its own documentation runs it, with a worker of this process; their jobs do nothing as well.

All keep a job until it has ended, but for huey, which takes it out of its table before it is done: what runs when a
process dies is lost there. None guards a result by the claim it belongs to; see reference pages of each.
"""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import procrastinate
from huey import SqliteHuey
from pgqueuer import AsyncpgDriver, Queries, QueueManager
from pgqueuer.types import QueueExecutionMode
from procrastinate import jobs as procrastinate_jobs

from benchmarks.queue.product import DEVICES


class Huey:
    """SQLite, with fsync as ours; it has no batches, neither in nor out."""

    def __init__(self, file: str, workers: int) -> None:
        del workers  # more than one only contend for the file
        self.huey = SqliteHuey("bench", filename=file, fsync=True, results=True, store_none=True)
        self.task = self.huey.task()(done)

    def enqueue(self, jobs: int, batch: int) -> None:
        del batch
        for number in range(jobs):
            self.task(number)

    def drain(self) -> int:
        """What its consumer's worker does: https://huey.readthedocs.io/en/latest/consumer.html."""
        count = 0
        while (task := self.huey.dequeue()) is not None:
            self.huey.execute(task)
            count += 1
        return count

    def close(self) -> None:
        self.huey.storage.close()


def done(number: int) -> str:
    del number
    return "done"


class Procrastinate:
    """PostgreSQL; finished jobs and their events stay, and a device has one job at a time, as with us.

    Batches in, one at a time out.
    """

    def __init__(self, url: str, workers: int) -> None:
        self.loop, self.workers, self.count = asyncio.new_event_loop(), workers, 0
        connector = procrastinate.PsycopgConnector(conninfo=url, min_size=4, max_size=8)
        self.app = procrastinate.App(connector=connector)
        self.task = self.app.task(self._work, name="bench")
        self.loop.run_until_complete(self.app.open_async())
        self.loop.run_until_complete(self.app.schema_manager.apply_schema_async())

    async def _work(self, number: int) -> None:
        del number
        self.count += 1

    def enqueue(self, jobs: int, batch: int) -> None:
        for start in range(0, jobs, batch):
            new = [self._job(number) for number in range(start, min(start + batch, jobs))]
            self.loop.run_until_complete(self.app.job_manager.batch_defer_jobs_async(new))

    def _job(self, number: int) -> procrastinate_jobs.Job:
        return procrastinate_jobs.Job(
            id=None, queue="default", lock=f"device:{number % DEVICES}", queueing_lock=None, task_name="bench",
            task_kwargs={"number": number},
        )  # fmt: skip

    def drain(self) -> int:
        self.count = 0
        work = self.app.run_worker_async(wait=False, concurrency=self.workers, install_signal_handlers=False)
        self.loop.run_until_complete(work)
        return self.count

    def close(self) -> None:
        self.loop.run_until_complete(self.app.close_async())
        self.loop.close()


class PgQueuer:
    """PostgreSQL through asyncpg; jobs are deleted when done, a log keeps rows of them. Batches in and out."""

    def __init__(self, url: str, workers: int) -> None:
        self.loop, self.url, self.workers, self.count = asyncio.new_event_loop(), url, workers, 0
        self.connection: Any = self.loop.run_until_complete(asyncpg.connect(url))
        self.queries = Queries(AsyncpgDriver(self.connection))
        self.loop.run_until_complete(self.queries.install())

    def names(self, numbers: range) -> list[str]:
        return ["bench"] * len(numbers)

    def register(self, manager: QueueManager) -> None:
        manager.entrypoint("bench")(self.work)

    async def work(self, job: object) -> None:
        del job
        self.count += 1

    def enqueue(self, jobs: int, batch: int) -> None:
        for start in range(0, jobs, batch):
            numbers = range(start, min(start + batch, jobs))
            payloads: list[bytes | None] = [b"%d" % number for number in numbers]
            self.loop.run_until_complete(self.queries.enqueue(self.names(numbers), payloads, [0] * len(numbers)))

    def drain(self) -> int:
        self.count = 0
        self.loop.run_until_complete(self._drain())
        return self.count

    async def _drain(self) -> None:
        connection = await asyncpg.connect(self.url)
        manager = QueueManager(Queries(AsyncpgDriver(connection)))
        self.register(manager)
        await manager.run(batch_size=self.workers, mode=QueueExecutionMode.drain)
        await connection.close()

    def close(self) -> None:
        self.loop.run_until_complete(self.connection.close())
        self.loop.close()


class PgQueuerByDevice(PgQueuer):
    """The same with what the product promises: one job of a device at a time, done in a thread."""

    def names(self, numbers: range) -> list[str]:
        return [f"device-{number % DEVICES}" for number in numbers]

    def register(self, manager: QueueManager) -> None:
        for name in self.names(range(DEVICES)):
            manager.entrypoint(name, concurrency_limit=1)(self.work_in_thread)

    async def work_in_thread(self, job: object) -> None:
        await asyncio.to_thread(done, 0)
        await self.work(job)
