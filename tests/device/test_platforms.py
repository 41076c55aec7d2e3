from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from netraven_cli.device import platforms
from netraven_cli.device.platforms import UNPROVEN, check_platform, load_families, load_platforms
from netraven_cli.device.platforms.aliases import ALIASES, canonical
from netraven_cli.device.platforms.document import STRUCTURES, read
from netraven_cli.errors import DataError
from tests.device.conftest import PLATFORMS
from tests.simulator import ROWS, SimulatedDevice

if TYPE_CHECKING:
    from netraven_cli.model import Platform

TAIL_LINES = 5
SHIPPED = sorted(Path(platforms.__file__).parent.glob("*.yml"))
UNPROVEN_FILE = Path(platforms.__file__).parent / f"{UNPROVEN}.yml"


@pytest.fixture(params=list(ROWS))
def shown(request: pytest.FixtureRequest) -> SimulatedDevice:
    """A device that has shown its configuration twice, without a session."""
    device = SimulatedDevice(name="core-1", platform=request.param, size=8000)
    device.next_answer()
    device.next_answer()
    return device


def without_volatile(text: str, platform: Platform) -> str:
    for block in platform.volatile_blocks + platform.ignore_blocks:
        text = re.sub(rf"{block.first}.*\n(?:.*\n)*?.*{block.last}\n", "", text, flags=re.MULTILINE)
    for pattern in platform.volatile + platform.ignore:
        text = re.sub(rf"{pattern}\n?", "", text, flags=re.MULTILINE)
    return text.strip("\n") + "\n"


def test_all_that_changes_without_a_change_is_volatile_or_ignored_and_nothing_else(shown: SimulatedDevice) -> None:
    platform = PLATFORMS[shown.platform]
    assert [without_volatile(text, platform) for text in shown.shown] == [shown.configuration] * 2


def test_a_complete_configuration_has_its_end_marker_or_a_structure(shown: SimulatedDevice) -> None:
    platform = PLATFORMS[shown.platform]
    tail = "\n".join(shown.shown[-1].rstrip("\n").split("\n")[-TAIL_LINES:])
    if platform.end_marker:
        assert re.search(platform.end_marker, tail, re.MULTILINE)
    else:
        assert platform.structure in STRUCTURES


def test_error_patterns_know_the_devices_error_and_let_its_configuration_pass(shown: SimulatedDevice) -> None:
    error = ROWS[shown.platform].error.format(command="show running-config")
    patterns = PLATFORMS[shown.platform].error_patterns
    assert any(re.search(pattern, error, re.MULTILINE) for pattern in patterns)
    assert not any(re.search(pattern, shown.shown[-1], re.MULTILINE) for pattern in patterns)


def test_a_configuration_has_more_than_the_minimum_of_lines(shown: SimulatedDevice) -> None:
    assert len(shown.configuration.splitlines()) > PLATFORMS[shown.platform].minimum_lines


@pytest.mark.parametrize("file", SHIPPED, ids=lambda path: path.stem)
def test_shipped_data_passes_the_checks_that_a_users_file_must_pass(file: Path) -> None:
    families = load_families()
    others = {name: one for family, given in families.items() if family != file.stem for name, one in given.items()}
    known = {name: one.secrets for name, one in others.items()}
    assert set(read(file, known)) == set(families[file.stem])


@pytest.mark.parametrize("family", [name for name in load_families() if name != UNPROVEN])
def test_a_proven_family_says_what_it_is_and_where_that_is_written(family: str) -> None:
    for platform in load_families()[family].values():
        assert platform.is_proven
        assert platform.title
        assert platform.sources
        assert platform.comment
        assert platform.version_commands
        assert platform.error_patterns


def test_an_unproven_platform_has_no_proof_and_yet_knows_an_error() -> None:
    for platform in load_families()[UNPROVEN].values():
        assert not platform.is_proven
        assert platform.proof == "unproven: two equal reads"
        assert platform.title
        assert platform.minimum_lines > 1
        error = "% Invalid input detected at '^' marker."
        assert any(re.search(pattern, error, re.MULTILINE) for pattern in platform.error_patterns)


def test_every_device_type_of_netmiko_for_ssh_has_data_or_its_reason_beside_them() -> None:
    from netmiko.ssh_dispatcher import CLASS_MAPPER_BASE  # noqa: PLC0415 - takes its time

    comment = "".join(line for line in UNPROVEN_FILE.read_text("utf-8").splitlines(keepends=True) if line[0] == "#")
    assert set(CLASS_MAPPER_BASE) - set(PLATFORMS) == set(re.findall(r"\b[a-z]\w+", comment)) & set(CLASS_MAPPER_BASE)


@pytest.mark.parametrize("name", list(PLATFORMS))
def test_every_shipped_platform_is_logged_in_on_as_a_device_type_of_netmiko(name: str) -> None:
    from netmiko import platforms  # noqa: PLC0415 - takes its time

    assert PLATFORMS[name].driver in platforms


def test_a_misspelt_platform_is_refused_with_the_nearest_names() -> None:
    with pytest.raises(DataError, match="there is no platform 'cisco-iso'; did you mean cisco_ios"):
        check_platform("cisco-iso", PLATFORMS)


def test_a_platform_of_netmiko_without_data_is_refused_with_the_way_to_add_it() -> None:
    with pytest.raises(DataError, match=r"no commands for it; to use it, put .* under `f5_tmsh:`"):
        check_platform("f5_tmsh", PLATFORMS)


def test_any_device_type_of_netmiko_is_a_platform_once_it_has_data(tmp_path: Path) -> None:
    source = tmp_path / "mine.yml"
    source.write_text("f5_tmsh:\n  commands: [list]\n")
    check_platform("f5_tmsh", load_platforms(source))


@pytest.mark.parametrize(("name", "platform"), ALIASES.items())
def test_a_name_of_another_tool_is_that_of_a_platform_with_data(name: str, platform: str) -> None:
    assert name not in PLATFORMS
    assert canonical(name.replace("_", "-").upper(), PLATFORMS) == platform
    assert platform in PLATFORMS


def test_checking_a_platform_with_data_does_not_import_netmiko() -> None:
    code = (
        "import sys; from netraven_cli.device.platforms import check_platform, load_platforms;"
        "import netraven_cli.device.session;"
        "check_platform('cisco_ios', load_platforms());"
        "assert not {'netmiko', 'paramiko'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
