"""The look of an idle wake-up: is there anything to do? With the standard library alone, in one small query.

Where the database lies is remembered in a file, together with the digests of config.yml and of the part of the
environment that counts. The file is beside config.yml, or in NETRAVEN_DATA_DIR: a container's settings lie read-only.
If anything differs or fails, the answer is "unknown": the full start finds out.
SQLite only; of a database on a server nothing is remembered.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from netraven_cli import __version__
from netraven_cli.settings import environment, find

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netraven_cli.settings.keys import Settings

NAME = ".netraven-idle.json"
WORK = """
WITH RECURSIVE waiting (type) AS (  -- one step in the index for each type, however many jobs of it wait
    SELECT min(type) FROM job WHERE state = 'ready'
    UNION ALL
    SELECT (SELECT min(type) FROM job WHERE state = 'ready' AND job.type > waiting.type)
    FROM waiting WHERE waiting.type IS NOT NULL
)
SELECT EXISTS (
        SELECT 1 FROM waiting WHERE type IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM pause WHERE pause.type IN (waiting.type, '*'))
    )
    OR EXISTS (
        SELECT 1 FROM job WHERE state = 'scheduled' AND ready_at <= :now
            AND NOT EXISTS (SELECT 1 FROM pause WHERE pause.type IN (job.type, '*'))
    )
    OR EXISTS (SELECT 1 FROM job WHERE state IN ('scheduled', 'ready') AND expires_at <= :now)
    OR EXISTS (SELECT 1 FROM schedule WHERE enabled AND next_due_at IS NOT NULL AND next_due_at <= :now)
    OR EXISTS (SELECT 1 FROM occurrence WHERE state = 'due')
    OR EXISTS (SELECT 1 FROM archive_pending)
"""


def nothing_to_do() -> bool:
    """True if surely nothing is ready, due, unarchived or left by a dead runner, and the archive is there.

    False if it is not so, or not known.
    """
    try:
        environ = environment()
        source = find(None, environ)
        if source is None:
            return False
        known = json.loads(_note(source, environ).read_bytes())
        if known["digest"] != _digest(source, environ):
            return False
        return Path(known["archive"], ".git", "config").is_file() and _is_idle(known["database"], known["runners"])
    except Exception:
        return False  # whatever is wrong, the full start says it in a sentence


def remember(settings: Settings) -> None:
    """Note where the database lies, for the next wake-up; a folder that cannot be written is left alone."""
    if settings.source is None or settings.sqlite_path is None:
        return
    known = {
        "digest": _digest(settings.source, environment()),
        "database": str(settings.sqlite_path.absolute()),
        "runners": str(settings.runners_dir.absolute()),
        "archive": str(settings.archive_dir.absolute()),
    }
    place = _note(settings.source, environment())
    text, fresh = json.dumps(known), place.with_suffix(f".{os.getpid()}")
    try:
        if place.is_file() and place.read_text() == text:
            return
        fresh.write_text(text)
        fresh.replace(place)
    except OSError:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)


def _note(source: Path, environ: Mapping[str, str]) -> Path:
    return Path(environ.get("NETRAVEN_DATA_DIR") or source.parent) / NAME


def _digest(source: Path, environ: Mapping[str, str]) -> str:
    ours = sorted(item for item in environ.items() if item[0].startswith(("NETRAVEN_", "NETMIKO_", "API_URL")))
    return sha256(repr((__version__, str(source), ours)).encode() + source.read_bytes()).hexdigest()


def _is_idle(database: str, runners: str) -> bool:
    import sqlite3

    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=1)
    try:
        now = time.time_ns() // 1000
        if connection.execute(WORK, {"now": now}).fetchone()[0]:
            return False
        alive = connection.execute("SELECT id, lease_until FROM runner").fetchall()
        return all(until > now and _is_locked(f"{runners}/{id_}.lock") for id_, until in alive)
    finally:
        connection.close()


def _is_locked(path: str) -> bool:
    """Whether a runner holds its lock: else it is dead, or of another data folder, and the full start decides."""
    import fcntl

    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(handle)
