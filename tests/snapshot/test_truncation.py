"""Real-sized configurations cut at every line: accepted only when whole."""

from __future__ import annotations

import os
from hashlib import sha256

import pytest

from netraven_cli.device.platforms import load_families, load_platforms
from netraven_cli.model import Known, Platform
from netraven_cli.snapshot.clean import clean
from netraven_cli.snapshot.judge import judge, make_capture
from tests.simulator import ROWS, SimulatedDevice

PLATFORMS = load_platforms()
SIZE = int(os.environ.get("NETRAVEN_CUT_BYTES", "16000"))  # an access switch; `make fuzz`: thousands of lines
PROVEN_BY_THE_TEXT = [name for name in ROWS if not PLATFORMS[name].reads_twice]


def shown_by(platform: str, size: int = SIZE) -> list[str]:
    device = SimulatedDevice(name="core-1", platform=platform, size=size)
    return device.next_answer().splitlines(keepends=True)


def test_of_ten_families_and_more_the_text_itself_proves_that_it_is_whole() -> None:
    families = [family for family, platforms in load_families().items() if set(PROVEN_BY_THE_TEXT) & set(platforms)]
    assert len(families) >= 10


@pytest.mark.parametrize("platform", PROVEN_BY_THE_TEXT)
def test_a_text_cut_at_any_line_with_a_proper_prompt_after_it_is_refused(platform: str) -> None:
    """The prompt came, nothing is known of the device, nothing else speaks against it: only the text can."""
    lines = shown_by(platform)
    whole = clean("".join(lines), PLATFORMS[platform])
    assert not judge(whole, platform=PLATFORMS[platform], ended=None, prompt_seen=True).reasons
    wrong = []
    for size in range(len(lines)):
        text = clean("".join(lines[:size]), PLATFORMS[platform])
        if text != whole and not judge(text, platform=PLATFORMS[platform], ended=None, prompt_seen=True).reasons:
            wrong.append(size)
    assert wrong == []


@pytest.mark.parametrize("platform", [name for name in ROWS if PLATFORMS[name].reads_twice])
def test_a_text_cut_at_any_line_is_refused_beside_a_whole_second_read(platform: str) -> None:
    data = PLATFORMS[platform]
    whole = clean("".join(shown_by(platform, SIZE // 2)), data)
    assert not judge(whole, platform=data, ended=None, prompt_seen=True, second=whole).reasons
    lines = whole.splitlines(keepends=True)
    for size in range(len(lines)):
        text = "".join(lines[:size])
        assert judge(text, platform=data, ended=None, prompt_seen=True, second=whole).reasons, size
        assert judge(whole, platform=data, ended=None, prompt_seen=True, second=text).reasons, size


@pytest.mark.parametrize("platform", PLATFORMS.values(), ids=PLATFORMS)
def test_a_text_of_any_platform_is_judged_and_the_prompt_of_its_pager_refused(platform: Platform) -> None:
    pagers = (  # as manuals and recordings show them
        "--More--", "-- MORE --", "---- More ----", "---(more 20%)---", "<--- More --->", "--- more ---", "---more---",
        "lines 1-23", "Press any key to continue (Q to quit)", "Press <SPACE> to continue or <Q> to quit:",
        "-- More --", "--More-- or (q)uit", "CTRL+C ESC q Quit SPACE n Next Page", "--More--, next page: Space",
    )  # fmt: skip
    for shown, expected in (("\n  ".join(("a", *pagers, "b")), True), ("a\nb\nc\nd\ne\nf\n", False)):
        reasons = make_capture(shown, raw_second=shown, platform=platform, ended=None, prompt_seen=True).reasons
        found = any("is the prompt of the pager" in reason for reason in reasons)
        assert found == (expected and platform.pager is not None)


@pytest.mark.parametrize("platform", list(ROWS))
def test_a_text_cut_at_any_line_without_a_prompt_after_it_is_refused(platform: str) -> None:
    lines = shown_by(platform)
    for size in range(0, len(lines) + 1, 50):
        shown = "".join(lines[:size])
        capture = make_capture(
            shown, raw_second=shown, platform=PLATFORMS[platform], ended="the connection was lost", prompt_seen=False
        )
        assert capture.reasons


@pytest.mark.parametrize("platform", [name for name in ROWS if PLATFORMS[name].reads_twice])
def test_a_text_as_it_was_accepted_last_needs_no_second_read_if_the_platform_is_proven(platform: str) -> None:
    text = clean("".join(shown_by(platform)), PLATFORMS[platform])
    known = Known(digest=sha256(text.encode()).hexdigest(), lines=1, size_bytes=1)
    assert not judge(text, platform=PLATFORMS[platform], ended=None, prompt_seen=True, known=known).reasons
