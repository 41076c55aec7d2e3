"""`netraven handler`: the job types that can be run, and what else other packages bring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from netraven_cli.cli.command import Noun, opened

if TYPE_CHECKING:
    from netraven_cli.device.platforms.installed import PlatformFile

app = Noun("The job types that can be run.")


@app.verb("list")
def list_handlers(ctx: typer.Context) -> None:
    """List the job types, hooks and platform files: where each comes from, and what is wrong with it.

    A handler of another distribution than netraven is isolated: each of its attempts runs in a process of its own, and
    so does each call of a hook. A platform file is data.
    """
    from contextlib import closing

    from netraven_cli.cli.render import plain_row
    from netraven_cli.device.platforms import platform_files
    from netraven_cli.runner.installed import Handlers

    with opened(ctx) as (context, terminal), closing(Handlers()) as handlers:
        rows = [plain_row(one) for one in handlers.installed(context.settings)]
        rows += [_row(one) for one in platform_files()]
        terminal.items("handler", rows, ["kind", "type", "distribution", "version", "isolated", "code", "problem"])


def _row(file: PlatformFile) -> dict[str, Any]:
    return {
        "kind": "platforms",
        "type": file.name,
        "code": file.code,
        "distribution": file.distribution,
        "version": file.version,
        "isolated": False,
        "problem": file.problem,
    }
