from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from netraven_cli.device.platforms import load_platforms
from netraven_cli.errors import DataError
from netraven_cli.model import Device
from netraven_cli.snapshot.judge import make_capture
from netraven_cli.snapshot.noise import noise, pattern_of, rules
from netraven_cli.snapshot.rules import LineRule, read_rules, with_rules

if TYPE_CHECKING:
    from pathlib import Path

IOS = load_platforms()["cisco_ios"]
CORE = Device(id=1, name="core-1", address="192.0.2.1", platform="cisco_ios", tags=("lab",))
TEXT = "version 15.2\nhostname core-1\n{}\ninterface e0\nend\n"


def digest(line: str, *given_rules: LineRule) -> tuple[str, str | None]:
    made = make_capture(TEXT.format(line), platform=with_rules(IOS, CORE, given_rules), ended=None, prompt_seen=True)
    assert not made.reasons
    return made.text, made.compared


def test_an_ignored_line_is_kept_and_not_compared_and_a_dropped_one_is_not_kept() -> None:
    ignoring, dropping = LineRule(name="i", ignore=(r"^uptime \d+$",)), LineRule(name="d", drop=(r"^uptime \d+$",))
    assert digest("uptime 1", ignoring)[0] == TEXT.format("uptime 1")
    assert digest("uptime 1", ignoring)[1] == digest("uptime 2", ignoring)[1] != digest("uptime x", ignoring)[1]
    assert digest("uptime 1", dropping) == digest("uptime 2", dropping)
    assert "uptime" not in digest("uptime 1", dropping)[0]


def test_a_rule_is_for_its_platforms_and_tags_alone() -> None:
    elsewhere = LineRule(name="e", platforms=("arista_eos",), drop=("^uptime",))
    untagged = LineRule(name="u", tags=("lab", "core"), drop=("^uptime",))
    assert with_rules(IOS, CORE, [elsewhere, untagged]) is IOS
    assert with_rules(IOS, CORE, [LineRule(name="l", tags=("lab",), drop=("^uptime",))]).volatile[-1] == "^uptime"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("rules:\n- name: a\n", "line 2: it has neither ignore nor drop"),
        ("rules:\n- {name: a, drop: ['(']}\n", "line 2: drop.0: it is no regular expression"),
        ("lines: []\n", "each rule with name and ignore or drop"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "rules.yml").write_text(text)
    with pytest.raises(DataError, match=re.escape(what)):
        read_rules(tmp_path / "rules.yml", LineRule)


def test_lines_that_come_back_are_proposed_and_a_change_that_stays_is_not(tmp_path: Path) -> None:
    flapping = [f"hostname a\nntp server 10.0.0.{n % 2}\n" for n in range(4)]
    counting = [f"hostname b\nsession {n}\n" for n in range(5)]
    found = noise(
        [
            ("cisco_ios", "a", flapping),
            ("cisco_ios", "b", counting),
            ("arista_eos", "c", ["vlan 1\n", "vlan 1\nvlan 2\n", "vlan 1\nvlan 2\nname x\n"]),
        ]
    )
    assert {one.pattern: (one.versions, one.alone, one.back, one.is_proposed) for one in found} == {
        r"^session\ \d+$": (4, 4, 0, True),
        r"^ntp\ server\ \d+\.\d+\.\d+\.\d+$": (3, 3, 2, True),
        r"^vlan\ \d+$": (1, 1, 0, False),
        r"^name\ x$": (1, 1, 0, False),
    }
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"rules": rules(found)}))
    (rule,) = read_rules(tmp_path / "rules.yml", LineRule)
    assert rule.platforms == ("cisco_ios",)
    assert [re.match(one, "session 77") is not None for one in rule.ignore] == [True, False]


@given(st.text(st.characters(exclude_characters="\n\r")))
def test_a_proposed_expression_fits_the_line_it_was_made_of(line: str) -> None:
    assert re.match(pattern_of(line), line)
