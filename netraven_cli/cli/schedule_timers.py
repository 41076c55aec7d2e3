"""Schedules beside what is really installed on this machine to wake them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netraven_cli.cli.render import plain_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netraven_cli.model import Schedule, Wake
    from netraven_cli.plugin import Context
    from netraven_cli.schedule.installed import Installed


def join(context: Context, schedules: Sequence[Schedule]) -> dict[str, dict[str, Any]]:
    """How the timer of each schedule fares, by its name; `late` as `netraven status` means it."""
    from netraven_cli.report.status import LATE_AFTER

    installed = _installed(context, schedules)
    late_since = context.now() - LATE_AFTER
    return {
        schedule.name: {
            "late": schedule.next_due_at is not None and schedule.next_due_at < late_since,
            **plain_row(_fare(installed, schedule)),
        }
        for schedule in schedules
    }


def wake(context: Context) -> Wake | None:
    """What is installed on this machine to wake us; None if nothing is."""
    from netraven_cli.store.schedules import list_all

    with context.database.read() as connection:
        found = list_all(connection)
    installed = _installed(context, found)
    return installed.wake() if installed else None


def _installed(context: Context, schedules: Sequence[Schedule]) -> Installed | None:
    from netraven_cli.schedule.installed import look
    from netraven_cli.settings import system_timezone

    return next(iter(look(context.settings, schedules, context.now(), system_timezone())), None)


def _fare(installed: Installed | None, schedule: Schedule) -> dict[str, Any]:
    """The state of a timer and its service; on a machine that nothing is installed on, nothing is known."""
    state = installed.state(schedule.name) if installed else None
    return {
        "timer": installed.word(schedule) if installed else None,
        "fired_at": state and state.fired_at,
        "fires_at": state and state.fires_at,
        "result": state and state.result,
    }
