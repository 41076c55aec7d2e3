"""What a database's refusal means: a sentence that says what to do, and the exit status that goes with it."""

from __future__ import annotations

from typing import NamedTuple

from netraven_cli.errors import (
    NetravenError,
    PermissionDeniedError,
    SettingsError,
    StorageError,
    TryLaterError,
    UnavailableError,
)


class AwayError(UnavailableError):
    """The database cannot be used at the moment: not reached, started anew, its connection cut."""


class LockedError(TryLaterError):
    """The database is there, and others keep it busy: locked, or without a free connection."""


class Fault(NamedTuple):
    """A kind of refusal."""

    error: type[NetravenError]
    sentence: str  # goes on after "the database X"


LOCKED = Fault(LockedError, "is locked by another program; try again")
FULL = Fault(StorageError, "has no space left on its disk; make room there, nothing that was recorded is lost")
DISK = Fault(StorageError, "is refused by its disk; make room if it is full, else see the kernel's log")
DAMAGED = Fault(
    StorageError,
    "is damaged; stop the timers, and put the last backup in its place: netraven database check says how",
)
LACKING = Fault(
    StorageError, "lacks what its schema should have; see: netraven database check, netraven database migrate"
)
READ_ONLY_FILE = Fault(
    PermissionDeniedError, "cannot be written; see the owner, the mode and the mount of its file and folder"
)
CANNOT_OPEN = Fault(StorageError, "cannot be opened; see the owner, the mode and the mount of its file and folder")
READ_ONLY_SERVER = Fault(
    UnavailableError,
    "takes no writes: it is a standby, or default_transaction_read_only is on; name the primary in database.url, or "
    "let it be written",
)
TOO_MANY = Fault(LockedError, "has no connection left; try again, or raise its max_connections")
SHORT = Fault(LockedError, "is short of memory or another resource; try again")
PASSWORD = Fault(
    PermissionDeniedError,
    "refuses the login; see the user in database.url, and the password in ~/.pgpass or $NETRAVEN_DATABASE__URL",
)
ROLE = Fault(PermissionDeniedError, "does not let this role do that; grant it: GRANT ALL ON SCHEMA public TO …")
NO_DATABASE = Fault(SettingsError, "is not on that server; make it there (createdb NAME), then run: netraven init")
AWAY = Fault(AwayError, "cannot be reached; see whether its server runs, and host and port in database.url")
CUT = Fault(AwayError, "went away; the next run goes on where this one stopped")
BUSY = Fault(LockedError, "was changed by another program at the same moment; try again")

SQLITE = {  # what SQLite says: https://sqlite.org/rescode.html (its codes come with Python 3.11)
    "locked": LOCKED,
    "disk is full": FULL,
    "disk I/O error": DISK,
    "malformed": DAMAGED,
    "not a database": DAMAGED,
    "readonly database": READ_ONLY_FILE,
    "unable to open": CANNOT_OPEN,
    "no such table": LACKING,
    "no such column": LACKING,
}
CODES = {  # SQLSTATE, or its class: https://www.postgresql.org/docs/current/errcodes-appendix.html
    "08": CUT,
    "25006": READ_ONLY_SERVER,
    "28": PASSWORD,
    "3D000": NO_DATABASE,
    "40": BUSY,
    "42501": ROLE,
    "42P01": LACKING,
    "42703": LACKING,
    "53100": FULL,
    "53300": TOO_MANY,
    "53": SHORT,
    "55P03": BUSY,
    "57P": CUT,
    "58": DISK,
    "XX001": DAMAGED,
    "XX002": DAMAGED,
}
CONNECTING = {  # what libpq says while it connects, without a code; in English, unless the server speaks otherwise
    "password authentication failed": PASSWORD,
    "no password supplied": PASSWORD,
    "no pg_hba.conf entry": PASSWORD,
    "not permitted to log in": PASSWORD,
    '" does not exist': NO_DATABASE,
    "too many c": TOO_MANY,  # "too many connections for …", "too many clients already"
    "connection slots are reserved": TOO_MANY,
    "the database system is": AWAY,  # starting up, shutting down, in recovery mode
    "could not resolve": AWAY,
    "failed to resolve": AWAY,
    "Connection refused": AWAY,
    "No such file or directory": AWAY,
    "timeout expired": AWAY,
    "server closed the connection": CUT,
    "connection is closed": CUT,
    "connection is lost": CUT,
    "could not receive data": CUT,
    "could not send data": CUT,
    "SSL SYSCALL error": CUT,
    "SSL connection has been closed": CUT,
    "Connection reset": CUT,
    "Broken pipe": CUT,
    "Connection timed out": AWAY,
    "No route to host": AWAY,
    "is unreachable": AWAY,
}


def error_of(cause: BaseException, where: str) -> NetravenError:
    """The error to raise for what a driver raised on the database at `where`."""
    said = " ".join(str(cause).split())
    fault = _fault(getattr(cause, "sqlstate", None), said)
    if fault is None:
        return StorageError(f"the database {where} refused: {said}")
    return fault.error(f"the database {where} {fault.sentence} ({said})")


def _fault(code: str | None, said: str) -> Fault | None:
    if code:
        return next((CODES[code[:length]] for length in (5, 3, 2) if code[:length] in CODES), None)
    if 'role "' in said and '" does not exist' in said:
        return PASSWORD
    return next((fault for sign, fault in {**SQLITE, **CONNECTING}.items() if sign in said), None)
