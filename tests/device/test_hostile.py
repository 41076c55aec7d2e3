"""What a device may send that is no configuration: it costs bounded memory and time, and is never taken for whole."""

from __future__ import annotations

import contextlib
import resource
import socket
import threading
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netraven_cli.device import reader
from netraven_cli.device.reader import Prompt, Reader
from netraven_cli.device.screen import LONGEST_DRAWN, WIDEST_GAP, render
from netraven_cli.device.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from paramiko import Channel

    from netraven_cli.device.reader import Answer

PROMPT = Prompt(line="sw1#", lines=frozenset({"sw1#"}))
CONTROLS = st.sampled_from([b"\x1b[", b"999999999C", b"\x1b[2K", b"\x1b[H", b"\x1b]0;", b"\x00", b"\r", b"\b", b"\n"])


@contextlib.contextmanager
def device_that_sends(chunks: Iterable[bytes]) -> Iterator[Reader]:
    """A reader of a device that sends this, whatever it is asked, until it is hung up on."""
    near, far = socket.socketpair()

    def send() -> None:
        with contextlib.suppress(OSError):
            far.recv(100)
            for chunk in chunks:
                far.sendall(chunk)
            far.shutdown(socket.SHUT_WR)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        # A socket waits, receives and sends as paramiko's channel does.
        yield Reader(Wire(cast("Channel", near), None), PROMPT, pager=None, idle_timeout_seconds=5, enter="\n")
    finally:
        near.close()
        thread.join()
        far.close()


def answer_to(chunks: Iterable[bytes]) -> Answer:
    with device_that_sends(chunks) as asked:
        return asked.ask("show run")


def forever(chunk: bytes) -> Iterator[bytes]:
    while True:
        yield chunk


@pytest.mark.parametrize(
    "chunk",
    [
        pytest.param(b"interface Ethernet1\n" * 3000, id="lines"),
        pytest.param(b"x" * 60_000, id="one line"),
        pytest.param(b"\x00" * 60_000, id="NUL bytes"),
        pytest.param(b"\xff\xfe" * 30_000, id="no UTF-8"),
        pytest.param(b"\x1b[999999999C\x1b[1D" * 3000, id="cursor"),
        pytest.param(b"sw1#" * 15_000, id="prompts on one line"),
    ],
)
def test_an_endless_stream_is_left_at_the_limit(chunk: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "ANSWER_LIMIT_BYTES", 4 * 1024 * 1024)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = answer_to(forever(chunk))
    assert answer.ended is not None
    assert answer.ended.startswith("the device sent more than 4 MB without a prompt")
    assert len(answer.text) <= 5 * 1024 * 1024
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400 * 1024  # KiB


def test_prompts_without_end_are_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "ANSWER_LIMIT_BYTES", 1024 * 1024)
    assert answer_to(forever(b"sw1#\n" * 5000)).ended


def test_a_number_of_thousands_of_digits_moves_the_cursor_no_further_than_any_other() -> None:
    assert render(b"a\x1b[" + b"9" * 10_000 + b"Cb") == render(b"a\x1b[999999Cb")
    assert len(render(b"a\x1b[" + b"9" * 10_000 + b"Cb")) == WIDEST_GAP + 2


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "bomb",
    [
        pytest.param(b"x" * 2_000_000 + b"\x1b[2K" * 500_000, id="a long line erased"),
        pytest.param((b"x" * 20_000 + b"\x1b[1K" * 5000 + b"\n") * 100, id="lines erased"),
        pytest.param(b"\x1b[999999Ca" * 400_000, id="gaps on one line"),
        pytest.param(b"\x1b[80Ca\n" * 500_000, id="gaps on many lines"),
        pytest.param(b"\x1b[" + b"9;" * 2_000_000, id="numbers without a function"),
        pytest.param(b"\x1b]0;" * 1_000_000, id="titles without an end"),
        pytest.param("\b北".encode() * 1_000_000, id="wide signs written over"),
    ],
)
def test_a_bomb_of_control_sequences_costs_no_more_than_its_length(bomb: bytes) -> None:
    """Nothing here is quadratic: that would take hours, or more memory than there is."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert len(render(bomb)) <= 3 * len(bomb) + 4096
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 * 1024  # KiB


def test_a_line_longer_than_any_terminals_is_not_drawn_and_loses_nothing() -> None:
    assert render(b"x" * LONGEST_DRAWN + b"\x1b[2K\ry\nsw1#") == "x" * LONGEST_DRAWN + "y\nsw1#"


@given(st.lists(st.binary(max_size=200) | CONTROLS, max_size=40))
def test_what_ends_without_a_prompt_that_answers_is_never_whole(chunks: list[bytes]) -> None:
    assert answer_to([*chunks, b"\nsw1#"]).ended


@given(st.lists(st.binary(max_size=60) | CONTROLS, max_size=60))
def test_no_bytes_ask_for_much_more_text_than_they_are(chunks: list[bytes]) -> None:
    data = b"".join(chunks)
    text = render(data)
    assert len(text) <= 3 * len(data) + 4096
    assert "\x1b" not in text
    assert "\x00" not in text


def test_a_shell_that_shows_a_command_again_behind_its_prompt_puts_it_into_no_text() -> None:
    assert answer_to([b"show run\r\nsw1#show run\r\nhostname sw1\r\nend\r\nsw1#"]).text == "hostname sw1\nend\n"
    assert answer_to([b"sw1#show run\r\nshow run\r\nend\r\nsw1#"]).text == "show run\nend\n"  # a line of the text
