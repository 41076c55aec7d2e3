"""What holds for any text of any platform: found again by hypothesis (make test) and by coverage (make fuzz)."""

from __future__ import annotations

import time

from netraven_cli.device.platforms import load_platforms
from netraven_cli.device.recording import find_answers
from netraven_cli.device.screen import render
from netraven_cli.model import Redaction, Secret
from netraven_cli.snapshot.clean import clean, compared
from netraven_cli.snapshot.hide import hide
from netraven_cli.snapshot.judge import make_capture
from tests.snapshot.canaries import PLATFORMS

KNOWN = load_platforms()
NAMES = (*PLATFORMS, "zyxel_os")  # all proven families, and one of those with the coarse set of secrets
PASSWORD = "Correct-horse-9"
HIDING = Redaction(key=Secret("of one device"), known=(("the password", Secret(PASSWORD)),), certificates=True)
SECONDS = 2.0  # of processor time for the few thousand characters of one text; what is linear takes some milliseconds


def check(data: bytes, name: str) -> None:
    """Bytes of a device are cleaned, hidden and judged: in bounded time, and with what always holds."""
    platform = KNOWN[name]
    started = time.process_time()
    cleaned = clean(render(data), platform)
    assert clean(cleaned, platform) == cleaned
    hidden = hide(cleaned, platform, HIDING)
    assert PASSWORD not in hidden.text
    assert hide(hidden.text, platform, HIDING).text == hidden.text
    found = find_answers(data, platform)
    made = make_capture(
        found.text, raw_second=found.second_text, platform=platform, ended=None, prompt_seen=found.prompt_seen,
        redaction=HIDING,
    )  # fmt: skip
    assert _is_accepted(cleaned, name) or not _is_accepted(cleaned, name, HIDING), "accepted only without its secrets"
    assert bool(made.reasons) == bool(made.error_class)
    assert PASSWORD not in made.text + "".join(made.reasons)
    assert len(compared(cleaned, platform)) <= len(cleaned)
    assert not _is_accepted(cleaned, name, prompt_seen=False), "accepted, though no prompt came"
    assert time.process_time() - started < SECONDS


def _is_accepted(text: str, name: str, redaction: Redaction | None = None, *, prompt_seen: bool = True) -> bool:
    made = make_capture(
        text, raw_second=text, platform=KNOWN[name], ended=None, prompt_seen=prompt_seen, redaction=redaction
    )
    return not made.reasons
