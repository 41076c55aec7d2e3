"""The status as a monitoring plugin says it: one line and a number.

https://www.monitoring-plugins.org/doc/guidelines.html: "Plugin Output for Nagios" and "Performance data".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netraven_cli.report.status import Status

OK, WARNING, CRITICAL, UNKNOWN = range(4)
WORDS = ("OK", "WARNING", "CRITICAL", "UNKNOWN")


def plugin_line(status: Status) -> tuple[int, str]:
    """The exit status and the line: critical if the objective of freshness is broken, warning for anything else."""
    level = CRITICAL if status.stale else OK if status.is_well else WARNING
    devices = status.devices
    well = f"{devices.enabled} of {devices.total} devices enabled, none asks for an operator"
    return level, f"{_line(level, '; '.join(status.problems) or well)} | {_figures(status)}"


def unknown_line(reason: str) -> tuple[int, str]:
    """What to say if the status cannot be told."""
    return UNKNOWN, _line(UNKNOWN, reason)


def _line(level: int, text: str) -> str:
    return f"NETRAVEN {WORDS[level]} - {' '.join(text.replace('|', '/').split())}"


def _figures(status: Status) -> str:
    """label=value[unit];warning;critical;minimum."""
    jobs = status.jobs
    parts = [
        f"stale={len(status.stale)};;0;0",
        f"never={status.devices.never};0;;0",
        f"failing={status.failing};0;;0",
        f"quarantined={status.quarantined};0;;0",
        f"late={len(status.late)};0;;0",
        f"ready={jobs['ready']};;;0",
        f"running={jobs['running']};;;0",
    ]
    if status.devices.oldest_verified_at:
        age = (status.generated_at - status.devices.oldest_verified_at).total_seconds()
        limit = "" if status.max_age_seconds is None else f"{status.max_age_seconds:.0f}"
        parts.insert(0, f"oldest={max(0, age):.0f}s;;{limit};0")
    return " ".join(parts)
