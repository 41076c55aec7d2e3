"""All that is in force for one device, each thing with where it comes from."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from netraven_cli.device.platforms import changed_keys, load_platforms
from netraven_cli.model import Platform
from netraven_cli.model.host_key import fingerprint
from netraven_cli.report.explain_retry import retries
from netraven_cli.settings.origins import origins
from netraven_cli.store import breakers, credentials, fleet, held, inventory, jobs, limits, schedules
from netraven_cli.store.breaker_states import credential_key
from netraven_cli.store.session_keys import device_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection

    from netraven_cli.model import Credential, Device, JobRecord
    from netraven_cli.plugin import Context
    from netraven_cli.settings.keys import Settings
    from netraven_cli.settings.origins import Origin

# What a job of a device goes by; the rest (the database, the log, what schedules default to) is not about devices.
SECTIONS = ("session", "runner", "retry", "breaker", "backup", "archive", "netmiko")
OF_DEVICE = ("address", "port", "platform", "zone", "tags", "enabled", "credential")
LAST_JOBS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """One thing that is in force, and why."""

    part: str  # device, credential, limit, breaker, held, due, job, platform, retry, setting
    name: str
    value: Any
    origin: str


def explain(context: Context, name: str, config: Path | None) -> list[Effective]:
    """All that is in force for a device.

    Raises:
        NotFoundError: there is none of this name.
    """
    with context.database.read() as connection:
        one = inventory.get(connection, name)
        now = context.clock(connection)
        of_records = [
            *_device(one),
            *_credentials(connection, one),
            *_limits(connection, context.settings, one, now),
            *_due(connection, one),
            *_jobs(connection, one),
        ]
    found = origins(config)
    return [*of_records, *_platform(context.settings, one), *_retries(context, one, found), *_settings(found)]


def _device(one: Device) -> Iterator[Effective]:
    for name in OF_DEVICE:
        yield Effective(part="device", name=name, value=getattr(one, name), origin="inventory")
    for name, text in sorted(one.details.items()):
        yield Effective(part="device", name=name, value=text, origin="inventory")
    for name, value in one.options.given().items():
        yield Effective(part="device", name=name, value=value, origin="option of the device")
    key = fingerprint(one.host_key) if one.host_key else None
    seen = "first seen at a login" if key else "not seen yet"
    yield Effective(part="device", name="host_key", value=key, origin=seen)


def _credentials(connection: Connection, one: Device) -> Iterator[Effective]:
    """In the order in which they are tried."""
    fitting = credentials.fitting(credentials.list_credentials(connection), one)
    for number, each in enumerate(fitting, 1):
        what = f"{each.name}: user {each.username}, priority {each.priority}, {_means_of(each)}"
        yield Effective(part="credential", name=str(number), value=what, origin=_why(each, one))


def _limits(connection: Connection, settings: Settings, one: Device, now: datetime) -> Iterator[Effective]:
    """Limits and breakers that count for it, and what holds its jobs at the moment."""
    known = fleet.load(connection, credentials.list_credentials(connection))
    about = {*known.keys_of(one.name), device_key(one.name)}
    for limit in limits.list_limits(connection):
        if limit.key in about:
            words = {"at once": limit.concurrent, "a minute": limit.per_minute}
            value = ", ".join(f"{number} {what}" for what, number in words.items() if number)
            yield Effective(part="limit", name=limit.key, value=value, origin=f"netraven limit show {limit.key}")
    about |= {credential_key(name) for name in known.profiles[one.name].credentials}
    for breaker in breakers.list_breakers(connection, open_only=True):
        if breaker.key in about:
            value = f"{breaker.state(now)}, next attempt {breaker.probe_at:%Y-%m-%dT%H:%M:%SZ}"
            yield Effective(part="breaker", name=breaker.key, value=value, origin=breaker.reason or "")
    for hold in held.holds_of_device(connection, settings.breaker, one.name, now):
        yield Effective(part="held", name=hold.key, value=hold.until, origin=hold.why)


def _means_of(each: Credential) -> str:
    means = {"password": each.has_password, f"key {each.key_file}": each.key_file, "ssh-agent": each.agent,
             "enable": each.has_enable}  # fmt: skip
    return " and ".join(name for name, there in means.items() if there) or "no secret"


def _why(each: Credential, one: Device) -> str:
    if one.credential is not None:
        return "named by the device"
    if each.name == one.last_credential:
        return "it was let in last"
    common = sorted(set(each.tags) & set(one.tags))
    return f"has the tag {', '.join(common)}" if common else "without tags: fits every device"


def _due(connection: Connection, one: Device) -> Iterator[Effective]:
    """When a schedule includes this device next, the soonest first."""
    meant = [
        each
        for each in schedules.list_all(connection)
        if one.enabled and each.next_due_at is not None and inventory.means(each.selector, one)
    ]
    for each in sorted(meant, key=lambda plan: (plan.next_due_at is None, plan.next_due_at, plan.name)):
        origin = f"schedule {each.name}: {each.pattern} in {each.timezone}"
        yield Effective(part="due", name=each.type, value=each.next_due_at, origin=origin)


def _jobs(connection: Connection, one: Device) -> Iterator[Effective]:
    for each in jobs.list_jobs(connection, subject=one.name, limit=LAST_JOBS):
        origin = f"schedule {each.schedule}" if each.schedule else "by hand"
        yield Effective(part="job", name=str(each.id), value=_ended(each), origin=origin)


def _ended(each: JobRecord) -> str:
    when = f"{each.finished_at or each.created_at:%Y-%m-%dT%H:%M:%SZ}"
    fault = f" ({each.error_class})" if each.error_class else ""
    return f"{each.type} {each.state.value}{fault} {when} {each.reason or ''}".rstrip()


def _platform(settings: Settings, one: Device) -> Iterator[Effective]:
    found = load_platforms(settings.platforms_file).get(one.platform)
    if found is None:
        nothing = f"there is no data for {one.platform}; see: netraven doctor"
        yield Effective(part="platform", name="name", value=one.platform, origin=nothing)
        return
    changed = changed_keys(settings.platforms_file).get(one.platform, ())
    shipped = {field.name for field in fields(Platform) if field.default != getattr(found, field.name)}
    for field in fields(Platform):
        name = field.name
        origin = str(settings.platforms_file) if name in changed else "shipped" if name in shipped else "default"
        yield Effective(part="platform", name=name, value=getattr(found, name), origin=origin)


def _retries(context: Context, one: Device, settings: Sequence[Origin]) -> Iterator[Effective]:
    places = {each.key: each.origin for each in settings}
    for job_type in sorted(context.handlers):
        for classes, words, origin in retries(context.settings.retry, job_type, one.tags, places):
            yield Effective(part="retry", name=f"{job_type}: {classes}", value=words, origin=origin)


def _settings(settings: Sequence[Origin]) -> Iterator[Effective]:
    for each in settings:
        if each.key.partition(".")[0] in SECTIONS:
            yield Effective(part="setting", name=each.key, value=each.value, origin=each.origin)
