"""A third-party handler misbehaves in every way beside good jobs, through the installed command."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.installed import Installed
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
    "signals": ("internal", "crashed (signal 40)"),
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


def marked(mark: str) -> list[tuple[int, str]]:
    """The processes with this mark in their environment: number and command line."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark.encode() in (process / "environ").read_bytes():
                found.append((int(process.name), (process / "cmdline").read_text()))
    return found


def test_each_misbehaviour_costs_its_own_attempt_and_nothing_else(netraven: Installed) -> None:
    reference = f"cmd:printf {SECRET}"  # a handler is given the secret itself, read before its process begins
    netraven.well("credential", "add", "lab", "--username", "u", "--keep-reference", "--password-from", reference)
    for name in ("tells", "captures"):
        netraven.well("device", "add", name, "--address", "192.0.2.1", "--platform", "linux")
    good = [f"good-{number}" for number in range(50)]
    meets = [f"meets-{WIDTH}-{number}" for number in range(WIDTH)]
    submitted = [
        {"type": "wild", "devices": [*WILD], "priority": "high"},
        {"type": "endless", "devices": [*ENDLESS], "priority": "high"},
        {"type": "steady", "devices": good},
        {"type": "steady", "devices": meets, "priority": "lowest"},
    ]
    netraven.well("job", "submit", "--from", "-", stdin="\n".join(json.dumps(line) for line in submitted))

    said, size = netraven.measured("run", "--due", "--json")

    assert said.status == 1, said.err
    ended = {line["subject"]: line for line in said.lines if line["event"] == "attempt"}
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
    assert SECRET not in log + said.err + said.out
    numbers = {job["subject"]: job["id"] for job in netraven.well("job", "list", "--json").json["items"]}
    for name, where in ENDLESS.items():
        text = netraven.well("job", "log", str(numbers[name])).out
        assert ("worker_stack" in text, where in text) == (bool(where), True), text
    assert "the password is ********" in netraven.well("job", "log", str(numbers["tells"])).out
    assert "in crashes" in netraven.well("job", "log", str(numbers["crashes"])).out
    kept = netraven.well("snapshot", "show", "captures").out
    assert kept == "interface ge-0\n"


def test_what_a_handler_brings_is_hidden_as_what_a_backup_brings(netraven: Installed) -> None:
    netraven.environ["NETRAVEN_ARCHIVE__SECRETS"] = "seal"
    netraven.well("device", "add", "shows", "--address", "192.0.2.1", "--platform", "linux")
    netraven.well("job", "submit", "wild", "shows")
    netraven.well("run", "--due", "--json")
    shown = netraven.well("snapshot", "show", "shows").out
    assert re.fullmatch(r"interface ge-0\npsk=redacted-password-[0-9a-f]{16}\n", shown)
    assert netraven.well("snapshot", "show", "shows", "--unseal").out == "interface ge-0\npsk=Canary12345678\n"


def pids(netraven: Installed, word: str) -> list[int]:
    """The processes of the command with this word in their command line."""
    mark = netraven.environ["MARK"]
    return [pid for pid, command in marked(mark) if word in command]


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_what_a_stopped_or_killed_runner_had_begun_is_gone_and_the_next_one_does_it(
    netraven: Installed, number: signal.Signals
) -> None:
    netraven.well("job", "submit", "endless", "spins")
    more = {"NETRAVEN_RUNNER__ATTEMPT_TIMEOUTS__ENDLESS": "100", "NETRAVEN_RUNNER__STOP_GRACE_SECONDS": "0.1"}
    run = netraven.start("run", "--due", **more)
    until = time.monotonic() + 60
    while len(pids(netraven, "fork_server")) < 3 and time.monotonic() < until:  # server, leader, worker
        time.sleep(0.02)
    run.send_signal(number)
    run.communicate(timeout=60)
    assert run.returncode in (128 + number, -number)
    assert_none_left(netraven.environ["MARK"])
    said = netraven("run", "--due", "--json")
    assert (said.status, said.lines[0]["attempt"], said.lines[0]["error_class"]) == (1, 1, "timeout"), said.err


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_death_of_the_process_that_all_are_forked_from_costs_no_attempt(netraven: Installed) -> None:
    names = [f"good-{number}" for number in range(60)]
    netraven.well("job", "submit", "steady", *names)
    run = netraven.start("run", "--due", "--json")
    assert run.stdout is not None
    lines = []
    for count, line in enumerate(run.stdout):
        lines.append(json.loads(line))
        if count in (2, 20, 40):
            servers = [pid for pid in pids(netraven, "fork_server") if parent(pid) == run.pid]
            for pid in servers:
                os.kill(pid, signal.SIGKILL)
    _, err = run.communicate(timeout=60)
    assert run.returncode == 0, err
    assert sorted(line["subject"] for line in lines[:-1]) == sorted(names)
    assert {(line["outcome"], line["attempt"]) for line in lines[:-1]} == {("succeeded", 1)}


def parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_plan_that_fails_in_any_way_is_a_sentence_and_queues_nothing(netraven: Installed) -> None:
    for param, words in (("raises", "a bug in the handler: ZeroDivisionError"), ("exits", "exit status 5")):
        said = netraven("run", "wild", "raises", "--param", f"{param}=1")
        assert (said.status, words in said.err, "Traceback" in said.err) == (70, True, False), said
    assert netraven.well("job", "list", "--json").json["items"] == []


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_the_parameters_that_a_plug_in_names_are_checked_in_its_process(netraven: Installed) -> None:
    submit = ("job", "submit", "steady", "good-1", "--json")
    for wrong, words in (("pings=few", "pings of steady cannot be 'few'"), ("hops=3", "it has: pings")):
        said = netraven(*submit, "--param", wrong)
        assert (said.status, said.out) == (65, ""), said
        assert words in said.err
    number = netraven.well(*submit, "--param", "pings=5").json["items"][0]["id"]
    assert netraven.well("job", "show", str(number), "--json").json["params"] == {"pings": 5}


def test_handlers_are_listed_with_where_they_come_from_and_a_broken_one_spoils_no_other_type(
    netraven: Installed, tmp_path: Path
) -> None:
    site = tmp_path / "broken"
    register(site, "a-broken", {"gone": "not_there:Handler"}, {})
    register(site, "b-leaving", {"leaving": "leaving:Handler"}, {"leaving": "import os\nos._exit(3)\n"})
    register(site, "z-backup", {"backup": "z_backup:Handler", "steady": "z_backup:Handler"}, {})
    register(site, "d-no-handler", {"text": "textwrap:TextWrapper"}, {})
    netraven.environ["PYTHONPATH"] += f":{site}"

    rows = netraven.well("handler", "list", "--json").json["items"]
    wild = {
        (row["kind"], row["distribution"], row["version"], row["isolated"]) for row in rows if row["type"] == "wild"
    }
    assert wild == {("handler", "netraven-wild", "1.2.3", True)}
    problems = {f"{row['distribution']} {row['type']}": row["problem"] for row in rows if row["problem"]}
    assert problems == {
        "a-broken gone": "ModuleNotFoundError: No module named 'not_there'",
        "b-leaving leaving": "its process ended with exit status 3 and brought no result",
        "z-backup backup": "not used: netraven has the type backup already",
        "d-no-handler text": "TypeError: textwrap:TextWrapper has no plan and no run",
        "z-backup steady": "not used: netraven-wild has the type steady already",
    }
    said = netraven("run", "gone", "x")
    assert (said.status, "No module named 'not_there'" in said.err) == (78, True), said
    netraven.well("job", "submit", "steady", "good-1")
    said = netraven.well("run", "--due", "--json")
    assert (said.summary["succeeded"], said.summary["dead"]) == (1, 0)
