"""Which handlers and hooks are installed, and where each comes from.

The built-in ones register as anybody's do, in the entry-point group `netraven.handlers`. Those of the distribution
`netraven` are imported here, each when it is asked for; all others, and all hooks, only in processes of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from importlib.metadata import EntryPoint, distributions
from typing import TYPE_CHECKING

from netraven_cli.errors import NetravenError
from netraven_cli.runner.call import HANDLERS, HOOKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from importlib.metadata import Distribution

    from netraven_cli.plugin import Handler
    from netraven_cli.runner.hooks import IsolatedHook
    from netraven_cli.runner.isolated import IsolatedHandler
    from netraven_cli.runner.processes import Processes
    from netraven_cli.settings.keys import Settings

OURS = "netraven"
KINDS = {HANDLERS: "handler", HOOKS: "hook"}  # by group of entry points


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A handler or hook as its distribution registers it."""

    kind: str  # handler, hook
    type: str  # of the jobs; of a hook, its name
    code: str  # module:name
    distribution: str
    version: str
    isolated: bool  # its attempts run in processes of their own
    problem: str | None = None  # why its jobs cannot be done


class Handlers(Mapping[str, "Handler"]):
    """All handlers by job type. A type that several distributions have is netraven's, or that of the first by name."""

    def __init__(self) -> None:
        self._made: dict[str, Handler] = {}

    def __getitem__(self, job_type: str) -> Handler:
        one = self._chosen[job_type]
        if job_type not in self._made:
            self._made[job_type] = self._isolated(one) if one.isolated else _imported(one)
        return self._made[job_type]

    def __iter__(self) -> Iterator[str]:
        return iter(self._chosen)

    def __len__(self) -> int:
        return len(self._chosen)

    def installed(self, settings: Settings) -> Iterator[Installed]:
        """Every handler and hook there is, each imported to see whether that can be done."""
        for one in self._found:
            yield replace(one, problem=self._problem(one, settings))
        for hook in self._hooks:
            yield replace(hook, problem=_refused(partial(self._isolated_hook(hook).check, settings)))

    def hooks(self) -> Iterator[IsolatedHook]:
        """Every hook there is."""
        return map(self._isolated_hook, self._hooks)

    def close(self) -> None:
        """Let the fork server go, if there is one."""
        if "_processes" in self.__dict__:
            self._processes.close()

    @cached_property
    def _found(self) -> list[Installed]:
        return [one for one in self._registered if one.kind == "handler"]

    @cached_property
    def _hooks(self) -> list[Installed]:
        return [one for one in self._registered if one.kind == "hook"]

    @cached_property
    def _registered(self) -> list[Installed]:
        found = {
            (one.kind, one.distribution, one.type): one
            for each in reversed([*distributions()])
            for one in _registered(each)
        }
        return sorted(found.values(), key=lambda one: (one.isolated, one.distribution, one.type))

    @cached_property
    def _chosen(self) -> dict[str, Installed]:
        return {one.type: one for one in reversed(self._found)}

    @cached_property
    def _processes(self) -> Processes:
        from netraven_cli.runner.processes import Processes  # noqa: PLC0415 - only third-party handlers need it

        return Processes()

    def _isolated(self, one: Installed) -> IsolatedHandler:
        from netraven_cli.runner.isolated import IsolatedHandler  # noqa: PLC0415 - the same

        return IsolatedHandler(type=one.type, point=one.code, processes=self._processes)

    def _isolated_hook(self, one: Installed) -> IsolatedHook:
        from netraven_cli.runner.hooks import IsolatedHook  # noqa: PLC0415 - the same

        return IsolatedHook(name=one.type, point=one.code, processes=self._processes)

    def _problem(self, one: Installed, settings: Settings) -> str | None:
        chosen = self._chosen[one.type]
        if chosen != one:
            return f"not used: {chosen.distribution} has the type {one.type} already"
        return _refused(partial(self._isolated(one).check, settings)) if one.isolated else None


def _refused(check: Callable[[], None]) -> str | None:
    try:
        check()
    except NetravenError as error:
        return str(error)
    return None


def _registered(distribution: Distribution) -> Iterable[Installed]:
    """The handlers and hooks of a distribution."""
    return [_of_point(point, distribution) for point in distribution.entry_points if point.group in KINDS]


def _of_point(point: EntryPoint, distribution: Distribution) -> Installed:
    name = distribution.metadata["Name"] or "?"
    version = distribution.metadata["Version"] or "?"
    return Installed(
        kind=KINDS[point.group], type=point.name, code=point.value, distribution=name, version=version,
        isolated=name != OURS,
    )  # fmt: skip


def _imported(one: Installed) -> Handler:
    made: Handler = EntryPoint(name=one.type, value=one.code, group=HANDLERS).load()()
    return made
