"""A runner that is short of something begins less, says so, and never stands still."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netraven_cli.runner.guard import Guard, Resources, resources
from netraven_cli.settings.sections import RunnerSettings

if TYPE_CHECKING:
    from pathlib import Path

PLENTY = {"free_memory_mb": 8000.0, "free_descriptors": 4000, "load_per_core": 0.5}


def guard(**found: float) -> Guard:
    return Guard(RunnerSettings(), lambda: Resources(**{**PLENTY, **found}))  # type: ignore[arg-type]


def test_with_plenty_of_everything_all_free_places_are_taken() -> None:
    one = guard()
    assert (one.room(50, 0), one.short_of) == (50, None)


@pytest.mark.parametrize(
    ("found", "word"), [({"free_memory_mb": 90}, "memory"), ({"free_descriptors": 40}, "descriptors"),
                        ({"load_per_core": 17}, "processor")],
)  # fmt: skip
def test_who_is_short_does_one_job_at_a_time_and_names_what_and_the_setting(found: dict[str, float], word: str) -> None:
    one = guard(**found)
    assert (one.room(50, 0), one.room(50, 1)) == (1, 0)
    assert one.short_of is not None
    assert one.short_of.startswith(word)
    assert "runner." in one.short_of


def test_what_is_under_way_is_not_counted_twice_and_gives_its_place_back_when_it_ends() -> None:
    one = guard(free_memory_mb=140)
    assert [one.room(50, busy) for busy in (0, 10, 3, 10, 0)] == [10, 0, 7, 0, 10]


def test_what_is_left_bounds_what_begins() -> None:
    assert guard(free_memory_mb=140).room(50, 0) == 10
    assert guard(free_descriptors=110).room(50, 0) == 10


@given(st.integers(0, 100), st.integers(0, 100), st.floats(0, 1e6), st.integers(-10, 10_000), st.floats(0, 100))
def test_there_is_never_more_room_than_places_and_never_none_for_an_idle_runner(
    free: int, busy: int, memory: float, files: int, load: float
) -> None:
    room = guard(free_memory_mb=memory, free_descriptors=files, load_per_core=load).room(free, busy)
    assert 0 <= room <= free
    assert room or busy or not free


def test_the_tightest_of_the_machine_and_of_all_control_groups_above_counts(tmp_path: Path) -> None:
    def write(place: str, text: str) -> None:
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(text)

    write("proc/meminfo", "MemTotal: 16000000 kB\nMemAvailable: 8000000 kB\n")
    write("proc/self/cgroup", "0::/system.slice/netraven.service\n")
    assert resources(tmp_path).free_memory_mb == 8192
    for group, limit in (("system.slice/netraven.service", "max"), ("system.slice", "300000000")):
        write(f"sys/fs/cgroup/{group}/memory.max", f"{limit}\n")
        write(f"sys/fs/cgroup/{group}/memory.current", "250000000\n")
        write(f"sys/fs/cgroup/{group}/memory.stat", "anon 1\ninactive_file 50000000\n")
    assert resources(tmp_path).free_memory_mb == 100


def test_what_is_hidden_from_a_runner_does_not_stop_it(tmp_path: Path) -> None:
    found = resources(tmp_path)  # no proc in it, as in a unit with ProcSubset=pid
    assert found.free_memory_mb == float("inf")
    one = Guard(RunnerSettings(), lambda: found)
    assert (one.room(50, 0), one.short_of) == (50, None)


def test_the_limit_of_open_files_is_asked_of_the_kernel() -> None:
    code = (
        "import json, resource; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64));"
        "from netraven_cli.runner.guard import resources; found = resources();"
        "print(json.dumps([found.free_descriptors, found.free_memory_mb, found.load_per_core]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    free, memory, load = json.loads(done.stdout)
    assert 40 < free < 64
    assert memory > 0
    assert load >= 0
