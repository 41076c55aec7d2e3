"""The command in a folder that `init` has prepared: as a process, and quicker, called."""

from __future__ import annotations

import io
import os
import shutil
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from netraven_cli.app import open_context
from netraven_cli.cli.root import main
from netraven_cli.handlers.archiving import archive_pending
from tests.cli.make import CORE, ago, show
from tests.installed import Installed, Said


class Called(Installed):
    """The same command line without a process of its own: a tenth of the time."""

    def __call__(self, *arguments: str, stdin: str = "", **environ: str) -> Said:
        before = dict(os.environ), Path.cwd(), sys.stdin
        out, err = io.StringIO(), io.StringIO()
        wanted = {**self.environment, **environ}
        os.environ.clear()
        os.environ.update(wanted)
        os.chdir(self.folder)
        sys.stdin = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
        try:
            with redirect_stdout(out), redirect_stderr(err):
                status = main(list(arguments))
        finally:
            os.environ.clear()
            os.environ.update(before[0])
            os.chdir(before[1])
            sys.stdin = before[2]
        return Said(status, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `init --dir` makes, to be copied: nothing in it depends on its place."""
    folder = tmp_path_factory.mktemp("prepared") / "data"
    folder.mkdir(0o700)
    Installed(folder).well("init", "--dir", ".")
    return folder


@pytest.fixture
def netraven(prepared: Path, tmp_path: Path) -> Installed:
    """The installed command in a new folder."""
    shutil.copytree(prepared, tmp_path / "data", symlinks=True)
    return Installed(tmp_path / "data")


@pytest.fixture
def called(netraven: Installed) -> Called:
    """The command line in a new folder, without processes."""
    return Called(netraven.folder)


@pytest.fixture
def network(called: Called, monkeypatch: pytest.MonkeyPatch) -> Called:
    """Two versions of core, one of edge, none of new; all in git."""
    for name, tag in (("core", "inner"), ("edge", "outer"), ("new", "outer")):
        called.well("device", "add", name, "--address", "192.0.2.1", "--platform", "cisco_ios", "--tag", tag)
    for name, text, hours in (("core", CORE[0], 50), ("edge", "hostname edge\nend\n", 30), ("core", CORE[1], 10)):
        show(called, name, text, ago(hours))
    monkeypatch.delenv("NETRAVEN_CI", raising=False)  # of the tests' own; the settings would refuse it
    with open_context(called.folder / "config.yml") as context:
        assert archive_pending(context) == 3
    return called
