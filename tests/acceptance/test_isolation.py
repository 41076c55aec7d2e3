"""A third-party handler misbehaves in every way beside good jobs, through the installed command."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.installed import COMMAND, Installed
from tests.plugins import PLUGINS, install, register

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "hunter2-of-the-lab"
WIDTH = 8  # workers
MEBIBYTE = 1 << 20
WILD = {  # subject: class, and words of the reason; None: it succeeds
    "raises": ("internal", "a bug in the handler: ZeroDivisionError"),
    "refuses": ("authorization", "not allowed"),
    "exits": ("internal", "exit status 0 and brought no result"),
    "leaves": ("internal", "a bug in the handler: SystemExit"),
    "crashes": ("internal", "crashed (SIGSEGV)"),
    "kills": ("resource", "was killed (SIGKILL)"),
    "parricide": ("resource", "killed from outside"),
    "leaks": ("resource", "its limit of memory"),
    "forks": None,
    "floods": None,
    "unsendable": ("internal", "a bug in the handler: TypeError"),
    "nothing": ("internal", "a bug in the handler: TypeError"),
    "lies": ("internal", "malformed: it names a credential that the job does not have"),
    "huge": ("internal", "larger than 32 MiB"),
    "tells": ("command", "******** does not work"),
    "asks": ("internal", "a bug in the handler: AttributeError"),
    "captures": None,
}
ENDLESS = {"spins": "in spins", "blocks": "in blocks", "deaf": ""}  # subject: words of its stack


@pytest.fixture(scope="session")
def wild_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wild package, installed from its wheel."""
    site = tmp_path_factory.mktemp("wild") / "site"
    install(PLUGINS / "wild", site)
    return site


@pytest.fixture
def netraven(tmp_path: Path, database_url: str, wild_site: Path) -> Iterator[Installed]:
    """The command with the wild package, one attempt for each job; none of its processes may be left at the end."""
    environ = {
        "NETRAVEN_DATABASE__URL": database_url,
        "NETRAVEN_RETRY__ATTEMPTS": "1",
        "NETRAVEN_RUNNER__WORKERS": str(WIDTH),
        "NETRAVEN_RUNNER__ATTEMPT_TIMEOUTS__ENDLESS": "1.5",
        "NETRAVEN_RUNNER__ATTEMPT_TIMEOUT_SECONDS": "120",
        "NETRAVEN_HANDLERS__MEMORY_BYTES": str(256 * MEBIBYTE),
        "PYTHONPATH": str(wild_site),
        "MARK": str(uuid4()),
    }
    installed = Installed(tmp_path / "data", environ)
    installed.folder.mkdir(0o700)
    installed.well("init", "--dir", ".")
    yield installed
    assert_none_left(environ["MARK"])


def assert_none_left(mark: str) -> None:
    """No process has this mark in its environment any more; a killed one takes a moment to be gone."""
    until = time.monotonic() + 30
    while (left := marked(mark)) and time.monotonic() < until:
        time.sleep(0.05)
    assert left == []


def marked(mark: str) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark.encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text())
    return found


def run_due(netraven: Installed) -> tuple[int, list[dict[str, Any]], str, int]:
    """`run --due --json`: its exit status, its JSON lines, its messages, and its largest size in bytes."""
    out, err = netraven.folder / "out", netraven.folder / "err"
    with out.open("w") as stdout, err.open("w") as stderr:
        process = subprocess.Popen(
            [COMMAND, "run", "--due", "--json"], cwd=netraven.folder, env=netraven.environment,
            stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr,
        )  # fmt: skip
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    said = netraven_lines(out)
    return process.returncode, said, err.read_text(), used.ru_maxrss * 1024


def netraven_lines(path: Path) -> list[dict[str, Any]]:
    import json

    return [json.loads(line) for line in path.read_text().splitlines()]


def test_each_misbehaviour_costs_its_own_attempt_and_nothing_else(netraven: Installed) -> None:
    netraven.well("credential", "add", "lab", "--username", "u", "--password-from", "stdin", stdin=f"{SECRET}\n")
    for name in ("tells", "captures"):
        netraven.well("device", "add", name, "--address", "192.0.2.1", "--platform", "linux")
    good = [f"good-{number}" for number in range(50)]
    meets = [f"meets-{WIDTH}-{number}" for number in range(WIDTH)]
    netraven.well("job", "submit", "wild", *WILD, "--priority", "high")
    netraven.well("job", "submit", "endless", *ENDLESS, "--priority", "high")
    netraven.well("job", "submit", "steady", *good)
    netraven.well("job", "submit", "steady", *meets, "--priority", "lowest")

    status, lines, err, size = run_due(netraven)

    assert status == 1, err
    ended = {line["subject"]: line for line in lines if line["event"] == "attempt"}
    assert {name for name, line in ended.items() if line["outcome"] == "succeeded"} == {
        *good, *meets, *(name for name, expected in WILD.items() if expected is None),
    }  # fmt: skip
    found = {name: (ended[name]["error_class"], ended[name]["reason"]) for name in WILD}
    for name, expected in WILD.items():
        if expected is not None:
            assert (found[name][0], expected[1] in found[name][1]) == (expected[0], True), found[name]
    assert {ended[name]["error_class"] for name in ENDLESS} == {"timeout"}
    assert size < 400 * MEBIBYTE

    assert (netraven.folder / "concluded").exists()
    log = (netraven.folder / "logs" / "netraven.log").read_text()
    assert len(log) < MEBIBYTE
    assert "handler_output_cut" in log
    assert SECRET not in log + err + (netraven.folder / "out").read_text()
    numbers = {job["subject"]: job["id"] for job in netraven.well("job", "list", "--json").json["items"]}
    for name, where in ENDLESS.items():
        text = netraven.well("job", "log", str(numbers[name])).out
        assert ("worker_stack" in text, where in text) == (bool(where), True), text
    assert "the password is ********" in netraven.well("job", "log", str(numbers["tells"])).out
    assert "in crashes" in netraven.well("job", "log", str(numbers["crashes"])).out
    kept = netraven.well("snapshot", "show", "captures").out
    assert kept == "interface ge-0\n"
