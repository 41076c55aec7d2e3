"""A process that does many trivial jobs, and tells how much memory that took."""

from __future__ import annotations

import json
import resource
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netraven_cli.model import NewJob
from netraven_cli.plugin import Context, Job, Result, Selector
from netraven_cli.runner.run import Options, Plan, run
from netraven_cli.settings.keys import Settings
from netraven_cli.store.database import Database
from netraven_cli.store.migrate import migrate
from netraven_cli.store.vault import create_key_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Trivial:
    """Plans as many jobs as the parameter says; each is done at once."""

    def plan(self, context: Context, selector: Selector, params: Mapping[str, Any]) -> Iterator[NewJob]:
        for number in range(int(params["jobs"])):
            name = f"device-{number:06d}.example.net"
            yield NewJob(type="trivial", subject=name, dedupe_key=f"trivial:{name}", exclusive_key=f"device:{name}")

    def run(self, context: Context, job: Job) -> Result:
        return Result(summary="done")


def main() -> None:
    folder, jobs, seconds = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    settings = Settings(data_dir=folder)
    create_key_file(settings.vault_key_file)
    database = Database(settings.database_url)
    with database.write() as connection:
        migrate(connection)
    context = Context(
        settings=settings, database=database, now=lambda: datetime.now(timezone.utc), handlers={"trivial": Trivial()}
    )
    plan = Plan(type="trivial", selector=Selector(), params={"jobs": jobs})
    summary = run(context, [plan], ["trivial"], Options(max_runtime_seconds=seconds), lambda _: None)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"jobs": summary.jobs, "succeeded": summary.succeeded, "bytes": most, "seconds": summary.seconds}))
    database.close()


if __name__ == "__main__":
    main()
