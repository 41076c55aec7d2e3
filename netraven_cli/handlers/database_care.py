"""The chores `database` (sound, compact, with fresh statistics) and `database-backup`."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

from netraven_cli.errors import CreateError, UnavailableError
from netraven_cli.handlers.chore import Pace, Report, Work
from netraven_cli.handlers.retained import let_go
from netraven_cli.model import Health
from netraven_cli.store import backup, backup_check, integrity, upkeep

if TYPE_CHECKING:
    from pathlib import Path

    from netraven_cli.settings.keys import Settings

MEBIBYTE = 1 << 20
SHOWN = 5  # problems in one sentence
SMALL_BYTES = 64 * MEBIBYTE  # a file that is written anew within a second
WASTE_BYTES, WASTE_SHARE = 64 * MEBIBYTE, 0.25  # free in a file that cannot give it back: worth a finding
SPARE_BYTES = 200 * MEBIBYTE  # what a backup leaves free on its disk
BACKUPS = "maintenance-*"


def care(work: Work) -> Report:
    """Check the database, renew its statistics, and give space back."""
    report, database = Report(), work.context.database
    with database.read() as connection:
        found = integrity.problems(connection)
    report.did["problems"] = len(found)
    if found:
        report.tell(
            "database", "; ".join(found[:SHOWN]), "netraven database check says the way back", health=Health.FAIL
        )
        return report
    # SQLite: one that reads first and then writes would fail at once when another one wrote in between.
    with database.direct() if database.is_postgres else database.write() as connection:
        upkeep.renew_statistics(connection)
    report.join(_care_of_server(work) if database.is_postgres else _care_of_file(work))
    return report


def _care_of_server(work: Work) -> Report:
    report, database = Report(), work.context.database
    with database.read() as connection:
        tables = upkeep.table_sizes(connection)
    bloated = [one for one in tables if one.is_bloated]
    with database.direct() as connection:
        for one in bloated:
            upkeep.vacuum(connection, one.name)
    report.did["bytes"] = sum(one.size_bytes for one in tables)
    report.did["dead_rows"] = sum(one.dead_rows for one in tables)
    report.did["vacuumed"] = [one.name for one in bloated]
    if bloated:
        names = ", ".join(f"{one.name} ({one.dead_rows} dead, {one.rows} live)" for one in bloated[:SHOWN])
        report.tell("database", f"autovacuum is behind: {names}; they are vacuumed now",
                    "see autovacuum and autovacuum_naptime of the server")  # fmt: skip
    return report


def _care_of_file(work: Work) -> Report:
    report, database = Report(), work.context.database
    with database.read() as connection:
        before = upkeep.pages(connection)
    if before.gives_back:
        _give_back(work, before)
    elif before.free_bytes and before.size_bytes <= SMALL_BYTES:
        with database.direct() as connection:
            upkeep.write_anew(connection)
    elif before.free_bytes > max(WASTE_BYTES, WASTE_SHARE * before.size_bytes):
        detail = f"{before.free_bytes // MEBIBYTE} MiB of its file are free and cannot be given back"
        report.tell("database", detail, f"with the timers stopped: sqlite3 {work.context.settings.sqlite_path} "
                    "'PRAGMA auto_vacuum=INCREMENTAL; VACUUM'")  # fmt: skip
    with database.direct() as connection:
        report.did["log_emptied"] = upkeep.checkpoint(connection)
    with database.read() as connection:
        after = upkeep.pages(connection)
    report.did |= {"bytes": after.size_bytes, "given_back_bytes": max(before.size_bytes - after.size_bytes, 0)}
    return report


def _give_back(work: Work, found: upkeep.Pages) -> None:
    left, pace = found.free_bytes // found.page_bytes, Pace(work)
    while left > 0 and work.goes_on:
        with work.context.database.direct() as connection:
            began = time.monotonic()
            upkeep.give_back(connection, pace.rows)
        left -= pace.rows
        pace.rest(time.monotonic() - began)


def back_up(work: Work) -> Report:
    """Write a backup, open it, and let older ones go; without room for it the older ones stay."""
    report, settings = Report(), work.context.settings
    suffix = "dump" if work.context.database.is_postgres else "db"
    file = settings.backups_dir / f"maintenance-{work.now:%Y%m%dT%H%M%SZ}.{suffix}"
    try:
        _require_room(settings, suffix)
        report.did["bytes"] = backup.back_up(work.context.database, file)
        wrong = backup_check.faults(file)
    except (CreateError, UnavailableError) as error:
        report.tell("database backup", str(error), "as said there; older backups are kept", health=Health.FAIL)
        return report
    report.did["file"] = str(file)
    if wrong:
        file.rename(file.with_name(f"{file.name}.damaged"))
        report.tell(
            "database backup", "; ".join(wrong[:SHOWN]), "see the disk; older backups are kept", health=Health.FAIL
        )
        return report
    kept = settings.maintenance.backups
    report.did["removed"] = let_go(settings.backups_dir.glob(f"{BACKUPS}.{suffix}"), kept, spared=1)[0]
    return report


def _require_room(settings: Settings, suffix: str) -> None:
    """Refuse what would fill the disk.

    Raises:
        CreateError: says how much is lacking.
    """
    folder = settings.backups_dir
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    needed, free = _expected_bytes(settings, suffix) + SPARE_BYTES, shutil.disk_usage(folder).free
    if free < needed:
        raise CreateError(
            f"no backup was written: {free // MEBIBYTE} MiB are free in {folder}, and {needed // MEBIBYTE} are needed"
        )


def _expected_bytes(settings: Settings, suffix: str) -> int:
    """Of a SQLite file its own size; of a dump, that of the last one."""
    source = settings.sqlite_path or last_backup(settings, suffix)
    return source.stat().st_size if source else 0


def last_backup(settings: Settings, suffix: str = "*") -> Path | None:
    """The newest backup that maintenance wrote."""
    found = settings.backups_dir.glob(f"{BACKUPS}.{suffix}")
    whole = (path for path in found if path.suffix in (".db", ".dump"))
    return max(whole, key=lambda path: path.name, default=None)
