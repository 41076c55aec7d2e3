"""Hooks of other packages: each is told of a run that has ended, in a process of its own."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from netraven_cli.errors import NetravenError
from netraven_cli.plugin import EndedRun
from netraven_cli.runner.answer_check import opened
from netraven_cli.runner.call import HOOKS, Call
from netraven_cli.runner.isolated import believed, end_of
from netraven_cli.runner.tally import COUNTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netraven_cli.plugin import Context
    from netraven_cli.runner.processes import Processes
    from netraven_cli.runner.tally import Summary
    from netraven_cli.settings.keys import Settings

log = logging.getLogger("netraven.runner")


@dataclass(frozen=True, slots=True)
class IsolatedHook:
    """Stands for a hook that the runner itself never imports."""

    name: str
    point: str  # module:name
    processes: Processes

    def ended(self, context: Context, run: EndedRun) -> None:
        """Tell it of a run; its process has a database.

        Raises:
            NetravenError: the hook's own, or a HandlerError.
        """
        self._call(context.settings, "ended", run)

    def check(self, settings: Settings) -> None:
        """Import it.

        Raises:
            NetravenError: it cannot be imported, or is no hook.
        """
        self._call(settings, "check")

    def _call(self, settings: Settings, method: str, *arguments: Any) -> None:
        call = Call(
            type=self.name, point=self.point, method=method, settings=settings, arguments=arguments, group=HOOKS
        )
        believed(end_of(self.processes, call, settings.handlers.hook_seconds), opened)


def tell_hooks(context: Context, run_id: str, types: Iterable[str], summary: Summary) -> None:
    """Tell each hook of a run; one that fails, or takes too long, keeps no other from it."""
    run = EndedRun(
        run_id=run_id,
        types=tuple(sorted(types)),
        counts={name: getattr(summary, name) for name in COUNTS},
        seconds=summary.seconds,
        failure=str(summary.failure) if summary.failure else None,
    )
    for hook in context.hooks():
        try:
            hook.ended(context, run)
        except NetravenError as error:
            log.error("hook_failed hook=%s reason=%s", getattr(hook, "name", type(hook).__name__), error)
