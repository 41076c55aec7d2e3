"""The jobs of a plan, packed: a hundred thousand take a few megabytes until they are queued."""

from __future__ import annotations

import pickle
import zlib
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from netraven_cli.model import NewJob

BATCH = 1000  # jobs that are unpacked at once


class Spool:
    """Jobs that are planned at leisure, whatever that asks for, and then queued in one short transaction."""

    def __init__(self, planned: Iterable[NewJob] = ()) -> None:
        self.jobs = 0
        self.replaces = False  # whether one of them takes the place of a job that waits
        self._packed: list[bytes] = []
        jobs = iter(planned)
        while batch := list(islice(jobs, BATCH)):
            self.jobs += len(batch)
            self.replaces |= any(job.replaces for job in batch)
            self._packed.append(zlib.compress(pickle.dumps(batch), 1))

    def batches(self) -> Iterator[list[NewJob]]:
        """The jobs in their order."""
        for packed in self._packed:
            yield pickle.loads(zlib.decompress(packed))  # noqa: S301 - packed above, and never out of this process
