"""A context with a handler that behaves as its subjects are called."""

from __future__ import annotations

import threading
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from netraven_cli.errors import NotFoundError
from netraven_cli.plugin import AttemptError, Context, ErrorClass, Job, NewJob, Result, Selector
from netraven_cli.settings.keys import Settings
from netraven_cli.settings.sections import RetrySettings, RunnerSettings
from netraven_cli.store.vault import create_key_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from sqlalchemy import Connection

    from netraven_cli.store.database import Database


class Steps:
    """A third-party handler: the subject says what its jobs do, and what was done is on record here."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.concluded = 0
        self.begun = threading.Event()
        self.release = threading.Event()
        self.lock = threading.Lock()

    def plan(self, context: Context, selector: Selector, params: Mapping[str, Any]) -> Iterable[NewJob]:
        if "nowhere" in selector.names:
            raise NotFoundError("no device is called nowhere")
        for name in selector.names:
            yield NewJob(type="steps", subject=name, dedupe_key=name, exclusive_key=name)

    def run(self, context: Context, job: Job) -> Result:
        with self.lock:
            self.done.append(job.subject)
        step = getattr(self, job.subject.partition("-")[0], None)
        if step:
            step(job)
        return Result(summary="done")

    def flaky(self, job: Job) -> None:
        if job.attempt < 3:
            raise AttemptError(ErrorClass.NETWORK, "connection refused")

    def refused(self, job: Job) -> None:
        raise AttemptError(ErrorClass.NETWORK, "connection refused")

    def password(self, job: Job) -> None:
        raise AttemptError(ErrorClass.AUTHENTICATION, "login refused")

    def garbage(self, job: Job) -> None:
        raise AttemptError(ErrorClass.COMMAND, "the device said \0\ud800\x1b[2J")

    def bug(self, job: Job) -> None:
        raise ZeroDivisionError

    def exit(self, job: Job) -> None:
        raise SystemExit(3)

    def closable(self, job: Job) -> None:
        """Hangs until its session is closed under it."""
        closed = threading.Event()
        job.on_abort(closed.set)
        self.begun.set()
        assert closed.wait(60)
        raise AttemptError(ErrorClass.NETWORK, "the session was closed")

    def hanging(self, job: Job) -> None:
        """Hangs whatever is closed."""
        self.begun.set()
        self.release.wait(60)

    def conclude(self, context: Context) -> None:
        self.concluded += 1


class OwnClock(Context):
    """A context whose own clock rules in every database: for tests that move it."""

    def clock(self, connection: Connection) -> datetime:
        return self.now()


@pytest.fixture
def steps() -> Iterable[Steps]:
    handler = Steps()
    yield handler
    handler.release.set()


@pytest.fixture
def context(database: Database, steps: Steps, tmp_path: Path) -> Context:
    settings = Settings(
        data_dir=tmp_path / "data",
        runner=RunnerSettings(workers=4, attempt_timeout_seconds=0.5, stop_grace_seconds=0.2, retry_wait_seconds=20),
        retry=RetrySettings(first_backoff_seconds=0.05),
    )
    create_key_file(settings.vault_key_file)
    assert settings.vault_key_file.stat().st_mode & 0o77 == 0
    return Context(
        settings=settings, database=database, now=lambda: datetime.now(timezone.utc), handlers={"steps": steps}
    )
