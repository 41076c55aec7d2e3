"""Secret references: where a secret is read from, so that it never stands in a command line.

REF = prompt | stdin | env:VARIABLE | file:PATH | cred:NAME | cmd:COMMAND

A credential has either the secret, read once and sealed, or the reference, read each time it is used.
"""

from __future__ import annotations

import getpass
import logging
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from netraven_cli.errors import (
    AttemptError,
    ErrorClass,
    NetravenError,
    NoInputError,
    PermissionDeniedError,
    UsageError,
)
from netraven_cli.model import Secret
from netraven_cli.settings import environment_value

if TYPE_CHECKING:
    from collections.abc import Callable

    from netraven_cli.model import Login

log = logging.getLogger("netraven.device")
FORMS = "prompt, stdin, env:VARIABLE, file:PATH, cred:NAME or cmd:COMMAND"
COMMAND_LIMIT_SECONDS = 60


def read_secret(reference: str, what: str = "password") -> Secret:
    """The secret that a reference means; one line end after it is dropped.

    Args:
        reference: prompt, stdin, env:VARIABLE, file:PATH, cred:NAME (systemd's LoadCredential=) or cmd:COMMAND.
        what: what the prompt asks for.

    Raises:
        UsageError: that is no reference.
        NoInputError: nothing is there.
        PermissionDeniedError: it may not be read, or others may read it too.
    """
    kind, colon, rest = reference.partition(":")
    if reference in ("prompt", "stdin"):
        text = _ask(what) if reference == "prompt" else _first_line_of_stdin()
    elif colon and rest and kind in _READERS:
        text = _READERS[kind](rest)
    else:
        # What was given may be the secret itself: the sentence does not repeat it.
        raise UsageError(f"a secret is given by reference: {FORMS}")
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise NoInputError(f"{_shown(kind, rest)} gave an empty secret")
    return Secret(text)


def kept_reference(reference: str) -> Secret:
    """A reference as it is kept with a credential, where it can be read without anybody there.

    Raises:
        UsageError: it cannot.
    """
    kind, colon, rest = reference.partition(":")
    if not (colon and rest and kind in _READERS):
        raise UsageError(
            "to be read at each use, a secret is given as env:VARIABLE, file:PATH, cred:NAME or cmd:COMMAND"
        )
    if kind == "file":
        rest = str(Path(rest).expanduser().absolute())
    return Secret(f"{kind}:{rest}")


def shown_reference(reference: str) -> str:
    """A reference without the arguments of its command, for people."""
    kind, _colon, rest = reference.partition(":")
    return f"cmd:{rest.split()[0]} …" if kind == "cmd" and len(rest.split()) > 1 else reference


def with_secrets(login: Login) -> Login:
    """A login with the secrets that its references mean now.

    Raises:
        AttemptError: one cannot be read.
    """
    try:
        return replace(
            login,
            password=login.password_from.get(read_secret) if login.password_from else login.password,
            enable=login.enable_from.get(read_secret) if login.enable_from else login.enable,
            password_from=None,
            enable_from=None,
        )
    except NetravenError as error:
        reason = f"the secret of the credential {login.credential} cannot be read: {error}"
        raise AttemptError(ErrorClass.RESOURCE, reason) from None


def with_secrets_if_readable(login: Login) -> Login:
    """The same; what cannot be read is told in the log, and left out."""
    try:
        return with_secrets(login)
    except AttemptError as error:
        log.warning("secret_not_read credential=%s reason=%s", login.credential, error)
        return replace(login, password_from=None, enable_from=None)


def _shown(kind: str, rest: str) -> str:
    return f"the command {shlex.split(rest)[0]}" if kind == "cmd" else ":".join(filter(None, (kind, rest)))


def _ask(what: str) -> str:
    if not sys.stdin.isatty():
        raise NoInputError(f"there is no terminal to ask for the {what}; give it by reference: {FORMS}")
    given = getpass.getpass(f"{what.capitalize()}: ")
    if getpass.getpass("Once more: ") != given:
        raise NoInputError(f"the {what} was typed in two different ways; nothing was changed")
    return given


def _first_line_of_stdin() -> str:
    return sys.stdin.readline()


def _from_environment(variable: str) -> str:
    value = environment_value(variable)
    if value is None:
        raise NoInputError(f"the environment variable {variable} is not set")
    return value


def _from_file(path: str) -> str:
    source = Path(path).expanduser()
    text, mode = _read(source)
    if mode & 0o077:
        raise PermissionDeniedError(f"the file {source} can be read by others; close it with: chmod 600 {source}")
    return text


def _read(source: Path) -> tuple[str, int]:
    try:
        return source.read_text("utf-8"), source.stat().st_mode
    except FileNotFoundError:
        raise NoInputError(f"there is no file {source}") from None
    except PermissionError:
        raise PermissionDeniedError(f"the file {source} may not be read by this user") from None
    except (OSError, UnicodeDecodeError) as error:
        raise NoInputError(f"the file {source} cannot be read: {type(error).__name__}") from None


def _from_systemd(name: str) -> str:
    """What LoadCredential= of the unit put there: systemd.exec(5), Credentials."""
    folder = environment_value("CREDENTIALS_DIRECTORY")
    if not folder:
        raise NoInputError(f"cred:{name} is for a unit with LoadCredential={name}:…; CREDENTIALS_DIRECTORY is not set")
    if "/" in name or name in (".", ".."):
        raise UsageError(f"cred:{name} must be a plain name")
    # systemd lets in the unit's user by an access list, which shows as group bits in the mode.
    return _read(Path(folder) / name)[0]


def _from_command(line: str) -> str:
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UsageError(f"cmd: the command cannot be read: {error}") from None
    if not words:
        raise UsageError("cmd: names no command")
    try:
        done = subprocess.run(words, stdout=subprocess.PIPE, timeout=COMMAND_LIMIT_SECONDS, check=False)
    except FileNotFoundError:
        raise NoInputError(f"there is no command {words[0]}") from None
    except PermissionError:
        raise PermissionDeniedError(f"the command {words[0]} may not be run by this user") from None
    except subprocess.TimeoutExpired:
        raise NoInputError(f"the command {words[0]} gave nothing within {COMMAND_LIMIT_SECONDS} seconds") from None
    if done.returncode:
        raise NoInputError(f"the command {words[0]} failed with status {done.returncode}")
    try:
        return done.stdout.decode("utf-8")
    except UnicodeDecodeError:
        raise NoInputError(f"what the command {words[0]} gave is no text in UTF-8") from None


_READERS: dict[str, Callable[[str], str]] = {
    "env": _from_environment,
    "file": _from_file,
    "cred": _from_systemd,
    "cmd": _from_command,
}
