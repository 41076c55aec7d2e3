"""Handlers of somebody else's package: the subject says how a job behaves, or misbehaves."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from netraven_cli.plugin import AttemptError, Capture, ErrorClass, NewJob, Parameters, Result

BLOCK = 1 << 20


class _Named:
    """One job for each name that is selected."""

    type = ""

    def plan(self, context, selector, params):
        if "raises" in params:
            raise ZeroDivisionError("in the plan")
        if "exits" in params:
            os._exit(5)
        with context.database.read():  # there is one
            for name in selector.names:
                yield NewJob(type=self.type, subject=name, params=params, dedupe_key=f"{self.type}:{name}")

    def run(self, context, job):
        kind = job.subject.partition("-")[0]
        return getattr(self, kind)(context, job) or Result(summary="done")


class SteadyParameters(Parameters):
    pings: int = 3


class Steady(_Named):
    type = "steady"
    parameters = SteadyParameters

    def good(self, context, job):
        assert context.now().tzinfo is not None
        assert context.settings.data_dir.is_dir()
        return Result(summary=f"{job.subject} in {os.getpid()}")

    def meets(self, context, job):
        """Ends when as many others are under way as its name says: the pool is so wide."""
        folder = Path(context.settings.data_dir, "meeting")
        folder.mkdir(exist_ok=True)
        (folder / job.subject).touch()
        while len(list(folder.iterdir())) < int(job.subject.split("-")[1]):
            time.sleep(0.05)

    def conclude(self, context):
        with context.database.read():
            Path(context.settings.data_dir, "concluded").touch()


class Wild(_Named):
    type = "wild"

    def raises(self, context, job):
        raise ZeroDivisionError("a bug")

    def refuses(self, context, job):
        raise AttemptError(ErrorClass.AUTHORIZATION, "not allowed")

    def exits(self, context, job):
        os._exit(0)

    def leaves(self, context, job):
        sys.exit(7)

    def crashes(self, context, job):
        ctypes.string_at(0)

    def kills(self, context, job):
        os.kill(os.getpid(), signal.SIGKILL)

    def signals(self, context, job):
        os.kill(os.getpid(), 40)  # one without a name

    def parricide(self, context, job):
        """Kills the process that watches over it."""
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(600)

    def leaks(self, context, job):
        held = []
        while True:
            held.append(bytearray(16 * BLOCK))

    def forks(self, context, job):
        """Leaves processes behind: in its group, and a daemon in a session of its own."""
        sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
        subprocess.Popen(sleep)
        subprocess.Popen(
            [sys.executable, "-c", f"import subprocess; subprocess.Popen({sleep!r}, start_new_session=True)"]
        )
        return Result(summary="left them behind")

    def floods(self, context, job):
        line = b"x" * (BLOCK - 1) + b"\n"
        for _ in range(1024):
            os.write(1, line)
        return Result(summary="said a lot")

    def unsendable(self, context, job):
        return Result(findings={"lock": threading.Lock()})

    def nothing(self, context, job):
        return {"summary": "a dict"}

    def lies(self, context, job):
        """Claims what would not fit into a column."""
        return Result(credential="x" * 300)

    def huge(self, context, job):
        return Result(summary="x" * (64 * BLOCK))

    def tells(self, context, job):
        """Says the password wherever it can."""
        password = job.logins[0].password.reveal()
        print("the password is", password)
        raise AttemptError(ErrorClass.COMMAND, f"{password} does not work")

    def asks(self, context, job):
        """Wants what a job does not have."""
        context.database.read()

    def captures(self, context, job):
        return Result(capture=Capture(text="interface ge-0\n", digest="made up", lines=-5))

    def shows(self, context, job):
        """Brings a secret; and looks for what hides it."""
        if job.redaction is not None:
            raise ValueError("a handler was given the key of fingerprints")
        return Result(capture=Capture(text="interface ge-0\npsk=Canary12345678\n", digest="", lines=0))


class Endless(_Named):
    type = "endless"

    def spins(self, context, job):
        while True:
            pass

    def blocks(self, context, job):
        ctypes.PyDLL(None).sleep(600)  # keeps the interpreter's lock

    def deaf(self, context, job):
        for number in (signal.SIGABRT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        while True:
            time.sleep(1)
