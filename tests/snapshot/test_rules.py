from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netraven_cli.errors import DataError, NoInputError
from netraven_cli.model import Device
from netraven_cli.snapshot.rules import Breach, Rule, breaches, read_rules

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
rules:
  - name: time
    platforms: [cisco_ios, cisco_xe]
    tags: [core]
    must_have: ['^ntp server ']
  - name: no public community
    must_not_have: ['^snmp-server community public\\b']
"""


def device(platform: str, *tags: str) -> Device:
    return Device(id=1, name="r1", address="192.0.2.1", platform=platform, tags=tags)


def test_a_rule_is_for_its_platforms_and_tags(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(GOOD)
    time, community = read_rules(tmp_path / "rules.yml", Rule)
    assert time.is_for(device("cisco_xe", "core", "north"))
    assert not time.is_for(device("cisco_xe", "edge"))
    assert not time.is_for(device("linux", "core"))
    assert community.is_for(device("linux"))


def test_what_is_missing_and_what_is_forbidden_is_told_with_its_line() -> None:
    rule = Rule(name="x", must_have=("^ntp", "^end$"), must_not_have=("public",))
    assert list(breaches(rule, "a\ncommunity public\nend\n")) == [
        Breach(rule="x", problem="missing", expression="^ntp"),
        Breach(rule="x", problem="forbidden", expression="public", line=2, text="community public"),
    ]
    assert list(breaches(rule, "ntp\nend\n")) == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("rules: [", "is not YAML"),
        ("rules: 3", "must hold `rules:` with a list"),
        ("- a\n", "must hold `rules:` with a list"),
        ("rules: []\nmore: 1\n", "must hold `rules:` with a list"),
        ("rules:\n  - name: a\n", "line 2: it has neither must_have nor must_not_have"),
        ("rules:\n  - name: a\n    must_have: ['(']\n", "line 2: must_have.0: it is no regular expression"),
        ("rules:\n  - must_have: ['a']\n", "line 2: name: field required"),
        ("rules:\n\n  - {name: a, must_have: [b], musthave: [c]}\n", "line 3: musthave: extra inputs"),
        ("rules:\n  - {name: a, must_have: [b]}\n  - {name: a, must_have: [c]}\n", "two rules named 'a'"),
        ("rules:\n  - nonsense\n", "line 2: input should be a valid dictionary"),
    ],
)
def test_a_wrong_rule_is_named_by_file_and_line(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "rules.yml").write_text(text)
    with pytest.raises(DataError) as caught:
        read_rules(tmp_path / "rules.yml", Rule)
    assert str(tmp_path / "rules.yml") in str(caught.value)
    assert sentence in str(caught.value)


def test_a_missing_file_of_rules_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoInputError, match="cannot be read"):
        read_rules(tmp_path / "nothing.yml", Rule)
