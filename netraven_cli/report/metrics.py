"""The status as metrics, in the text format of Prometheus.

Names and units after https://prometheus.io/docs/practices/naming/. No device's name becomes a label: there may be
thousands, and a file that every local user reads need not tell them.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from netraven_cli.errors import CreateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from prometheus_client.core import GaugeMetricFamily

    from netraven_cli.report.status import Status
    from netraven_cli.store.window import Percentiles

Samples = list[tuple[dict[str, str], float]]


class _Once:
    """What a registry collects from: figures that were taken already."""

    def __init__(self, families: Iterable[GaugeMetricFamily]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        return self._families


def text_of(status: Status) -> str:
    """The metrics as a text."""
    from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415 - 100 ms, for this alone

    registry = CollectorRegistry()
    registry.register(_Once(_family(*each) for each in gauges(status)))
    return generate_latest(registry).decode()


def _family(name: str, what: str, samples: Samples) -> GaugeMetricFamily:
    from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415 - the same

    family = GaugeMetricFamily(f"netraven_{name}", what)
    for labels, value in samples:
        family.add_sample(family.name, labels, value)
    return family


def gauges(status: Status) -> Iterator[tuple[str, str, Samples]]:
    """All metrics: name, what it is, samples. All are gauges: they are looked up, not counted along."""
    labels = {"version": status.version, "environment": status.environment}
    yield "info", "NetRaven itself.", [(labels, 1)]
    yield from _moments(status)
    yield from _stock(status)
    yield from _queue(status)
    yield from _window(status)


def _moments(status: Status) -> Iterator[tuple[str, str, Samples]]:
    found: Mapping[str, tuple[str, datetime | None]] = {
        "generated": ("When these figures were taken.", status.generated_at),
        "last_success": ("When an attempt last succeeded.", status.last_success_at),
        "oldest_verified": (
            "When that enabled device was last proven complete for which it is longest ago.",
            status.devices.oldest_verified_at,
        ),
        "next_due": ("When the next schedule is due; long past if nothing wakes NetRaven.", status.next_due_at),
    }
    for name, (what, moment) in found.items():
        yield f"{name}_timestamp_seconds", what, [({}, moment.timestamp())] if moment else []


def _stock(status: Status) -> Iterator[tuple[str, str, Samples]]:
    devices = status.devices
    states = {"enabled": devices.enabled, "disabled": devices.total - devices.enabled}
    yield "devices", "Devices of the inventory.", [({"state": name}, number) for name, number in states.items()]
    limited = status.max_age_seconds is not None
    counts: Mapping[str, tuple[str, float]] = {
        "devices_without_backup": ("Enabled devices without any accepted configuration.", devices.never),
        "captures_quarantined": ("Captures that wait for a person's word.", status.quarantined),
        "snapshots_pending": ("Accepted configurations that git does not have yet.", status.archive_pending),
        "runners": ("Runners on record.", len(status.runners)),
        "workers_left_behind": (
            "Workers of these runners that did not come back from an attempt.",
            sum(one.left_behind for one in status.runners),
        ),
        "schedules": ("Enabled schedules.", status.schedules),
        "schedules_late": ("Schedules whose due time passed unnoticed.", len(status.late)),
        "jobs_dead": ("Dead jobs.", status.jobs["dead"]),
        "jobs_failing": ("Dead jobs whose subject did not succeed since.", status.failing),
    }
    for name, (what, number) in counts.items():
        yield name, what, [({}, number)]
    found = [({"state": name}, float(number)) for name, number in status.findings.items()]
    yield "findings", "What discovery found, by what is to be done about it.", found
    yield from _health(status)
    kinds = [one.key.partition(":")[0] for one in status.breakers]
    opened = [({"of": kind}, float(kinds.count(kind))) for kind in ("device", "credential")]
    yield "breakers_open", "Devices left alone and credentials stopped for their faults.", opened
    stale = "Enabled devices whose last proof is older than status.max_age."
    yield "devices_stale", stale, [({}, len(status.stale))] if limited else []


def _health(status: Status) -> Iterator[tuple[str, str, Samples]]:
    if status.health is None:
        return
    states = [({"state": name}, float(number)) for name, number in status.health.states.items()]
    yield "devices_health", "Enabled devices by how well they were at their last check.", states
    there = status.health.availability
    what = "The part of the last 24 hours that enabled devices were there, of all that is known."
    yield "availability_ratio", what, [({}, there / 100)] if there is not None else []


def _queue(status: Status) -> Iterator[tuple[str, str, Samples]]:
    counts: dict[tuple[str, str], int] = {}
    oldest: dict[tuple[str, str], float] = {}
    for one in status.queue:
        kind = (one.type, one.state.value)
        counts[kind] = counts.get(kind, 0) + one.jobs
        oldest[kind] = min(oldest.get(kind, float("inf")), one.oldest_at.timestamp())
    yield "jobs", "Live jobs.", _by_kind(counts)
    what = "Since when a job waits or runs: the first of its kind."
    yield "jobs_oldest_timestamp_seconds", what, _by_kind(oldest)


def _by_kind(values: Mapping[tuple[str, str], float]) -> Samples:
    return [({"type": job_type, "state": state}, value) for (job_type, state), value in values.items()]


def _window(status: Status) -> Iterator[tuple[str, str, Samples]]:
    window = status.window
    seconds = (status.generated_at - window.since).total_seconds()
    yield "window_seconds", "How far back the figures of the window reach.", [({}, seconds)]
    attempts: Samples = [
        ({"outcome": one.outcome, "error_class": one.error_class or ""}, one.count) for one in window.attempts
    ]
    yield "window_attempts", "Attempts that ended in the window.", attempts
    ended = {"succeeded": window.succeeded, "dead": window.dead, "cancelled": window.cancelled}
    yield "window_jobs", "Jobs that ended in the window.", [({"state": name}, each) for name, each in ended.items()]
    yield "window_runs", "Runs of which a job ended in the window.", [({}, window.runs)]
    yield "window_missed_occurrences", "Due times in the window that were missed.", [({}, window.missed)]
    broken = "Attempts in the window that killed runners did not finish."
    yield "window_interruptions", broken, [({}, window.interrupted)]
    yield "window_execution_seconds", "How long attempts took.", _quantiles(window.execution)
    waited = "From when a job was due to its claim."
    yield "window_queue_wait_seconds", waited, _quantiles(window.queue_wait)


def _quantiles(found: Percentiles) -> Samples:
    each = {"0.5": found.p50_seconds, "0.95": found.p95_seconds, "0.99": found.p99_seconds}
    return [({"quantile": name}, value) for name, value in each.items() if value is not None]


def rows_of(status: Status) -> list[dict[str, Any]]:
    """The metrics one by one."""
    return [
        {"name": f"netraven_{name}", "labels": labels, "value": value}
        for name, _, samples in gauges(status)
        for labels, value in samples
    ]


def write(status: Status, path: Path) -> None:
    """Put the metrics into a file, whole or not at all: node_exporter may read it at any moment.

    The file under way does not end in .prom, so the collector leaves it alone; the mode lets node_exporter's user
    read it, whatever the umask: https://github.com/prometheus/node_exporter#textfile-collector.

    Raises:
        CreateError: the file cannot be written.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fresh.write_text(text_of(status), encoding="utf-8")
        fresh.chmod(0o644)
        fresh.replace(path)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise CreateError(f"the metrics cannot be written to {path}: {error.strerror}") from None
