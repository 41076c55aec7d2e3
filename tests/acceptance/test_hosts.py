"""Several hosts, one PostgreSQL; and runs that a signal ends."""

from __future__ import annotations

import json
import shutil
import signal
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.test_backup import PLATFORMS, enter, lab
from tests.device.conftest import wait_until
from tests.installed import Installed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.simulator import SimulatedNetwork


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_two_hosts_share_one_queue_and_each_archive_gets_every_configuration(
    database_url: str, tmp_path: Path, network: SimulatedNetwork
) -> None:
    hosts = [Installed(tmp_path / name, {"NETRAVEN_DATABASE__URL": database_url}) for name in ("one", "two")]
    for host in hosts:
        host.folder.mkdir()
        host.well("init", "--dir", ".")
    shutil.copyfile(hosts[0].folder / "vault.key", hosts[1].folder / "vault.key")
    devices = [lab(network, f"{platform}-{n}", platform, seed=n) for platform in PLATFORMS for n in range(5)]
    enter(hosts[0], devices)

    runs = [host.start("run", "backup", "--json") for host in hosts]
    ends = [run.communicate(timeout=240) for run in runs]
    assert [run.returncode for run in runs] == [0, 0], ends
    summaries = [json.loads(out.splitlines()[-1]) for out, _err in ends]
    assert [summary["succeeded"] for summary in summaries] == [30, 30]
    attempts = sum(len(out.splitlines()) - 1 for out, _err in ends)
    assert attempts in range(30, 61)  # a run that came when jobs were done already did them again, and no job twice
    assert all(device.max_concurrent == 1 for device in devices)
    for host in hosts:
        host.well("run", "--due")  # brings what the other host captured last
        for device in devices:
            assert host.git("show", f"main:{device.name}.cfg") == device.configuration
        assert len(host.git("rev-list", "main").split()) == 30


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_a_run_in_order_and_puts_its_jobs_back(
    netraven: Installed, network: SimulatedNetwork, number: int, status: int
) -> None:
    enter(netraven, [lab(network, "stalled", "cisco_ios", fault="stall"), lab(network, "good", "linux")])
    run = netraven.start("run", "backup", "--json", NETRAVEN_RUNNER__STOP_GRACE_SECONDS="0.5")
    assert run.stdout is not None
    first = json.loads(run.stdout.readline())  # from here on, the other one is in its session
    assert (first["subject"], first["outcome"]) == ("good", "succeeded")
    run.send_signal(number)
    out, err = run.communicate(timeout=60)
    assert run.returncode == status, (out, err)
    jobs = {job["subject"]: job for job in netraven.well("job", "list", "--json").json["items"]}
    assert (jobs["stalled"]["state"], jobs["stalled"]["attempt"]) == ("ready", 0)
    assert network.devices["stalled"].open_sessions == 0
    netraven.well("device", "disable", "stalled")
    network.change(network.devices["stalled"], fault=None)
    said = netraven("run", "--due", "--json")
    assert said.status == 0, said
    assert sorted(netraven.git("ls-tree", "--name-only", "main").split()) == ["good.cfg", "stalled.cfg"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_no_session_is_left_on_a_device_by_a_signal(
    number: int, netraven: Installed, network: SimulatedNetwork
) -> None:
    device = lab(network, "stalled", "cisco_ios", fault="stall")
    enter(netraven, [device])
    run = netraven.start("run", "backup", NETRAVEN_RUNNER__STOP_GRACE_SECONDS="0")
    wait_until(lambda: device.shown)
    run.send_signal(number)
    said = run.communicate(timeout=60)
    assert run.returncode == 128 + number, said
    wait_until(lambda: device.connections == 0)
    assert (device.commands[-1], device.open_sessions) == ("exit", 0)


def test_no_session_is_left_on_a_device_by_the_limit_of_an_attempt(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    device = lab(network, "stalled", "cisco_ios", fault="stall")
    enter(netraven, [device])
    limits = {"NETRAVEN_RUNNER__ATTEMPT_TIMEOUT_SECONDS": "2", "NETRAVEN_RETRY__ATTEMPTS": "1"}
    said = netraven("run", "backup", "--json", **limits)
    assert (said.status, said.lines[0]["error_class"]) == (1, "timeout")
    wait_until(lambda: device.connections == 0)
    assert (len(device.sessions), device.open_sessions) == (1, 0)


def test_a_test_of_devices_that_is_interrupted_leaves_them(netraven: Installed, network: SimulatedNetwork) -> None:
    devices = [lab(network, f"stalled-{number}", "cisco_ios", fault="stall") for number in range(3)]
    enter(netraven, devices)
    tested = netraven.start("device", "test", "--all")
    wait_until(lambda: all(one.shown for one in devices))
    tested.send_signal(signal.SIGINT)
    said = tested.communicate(timeout=20)
    assert tested.returncode == 130, said
    wait_until(lambda: not any(one.connections for one in devices))
    assert {one.commands[-1] for one in devices} == {"exit"}


def test_progress_is_told_on_sigusr1_and_a_second_signal_is_not_made_to_wait(
    netraven: Installed, network: SimulatedNetwork
) -> None:
    enter(netraven, [lab(network, "stalled", "cisco_ios", fault="stall"), lab(network, "good", "linux")])
    run = netraven.start("-v", "run", "backup", "--json", NETRAVEN_RUNNER__STOP_GRACE_SECONDS="200")
    assert run.stdout and run.stderr
    assert json.loads(run.stdout.readline())["subject"] == "good"
    run.send_signal(signal.SIGUSR1)
    line = next(line for line in run.stderr if line.startswith("progress"))
    assert "backup 1 done, 1 running, 0 waiting; longest: stalled (job " in line
    run.send_signal(signal.SIGTERM)
    assert any("run_ends running=1 grace_seconds=200" in line for line in run.stderr)
    run.send_signal(signal.SIGTERM)
    run.communicate(timeout=60)
    assert run.returncode == 143
    assert "progress line=progress after" in (netraven.folder / "logs" / "netraven.log").read_text()
    netraven.well("device", "disable", "stalled")
    network.change(network.devices["stalled"], fault=None)
    said = netraven.well("run", "--due", "--json")  # what the killed runner held
    assert [(one["subject"], one["attempt"]) for one in said.lines[:-1]] == [("stalled", 1)]


def test_what_is_due_is_done_by_the_next_wake_up_and_only_once(netraven: Installed, network: SimulatedNetwork) -> None:
    enter(netraven, [lab(network, "core-1", "cisco_ios")])
    netraven.well("schedule", "add", "often", "--type", "backup", "--every", "1m")
    netraven.well("job", "submit", "backup", "core-1")
    said = netraven.well("run", "--due", "--json")
    assert (said.summary["succeeded"], said.summary["changed"]) == (1, 1)
    again = netraven.well("run", "--due", "--json")
    assert again.summary["jobs"] in (0, 1)  # a minute may have begun in between
    netraven.well("schedule", "remove", "often", "--yes")
    assert netraven.well("run", "--due").out in ("", "due: nothing to do in 0.0 s\n", "due: nothing to do in 0.1 s\n")
