"""What was accepted in clear text, and may not go to git so: it was captured before archive.secrets was changed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from netraven_cli.device.platforms import known_platforms
from netraven_cli.device.secret import with_secrets_if_readable
from netraven_cli.model import Capture
from netraven_cli.snapshot.hide import hide_capture
from netraven_cli.store import clear_text
from netraven_cli.store.redactions import open_redactions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netraven_cli.model import Platform
    from netraven_cli.plugin import Context
    from netraven_cli.store.clear_text import InClear
    from netraven_cli.store.redactions import Redactions

log = logging.getLogger("netraven.archive")
PAGE = 50  # texts in memory at once


def hide_pending(context: Context, archive_id: str) -> None:
    """Hide the secrets of what an archive is owed, in the database too; a line that leaks is hidden as a whole.

    Raises:
        PermissionDeniedError: the vault has not the key of what is needed.
        SettingsError: there is no vault.
    """
    redactions: Redactions | None = None
    platforms = known_platforms(context.settings.platforms_file)
    while True:
        with context.database.read() as connection:
            page = clear_text.in_clear(connection, archive_id, PAGE)
        if not page:
            return
        redactions = redactions or open_redactions(
            context.settings, context.database, context.now(), with_secrets_if_readable
        )
        if redactions is None:
            return
        hidden = [(one, _hidden(one, platforms, redactions)) for one in page]
        with context.database.write() as connection:
            for one, capture in hidden:
                clear_text.replace_text(connection, one, capture)


def _hidden(one: InClear, platforms: Mapping[str, Platform], redactions: Redactions) -> Capture:
    full = Capture(text=one.text, digest="", lines=0)
    capture = hide_capture(full, platforms.get(one.platform), redactions.of(one.device_id))
    for reason in capture.reasons:
        log.warning("lines_hidden snapshot=%d reason=%s", one.snapshot_id, reason)
    return capture
