"""One attempt of a backup, without a queue: what the handler makes of a simulated device."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from netraven_cli.errors import AttemptError, ErrorClass
from netraven_cli.handlers.backup import BackupHandler
from netraven_cli.model import Capture, Device, Known, Login, Secret
from netraven_cli.plugin import Context, Job
from netraven_cli.settings.keys import Settings
from netraven_cli.settings.sections import SessionSettings
from netraven_cli.store.database import Database

if TYPE_CHECKING:
    from pathlib import Path

    from tests.simulator import SimulatedDevice

LOGIN_SECONDS = {"silent": 0.5, "no_prompt": 4.0}  # where waiting is all that will ever happen
STALLED_SECONDS = 2.0
LONG_SECONDS = 30.0


@dataclass
class Ended:
    """How an attempt ended."""

    error_class: ErrorClass | None
    capture: Capture | None
    reason: str


def attempt(
    simulated: SimulatedDevice, folder: Path, platforms_file: Path | None = None, known: Known | None = None
) -> Ended:
    fault = simulated.fault or ""
    session = SessionSettings(
        login_timeout_seconds=LOGIN_SECONDS.get(fault, LONG_SECONDS),
        idle_timeout_seconds=STALLED_SECONDS if fault.startswith("stall") else LONG_SECONDS,
    )
    context = Context(
        settings=Settings(data_dir=folder, platforms_file=platforms_file, session=session),
        database=Database("sqlite://"),
        now=lambda: datetime.now(timezone.utc),
        handlers={},
    )
    device = Device(
        id=1, name=simulated.name, address=simulated.address, port=simulated.port, platform=simulated.platform
    )
    login = Login(
        credential="lab",
        username=simulated.username,
        password=Secret("s3cret-Pa55"),
        enable=Secret("3nable-Pa55"),
    )
    job = Job(
        id=1, type="backup", subject=device.name, attempt=1, run_id="r", device=device, logins=(login,), known=known
    )
    try:
        capture = BackupHandler().run(context, job).capture
    except AttemptError as error:
        return Ended(error.error_class, None, str(error))
    finally:
        context.database.close()
    assert capture
    return Ended(capture.error_class, capture, "; ".join(capture.reasons))
