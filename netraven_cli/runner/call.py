"""What a worker process is asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netraven_cli.settings.keys import Settings


HANDLERS, HOOKS = "netraven.handlers", "netraven.hooks"  # the groups of entry points


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a method. It has secrets: it goes over a socket, never into arguments or the environment."""

    type: str  # of the jobs; of a hook, its name
    point: str  # where the code is: module:name, as its entry point says
    method: str
    settings: Settings
    arguments: tuple[Any, ...] = ()
    group: str = HANDLERS
