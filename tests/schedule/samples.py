"""Schedules for tests that render them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from hypothesis import strategies

from netraven_cli.model import Schedule, Selector
from netraven_cli.schedule.systemd import Installation
from tests.schedule.zones import UTC

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
INSTALLATION = Installation(
    command=["/bin/true"],
    config=Path("/etc/netraven/config.yml"),
    data_dir=Path("/var/lib/netraven"),
    wake_file=Path("/var/lib/netraven/wake"),
    user="root",
)
HOSTILE = [
    "two\nlines", "\n[Service]\nExecStart=/bin/sh", "cr\rlf\n", "50%n %h", "$HOME ${X} `id` $(id)", "a; rm -rf /",
    'quo"te', "apo'strophe", "back\\slash\\", "/etc/passwd", "../..", ".hidden", "-n", "--", "due", "ünï ☃", "\u2028",
    "wake", "a:b", ":", "\x01\x7f", " ", "x" * 255, "ü" * 255, "a%\\%b", "\\%", "%", "#", "0" * 64,
    "sha256=" + "0" * 64,
]  # fmt: skip
NAMES = strategies.one_of(
    strategies.sampled_from(HOSTILE),
    strategies.text(strategies.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40),
    strategies.text(alphabet="%\\\"'$\n\r\t ;#`-/.x0", min_size=1, max_size=12),
)


def schedule(name: str = "nightly", pattern: str = "cron 30 2 * * *", zone: str = "Europe/Berlin") -> Schedule:
    return Schedule(
        id=1, name=name, type="backup", pattern=pattern, timezone=zone, selector=Selector(),
        created_at=NOW, seen_until=NOW, next_due_at=NOW,
    )  # fmt: skip
