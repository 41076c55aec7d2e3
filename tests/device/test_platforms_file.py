"""What a user's file or folder of platforms adds and changes, and what is wrong in one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netraven_cli.device.platforms import load_platforms
from netraven_cli.errors import SettingsError
from tests.device.conftest import PLATFORMS

if TYPE_CHECKING:
    from pathlib import Path


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
