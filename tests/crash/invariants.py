"""The invariants of the queue and the archive, against a model that knows only what the devices showed."""

from __future__ import annotations

import hashlib
import itertools
import subprocess
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from netraven_cli.snapshot.archive_path import file_path
from netraven_cli.store.database import Database
from tests.crash.world import DAYS, DEVICES, FAULTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.crash.journal import Journal
    from tests.crash.world import World

Rows = list[dict[str, Any]]


class Records:
    """What the database says at the end, table by table."""

    def __init__(self, world: World) -> None:
        database = Database(world.url)
        self._tables: dict[str, Rows] = {}
        with database.read() as connection:
            for table in (
                "job",
                "attempt",
                "job_event",
                "capture",
                "snapshot",
                "revision",
                "occurrence",
                "batch",
                "batch_end",
            ):
                rows = connection.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2")).mappings()  # noqa: S608 - our names
                self._tables[table] = [dict(row) for row in rows]
            self.leftovers = {
                table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608 - our names
                for table in ("runner", "archive_pending")
            }
            found = connection.execute(text("SELECT id, name FROM device"))
            self.devices: dict[int, str] = {row.id: row.name for row in found}
        database.close()

    def __getitem__(self, table: str) -> Rows:
        return self._tables[table]

    def by_job(self, table: str) -> dict[int, Rows]:
        found: dict[int, Rows] = defaultdict(list)
        for row in self[table]:
            found[row["job_id"]].append(row)
        return found


def check(world: World, journal: Journal) -> None:
    """All of them."""
    records = Records(world)
    settled = settled_sessions(records, journal.all("logout"))
    every_job_ended_exactly_once(records, journal)
    every_change_of_state_has_its_event(records)
    every_batch_ended_once_with_a_last_job(records)
    each_attempt_ended_as_the_device_behaved(records, settled)
    no_two_sessions_of_a_device_at_once(journal)
    every_occurrence_was_enqueued_once(records)
    git_has_what_was_shown(world, records, shown_changes(settled))
    nothing_is_left_behind(world, records)


def every_job_ended_exactly_once(records: Records, journal: Journal) -> None:
    attempts = records.by_job("attempt")
    jobs = {job["id"]: job for job in records["job"]}
    for line in journal.all("accepted"):
        assert jobs.keys() >= set(line["ids"]), f"accepted and lost: {line}"
    for line in journal.all("cancelled"):
        assert jobs[line["id"]]["state"] == "cancelled", f"cancelled and done: {jobs[line['id']]}"
    for job in records["job"]:
        outcomes = [row["outcome"] for row in attempts[job["id"]]]
        assert job["state"] in ("succeeded", "dead", "cancelled"), job
        ends = [] if job["state"] == "cancelled" else [job["state"]]
        assert outcomes == ["retry"] * (len(outcomes) - len(ends)) + ends, (job, outcomes)
        assert job["attempt"] == len(outcomes) <= 3, (job, outcomes)
        assert job["token"] == len(outcomes) + job["interruptions"], f"a claim is unaccounted for: {job}"


def every_change_of_state_has_its_event(records: Records) -> None:
    events = records.by_job("job_event")
    for job in records["job"]:
        seen = events[job["id"]]
        assert seen[0]["before"] is None, seen
        for earlier, later in itertools.pairwise(seen):
            assert earlier["after"] == later["before"], (job, earlier, later)
            assert earlier["after"] not in ("succeeded", "dead", "cancelled"), (job, later)
        assert seen[-1]["after"] == job["state"], (job, seen[-1])
        claims = [row for row in seen if (row["before"], row["after"]) == ("ready", "running")]
        assert len(claims) == job["token"], job


def every_batch_ended_once_with_a_last_job(records: Records) -> None:
    """By who ended one of its jobs, in the same transaction, and after all of them: it counts each as ended.

    Which of two transactions committed last the numbers of their events cannot tell: a sequence counts their inserts.
    """
    ends = {row["batch_id"]: row for row in records["batch_end"]}
    assert ends.keys() == {row["id"] for row in records["batch"]}, "a batch has no end"
    events = records.by_job("job_event")
    by_batch: dict[int, Rows] = defaultdict(list)
    for job in records["job"]:
        by_batch[job["batch_id"]].append(job)
    assert by_batch.keys() == ends.keys(), "a batch without a job, or a job without a batch"
    for batch_id, of_batch in by_batch.items():
        endings = [(events[job["id"]][-1]["at"], events[job["id"]][-1]["who"]) for job in of_batch]
        assert (ends[batch_id]["at"], ends[batch_id]["who"]) in endings, (ends[batch_id], endings)
        counted = Counter(job["state"] for job in of_batch)
        words = [f"{counted[state]} {state}" for state in ("succeeded", "dead", "cancelled") if counted[state]]
        assert ends[batch_id]["why"] == ", ".join(words)


def settled_sessions(records: Records, logouts: Rows) -> Rows:
    """The session of each attempt on record, in the order of the sessions: the last one, those before were killed."""
    last = {(line["job"], line["attempt"]): line for line in logouts}
    wanted = [(row["job_id"], row["number"]) for row in records["attempt"]]
    assert last.keys() >= set(wanted), "an attempt is on record that no device saw"
    return [line for line in logouts if line is last[line["job"], line["attempt"]] and _key(line) in set(wanted)]


def _key(line: dict[str, Any]) -> tuple[int, int]:
    return line["job"], line["attempt"]


def each_attempt_ended_as_the_device_behaved(records: Records, settled: Rows) -> None:
    ended = {(row["job_id"], row["number"]): row for row in records["attempt"]}
    quarantined = Counter((row["job_id"], row["attempt"]) for row in records["capture"] if row["state"] != "accepted")
    for line in settled:
        row, fault = ended[_key(line)], line["fault"]
        assert row["error_class"] == (FAULTS[fault].value if fault else None), (row, line)
        assert (row["outcome"] == "succeeded") == (fault is None), (row, line)
        assert quarantined.pop(_key(line), 0) == (fault == "cut"), (row, line)
    assert not quarantined, f"captures of attempts that were not settled: {quarantined}"


def no_two_sessions_of_a_device_at_once(journal: Journal) -> None:
    """Who logs in while another's session is open is fine only if that other process is dead: it says no more."""
    lines = journal.read()
    last_word = {line["process"]: number for number, line in enumerate(lines)}
    open_for: dict[str, int] = {}
    for number, line in enumerate(lines):
        if line["what"] == "login":
            other = open_for.get(line["device"])
            assert other is None or last_word[other] < number, f"two sessions at once: {line}"
            open_for[line["device"]] = line["process"]
        elif line["what"] == "logout":
            open_for.pop(line["device"])


def every_occurrence_was_enqueued_once(records: Records) -> None:
    states = [row["state"] for row in records["occurrence"]]
    assert states == ["enqueued"] * DAYS, records["occurrence"]
    runs = {row["run_id"] for row in records["occurrence"]}
    nightly = Counter((job["run_id"], job["subject"]) for job in records["job"] if job["schedule"])
    assert {run for run, _ in nightly} <= runs, "jobs of a schedule without an occurrence"
    assert set(nightly.values()) <= {1}, f"an occurrence was enqueued twice: {nightly}"


def shown_changes(settled: Rows) -> dict[str, list[str]]:
    """The texts that each device showed whole, in order, without those that are as the one before."""
    changes: dict[str, list[str]] = {name: [] for name in DEVICES}
    for line in settled:
        shown = changes[line["device"]]
        if line["fault"] is None and shown[-1:] != [line["text"]]:
            shown.append(line["text"])
    return changes


def git_has_what_was_shown(world: World, records: Records, changes: dict[str, list[str]]) -> None:
    template = world.settings.archive.path
    paths = {name: file_path(template, name, "cisco_ios", "default") for name in DEVICES}
    written = _written(_git(world, "log", "--reverse", "--raw", "--no-abbrev", "-z", "--format=", "main"))
    for name, path in paths.items():
        shown = [_blob(text) for text in changes[name]]
        found = written.pop(path, [])
        assert found == shown, f"{name} in git is not as it was shown: {found} instead of {shown}"
    assert not written, f"files of no device: {written}"
    trailers = "--format=%H%x00%(trailers:key=NetRaven-Snapshot,valueonly,separator=%x20)"
    commits = [line.split("\0") for line in _git(world, "log", trailers, "main").splitlines()]
    said = [(int(number), commit) for commit, numbers in commits for number in numbers.split()]
    revisions = [(row["snapshot_id"], row["commit"]) for row in records["revision"]]
    assert sorted(said) == sorted(revisions), "the records and the commits differ"
    assert sorted(row["id"] for row in records["snapshot"]) == sorted(number for number, _ in said)
    assert len(said) == sum(map(len, changes.values()))
    for name, path in paths.items():
        assert (world.settings.archive_dir / path).read_text() == changes[name][-1], f"the work tree of {name}"


def _written(raw: str) -> dict[str, list[str]]:
    """path -> the blobs that were written to it, in order; `:MODE MODE BLOB BLOB STATUS`, PATH are what is read."""
    parts = raw.strip("\0\n").split("\0")
    written: dict[str, list[str]] = defaultdict(list)
    for about, path in itertools.zip_longest(parts[::2], parts[1::2]):
        written[path].append(about.split()[3])
    return written


def _blob(shown: str) -> str:
    return hashlib.sha1(b"blob %d\0" % len(shown) + shown.encode(), usedforsecurity=False).hexdigest()


def nothing_is_left_behind(world: World, records: Records) -> None:
    assert records.leftovers == {"runner": 0, "archive_pending": 0}, records.leftovers
    assert _git(world, "fsck", "--strict", "--no-dangling") == ""
    assert _git(world, "status", "--porcelain") == ""
    folder = world.settings.archive_dir / ".git"
    assert _names(folder.glob("**/*.lock")) == ["netraven.lock"]
    assert _names(folder.glob("objects/pack/tmp_*")) == []
    assert _names(world.settings.runners_dir.iterdir()) == []


def _names(paths: Iterable[Any]) -> list[str]:
    return sorted(path.name for path in paths)


def _git(world: World, *arguments: str) -> str:
    command = ["git", "-C", str(world.settings.archive_dir), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
