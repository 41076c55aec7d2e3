"""Parameters are checked by the handler's own schema before anything is queued or kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_job import jobs, three

if TYPE_CHECKING:
    from tests.cli.conftest import Called
    from tests.installed import Installed

__all__ = ["three"]
PLUGIN = """
from ipaddress import IPv4Network

from pydantic import Field

from netraven_cli.plugin import NewJob, Parameters, Result


class SweepParameters(Parameters):
    network: IPv4Network
    pings: int = Field(default=3, ge=1)


class Sweep:
    parameters = SweepParameters

    def plan(self, context, selector, params):
        return [NewJob(type="sweep", subject=params["network"], params=params)]

    def run(self, context, job):
        return Result(summary=f"{job.params}")
"""


@pytest.fixture
def sweep(netraven: Installed) -> Installed:
    """An installed package of somebody else's, with a handler."""
    packages = netraven.folder / "packages"
    about = packages / "sweep-1.0.dist-info"
    about.mkdir(parents=True)
    (packages / "sweep.py").write_text(PLUGIN)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: sweep\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[netraven.handlers]\nsweep = sweep:Sweep\n")
    netraven.environ["PYTHONPATH"] = str(packages)
    return netraven


def test_parameters_come_to_the_handler_in_the_types_that_it_named(sweep: Installed) -> None:
    sweep.well("job", "submit", "sweep", "--param", "network=192.0.2.0/24", "--param", "pings=5")
    (job,) = sweep.well("job", "list", "--json").json["items"]
    assert (job["subject"], job["params"]) == ("192.0.2.0/24", {"network": "192.0.2.0/24", "pings": 5})
    said = sweep.well("run", "sweep", "--param", "network=192.0.2.1/32", "--json")
    assert said.summary["succeeded"] == 2


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({}, "sweep needs the parameter network; give it with --param network=VALUE"),
        ({"network": "here"}, "the parameter network of sweep cannot be 'here': input is not a valid IPv4 network"),
        ({"network": "192.0.2.0/24", "pings": "0"}, "the parameter pings of sweep cannot be '0': input should be gr"),
        ({"network": "192.0.2.0/24", "ping": "1"}, "sweep has no parameter 'ping'; it has: network, pings"),
    ],
)
def test_a_wrong_parameter_is_one_sentence_and_nothing_is_queued(
    sweep: Installed, params: dict[str, str], sentence: str
) -> None:
    options = [part for key, value in params.items() for part in ("--param", f"{key}={value}")]
    refused = sweep("job", "submit", "sweep", *options)
    assert (refused.status, refused.out) == (65, "")
    assert sentence in refused.err
    assert len(refused.err.splitlines()) == 1
    assert sweep.well("job", "list").out == ""


def test_every_way_in_checks_the_parameters(three: Called) -> None:
    """A backup has none."""
    line = json.dumps({"type": "backup", "subject": "sw1", "params": {"x": 1}})
    three.well("schedule", "add", "nightly", "--daily", "02:30")
    for said in (
        three("job", "submit", "backup", "--param", "x=1"),
        three("job", "submit", "--from", "-", stdin=line),
        three("run", "backup", "--param", "x=1"),
        three("run", "backup", "--param", "x=1", "--dry-run"),
        three("schedule", "add", "other", "--daily", "02:30", "--param", "x=1"),
        three("schedule", "edit", "nightly", "--param", "x=1"),
    ):
        assert (said.status, said.out) == (65, "")
        assert "backup has no parameter 'x'; it has none" in said.err
    assert jobs(three) == []
    (schedule,) = three.well("schedule", "list", "--json").json["items"]
    assert (schedule["name"], schedule["params"]) == ("nightly", {})
