"""`netraven device test` and `credential test`: log in and fetch as a backup does, and keep nothing but host keys."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from netraven_cli.cli.command import All, DeviceNames, PlatformOption, Tags, ZoneOption, opened, selector_of
from netraven_cli.errors import AttemptError, TryLaterError, UsageError
from netraven_cli.model import JobState
from netraven_cli.plugin import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection

    from netraven_cli.model import Device, Hop, Login
    from netraven_cli.plugin import Context, Result
    from netraven_cli.store.redactions import Redactions

    Logins = Mapping[int, tuple[Login, ...]]
    Jumps = Mapping[int, tuple[Hop, ...]]

COLUMNS = ["device", "outcome", "credential", "lines", "seconds", "error_class", "reason"]
RUNNING_AT_MOST = 100_000  # jobs, over all hosts


def test_devices(
    ctx: typer.Context,
    names: DeviceNames = None,
    tag: Tags = None,
    platform: PlatformOption = None,
    zone: ZoneOption = None,
    all_: All = False,
    credential: Annotated[str | None, typer.Option("--credential", help="Log in with this one alone.")] = None,
) -> int:
    """Log in on devices and fetch their configuration, as a backup does; nothing is kept but a first host key."""
    from netraven_cli.store import inventory

    selector = selector_of(names, tag, platform, zone, all_)
    if selector.is_open and not selector.all:
        raise UsageError("say which devices: by name, by --tag, --platform or --zone, or --all")
    with opened(ctx) as (context, terminal):
        with context.database.read() as connection:
            devices = inventory.select(connection, selector, disabled_too=True)
        rows = try_devices(context, devices, credential)
        terminal.items("test", rows, COLUMNS)
    return 0 if all(row["outcome"] == "succeeded" for row in rows) else 1


def try_devices(context: Context, devices: Sequence[Device], credential: str | None) -> list[dict[str, Any]]:
    """Try each device, with all that fits it or one credential; remember the keys of those seen first."""
    from netraven_cli.device.secret import with_secrets_if_readable
    from netraven_cli.store import host_keys
    from netraven_cli.store.redactions import open_redactions

    logins, jumps = _logins(context, devices, credential)
    redactions = open_redactions(context.settings, context.database, context.now(), with_secrets_if_readable)
    with ThreadPoolExecutor(min(context.settings.runner.workers, len(devices))) as pool:
        sessions: list[Callable[[], None]] = []
        jobs = [
            replace(_job(device, logins[device.id], jumps[device.id], redactions), on_abort=sessions.append)
            for device in devices
        ]
        try:
            tried = list(pool.map(partial(_try, context), devices, jobs))
        except KeyboardInterrupt:
            for end in sessions:
                end()
            raise
    results = [(device, result) for device, (_row, result) in zip(devices, tried, strict=True) if result]
    seen = {device.id: result.host_key for device, result in results if result.host_key and not device.host_key}
    if seen:
        with context.database.write() as connection:
            host_keys.remember(connection, seen)
    return [row for row, _result in tried]


def _logins(context: Context, devices: Sequence[Device], credential: str | None) -> tuple[Logins, Jumps]:
    from netraven_cli.store import keyring
    from netraven_cli.store.login_names import check_can_log_in
    from netraven_cli.store.vault import Vault

    with context.database.read() as connection:
        _refuse_busy(connection, {device.name for device in devices})
        vault = Vault(context.settings.vault_key_file)
        ways = keyring.jumps_for(connection, vault, devices)
        if credential is not None:
            check_can_log_in(connection, {credential})
            devices = [replace(device, credential=credential) for device in devices]
        return keyring.logins_for(connection, vault, devices), ways


def _refuse_busy(connection: Connection, names: set[str]) -> None:
    """One session per device at a time: a job that is running has the device."""
    from netraven_cli.store.jobs import list_jobs

    busy = sorted(names & {job.subject for job in list_jobs(connection, state=JobState.RUNNING, limit=RUNNING_AT_MOST)})
    if busy:
        raise TryLaterError(f"a job is in a session with {', '.join(busy)}; try again when it has ended")


def _job(device: Device, logins: tuple[Login, ...], jumps: tuple[Hop, ...], redactions: Redactions | None) -> Job:
    redaction = redactions.of(device.id) if redactions else None
    return Job(
        id=0, type="backup", subject=device.name, attempt=1, run_id="test", device=device, logins=logins,
        jumps=jumps, redaction=redaction,
    )  # fmt: skip


def _try(context: Context, device: Device, job: Job) -> tuple[dict[str, Any], Result | None]:
    started = time.monotonic()
    try:
        result = context.handlers["backup"].run(context, job)
    except AttemptError as error:
        fault = {"error_class": error.error_class, "reason": str(error)}
        return _row(device, started, outcome="failed", **fault), None
    capture = result.capture
    reasons = "; ".join(capture.reasons) if capture else "no configuration came"
    found = {"credential": result.credential, "lines": capture.lines if capture else 0, "reason": reasons or None}
    if capture is None or capture.reasons:
        return _row(device, started, outcome="incomplete", **found), result
    return _row(device, started, outcome="succeeded", **found), result


def _row(device: Device, started: float, **values: Any) -> dict[str, Any]:
    empty = {"credential": None, "lines": None, "error_class": None, "reason": None}
    return {"device": device.name, **empty, **values, "seconds": round(time.monotonic() - started, 3)}
