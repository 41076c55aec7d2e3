"""The look of an idle wake-up: is there anything to do? In one small query, with next to nothing imported.

Where the database lies is remembered in a file, together with a digest of config.yml and of the part of the
environment that counts. The file is beside config.yml, or in NETRAVEN_DATA_DIR: a container's settings lie read-only.
If anything differs or fails, the answer is "unknown": the full start finds out.
"""

from __future__ import annotations

import os

from netraven_cli import __version__
from netraven_cli.settings import environment, find_path

TYPE_CHECKING = False  # as typing has it: type checkers know the name
if TYPE_CHECKING:
    from collections.abc import Mapping

    from netraven_cli.settings.keys import Settings

NAME = ".netraven-idle"
FROM_ENVIRONMENT = "$NETRAVEN_DATABASE__URL"  # noted instead of an address that is there already, password and all
# :NOW: is put in, as text: a time, or what gives the server's.
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
        SELECT 1 FROM job WHERE state = 'scheduled' AND ready_at <= :NOW:
            AND NOT EXISTS (SELECT 1 FROM pause WHERE pause.type IN (job.type, '*'))
    )
    OR EXISTS (
        SELECT 1 FROM job WHERE state IN ('scheduled', 'ready') AND expires_at IS NOT NULL AND expires_at <= :NOW:
    )
    OR EXISTS (SELECT 1 FROM schedule WHERE enabled AND next_due_at IS NOT NULL AND next_due_at <= :NOW:)
    OR EXISTS (SELECT 1 FROM occurrence WHERE state = 'due')
    OR EXISTS (SELECT 1 FROM archive_pending)
    OR EXISTS (SELECT 1 FROM runner WHERE lease_until <= :NOW:)
"""
RUNNERS = "SELECT id FROM runner"


def nothing_to_do() -> bool:
    """True if surely nothing is ready, due, unarchived or left by a dead runner, and the archive is there.

    False if it is not so, or not known.
    """
    try:
        environ = environment()
        source = find_path(None, environ)
        if source is None:
            return False
        with open(_note(source, environ), encoding="utf-8") as note:
            digest, runners, archive, database = note.read().split("\n")
        if digest != _digest(source, environ):
            return False
        if not os.path.isfile(f"{archive}/.git/config"):
            return False
        if database == FROM_ENVIRONMENT:
            database = environ["NETRAVEN_DATABASE__URL"]
        return _is_idle(database, runners)
    except Exception:
        return False  # whatever is wrong, the full start says it in a sentence


def remember(settings: Settings) -> None:
    """Note where the database lies, for the next wake-up; a folder that cannot be written is left alone."""
    database = _place(settings)
    if settings.source is None or database is None:
        return
    source, environ = str(settings.source), environment()
    folders = f"{settings.runners_dir.absolute()}\n{settings.archive_dir.absolute()}"
    place = _note(source, environ)
    fresh = f"{place}.{os.getpid()}"
    try:
        with open(fresh, "w", encoding="utf-8", opener=_private) as note:
            note.write(f"{_digest(source, environ)}\n{folders}\n{database}")
        os.replace(fresh, place)
    except OSError:
        if os.path.exists(fresh):
            os.unlink(fresh)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _place(settings: Settings) -> str | None:
    """Where the database lies, in one line; None if it cannot be said there, or not without its password."""
    from netraven_cli.settings.explain import mask

    url = settings.database_url
    if settings.sqlite_path is not None:
        place = str(settings.sqlite_path.absolute())
    elif environment().get("NETRAVEN_DATABASE__URL") == url:
        place = FROM_ENVIRONMENT
    else:
        place = url if mask(url) == url else ""
    return place if place and "\n" not in place + str(settings.data_dir) else None


def _note(source: str, environ: Mapping[str, str]) -> str:
    return os.path.join(environ.get("NETRAVEN_DATA_DIR") or os.path.dirname(source), NAME)


def _digest(source: str, environ: Mapping[str, str]) -> str:
    try:
        from _blake2 import blake2b  # what hashlib gives, without the 3 ms that hashlib takes to load OpenSSL
    except ImportError:
        from hashlib import blake2b
    ours = sorted(item for item in environ.items() if item[0].startswith(("NETRAVEN_", "NETMIKO_", "API_URL", "PG")))
    with open(source, "rb") as settings:
        return blake2b(repr((__version__, source, ours)).encode() + settings.read()).hexdigest()


def _is_idle(database: str, runners: str) -> bool:
    if database.startswith("postgresql"):
        from netraven_cli.store.idle_postgres import ask

        work, alive = ask(database, (WORK.replace(":NOW:", "now()"), RUNNERS))
        here = [f"{runners}/{id_}.lock" for id_ in alive]
        # A runner of another host has no lock here: its lease speaks for it.
        return work == ["f"] and all(_is_locked(lock) for lock in here if os.path.exists(lock))
    import sqlite3
    import time

    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=1)
    try:
        if connection.execute(WORK.replace(":NOW:", str(time.time_ns() // 1000))).fetchone()[0]:
            return False
        return all(_is_locked(f"{runners}/{id_}.lock") for (id_,) in connection.execute(RUNNERS))
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
