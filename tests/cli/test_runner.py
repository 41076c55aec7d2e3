"""Runners as operators see and stop them: two processes and one database."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.cli.test_job import jobs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Called


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a device that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def busy_runner(called: Called) -> dict[str, Any]:
    """The one runner, as soon as it holds a job."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        rows: list[dict[str, Any]] = called.well("runner", "list", "--json").json["items"]
        if rows and rows[0]["jobs"]:
            return rows[0]
    raise AssertionError("no runner began a job")


def test_a_runner_is_listed_with_what_it_does_and_stopped(called: Called, silent: int) -> None:
    called.environ |= {"NETRAVEN_SESSION__LOGIN_TIMEOUT_SECONDS": "60"}
    called.well("credential", "add", "lab", "--username", "u", "--password-from", "stdin", stdin="secret\n")
    called.well("device", "add", "sw1", "--address", "127.0.0.1", "--port", str(silent), "--platform", "cisco_ios")
    process = called.start("run", "backup")
    row = busy_runner(called)
    assert (row["pid"], row["host"], row["state"]) == (process.pid, socket.gethostname(), "alive")
    assert [(job["subject"], job["attempt"]) for job in row["jobs"]] == [("sw1", 1)]
    assert "\tsw1 " in called.well("runner", "list").out
    assert "ends within seconds" in called.well("runner", "stop", row["id"][:8]).err
    process.communicate(timeout=60)
    assert process.returncode == 143
    assert [(job["state"], job["attempt"]) for job in jobs(called)] == [("ready", 0)]
    assert "not there any more" in called.well("runner", "stop", row["id"]).err


def test_stopping_a_runner_that_never_was_is_refused_unless_it_may_have_ended(called: Called) -> None:
    assert called("runner", "stop", "nobody").status == 68
    assert called("runner", "stop", str(uuid4())).status == 0
    assert called.well("runner", "list").out == ""
