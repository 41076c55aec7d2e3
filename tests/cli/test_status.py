from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from netraven_cli.model import Outcome
from netraven_cli.model.duration import in_words
from tests.cli.make import add_proven, claim, settle
from tests.installed import COMMAND

if TYPE_CHECKING:
    from tests.cli.conftest import Called
    from tests.installed import Installed


def test_devices_that_miss_the_objective_are_named_and_the_rest_of_them_counted(called: Called) -> None:
    add_proven(called, ["fresh"], hours_ago=1)
    add_proven(called, [f"old{number:02}" for number in range(12)], hours_ago=30)
    said = called("status", "--max-age", "26h")
    assert said.status == 1
    assert "not proven complete for more than 26 h: old00, " in said.out
    assert "old09 and 2 more;" in said.out
    assert "fresh" not in said.out
    assert len(called("status", "--max-age", "26h", "--json").json["stale"]) == 12


@pytest.mark.parametrize("given", ["31h", "1860m", "2d", "1d7h"])
def test_an_objective_that_is_kept_exits_with_0(called: Called, given: str) -> None:
    add_proven(called, ["sw1"], hours_ago=30)
    assert called("status", "--max-age", given).status == 0


@pytest.mark.parametrize("given", ["26", "h", "-1h", "0h", "26x", "99999999w"])
def test_an_objective_that_is_none_is_refused_with_how_to_write_it(called: Called, given: str) -> None:
    said = called("status", "--max-age", given)
    assert said.status == 64
    assert "write 90m, 26h, 2d or 1d12h" in said.err


def test_check_uses_the_objective_of_the_settings(called: Called) -> None:
    add_proven(called, ["sw1"], hours_ago=30)
    assert called("status", "--check").status == 0
    assert called("status", "--check", NETRAVEN_STATUS__MAX_AGE="26h").status == 1
    assert called("status", NETRAVEN_STATUS__MAX_AGE="26h").status == 0
    assert called("status", "--check", NETRAVEN_STATUS__MAX_AGE="never").status == 78


def test_a_monitoring_system_gets_one_line_with_figures_and_its_own_exit_statuses(called: Called) -> None:
    well = called("status", "--nagios")
    assert (well.status, well.out.count("\n")) == (0, 1)
    assert well.out.startswith("NETRAVEN OK - ")
    called("device", "add", "never", "--address", "192.0.2.1", "--platform", "cisco_ios")
    warned = called("status", "--nagios")
    assert (warned.status, warned.out.partition(" - ")[0]) == (1, "NETRAVEN WARNING")
    add_proven(called, ["sw1"], hours_ago=30)
    broken = called("status", "--nagios", "--max-age", "26h")
    assert (broken.status, broken.out.partition(" - ")[0]) == (2, "NETRAVEN CRITICAL")
    text, _, figures = broken.out.strip().partition(" | ")
    assert "sw1" in text
    assert all(re.fullmatch(r"[a-z]+=\d+s?;\d*;\d*;0", part) for part in figures.split())
    assert {"stale=1;;0;0", "never=1;0;;0"} <= set(figures.split())
    assert re.search(r"oldest=108\d\d\ds;;93600;0", figures)


def test_a_monitoring_system_is_told_unknown_if_nothing_can_be_told(called: Called) -> None:
    (called.folder / "netraven.db").unlink()
    said = called("status", "--nagios")
    assert said.status == 3
    assert said.out.startswith("NETRAVEN UNKNOWN - there is no database")
    assert called("status", "--nagios", "--max-age", "soon").status == 3


def test_watching_shows_the_status_on_the_whole_terminal_until_ctrl_c(netraven: Installed) -> None:
    add_proven(netraven, ["sw1"], hours_ago=1)
    leader, follower = pty.openpty()
    watching = subprocess.Popen(
        [str(COMMAND), "status", "--watch", "--interval", "0.2"],
        cwd=netraven.folder, env={**netraven.environment, "TERM": "xterm"}, stdin=follower, stdout=follower,
        stderr=follower,
    )  # fmt: skip
    os.close(follower)
    seen = b""
    while seen.count(b"1 enabled") < 2:  # it looked a second time
        seen += os.read(leader, 4096)
    watching.send_signal(signal.SIGINT)
    with suppress(OSError):  # EIO: nobody has the terminal open any more
        while os.read(leader, 4096):  # as a terminal does: who writes to a full one waits
            pass
    assert watching.wait(30) == 0
    os.close(leader)


def test_watching_without_a_terminal_is_refused(called: Called) -> None:
    said = called("status", "--watch")
    assert (said.status, "needs a terminal" in said.err) == (64, True)


def test_the_queue_what_is_being_done_and_what_failed_lately_are_shown(called: Called) -> None:
    add_proven(called, ["sw1", "sw2", "sw3"], hours_ago=1)
    called.well("job", "submit", "backup")
    first, second = claim(called, 2)
    settle(called, first, Outcome.DEAD, error_class="authentication", reason="login refused")
    text = called("status").out
    assert "1 backup ready priority normal (oldest " in text
    assert re.search(rf"job {second.id} backup {second.subject}, attempt 1, since \S+ m?s, by here pid 7", text)
    assert re.search(r"last 24 h\s+0 succeeded, 1 dead, 0 cancelled in 0 runs", text)
    assert re.search(r"failed attempts\s+1 authentication\n", text)
    assert re.search(r"execution\s+p50 \S+ m?s, p95 \S+ m?s, p99 \S+ m?s\n", text)
    found = called("status", "--window", "1h", "--json").json
    assert [(one["type"], one["state"], one["jobs"]) for one in found["queue"]] == [
        ("backup", "ready", 1),
        ("backup", "running", 1),
    ]
    assert found["executing"][0]["subject"] == second.subject
    assert found["window"]["attempts"] == [{"outcome": "dead", "error_class": "authentication", "count": 1}]


def test_only_the_first_of_many_jobs_that_are_being_done_are_shown(called: Called) -> None:
    add_proven(called, [f"sw{number}" for number in range(13)], hours_ago=1)
    called.well("job", "submit", "backup")
    claim(called, 13)
    text = called("status").out
    assert (text.count("by here pid 7"), "and 3 more" in text) == (10, True)


def test_a_window_that_is_none_is_refused(called: Called) -> None:
    assert called("status", "--window", "yesterday").status == 64


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 ms"),
        (0.0371, "37 ms"),
        (1.25, "1.2 s"),
        (45, "45 s"),
        (5400, "90 min"),
        (93_600, "26 h"),
        (260_000, "3 d"),
    ],
)
def test_a_length_of_time_is_said_in_the_unit_that_fits(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
