"""Dockerfile, install.sh and their like."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINTERS = Path(sys.executable).parent
SCRIPTS = sorted([ROOT / "install.sh", ROOT / ".ci/run", *ROOT.glob("docker/*.sh"), *ROOT.glob("tests/*/*.sh")])
TOOLS = ("sh", "dirname", "uname", "id", "runuser", "cat", "mktemp", "rm", "find", "python3", "git")

OUTSIDE = {name: value for name, value in os.environ.items() if name not in ("PREFIX", "PYTHON")}  # make exports them


def said(*command: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, env={**OUTSIDE, **environ}, capture_output=True, text=True, check=False
    )  # fmt: skip


def path_without(tmp_path: Path, *missing: str) -> str:
    """A PATH with a few tools only."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in set(TOOLS) - set(missing):
        places = [Path(place, tool) for place in [*os.environ["PATH"].split(os.pathsep), "/usr/sbin"]]
        (folder / tool).symlink_to(next(place for place in places if place.exists()))
    return str(folder)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_shellcheck_finds_nothing_in_a_script(script: Path) -> None:
    found = said(LINTERS / "shellcheck", "-x", script)
    assert (found.returncode, found.stdout) == (0, "")


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    found = said(LINTERS / "hadolint", "Dockerfile")
    assert (found.returncode, found.stdout) == (0, "")


def test_a_dry_run_of_the_installation_says_all_and_changes_nothing(tmp_path: Path) -> None:
    command = Path("/usr/local/bin/netraven").exists()
    found = said("./install.sh", "--dry-run", PREFIX=str(tmp_path / "opt"))
    assert found.returncode == 0, found.stderr
    assert f"would do: python3 -m venv {tmp_path}/opt/venv" in found.stdout
    assert "netraven init" in found.stdout
    assert list(tmp_path.iterdir()) == []
    assert Path("/usr/local/bin/netraven").exists() == command


def test_a_machine_without_git_is_told_so(tmp_path: Path) -> None:
    found = said("./install.sh", "--dry-run", PATH=path_without(tmp_path, "git"))
    assert (found.returncode, found.stderr) == (
        69,
        "install.sh: there is no git; install it first, for example: apt install git\n",
    )


def test_a_machine_without_a_python_that_is_new_enough_is_told_so(tmp_path: Path) -> None:
    found = said("./install.sh", "--dry-run", PATH=path_without(tmp_path, "python3"))
    assert found.returncode == 69
    assert "there is no Python 3.10 or newer" in found.stderr


@pytest.mark.parametrize("prefix", ["opt/netraven", "/opt/net raven", "/opt/it's"])
def test_a_prefix_that_could_not_stand_in_a_script_is_refused(prefix: str) -> None:
    assert said("./install.sh", "--dry-run", PREFIX=prefix).returncode == 64


def test_an_option_that_there_is_not_is_refused_before_anything_is_done() -> None:
    found = said("./install.sh", "--dry-run", "--prefix=/opt")
    assert found.returncode == 64
    assert "--prefix=/opt is not understood" in found.stderr


def test_a_purge_without_a_terminal_wants_a_yes() -> None:
    found = subprocess.run(
        ["./install.sh", "--uninstall", "--purge", "--user"],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        env={**OUTSIDE, "HOME": "/nowhere"},
    )  # fmt: skip
    assert found.returncode == 64
