"""The errors that NetRaven raises on purpose: one sentence for the operator and an exit status each.

NetravenError
├── UsageError 64        ├── UnavailableError 69     ├── TryLaterError 75
├── DataError 65         ├── CreateError 73          ├── PermissionDeniedError 77
├── NoInputError 66      ├── StorageError 74         ├── SettingsError 78
├── NotFoundError 68     └── AttemptError (how an attempt failed: an ErrorClass)
"""

from __future__ import annotations

from enum import Enum


class ErrorClass(str, Enum):
    """Why an attempt failed; `settings.retry.transient` says which of them are worth another attempt."""

    AUTHENTICATION = "authentication"
    AUTHORIZATION = "authorization"
    NETWORK = "network"  # refused, unreachable, no answer to the connection, unknown name
    PROTOCOL = "protocol"  # key exchange, host key, prompt
    COMMAND = "command"  # the device answered with the error text of its command line
    INCOMPLETE = "incomplete"  # what came is not proven to be the whole configuration
    SECRET = "secret"  # noqa: S105 - a class of errors: a secret is left in what came, where none is to be kept
    RESOURCE = "resource"
    STORAGE = "storage"
    SETTINGS = "settings"
    INTERNAL = "internal"
    CANCELLED = "cancelled"
    TIMEOUT = "timeout"  # a limit in time was reached after the login
    INTERRUPTED = "interrupted"  # its runner was killed, or taken for dead: this costs no attempt


class NetravenError(Exception):
    """Base of all errors with a sentence for the operator: what happened, why, what to do.

    The exit statuses are those of sysexits.h, which systemd names in `systemctl status`.
    """

    exit_status = 70


class UsageError(NetravenError):
    """The command line makes no sense."""

    exit_status = 64


class DataError(NetravenError):
    """Given data (an inventory row, a cron expression) is not valid."""

    exit_status = 65


class NoInputError(NetravenError):
    """An input file, or a stored configuration that was asked for, is not there."""

    exit_status = 66


class NotFoundError(NetravenError):
    """No such device, tag, schedule, job or credential."""

    exit_status = 68


class UnavailableError(NetravenError):
    """Something that is needed (the database, a program) cannot be reached."""

    exit_status = 69


class CreateError(NetravenError):
    """A file or folder cannot be made or written."""

    exit_status = 73


class StorageError(NetravenError):
    """Reading or writing failed: the disk, git or the database."""

    exit_status = 74


class TryLaterError(NetravenError):
    """Nothing is lost, but it cannot be done now: locked, paused or full."""

    exit_status = 75


class PermissionDeniedError(NetravenError):
    """Not permitted: a file's mode, a key that does not fit, a refused login."""

    exit_status = 77


class SettingsError(NetravenError):
    """The settings are not valid."""

    exit_status = 78


class AttemptError(NetravenError):
    """An attempt failed for the reason that its class names."""

    exit_status = 1

    def __init__(self, error_class: ErrorClass, reason: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.error_class = error_class
        self.retry_after_seconds = retry_after_seconds  # the least wait that the other side asked for
        self.transcript: str | None = None  # the path of the session's transcript, if it was kept
        self.refused: tuple[str, ...] = ()  # the credentials that the device refused, by name
        self.refused_key: str | None = None  # the host key that the device showed and that was refused
