"""The docs, the packaging and the house agree with the code."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from importlib import import_module
from pathlib import Path

import pytest
from typer.main import get_command

from netraven_cli.cli.root import COMMANDS
from tests.docs import platforms, reference, vitals

ROOT = Path(__file__).parents[2]
PAGES = [path for path in ROOT.rglob("*.md") if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)]
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    missing = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()]
    assert missing == []


def test_the_page_of_commands_is_that_of_the_command_line() -> None:
    assert reference.PLACE.read_text(encoding="utf-8") == reference.page(), "run: python -m tests.docs.reference"


def test_the_page_of_platforms_is_that_of_their_data() -> None:
    assert platforms.PLACE.read_text(encoding="utf-8") == platforms.page(), "run: python -m tests.docs.platforms"


def test_the_page_of_vitals_is_that_of_where_they_are_read() -> None:
    assert vitals.PLACE.read_text(encoding="utf-8") == vitals.page(), "run: python -m tests.docs.vitals"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_of_commands_names_the_verbs_that_there_are(name: str) -> None:
    command = get_command(import_module(f"netraven_cli.cli.{name.replace('-', '_')}").app)
    assert set(COMMANDS[name][1].split()) == set(getattr(command, "commands", {}))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_says_what_it_does(name: str) -> None:
    command = get_command(import_module(f"netraven_cli.cli.{name.replace('-', '_')}").app)
    for one in getattr(command, "commands", {"": command}).values():
        assert one.help, one.name
        assert all(getattr(param, "help", None) for param in one.params), one.name


def test_files_are_short_enough_to_be_read_to_the_end() -> None:
    sizes = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / "netraven_cli").rglob("*.py")}
    assert {
        str(path.relative_to(ROOT)): size for path, size in sizes.items() if size > 250 and "versions" not in path.parts
    } == {}


def test_no_module_is_called_by_a_word_that_says_nothing() -> None:
    empty = {"utils", "helpers", "common", "base", "manager", "core", "misc"}
    assert [path for path in (ROOT / "netraven_cli").rglob("*.py") if path.stem in empty] == []


def test_the_wheel_has_all_that_the_command_needs_and_nothing_of_the_tests(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for path in (ROOT / "units").iterdir():
        assert f"netraven_cli/units/{path.name}" in names
    for needed in (
        "config.yml",
        "device/platforms/cisco_ios.yml",
        "device/platforms/unproven.yml",
        "store/migrations/versions/0001_spine.py",
        "store/migrations/env.py",
    ):
        assert f"netraven_cli/{needed}" in names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/"))]
