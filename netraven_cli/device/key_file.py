"""Private keys of SSH in files: read by their owner alone, or not used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from netraven_cli.errors import AttemptError, ErrorClass

if TYPE_CHECKING:
    from netraven_cli.model import Login


def check_key_file(login: Login) -> None:
    """Refuse a key file of a credential that cannot be read, or that others can read.

    Raises:
        AttemptError: it is such a file.
    """
    if not login.key_file:
        return
    key_file = Path(login.key_file).expanduser()
    try:
        mode = key_file.stat().st_mode
        key_file.read_bytes()
    except OSError as error:
        reason = f"the key file {key_file} of credential {login.credential} cannot be read: {error.strerror}"
        raise AttemptError(ErrorClass.AUTHENTICATION, reason) from None
    if mode & 0o077:
        reason = f"the key file {key_file} can be read by others; close it with: chmod 600 {key_file}"
        raise AttemptError(ErrorClass.AUTHENTICATION, reason)
