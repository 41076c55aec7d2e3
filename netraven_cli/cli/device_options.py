"""The options that a device may have, as `netraven device add` and `edit` take them."""

from __future__ import annotations

from typing import Annotated

import typer

OptionsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--option",
        metavar="NAME=VALUE",
        help="What is otherwise in its sessions: jump (a device to reach it through), source_address, "
        "login_timeout_seconds, idle_timeout_seconds, legacy_algorithms (yes: SSH of the SHA-1 era), "
        "telnet (yes: in clear text). Without a value: as for every device. Repeat for several.",
    ),
]
