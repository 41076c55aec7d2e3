"""Recorded sessions of every proven family (tests/data/platforms) come to what is written beside them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from netraven_cli.device.platforms import UNPROVEN, load_families, load_platforms
from netraven_cli.device.recording import find_answers
from netraven_cli.errors import ErrorClass
from netraven_cli.snapshot.judge import make_capture

if TYPE_CHECKING:
    from netraven_cli.model import Capture

DATA = Path(__file__).parents[1] / "data" / "platforms"
FAMILIES = sorted(path.name for path in DATA.iterdir())
PLATFORMS = load_platforms()


def expected(family: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DATA / family / "expected.yml").read_text())
    return found


def judged(family: str, recording: str) -> Capture:
    platform = PLATFORMS[expected(family)["platform"]]
    found = find_answers((DATA / family / recording).read_bytes(), platform)
    return make_capture(
        found.text, raw_second=found.second_text, platform=platform, ended=None, prompt_seen=found.prompt_seen
    )


def test_every_proven_family_has_recordings() -> None:
    assert {*FAMILIES, UNPROVEN} == set(load_families())


@pytest.mark.parametrize("family", FAMILIES)
def test_a_complete_recording_is_accepted_and_its_text_is_what_the_device_has(family: str) -> None:
    capture = judged(family, "complete.txt")
    assert capture.reasons == ()
    assert capture.text == (DATA / family / "complete.cfg").read_text()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_truncated_recording_is_refused_for_what_is_missing(family: str) -> None:
    capture = judged(family, "truncated.txt")
    assert capture.error_class is ErrorClass.INCOMPLETE
    assert any(expected(family)["truncated"] in reason for reason in capture.reasons)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_recorded_error_is_refused_as_one(family: str) -> None:
    capture = judged(family, "error.txt")
    assert capture.error_class is ErrorClass.COMMAND
    assert any(expected(family)["error"] in reason for reason in capture.reasons)


@pytest.mark.parametrize("family", FAMILIES)
def test_an_answer_without_prompt_and_command_is_taken_as_it_is(family: str) -> None:
    platform = PLATFORMS[expected(family)["platform"]]
    whole = (DATA / family / "complete.cfg").read_bytes()
    found = find_answers(whole, platform)
    assert (found.text, found.second_text, found.prompt_seen) == (whole.decode(), None, True)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_recording_that_breaks_off_has_no_prompt(family: str) -> None:
    platform = PLATFORMS[expected(family)["platform"]]
    recorded = (DATA / family / "complete.txt").read_bytes()
    typed = recorded.index(platform.commands[0].encode()) + len(platform.commands[0])
    assert not find_answers(recorded[: typed + 60], platform).prompt_seen


PRINTABLE_LINE = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")))
PIECE = st.sampled_from(
    [b"\r\n", b"core-1#", b"show running-config", b"\x1b[K", b"\x08", b"\x00", b"end", b" ", b"\xff"]
)


@given(st.lists(st.one_of(PIECE, st.binary(max_size=8))).map(b"".join))
def test_no_bytes_make_the_search_for_answers_fail(recorded: bytes) -> None:
    for name in ("cisco_ios", "extreme_exos", "linux"):
        assert isinstance(find_answers(recorded, PLATFORMS[name]).prompt_seen, bool)


@given(st.lists(PRINTABLE_LINE.filter(lambda line: not line.startswith("core-1"))))
def test_the_answer_is_what_stands_between_the_command_and_the_prompt(lines: list[str]) -> None:
    answer = "".join(f"{line}\r\n" for line in lines)
    recorded = f"hello\r\ncore-1#show running-config\r\n{answer}core-1#\r\ncore-1#exit\r\n"
    found = find_answers(recorded.encode(), PLATFORMS["cisco_ios"])
    assert (found.text, found.second_text, found.prompt_seen) == (answer.replace("\r\n", "\n"), None, True)


def test_a_line_of_megabytes_costs_no_more_than_its_length() -> None:
    recorded = (b"core-1#" + b" " * 5_000_000 + b"show running-config\n") * 2
    assert find_answers(recorded, PLATFORMS["cisco_ios"]).second_text is None
