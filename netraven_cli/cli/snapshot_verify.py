"""`netraven snapshot verify`: each file in git against what was accepted, and each proof again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from netraven_cli.cli.command import All, DeviceNames, PlatformOption, Tags, ZoneOption, opened, selector_of

if TYPE_CHECKING:
    from netraven_cli.report.verification import Verified

COLUMNS = ["device", "path", "commit", "intact", "proven", "reason"]


def verify(
    ctx: typer.Context,
    names: DeviceNames = None,
    tag: Tags = None,
    platform: PlatformOption = None,
    zone: ZoneOption = None,
    all_: All = False,
) -> int:
    """Read each device's newest files from git, compare them with what was accepted, and judge them again.

    Exits with 1 if a file is not what was accepted, or does not prove complete and was not accepted by hand.
    """
    from netraven_cli.report.verification import verified

    with opened(ctx) as (context, terminal):
        found = verified(context, selector_of(names, tag, platform, zone, all_))
        terminal.items("verification", [_row(one) for one in found], COLUMNS)
        bad = sum(not one.is_well for one in found)
        terminal.say(f"{len(found)} files: {len(found) - bad} are as they were accepted, {bad} are not")
    return 1 if bad else 0


def _row(one: Verified) -> dict[str, Any]:
    record = one.record
    return {
        "device": record.device, "path": record.path, "commit": record.commit, "intact": one.intact,
        "proven": one.proven, "reason": one.reason,
    }  # fmt: skip
