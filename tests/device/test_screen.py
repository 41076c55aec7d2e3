from __future__ import annotations

import pytest

from netraven_cli.device.screen import ERASE_LINE, printable, render


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (b"one\r\ntwo\r\r\nthree\n", "one\ntwo\nthree\n"),
        (b"a\x1b[31mred\x1b[0m end", "ared end"),
        (b"\x1b]0;title\x07prompt$ ", "prompt$ "),
        (b"\x1b[?2004hprompt$ \x1b[?2004l\r\nout", "prompt$ \nout"),
        (b"shoe\b \bw", "show"),
        (b" --More-- \b\b\b\b\b\b\b\b\b\b          \b\b\b\b\b\b\b\b\b\bend", "end"),
        (b"--More--\r        \rkeeps its blanks  ", "keeps its blanks  "),
        (b"  ---- More ----\x1b[16D                \x1b[16D#", "#"),
        (b"-- MORE --\r\x1b[Kvlan 1", "vlan 1"),
        (b"--More--" + ERASE_LINE + b"\r\nend", "\nend"),
        (b"tab\tstays, NUL\x00 and BEL\x07 go", "tab\tstays, NUL and BEL go"),
        (b"banner motd \x03\r\nhello\r\n\x03\r\n", "banner motd \x03\nhello\n\x03\n"),
        (b"\x1b[24;1Hcore# \x1b[24;7H", "core# "),
        (b"line\x1bEnext", "line\nnext"),
        ("münchen".encode(), "münchen"),
        ("münchen".encode("latin-1"), "münchen"),
        (b"\x1b[99999999C!", " " * 80 + "!"),
    ],
)
def test_bytes_become_what_a_screen_shows(sent: bytes, shown: str) -> None:
    assert render(sent) == shown


def test_a_devices_words_in_a_sentence_of_ours_are_one_line_without_control_characters() -> None:
    assert printable("bad\x1b[2Jthing\r\nhappened\u202e") == "bad [2Jthing happened"
    assert printable("x" * 500) == "x" * 159 + "…"
