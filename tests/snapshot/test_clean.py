from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from netraven_cli.model import Platform
from netraven_cli.snapshot.clean import clean, plain

IOS = Platform(
    name="cisco_ios",
    commands=("show running-config",),
    volatile=(r"^! Last configuration change at ", r"^ntp clock-period \d+$", r"^Current configuration : \d+ bytes$"),
)
HOSTILE = st.text(
    st.one_of(
        st.sampled_from("\r\n\x1b\x08\x00[]\\;mKDJ0123 \t\x9b\x9d\x07\x03\u202e\ud800"),
        st.characters(),
    )
)
PRINTABLE_LINE = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), min_size=1)


@given(HOSTILE)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean(text, IOS)
    assert clean(once, IOS) == once


@given(HOSTILE)
def test_nothing_but_text_tab_and_newline_is_left_of_hostile_input(text: str) -> None:
    cleaned = clean(text, IOS)
    left = {char for char in cleaned if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")}
    assert left <= {"\n", "\t"}
    cleaned.encode()


@given(HOSTILE)
def test_a_cleaned_text_is_empty_or_ends_with_exactly_one_newline(text: str) -> None:
    cleaned = clean(text, IOS)
    assert cleaned == "" or (cleaned.endswith("\n") and not cleaned.endswith("\n\n"))


@given(st.lists(PRINTABLE_LINE), st.sampled_from(["\n", "\r\n", "\r\r\n", "\n\r", "\r"]))
def test_every_printable_line_is_kept_in_its_place_byte_for_byte(lines: list[str], line_end: str) -> None:
    # Blanks alone between two carriage returns are how a pager rubs out its prompt, and no line.
    assume(line_end != "\r" or not any(line and not line.strip(" ") for line in lines))
    inner = "\n".join(lines).strip("\n")  # empty lines at both ends are not the device's
    assert clean(line_end.join(lines), IOS) == (inner + "\n" if inner else "")


@given(st.text(st.characters(codec="ascii")))
def test_a_text_of_ascii_alone_is_cleaned_as_one_with_other_signs_in_it(text: str) -> None:
    assume(not text.endswith(("\r", "\x08")))
    assert plain(text + "\n§") == plain(text) + "\n§"


def test_empty_lines_within_and_white_space_at_the_ends_of_lines_are_kept() -> None:
    assert clean("\nbanner motd x  \n\n\n  y\t\nend\n\n\n", IOS) == "banner motd x  \n\n\n  y\t\nend\n"


def test_volatile_lines_are_dropped_and_only_they() -> None:
    text = (
        "Current configuration : 4711 bytes\n! Last configuration change at 12:00:01 UTC by admin\nhostname r1\n"
        "description ! Last configuration change at\nntp clock-period 36029000\nend\n"
    )
    assert clean(text, IOS) == "hostname r1\ndescription ! Last configuration change at\nend\n"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("\x08\x08\x08\x08        \x08\x08\x08\x08 ip address", " ip address"),
        ("\r              \rinterface Vlan1", "interface Vlan1"),
        ("\x1b[42D                                          \x1b[42D vlan batch 2", " vlan batch 2"),
        ("\x1b[24;1H\x1b[2K\x1b[?25hhostname sw", "hostname sw"),
        ("\x1b]0;switch title\x07hostname sw", "hostname sw"),
        ("\x1b(Bhostname\x0f \x1b[1msw\x1b[0m", "hostname sw"),
        ("\x1b]never ended", "]never ended"),
        ("banner motd \x03 keep out \x03", "banner motd ^C keep out ^C"),
        ("description \u202egnp.exe\u202c\u200b", "description gnp.exe"),
        (
            "description Gr\u00fc\u00dfe\u00a0\u2014 \u5317\u4eac",
            "description Gr\u00fc\u00dfe\u00a0\u2014 \u5317\u4eac",
        ),
        ("snmp \udcff\x00 ro", "snmp \ufffd ro"),
    ],
)
def test_terminal_artefacts_go_and_text_stays(sent: str, kept: str) -> None:
    assert clean(f"first\n{sent}\nlast", IOS) == f"first\n{kept}\nlast\n"


@pytest.mark.parametrize(
    "unit", ["\x1b", "\x1b[", "\x1b]", "\x1b[0", "\x08", "\x08 ", "\r", "\r ", "\n", " ", "a", "\x9d0"]
)
@pytest.mark.timeout(30)
def test_hostile_input_of_megabytes_takes_seconds_not_hours(unit: str) -> None:
    text = unit * (5_000_000 // len(unit))
    began = time.monotonic()
    clean(text, IOS)
    assert time.monotonic() - began < 20
