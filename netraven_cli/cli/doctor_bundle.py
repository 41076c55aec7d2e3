"""`netraven doctor --bundle FILE`: what helps to understand a fault from afar, and no secret.

No configuration and no transcript goes in. All else is looked through for the secrets that NetRaven holds, as if the
rest of it had failed to keep them out.
"""

from __future__ import annotations

import io
import json
import os
import platform
import sys
import tarfile
from collections import deque
from importlib.metadata import distributions
from typing import TYPE_CHECKING, Any

from netraven_cli import __version__
from netraven_cli.errors import CreateError, NetravenError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from netraven_cli.model import Finding
    from netraven_cli.plugin import Context
    from netraven_cli.settings.keys import Settings

LINES = 5000  # of the log
JOBS = 200  # dead ones, the newest
SHORTEST = 4  # characters: a shorter secret stands in every text
MASK = "********"


def write(config: Path | None, found: Sequence[Finding], file: Path) -> int:
    """Write the support bundle, for its owner alone; returns its size in bytes.

    Raises:
        CreateError: the file is there already, or cannot be written.
    """
    secrets, parts = _gather(config, found)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as raw, tarfile.open(fileobj=raw, mode="w:gz") as bundle:
            for name, text in parts:
                _add(bundle, f"netraven-support/{name}", _without(text, secrets).encode(errors="replace"))
        return file.stat().st_size
    except OSError as error:
        raise CreateError(f"the support bundle {file} cannot be written: {error.strerror}; name a new file") from None


def _add(bundle: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o600
    bundle.addfile(entry, io.BytesIO(content))


def _without(text: str, secrets: Sequence[str]) -> str:
    """The text without the secrets, also as JSON would spell them; the longest first: one may begin with another."""
    spellings = {spelt for secret in secrets for spelt in (secret, json.dumps(secret)[1:-1])}
    for secret in sorted((one for one in spellings if len(one) >= SHORTEST), key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text


def _gather(config: Path | None, found: Sequence[Finding]) -> tuple[list[str], list[tuple[str, str]]]:
    """The secrets that are to be kept out, and the parts: as far as settings and database can be read."""
    from netraven_cli.app import open_context
    from netraven_cli.settings import load

    parts = [("doctor.json", _json([_finding(one) for one in found])), ("versions.json", _json(_versions()))]
    secrets: list[str] = []
    try:
        settings = load(config)
        secrets += _of_settings(settings)
        parts += [("settings.json", _part(lambda: _settings(config))), ("netraven.log", _log(settings))]
        with open_context(config) as context:
            secrets += _of_vault(context)
            parts += [(name, _part(lambda make=make: make(context))) for name, make in RECORDS.items()]  # type: ignore[misc]
    except NetravenError as error:
        parts.append(("left-out.txt", f"{error}\n"))
    return secrets, parts


def _part(make: Callable[[], Any]) -> str:
    """One part as JSON; why, if it cannot be made."""
    try:
        return _json(make())
    except NetravenError as error:
        return _json({"left_out": str(error)})


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, default=str) + "\n"


def _finding(one: Finding) -> dict[str, str]:
    return {"check": one.check, "health": one.health.value, "detail": one.detail, "fix": one.fix}


def _versions() -> dict[str, Any]:
    packages = {one.metadata["Name"]: one.version for one in distributions()}
    return {
        "netraven": __version__, "python": sys.version, "system": platform.platform(),
        "packages": dict(sorted(packages.items())),
    }  # fmt: skip


def _settings(config: Path | None) -> list[dict[str, Any]]:
    from netraven_cli.settings.origins import origins

    return [{"key": one.key, "value": one.value, "origin": one.origin} for one in origins(config)]


def _log(settings: Settings) -> str:
    lines: deque[str] = deque(maxlen=LINES)
    for path in (settings.logs_dir / "netraven.log.1", settings.logs_dir / "netraven.log"):
        try:
            with path.open(encoding="utf-8", errors="replace") as file:
                lines.extend(file)
        except OSError:
            continue
    return "".join(lines)


def _records(context: Context) -> dict[str, Any]:
    from netraven_cli.store import figures, upkeep

    with context.database.read() as connection:
        found: dict[str, Any] = {"place": context.database.place, "rows": figures.table_rows(connection)}
        if context.database.is_postgres:
            return {**found, "tables": [str(one) for one in upkeep.table_sizes(connection)]}
        return {**found, "pages": str(upkeep.pages(connection))}


def _dead(context: Context) -> list[dict[str, Any]]:
    from netraven_cli.model import JobState
    from netraven_cli.store import jobs

    with context.database.read() as connection:
        found = jobs.list_jobs(connection, state=JobState.DEAD, limit=JOBS)
    return [
        {"job": one.id, "type": one.type, "attempt": one.attempt, "class": one.error_class, "reason": one.reason,
         "finished_at": one.finished_at}
        for one in found
    ]  # fmt: skip


def _chores(context: Context) -> list[dict[str, Any]]:
    from netraven_cli.cli.render import plain_row
    from netraven_cli.handlers.maintenance import standing

    return [plain_row(one) for one in standing(context)]


RECORDS: dict[str, Callable[[Context], Any]] = {
    "database.json": _records,
    "dead-jobs.json": _dead,
    "chores.json": _chores,
}


def _of_settings(settings: Settings) -> list[str]:
    """Passwords in addresses, and the keys of the vault."""
    from netraven_cli.app import open_database
    from netraven_cli.store.vault import read_keys

    secrets = list(_in_address(settings.api_url or ""))
    database = open_database(settings)
    secrets += [str(value) for name, value in database.login.items() if name == "password"]
    database.close()
    try:
        secrets += [key.decode() for key in read_keys(settings.vault_key_file)]
    except NetravenError:
        return secrets  # it cannot be read, so that nothing of it is in what we read
    return secrets


def _in_address(address: str) -> Iterator[str]:
    from urllib.parse import parse_qsl, unquote, urlsplit

    parts = urlsplit(address)
    if parts.password:
        yield from (parts.password, unquote(parts.password))
    yield from (value for _name, value in parse_qsl(parts.query))


def _of_vault(context: Context) -> list[str]:
    from netraven_cli.device.secret import with_secrets_if_readable
    from netraven_cli.store import keyring
    from netraven_cli.store.vault import Vault

    with context.database.read() as connection:
        ring = keyring.read(connection)
    logins = map(with_secrets_if_readable, ring.readable_logins(Vault(context.settings.vault_key_file)))
    return [secret.reveal() for login in logins for secret in (login.password, login.enable) if secret]
