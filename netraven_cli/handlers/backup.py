"""The job type `backup`: from a device to an accepted configuration in git."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from netraven_cli.device import platforms
from netraven_cli.device.session import Limits, fetch
from netraven_cli.plugin import AttemptError, Context, ErrorClass, Job, NewJob, Result, Selector
from netraven_cli.snapshot.judge import make_capture
from netraven_cli.store import inventory, snapshots

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from netraven_cli.model import Login, PendingSnapshot
    from netraven_cli.snapshot.archive import Archive
