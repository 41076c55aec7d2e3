"""The chore `prune`: old records go, in transactions so short that the queue is worked on meanwhile."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from netraven_cli.handlers.archiving import open_archive
from netraven_cli.handlers.chore import Pace, Report, Work
from netraven_cli.settings.upkeep import age
from netraven_cli.store import retention

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from netraven_cli.settings.upkeep import Keep
    from netraven_cli.store.retention import Rule


def prune(work: Work) -> Report:
    """Let go what is older, or more, than the settings keep."""
    keep, report = work.context.settings.maintenance, Report()
    kinds = {
        "jobs": (retention.JOBS, keep.jobs),
        "occurrences": (retention.OCCURRENCES, keep.occurrences),
        "schedule_events": (retention.SCHEDULE_EVENTS, keep.events),
        "breaker_events": (retention.BREAKER_EVENTS, keep.events),
        "device_events": (retention.DEVICE_EVENTS, keep.device_events),
        "device_facts": (retention.DEVICE_FACTS, keep.device_events),
        "health_samples": (retention.HEALTH_SAMPLES, keep.health_samples),
        "findings": (retention.FINDINGS, keep.findings),
    }
    report.did["quarantine_expired"] = _expire(work)
    for name, (rule, kept) in kinds.items():
        report.did[name] = _by_rule(work, rule, kept)
    report.did["snapshots"] = _snapshots(work, keep.snapshots, report)
    report.did["rejected_captures"] = _by_rule(work, retention.REJECTED, keep.rejected)
    report.did["orphan_captures"] = _orphans(work)
    if not work.goes_on:
        report.tell("prune", "its time was up before all was pruned", "the next one goes on from there")
    return report


def _expire(work: Work) -> int:
    oldest = age(work.context.settings.maintenance.quarantine_age)
    if oldest is None:
        return 0
    with work.context.database.write() as connection:
        return retention.expire_quarantine(connection, work.now - oldest)


def _by_rule(work: Work, rule: Rule, kept: Keep) -> int:
    with work.context.database.read() as connection:
        before = retention.bound(connection, rule, now=work.now, age=age(kept.age), count=kept.count)
    if before is None:
        return 0
    return _in_parts(
        work,
        lambda connection, limit: retention.doomed(connection, rule, before, limit),
        lambda connection, ids: retention.remove(connection, rule, ids),
    )


def _snapshots(work: Work, kept: Keep, report: Report) -> int:
    """By age as all else; their number counts for each device."""
    if not kept.count and age(kept.age) is None:
        return 0
    problems = open_archive(work.context.settings).check()
    if problems:
        report.tell(
            "snapshots", f"they are kept while the archive is not sound: {problems[0]}", "netraven doctor --fix"
        )
        return 0
    removed = _by_rule(work, retention.SNAPSHOTS, kept.model_copy(update={"count": 0}))
    if not kept.count:
        return removed
    return removed + _in_parts(
        work,
        lambda connection, limit: retention.surplus_snapshots(connection, kept.count, limit),
        lambda connection, ids: retention.remove(connection, retention.SNAPSHOTS, ids),
    )


def _orphans(work: Work) -> int:
    return _in_parts(work, lambda connection, limit: retention.orphan_captures(connection)[:limit],
                     retention.remove_orphans)  # fmt: skip


def _in_parts(
    work: Work, find: Callable[[Connection, int], list[int]], remove: Callable[[Connection, list[int]], int]
) -> int:
    """Find some and remove them, until there are none, or the time is up; what stays though it was found ends it."""
    pace, removed = Pace(work), 0
    while work.goes_on:
        with work.context.database.read() as connection:
            ids = find(connection, pace.rows)
        if not ids:
            break
        with work.context.database.write() as connection:
            began = time.monotonic()
            gone = remove(connection, ids)
        removed += gone
        if not gone:
            break
        pace.rest(time.monotonic() - began)
    return removed
