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
from netraven_cli.errors import DataError, SettingsError
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
def test_every_shipped_platform_is_a_device_type_of_netmiko(name: str) -> None:
    from netmiko import platforms  # noqa: PLC0415 - takes its time

    assert name in platforms


def test_a_users_file_replaces_key_by_key_and_adds(tmp_path: Path) -> None:
    source = tmp_path / "mine.yml"
    source.write_text(
        "cisco_ios:\n  commands: [show run all]\n  minimum_lines: 50\n"
        "f5_tmsh:\n  commands: [list]\n  end_marker: '^# Finished'\n"
        "cisco_nxos:\n  end_marker: '^end$'\n"
    )
    found = load_platforms(source)
    assert found["cisco_ios"].commands == ("show run all",)
    assert found["cisco_ios"].minimum_lines == 50
    assert found["cisco_ios"].end_marker == PLATFORMS["cisco_ios"].end_marker
    assert found["f5_tmsh"].end_marker == "^# Finished"
    assert found["cisco_nxos"].structure is None
    assert found["linux"] == PLATFORMS["linux"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("cisco_ios:\n  command: [x]\n", "line 2, platform cisco_ios: unknown key 'command'; did you mean commands?"),
        ("cisco_ios:\n\n  end_marker: '('\n", "line 3, platform cisco_ios: end_marker '\\(' is no regular expression"),
        (
            "a: {commands: [x]}\nb:\n  commands:\n  - x\n  volatile:\n  - a\n  - '['\n",
            "line 7, platform b: volatile '\\['",
        ),
        ("cisco_ios:\n  volatile_blocks: [{first: '(', last: b}]\n", "line 2, .* volatile_blocks '\\(' is no regular"),
        ("cisco_ios:\n  volatile_blocks: [{first: a}]\n", "must be a list of `{first: PATTERN, last: PATTERN}`"),
        ("cisco_ios:\n  commands: show run\n", "commands must be a list of texts, not 'show run'"),
        ("cisco_ios:\n  needs_enable: 1\n", "needs_enable must be true or false, not 1"),
        ("cisco_ios:\n  minimum_lines: true\n", "minimum_lines must be a whole number, not True"),
        ("cisco_ios:\n  pager: [x]\n", "pager must be a text"),
        ("cisco_ios:\n  leave: null\n", "leave must be a text"),
        ("cisco_ios:\n  structure: brackets\n", "there is no structure 'brackets'; there are braces"),
        ("\nf5_tmsh:\n  needs_enable: true\n", "line 2, platform f5_tmsh: `commands` is missing"),
        ("cisco_ios:\n  - x\n", "line 1, platform cisco_ios: must be a name with keys"),
        ("- x\n", "must hold platforms by name"),
        ("a: [\n", "is not YAML"),
    ],
)
def test_a_mistake_in_a_users_file_is_named_with_file_and_line(text: str, sentence: str, tmp_path: Path) -> None:
    source = tmp_path / "mine.yml"
    source.write_text(text)
    with pytest.raises(SettingsError, match=sentence) as caught:
        load_platforms(source)
    assert str(source) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_of_the_user_is_read_file_by_file_and_the_last_one_counts(tmp_path: Path) -> None:
    (tmp_path / "10-f5.yml").write_text("f5_tmsh:\n  commands: [list]\n  minimum_lines: 3\n")
    (tmp_path / "20-f5.yaml").write_text("f5_tmsh:\n  minimum_lines: 7\n")
    (tmp_path / "notes.txt").write_text("no YAML: [\n")
    found = load_platforms(tmp_path)["f5_tmsh"]
    assert (found.commands, found.minimum_lines) == (("list",), 7)
    (tmp_path / "15-wrong.yml").write_text("cisco_ios:\n  command: x\n")
    with pytest.raises(SettingsError, match=r"15-wrong\.yml, line 2, platform cisco_ios: unknown key 'command'"):
        load_platforms(tmp_path)


def test_a_users_platform_is_unproven_until_it_says_what_proves_it(tmp_path: Path) -> None:
    source = tmp_path / "mine.yml"
    source.write_text("f5_tmsh:\n  commands: [list]\nzyxel_os:\n  end_marker: '^end$'\n")
    found = load_platforms(source)
    assert not found["f5_tmsh"].is_proven
    assert found["zyxel_os"].is_proven


def test_a_missing_users_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_platforms(tmp_path / "none.yml")


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


def test_secrets_may_be_like_those_of_a_platform_that_is_shipped_or_stands_above(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(
        "later: {commands: [show]}\n"
        "old_ios: {commands: [show run], secrets: {like: cisco_ios, key: ['^old (.*)']}}\n"
        "cisco_ios: {secrets: {like: cisco_ios, key: ['^own (.*)']}}\n"
    )
    (tmp_path / "b.yml").write_text("later: {secrets: {like: old_ios}}\narista_eos: {secrets: {like: cisco_ios}}\n")
    found = load_platforms(tmp_path)
    shipped = PLATFORMS["cisco_ios"].secrets
    assert found["old_ios"].secrets == found["later"].secrets == (("key", ("^old (.*)",)), *shipped)
    assert found["cisco_ios"].secrets == found["arista_eos"].secrets == (("key", ("^own (.*)",)), *shipped)
    assert found["cisco_nxos"].secrets == shipped


@pytest.mark.parametrize(
    ("secrets", "what"),
    [
        ("{like: [cisco_ios]}", "secrets must be lists of patterns by kind, .*, or like: PLATFORM"),
        ("{like: cisco_iso}", "line 4, platform mine: .* 'cisco_iso', which is neither shipped nor stands above"),
        ("{like: below}", "line 4, platform mine: .* 'below', which is neither"),
        ("{like: zyxel_os}", "line 4, platform mine: .* 'zyxel_os', which has no patterns of its own"),
        ("{like: cisco_ios, key: ['^key .*']}", "line 4, platform mine: .* into a group"),
    ],
)  # fmt: skip
def test_secrets_that_can_be_like_no_others_are_refused_with_the_line(tmp_path: Path, secrets: str, what: str) -> None:
    source = tmp_path / "mine.yml"
    source.write_text(f"mine:\n  commands: [show]\n  secrets:\n    {secrets}\nbelow: {{secrets: {{key: ['^(.*)']}}}}\n")
    with pytest.raises(SettingsError, match=what):
        load_platforms(source)
