from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from netraven_cli.device.platforms import STRUCTURES, check_platform, load_platforms
from netraven_cli.errors import DataError, SettingsError
from tests.device.conftest import PLATFORMS
from tests.simulator import ROWS, SimulatedDevice

if TYPE_CHECKING:
    from pathlib import Path

TAIL_LINES = 5


@pytest.fixture(params=list(ROWS))
def shown(request: pytest.FixtureRequest) -> SimulatedDevice:
    """A device that has shown its configuration twice, without a session."""
    device = SimulatedDevice(name="core-1", platform=request.param, size=8000)
    device.next_answer()
    device.next_answer()
    return device


def without_volatile(text: str, patterns: tuple[str, ...]) -> str:
    for pattern in patterns:
        text = re.sub(rf"{pattern}\n?", "", text, flags=re.MULTILINE)
    return text.strip("\n") + "\n"


def test_all_that_changes_without_a_change_is_volatile_or_ignored_and_nothing_else(shown: SimulatedDevice) -> None:
    volatile = PLATFORMS[shown.platform].volatile + PLATFORMS[shown.platform].ignore
    assert [without_volatile(text, volatile) for text in shown.shown] == [shown.configuration] * 2


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


@pytest.mark.parametrize("platform", PLATFORMS.values(), ids=list(PLATFORMS))
def test_shipped_data_is_valid(platform: object, tmp_path: Path) -> None:
    """What is shipped passes the checks that a user's file must pass."""
    name = platform.name  # type: ignore[attr-defined] # a Platform
    keys = {field.name: getattr(platform, field.name) for field in fields(platform) if field.name != "name"}  # type: ignore[arg-type] # a dataclass
    import yaml  # noqa: PLC0415 - only here

    given = {key: list(value) if isinstance(value, tuple) else value for key, value in keys.items()}
    given["secrets"] = {kind: list(patterns) for kind, patterns in keys["secrets"]}
    source = tmp_path / "platforms.yml"
    source.write_text(yaml.safe_dump({name: given}, sort_keys=False))
    assert load_platforms(source)[name] == platform


@pytest.mark.parametrize("name", list(PLATFORMS))
def test_every_shipped_platform_is_a_device_type_of_netmiko(name: str) -> None:
    from netmiko import platforms  # noqa: PLC0415 - takes its time

    assert name in platforms


def test_a_users_file_replaces_key_by_key_and_adds(tmp_path: Path) -> None:
    source = tmp_path / "mine.yml"
    source.write_text(
        "cisco_ios:\n  commands: [show run all]\n  minimum_lines: 50\n"
        "nokia_sros:\n  commands: [admin display-config]\n  end_marker: '^# Finished'\n"
        "cisco_nxos:\n  end_marker: '^end$'\n"
    )
    platforms = load_platforms(source)
    assert platforms["cisco_ios"].commands == ("show run all",)
    assert platforms["cisco_ios"].minimum_lines == 50
    assert platforms["cisco_ios"].end_marker == PLATFORMS["cisco_ios"].end_marker
    assert platforms["nokia_sros"].end_marker == "^# Finished"
    assert platforms["cisco_nxos"].structure is None
    assert platforms["linux"] == PLATFORMS["linux"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("cisco_ios:\n  command: [x]\n", "platform cisco_ios: unknown key 'command'; did you mean commands?"),
        ("cisco_ios:\n  end_marker: '('\n", "platform cisco_ios: end_marker '\\(' is no regular expression"),
        ("cisco_ios:\n  volatile: ['[']\n", "platform cisco_ios: volatile '\\[' is no regular expression"),
        ("cisco_ios:\n  commands: show run\n", "commands must be a list of texts, not 'show run'"),
        ("cisco_ios:\n  needs_enable: 1\n", "needs_enable must be true or false, not 1"),
        ("cisco_ios:\n  minimum_lines: true\n", "minimum_lines must be a whole number, not True"),
        ("cisco_ios:\n  pager: [x]\n", "pager must be a text"),
        ("cisco_ios:\n  structure: brackets\n", "there is no structure 'brackets'; there are braces"),
        ("nokia_sros:\n  needs_enable: true\n", "platform nokia_sros: `commands` is missing"),
        ("cisco_ios:\n  - x\n", "platform cisco_ios: must be a name with keys"),
        ("- x\n", "must hold platforms by name"),
        ("a: [\n", "is not YAML"),
    ],
)
def test_a_mistake_in_a_users_file_is_named_with_file_and_platform(text: str, sentence: str, tmp_path: Path) -> None:
    source = tmp_path / "mine.yml"
    source.write_text(text)
    with pytest.raises(SettingsError, match=sentence) as caught:
        load_platforms(source)
    assert str(source) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_users_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_platforms(tmp_path / "none.yml")


def test_a_misspelt_platform_is_refused_with_the_nearest_names() -> None:
    with pytest.raises(DataError, match="there is no platform 'cisco-iso'; did you mean cisco_ios"):
        check_platform("cisco-iso", PLATFORMS)


def test_a_platform_of_netmiko_without_data_is_refused_with_the_way_to_add_it() -> None:
    with pytest.raises(DataError, match=r"no commands for it; to use it, put .* under `nokia_sros:`"):
        check_platform("nokia_sros", PLATFORMS)


def test_any_device_type_of_netmiko_is_a_platform_once_it_has_data(tmp_path: Path) -> None:
    source = tmp_path / "mine.yml"
    source.write_text("nokia_sros:\n  commands: [admin display-config]\n")
    check_platform("nokia_sros", load_platforms(source))


def test_checking_a_platform_with_data_does_not_import_netmiko() -> None:
    code = (
        "import sys; from netraven_cli.device.platforms import check_platform, load_platforms;"
        "import netraven_cli.device.session;"
        "check_platform('cisco_ios', load_platforms());"
        "assert not {'netmiko', 'paramiko'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("secrets", "what"),
    [
        ("['^key (.*)']", "lists of patterns by kind"),
        ("{key: '^key (.*)'}", "lists of patterns by kind"),
        ("{'a b': ['^key (.*)']}", "small letters and hyphens"),
        ("{key: ['^key (']}", "no regular expression"),
        ("{key: ['^key .*']}", "into a group"),
        ("{key: ['(a) >> ^key .*']}", "into a group"),
        ("{key: ['^key (.*) \\1']}", "references to groups"),
        ("{key: ['^key (?P<secret>.*)']}", "named groups"),
        ("{key: ['(?i)^key (.*)']}", "flags"),
    ],
)
def test_patterns_of_secrets_that_cannot_be_right_are_refused(tmp_path: Path, secrets: str, what: str) -> None:
    source = tmp_path / "mine.yml"
    source.write_text(f"cisco_ios:\n  secrets: {secrets}\n")
    with pytest.raises(SettingsError, match=what):
        load_platforms(source)
