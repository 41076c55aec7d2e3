"""The status for a person: what is there, what happened lately, and last what asks for an operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netraven_cli.model.duration import in_words as length

if TYPE_CHECKING:
    from netraven_cli.report.status import Status
    from netraven_cli.store.depth import Depth
    from netraven_cli.store.live import Executing
    from netraven_cli.store.runners import Runner
    from netraven_cli.store.window import Percentiles, Window

SHOWN = 10  # executing jobs


def in_words(found: Status) -> dict[str, object]:
    """The lines of `netraven status`, each with its name."""
    devices, jobs = found.devices, found.jobs
    due = f", next due {found.next_due_at:%Y-%m-%d %H:%M} UTC" if found.next_due_at else ""
    words: dict[str, object] = {
        "netraven": f"{found.version}, environment {found.environment}",
        "devices": f"{devices.total}, {devices.enabled} enabled, {devices.never} without a backup",
        "oldest proof": devices.oldest_verified_at,
        "last success": found.last_success_at,
        "jobs": f"{jobs['ready']} ready, {jobs['running']} running, {jobs['scheduled']} later, {found.failing} failing",
        **_queue(found),
        **_executing(found),
        **_window(found.window, (found.generated_at - found.window.since).total_seconds()),
        "quarantine": f"{found.quarantined} captures",
        "git": f"{found.archive_pending} configurations to come",
        "findings": ", ".join(f"{number} {state}" for state, number in found.findings.items()),
        **_health(found),
        "breakers": f"{len(found.breakers)} open",
        "schedules": f"{found.schedules} enabled{due}",
        **_wake(found),
        "runners": [_runner(one, found) for one in found.runners],
    }
    return words | {f"problem {number}": sentence for number, sentence in enumerate(found.problems, 1)}


def _health(found: Status) -> dict[str, object]:
    if found.health is None or found.health.last_checked_at is None:
        return {}
    states = ", ".join(f"{number} {state}" for state, number in sorted(found.health.states.items()))
    there = f", there for {found.health.availability:g} % of 24 h" if found.health.availability is not None else ""
    return {"health": states + there, "last check": found.health.last_checked_at}


def _runner(one: Runner, found: Status) -> str:
    busy = sum(job.runner_id == one.id for job in found.executing)
    parts = [f"{one.host} pid {one.pid}", f"{busy} of {one.workers or '?'} workers busy"]
    if one.left_behind:
        parts.append(f"{one.left_behind} left behind")
    if one.memory_bytes:
        parts.append(f"{one.memory_bytes / 1e6:.0f} MB, {one.descriptors} descriptors")
    parts.append(f"since {length((found.generated_at - one.started_at).total_seconds())}")
    if one.heartbeat_at:
        parts.append(f"heartbeat {length(max(0, (found.generated_at - one.heartbeat_at).total_seconds()))} ago")
    return " ".join((", ".join(parts), f"(short of {one.short_of})" if one.short_of else "")).rstrip()


def _wake(found: Status) -> dict[str, object]:
    if found.wake is None:
        return {}
    times = {"last": found.wake.fired_at, "next": found.wake.fires_at}
    shown = [f", {name} at {at:%Y-%m-%d %H:%M:%S} UTC" for name, at in times.items() if at]
    return {"woken by": found.wake.target + "".join(shown)}


def _queue(found: Status) -> dict[str, object]:
    def line(depth: Depth) -> str:
        age = max((found.generated_at - depth.oldest_at).total_seconds(), 0)
        return f"{depth.jobs} {depth.type} {depth.state.value} priority {depth.priority} (oldest {length(age)})"

    return {f"queue {number}": line(depth) for number, depth in enumerate(found.queue, 1)}


def _executing(found: Status) -> dict[str, object]:
    def line(one: Executing) -> str:
        age = length(max(0, (found.generated_at - one.started_at).total_seconds()))
        whom = f"{one.host} pid {one.pid}" if one.host else "a runner that is gone"
        return f"job {one.job} {one.type} {one.subject}, attempt {one.attempt}, since {age}, by {whom}"

    lines: dict[str, object] = {f"doing {number}": line(one) for number, one in enumerate(found.executing[:SHOWN], 1)}
    more = len(found.executing) - SHOWN
    return lines | ({"doing": f"and {more} more"} if more > 0 else {})


def _window(window: Window, seconds: float) -> dict[str, object]:
    failed = ", ".join(f"{count} {name}" for name, count in sorted(window.failed_attempts.items()))
    ended = f"{window.succeeded} succeeded, {window.dead} dead, {window.cancelled} cancelled in {window.runs} runs"
    return {
        f"last {length(seconds)}": f"{ended}, {window.per_hour:g} jobs an hour, {window.missed} occurrences missed",
        "interrupted": f"{window.interrupted} attempts, by killed runners",
        "failed attempts": failed or "none",
        "execution": _percentiles(window.execution),
        "queue wait": _percentiles(window.queue_wait),
    }


def _percentiles(found: Percentiles) -> str:
    if found.p50_seconds is None or found.p95_seconds is None or found.p99_seconds is None:
        return "nothing to measure"
    each = (("p50", found.p50_seconds), ("p95", found.p95_seconds), ("p99", found.p99_seconds))
    return ", ".join(f"{name} {length(seconds)}" for name, seconds in each)
