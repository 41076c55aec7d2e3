"""What a worker process is asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netraven_cli.settings.keys import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a method. It has secrets: it goes over a socket, never into arguments or the environment."""

    type: str  # of the jobs
    point: str  # where the handler is: module:name, as its entry point says
    method: str
    settings: Settings
    arguments: tuple[Any, ...] = ()
