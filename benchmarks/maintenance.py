"""Pruning a million finished jobs while others claim, and packing an archive: python -m benchmarks.maintenance.

JOBS, DEVICES and REVISIONS in the environment make it smaller or larger. What a claim waits is measured by a program
of its own that claims and settles one job after the other, first alone and then while the chore is under way.
"""

from __future__ import annotations

import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path

from netraven_cli.handlers import archive_care, database_care
from netraven_cli.handlers.archiving import archive_pending
from netraven_cli.handlers.chore import Report, Work
from netraven_cli.handlers.pruning import prune
from netraven_cli.model import Capture, NewDevice, NewJob, Outcome
from netraven_cli.plugin import Context
from netraven_cli.settings.keys import Settings
from netraven_cli.settings.sections import DatabaseSettings
from netraven_cli.snapshot.archive import Archive
from netraven_cli.store import claiming, inventory, queue, runners, settling, snapshots
from netraven_cli.store.database import Database
from netraven_cli.store.migrate import migrate
from netraven_cli.store.settling import Settlement
from tests.postgres import PostgresServer

JOBS = int(os.environ.get("JOBS", "1000000"))
DEVICES, REVISIONS = int(os.environ.get("DEVICES", "2000")), int(os.environ.get("REVISIONS", "50"))
ALONE_SECONDS = 5
NOW = datetime.now(timezone.utc)
NUMBERS = {  # a table of the numbers from 1 to JOBS
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :jobs)",
    "postgresql": "WITH n(i) AS (SELECT generate_series(1, :jobs))",
}
LONG_AGO = {"sqlite": "1000000000000000 + i", "postgresql": "TIMESTAMPTZ '2001-09-09' + i * INTERVAL '1 microsecond'"}


def fill(database: Database) -> None:
    """Finished jobs with an attempt and three events each, as a backup leaves them."""
    kind = database.engine.dialect.name
    at, no, yes = LONG_AGO[kind], ("false" if kind == "postgresql" else "0"), ("true" if kind == "postgresql" else "1")
    numbers = NUMBERS[kind].replace(":jobs", str(JOBS))
    job = (
        "INSERT INTO job (type, subject, params, state, priority, rank, attempt, interruptions, interrupted_in_row, "
        "token, cancel_requested, created_at, ready_at, finished_at) "
        f"{numbers} SELECT 'backup', 'device-' || i, '{{}}', 'succeeded', 50, i, 1, 0, 0, 1, {no}, "
        f"{at}, {at}, {at} FROM n"
    )
    attempt = (
        "INSERT INTO attempt (job_id, number, token, runner_id, outcome, changed, credential, started_at, finished_at) "
        f"SELECT id, 1, 1, 'r', 'succeeded', {yes}, 'lab', finished_at, finished_at FROM job"
    )
    event = (
        "INSERT INTO job_event (job_id, at, before, after, who, why) "
        "SELECT id, finished_at, '{0}', '{1}', 'r', 'as it goes' FROM job"
    )
    with database.write() as connection:
        for statement in (job, attempt, *(event.format(*one) for one in (("", "ready"), ("ready", "running"),
                                                                           ("running", "succeeded")))):  # fmt: skip
            connection.exec_driver_sql(statement)


def claim_one_after_the_other(url: str, seconds: float) -> None:
    """A program of its own: prints what each claim with its settlement took, in milliseconds."""
    database, until = Database(url), time.monotonic() + seconds
    while time.monotonic() < until:
        began, now = time.monotonic(), datetime.now(timezone.utc)
        with database.write() as connection:
            queue.submit(connection, [NewJob(type="claimed", subject="x")], now=now, run_id="r", who="me")
            (held,) = claiming.claim(connection, runner_id="me", types=["claimed"], limit=1, now=now)
            one = Settlement(job=held, runner_id="me", outcome=Outcome.SUCCEEDED)
            settling.settle(connection, [one], now)
        print(f"{(time.monotonic() - began) * 1000:.2f}", flush=True)
        time.sleep(0.01)


def claimer(url: str, seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.maintenance", "claim", url, str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def tell(title: str, process: subprocess.Popen[str]) -> None:
    took = sorted(float(line) for line in process.communicate()[0].split())
    p99, worst = took[int(len(took) * 0.99)], took[-1]
    print(f"  claims {title}: {len(took)}, p50 {statistics.median(took):.1f}, p99 {p99:.1f}, worst {worst:.1f} ms")


def pruning(url: str, folder: Path) -> None:
    database = Database(url)
    with database.write() as connection:
        migrate(connection)
        lease = NOW + timedelta(days=1)
        runners.register(connection, runners.Runner(id="me", host="h", pid=1, started_at=NOW, lease_until=lease))
    began = time.monotonic()
    fill(database)
    print(f"  filled with {JOBS} jobs in {time.monotonic() - began:.0f} s")
    alone = claimer(url, ALONE_SECONDS)
    alone.wait()
    tell("alone", alone)
    settings = Settings(data_dir=folder, database=DatabaseSettings(url=url))
    context = Context(settings=settings, database=database, now=lambda: NOW, handlers={})
    for name, chore in (("prune", prune), ("database", database_care.care)):
        beside = claimer(url, 3600)
        beside.stdout.readline()  # type: ignore[union-attr]  # a pipe; it has begun
        before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
        report: Report = chore(Work(context=context, now=NOW, seconds=3000))
        seconds = time.monotonic() - began
        beside.terminate()
        tell(f"beside {name}", beside)
        more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        print(f"  {name}: {seconds:.1f} s, {more / 1024:.1f} MiB more memory at its height, {report.did}")
    database.close()


def packing(folder: Path) -> None:
    """Configurations of 4 kB, each revision a few lines different, in one write for each revision."""
    settings = Settings(data_dir=folder)
    database = Database(settings.database_url)
    Archive.create(settings.archive_dir)
    context = Context(settings=settings, database=database, now=lambda: NOW, handlers={})
    noise = random.Random(1)
    with database.write() as connection:
        migrate(connection)
        new = [NewDevice(name=f"r{number:05}", address="192.0.2.1", platform="cisco_ios") for number in range(DEVICES)]
        inventory.add_devices(connection, new, NOW)
        ids = [inventory.get(connection, one.name).id for one in new]
    texts = {
        id_: [f"interface Ethernet{line}\n description {noise.getrandbits(64):x}\n" for line in range(80)]
        for id_ in ids
    }
    began = time.monotonic()
    for revision in range(REVISIONS):
        with database.write() as connection:
            for id_ in ids:
                texts[id_][noise.randrange(80)] = (
                    f"interface Changed{revision}\n description {noise.getrandbits(64):x}\n"
                )
                text = "".join(texts[id_])
                origin = snapshots.Origin(device_id=id_, job_id=1, run_id="r", attempt=1, captured_at=NOW)
                snapshots.keep(
                    connection, origin, Capture(text=text, digest=sha256(text.encode()).hexdigest(), lines=80)
                )
        archive_pending(context)
    print(f"  {DEVICES} devices x {REVISIONS} revisions written in {time.monotonic() - began:.0f} s")
    began = time.monotonic()
    report = archive_care.care(Work(context=context, now=NOW, seconds=3000))
    print(f"  archive: {time.monotonic() - began:.1f} s, {report.did}")
    database.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        print("sqlite")
        pruning(f"sqlite:///{name}/netraven.db", Path(name))
    server = PostgresServer()
    try:
        print("postgresql")
        with tempfile.TemporaryDirectory() as name:
            pruning(server.url(server.create()), Path(name))
    finally:
        server.stop()
    with tempfile.TemporaryDirectory() as name:
        print("git")
        packing(Path(name))


if __name__ == "__main__":
    if sys.argv[1:2] == ["claim"]:
        claim_one_after_the_other(sys.argv[2], float(sys.argv[3]))
    else:
        main()
