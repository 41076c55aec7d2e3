"""A runner as a process of its own, of which one job is poison: python -m tests.runner.poisoned URL DATA_DIR."""

from __future__ import annotations

import logging
import os
import signal
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netraven_cli.plugin import Context, Job, NewJob, Result, Selector
from netraven_cli.runner.run import Options, run
from netraven_cli.settings.keys import Settings
from netraven_cli.settings.sections import RetrySettings, RunnerSettings
from netraven_cli.store.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

INTERRUPTIONS = 5


class Poisoned:
    """A handler whose job `poison` kills the process that does it."""

    def plan(self, context: Context, selector: Selector, params: Mapping[str, Any]) -> Iterable[NewJob]:
        return [NewJob(type="poisoned", subject=name) for name in selector.names]

    def run(self, context: Context, job: Job) -> Result:
        if job.subject == "poison":
            os.kill(os.getpid(), signal.SIGKILL)
        return Result(summary="done")


def context_of(database: Database, data_dir: Path) -> Context:
    settings = Settings(
        data_dir=data_dir, runner=RunnerSettings(workers=20), retry=RetrySettings(interruptions=INTERRUPTIONS)
    )
    return Context(
        settings=settings,
        database=database,
        now=lambda: datetime.now(timezone.utc),
        handlers={"poisoned": Poisoned()},
    )


if __name__ == "__main__":
    logging.getLogger("netraven").addHandler(logging.NullHandler())
    opened = Database(sys.argv[1])
    run(context_of(opened, Path(sys.argv[2])), [], ["poisoned"], Options(), lambda _event: None)
    opened.close()
