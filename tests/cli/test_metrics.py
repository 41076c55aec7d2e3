from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from netraven_cli.model import Outcome
from tests.cli.make import add_proven, ago, claim, settle

if TYPE_CHECKING:
    from tests.cli.conftest import Called
    from tests.installed import Installed

ALERTS = Path(__file__).parents[2] / "docs" / "how-to" / "prometheus-alerts.yml"


def samples(text: str) -> dict[str, list[tuple[dict[str, str], float]]]:
    return {
        family.name: [(sample.labels, sample.value) for sample in family.samples]
        for family in text_string_to_metric_families(text)
    }


def test_the_figures_of_the_status_can_be_read_by_prometheus(called: Called) -> None:
    add_proven(called, ["sw1", "sw2"], hours_ago=1)
    add_proven(called, ["sw3"], hours_ago=30)
    called.well("job", "submit", "backup")
    held = claim(called, 2)
    settle(called, held[0], Outcome.DEAD, error_class="authentication")
    settle(called, held[1], Outcome.SUCCEEDED)
    found = samples(called("metrics", NETRAVEN_STATUS__MAX_AGE="26h").out)
    assert found["netraven_devices"] == [({"state": "enabled"}, 3), ({"state": "disabled"}, 0)]
    assert found["netraven_devices_stale"] == [({}, 1)]
    assert found["netraven_jobs"] == [({"type": "backup", "state": "ready"}, 1)]
    assert found["netraven_window_attempts"] == [
        ({"outcome": "dead", "error_class": "authentication"}, 1),
        ({"outcome": "succeeded", "error_class": ""}, 1),
    ]
    assert found["netraven_window_seconds"] == [({}, 86_400)]
    assert [labels["quantile"] for labels, _ in found["netraven_window_execution_seconds"]] == ["0.5", "0.95", "0.99"]
    ((_, oldest),) = found["netraven_oldest_verified_timestamp_seconds"]
    assert abs(oldest - ago(30).timestamp()) < 60


def test_no_metric_names_a_device_or_a_host(called: Called) -> None:
    add_proven(called, ["core-switch-1"], hours_ago=1)
    called.well("job", "submit", "backup")
    claim(called, 1)
    text = called("metrics").out
    assert "core-switch-1" not in text
    assert "here" not in re.sub("(?m)^# HELP.*$", "", text)


def test_metrics_of_an_empty_inventory_leave_out_what_there_is_not(called: Called) -> None:
    found = samples(called("metrics").out)
    assert found["netraven_oldest_verified_timestamp_seconds"] == []
    assert found["netraven_devices_stale"] == []
    assert found["netraven_jobs_failing"] == [({}, 0)]


def test_the_file_for_the_collector_can_be_read_by_all_whatever_the_umask(called: Called) -> None:
    before = os.umask(0o077)
    try:
        said = called("metrics", "--textfile", "netraven.prom")
    finally:
        os.umask(before)
    file = called.folder / "netraven.prom"
    assert said.status == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert "netraven_info" in samples(file.read_text())
    assert [path.name for path in called.folder.iterdir() if ".prom" in path.name] == ["netraven.prom"]


def test_a_file_that_cannot_be_written_is_said_and_the_one_before_stays(called: Called) -> None:
    said = called("metrics", "--textfile", "nowhere/netraven.prom")
    assert (said.status, "cannot be written" in said.err) == (73, True)
    (called.folder / "folder.prom").mkdir()
    assert called("metrics", "--textfile", "folder.prom").status == 73
    assert [path.name for path in called.folder.iterdir() if ".prom" in path.name] == ["folder.prom"]


def test_a_name_that_the_collector_would_not_read_is_refused(called: Called) -> None:
    assert called("metrics", "--textfile", "netraven.txt").status == 64
    assert called("status", NETRAVEN_METRICS__TEXTFILE="netraven.txt").status == 78


@pytest.mark.parametrize("name", ["netraven.prom", "nowhere/netraven.prom"])
def test_a_run_renews_the_file_of_the_settings_and_does_not_fail_if_it_cannot(called: Called, name: str) -> None:
    said = called("run", "--due", NETRAVEN_METRICS__TEXTFILE=name)
    assert said.status == 0
    assert (called.folder / name).exists() is ("cannot be written" not in said.err)
    assert (called.folder / name).exists() is (name == "netraven.prom")


def test_the_library_is_imported_by_nothing_but_metrics(netraven: Installed) -> None:
    for command in ("status", "run"):
        said = netraven.well(command, *(["--due"] if command == "run" else []), PYTHONPROFILEIMPORTTIME="1")
        assert "prometheus_client" not in said.err


def test_the_alerts_ask_for_metrics_that_there_are(called: Called) -> None:
    add_proven(called, ["sw1"], hours_ago=1)
    known = set(samples(called("metrics").out))
    rules = [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]
    asked = {name for rule in rules for name in re.findall(r"netraven_\w+", rule["expr"])}
    assert asked <= known
    assert len({rule["alert"] for rule in rules}) == len(rules) > 5
