"""How things stand, in figures that the database has."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from netraven_cli import __version__
from netraven_cli.model.duration import duration, in_words
from netraven_cli.store import breakers, chores, figures, findings, freshness, health_read, host_keys, live, runners
from netraven_cli.store.depth import Depth, depths
from netraven_cli.store.window import Window, window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from netraven_cli.model import Breaker, Wake
    from netraven_cli.plugin import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One look at everything."""

    version: str
    environment: str
    generated_at: datetime
    devices: figures.DeviceFigures
    jobs: Mapping[str, int]  # live jobs by state, and dead ones
    failing: int  # dead jobs whose subject did not succeed since
    host_keys_refused: Sequence[str]  # enabled devices that show another host key than the one on record
    quarantined: int  # captures in quarantine whose device was not proven complete since
    archive_pending: int  # accepted configurations that git does not have yet
    runners: Sequence[runners.Runner]
    last_success_at: datetime | None
    queue: Sequence[Depth]
    executing: Sequence[live.Executing]
    window: Window
    findings: Mapping[str, int] = field(default_factory=dict)  # of discovery, by state
    health: health_read.HealthFigures | None = None  # of enabled devices, by their last checks
    breakers: Sequence[Breaker] = field(default_factory=tuple)  # open ones
    schedules: int = 0
    next_due_at: datetime | None = None
    late: Sequence[str] = field(default_factory=tuple)  # schedules whose due time passed unnoticed
    missed: Mapping[str, str] = field(default_factory=dict)  # schedules whose last due time was not run, and why
    wake: Wake | None = None  # what is installed on this machine to wake us; None: nothing, or it was not looked for
    max_age_seconds: float | None = None  # the objective: how old a device's last proof may be
    stale: Sequence[freshness.StaleDevice] = field(default_factory=tuple)  # enabled devices that miss it
    broken: Sequence[str] = field(default_factory=tuple)  # what maintenance found to be so, when it last looked
    problems: Sequence[str] = field(default_factory=tuple)

    @property
    def is_well(self) -> bool:
        """Whether nothing asks for an operator."""
        return not self.problems


LATE_AFTER = timedelta(minutes=5)  # the one-minute timer would have noticed long ago
SHOWN = 10  # names in one sentence
DAY = timedelta(days=1)
LOOKED_WITHIN = timedelta(days=7)
LIVE_STATES = ("scheduled", "ready", "running")


def gather(
    context: Context, *, max_age: timedelta | None = None, back: timedelta = DAY, wake: Wake | None = None
) -> Status:
    """Ask the database.

    Args:
        context: of this process.
        max_age: how old each device's last proof may be; None: as the settings say.
        back: how long the window of the figures is.
        wake: what is installed on this machine, as the caller found it.
    """
    max_age = max_age or _objective(context)
    with context.database.read() as connection:
        now = context.clock(connection)
        queue = [one for one in depths(connection) if one.state in LIVE_STATES]
        depth = {state: sum(one.jobs for one in queue if one.state == state) for state in LIVE_STATES}
        depth["dead"] = figures.dead_jobs(connection)
        plans = figures.schedules(connection, now - LATE_AFTER)
        status = Status(
            version=__version__,
            environment=context.settings.environment,
            generated_at=now,
            devices=figures.devices(connection),
            jobs=depth,
            failing=figures.failing(connection),
            host_keys_refused=host_keys.refused(connection),
            quarantined=figures.quarantined(connection),
            archive_pending=figures.archive_pending(connection),
            runners=runners.list_runners(connection),
            last_success_at=figures.last_success(connection),
            queue=queue,
            executing=live.executing(connection),
            window=window(connection, now - back, now),
            findings=findings.counts(connection),
            health=health_read.figures(connection, now, context.settings.health.stale_seconds),
            breakers=breakers.list_breakers(connection, open_only=True),
            schedules=plans.enabled,
            next_due_at=plans.next_due_at,
            late=plans.late,
            missed=plans.missed,
            wake=wake,
            max_age_seconds=max_age.total_seconds() if max_age else None,
            broken=chores.failures(connection, now - LOOKED_WITHIN),
            stale=freshness.stale(connection, now - max_age) if max_age else (),
        )
    return _judged(status)


def _objective(context: Context) -> timedelta | None:
    given = context.settings.status.max_age
    return duration(given) if given else None


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}"


def stale_sentence(status: Status) -> str:
    """Which devices miss the objective."""
    names, limit = _some([one.name for one in status.stale]), in_words(status.max_age_seconds or 0)
    return f"not proven complete for more than {limit}: {names}; see: netraven job list"


def _wake_problems(wake: Wake) -> list[str]:
    drift = f"{_some(wake.drift)}; see: netraven schedule sync --target {wake.target} --dry-run"
    failed = f"failed when last woken: {_some(wake.failed)}; see: journalctl -u UNIT"
    return [sentence for sentence, told in ((drift, wake.drift), (failed, wake.failed)) if told]


def _of_schedules(status: Status) -> list[str]:
    found = []
    if status.late:
        found.append(f"schedules are late, is a timer installed? {', '.join(status.late)}; see: netraven schedule sync")
    if status.missed:
        name, more = min(status.missed), len(status.missed) - 1
        which = f"{name} and of {more} more" if more else name
        why = status.missed[name]
        found.append(f"the last due time of {which} was missed: {why}; see: netraven schedule history {name}")
    return found


def _of_health(found: health_read.HealthFigures) -> list[str]:
    told = (("down", found.down), ("degraded", found.degraded), ("flapping", found.flapping))
    return [f"{what}: {_some(names)}; see: netraven device health" for what, names in told if names]


def _judged(status: Status) -> Status:
    found = [stale_sentence(status)] if status.stale else []
    if status.devices.never:
        found.append(f"{status.devices.never} enabled devices have no backup yet; see: netraven snapshot list")
    if status.failing:
        found.append(f"{status.failing} jobs are dead and nothing succeeded since; see: netraven job list --state dead")
    if status.quarantined:
        found.append(f"{status.quarantined} captures are in quarantine; see: netraven snapshot list --quarantined")
    if status.host_keys_refused:
        which = _some(status.host_keys_refused)
        found.append(f"show another host key than the one on record: {which}; see: netraven host-key list --refused")
    stopped = [one.key.partition(":")[2] for one in status.breakers if one.key.startswith("credential:")]
    if stopped:
        found.append(f"stopped, since devices refuse it: credential {', '.join(stopped)}; see: netraven breaker list")
    found += _of_health(status.health) if status.health else []
    found += _of_schedules(status)
    found += _wake_problems(status.wake) if status.wake else []
    if left := sum(one.left_behind for one in status.runners):
        found.append(f"{left} workers did not come back from their attempts; see: netraven runner list, job log")
    if status.archive_pending and not status.runners:
        found.append(f"{status.archive_pending} configurations are not in git yet; the next run puts them there")
    found += status.broken
    return replace(status, problems=tuple(found))
