from __future__ import annotations

import dataclasses
import hashlib
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netraven_cli.device.screen import render
from netraven_cli.errors import ErrorClass, SettingsError
from netraven_cli.model import Capture, Known, Platform
from netraven_cli.snapshot.judge import judge, make_capture
from netraven_cli.snapshot.structure import CHECKS, fault

IOS = Platform(
    name="cisco_ios",
    commands=("show running-config",),
    end_marker=r"^end$",
    error_patterns=(r"^% (Invalid|Incomplete|Ambiguous)", r"^% Authorization failed"),
    minimum_lines=5,
)
WHOLE = (
    "".join(f"interface Vlan{number}\n ip address 10.0.{number}.1 255.255.255.0\n" for number in range(100)) + "end\n"
)
JUNOS = """\
## Last commit: now
system {
    host-name r1; /* an open { brace */
    login { message "Keep out } of \\" here {"; }
    root-authentication { encrypted-password "$6$x"; ## SECRET-DATA
    }
}
"""
FORTI = """\
#config-version=FGT60F-7.2
config vdom
edit root
config system interface
    edit "port1"
        set description "end
next
config"
    next
end
end
"""
SETS = "set deviceconfig system login-banner \"one\ntwo\"\nset system host-name 'fw'\n# comment\ndelete x\n"


def look(text: str, platform: Platform = IOS, **given_: Any) -> Capture:
    arguments: dict[str, Any] = {"ended": None, "prompt_seen": True, "known": None, "minimum_ratio": 0.5} | given_
    return make_capture(text, platform=platform, **arguments)


def structured(structure: str) -> Platform:
    return dataclasses.replace(IOS, end_marker=None, structure=structure, minimum_lines=1)


def test_a_whole_configuration_is_accepted_with_its_digest_and_its_lines() -> None:
    capture = look(WHOLE.replace("\n", "\r\n"))
    assert capture.reasons == ()
    assert capture.error_class is None
    assert capture.digest == hashlib.sha256(WHOLE.encode()).hexdigest()
    assert capture.lines == 201


@pytest.mark.parametrize(
    ("text", "more", "reason"),
    [
        (WHOLE, {"ended": "the connection was lost"}, "the answer was cut off: the connection was lost"),
        (WHOLE, {"prompt_seen": False}, "prompt did not come"),
        ("", {}, "the answer is empty"),
        ("\r\n \r\n", {}, "the answer is empty"),
        ("hostname x\nend\n", {}, "it has 2 lines"),
        (WHOLE.removesuffix("end\n"), {}, "its end marker"),
        (WHOLE + "! line\n" * 10, {}, "its end marker"),
        (WHOLE, {"known": Known(digest="", lines=900, size_bytes=len(WHOLE) * 2 + 1)}, "last accepted"),
    ],
)
def test_what_is_not_proven_complete_goes_to_quarantine(text: str, more: dict[str, Any], reason: str) -> None:
    capture = look(text, **more)
    assert capture.error_class is ErrorClass.INCOMPLETE
    assert any(reason in sentence for sentence in capture.reasons)


def test_a_configuration_half_the_size_of_the_last_one_is_still_accepted() -> None:
    assert look(WHOLE, known=Known(digest="", lines=1, size_bytes=len(WHOLE) * 2)).reasons == ()


def test_what_an_operator_accepted_is_not_too_small_for_its_device_again() -> None:
    small = "hostname x\nend\n"
    known = Known(digest="", lines=201, size_bytes=len(WHOLE), accepted_lines=2, accepted_bytes=len(small))
    assert look(small, known=known).reasons == ()
    assert len(look("end\n", known=known).reasons) == 2
    assert len(look(small, known=dataclasses.replace(known, accepted_lines=3, accepted_bytes=99)).reasons) == 2


def test_a_section_that_every_configuration_has_must_be_there() -> None:
    platform = dataclasses.replace(IOS, required=(r"^version \d+", r"^interface Vlan99$"))
    assert look("version 15\n" + WHOLE, platform).reasons == ()
    (reason,) = look(WHOLE, platform).reasons
    assert reason.startswith("no line of it matches ^version")


def test_a_pagers_prompt_that_stands_in_the_text_is_refused_and_a_line_that_speaks_of_it_is_not() -> None:
    platform = dataclasses.replace(IOS, pager="--More--")
    assert look(WHOLE.replace("interface Vlan7\n", " description press --More-- twice\n"), platform).reasons == ()
    (reason,) = look(WHOLE.replace("interface Vlan7\n", " --More-- \n"), platform).reasons
    assert reason.startswith("its line 15 is the prompt of the pager")


def test_binary_data_is_refused_and_a_few_bytes_of_another_encoding_are_not() -> None:
    assert look(WHOLE.replace("interface Vlan7\n", "banner caf\ufffd\n")).reasons == ()
    (reason,) = look(WHOLE.replace("255", "\ufffd")).reasons
    assert "no text" in reason


def test_bytes_that_happen_to_be_latin_1_are_refused_as_binary_and_padding_is_not() -> None:
    binary = render(bytes(byte for byte in range(1, 256) if byte not in b"\x1b\n\r") * 40)
    assert any("are no text" in reason for reason in look(WHOLE.removesuffix("end\n") + binary + "\nend\n").reasons)
    assert look(render(WHOLE.replace("\n", "\x00\x00\x00\r\n").encode())).reasons == ()
    assert look(WHOLE.replace("interface Vlan1\n", "banner motd \x03 Grüße \x03\n")).reasons == ()


def test_every_reason_is_given_at_once() -> None:
    assert len(look("hostname x\n", ended="stalled", prompt_seen=False).reasons) == 4


@pytest.mark.parametrize(
    "text",
    [
        "           ^\n% Invalid input detected at '^' marker.\n",
        "% Authorization failed\n" + WHOLE,
        WHOLE + "% Incomplete command.\n",
    ],
)
def test_the_error_text_of_a_device_is_a_failed_command(text: str) -> None:
    capture = look(text)
    assert capture.error_class is ErrorClass.COMMAND
    assert any("answered with an error: %" in reason for reason in capture.reasons)


def test_a_banner_that_quotes_an_error_does_not_condemn_a_complete_configuration() -> None:
    banner = "banner motd ^C\n% Invalid input detected at '^' marker.\n^C\n"
    assert look(WHOLE.replace("interface Vlan50\n", banner + "interface Vlan50\n")).reasons == ()


def test_error_text_in_the_middle_counts_where_only_the_prompt_proves_the_end() -> None:
    text = WHOLE.replace("interface Vlan50\n", "% Invalid input\ninterface Vlan50\n")
    assert look(text, structured("prompt")).error_class is ErrorClass.COMMAND


@pytest.mark.parametrize(("structure", "text"), [("braces", JUNOS), ("set-lines", SETS), ("config-blocks", FORTI)])
def test_a_structured_configuration_is_accepted_whole_and_refused_when_cut(structure: str, text: str) -> None:
    assert look(text, structured(structure)).reasons == ()
    lines = text.splitlines(keepends=True)
    cut = [
        size
        for size in range(2, len(lines))
        if structure != "set-lines" and not fault("".join(lines[:size]), structure)
    ]
    assert cut == []


@pytest.mark.parametrize(
    ("structure", "text"),
    [
        ("braces", "}\nsystem {\n"),
        ("braces", "nothing here\n"),
        ("set-lines", "set a b\ninterface Vlan1\n"),
        ("set-lines", 'set banner "cut in the value\nof it\n'),
        ("config-blocks", "config a\nedit b\nend\nend\n"),
        ("config-blocks", "config a\nnext\nend\n"),
        ("config-blocks", "hello\n"),
    ],
)
def test_a_broken_structure_is_named(structure: str, text: str) -> None:
    capture = look(text, structured(structure))
    assert capture.error_class is ErrorClass.INCOMPLETE
    assert len(capture.reasons) == 1


def test_a_structure_that_there_is_not_is_an_error_of_the_settings() -> None:
    with pytest.raises(SettingsError, match="there are: braces"):
        judge("a\n", platform=structured("bracess"), ended=None, prompt_seen=True)


@given(st.text(), st.sampled_from(sorted(CHECKS)))
def test_no_text_makes_the_judgement_fail(text: str, structure: str) -> None:
    capture = look(text, structured(structure))
    assert (capture.error_class is None) == (not capture.reasons)


@pytest.mark.parametrize("unit", ['\\"', '"', "{", "/*", " /*", "#", " #", "'", "edit x\n", "% Invalid\n", "end\n"])
@pytest.mark.parametrize("structure", sorted(CHECKS))
@pytest.mark.timeout(30)
def test_hostile_structure_takes_seconds_not_hours(unit: str, structure: str) -> None:
    text = unit * (2_000_000 // len(unit))
    began = time.monotonic()
    judge(text, platform=structured(structure), ended=None, prompt_seen=True)
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("structure", "text"),
    [("json", '{"a": [1, {"b": "c"}]}\n'), ("xml", "<config>\n<a b='c'>d</a>\n</config>\n")],
)
def test_what_can_be_parsed_is_whole_and_no_part_of_it_is(structure: str, text: str) -> None:
    assert fault(text, structure) is None
    assert [size for size in range(len(text.rstrip())) if fault(text[:size], structure) is None] == []


def test_a_document_type_is_refused_before_its_entities_cost_anything() -> None:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 30))
    assert fault(f'<!DOCTYPE x [<!ENTITY a0 "a">{entities}]><x>&a29;</x>', "xml") == "it is no whole XML"
