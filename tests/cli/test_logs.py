from __future__ import annotations

import logging
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from netraven_cli.cli.journal import JournalHandler, is_journal
from netraven_cli.cli.log_file import RotatedFile
from tests.installed import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.installed import Installed

WRITER = """
import logging, sys
from pathlib import Path
from netraven_cli.cli.log_file import RotatedFile
handler = RotatedFile(Path(sys.argv[1]), max_bytes=2000, keep=1000)
logger = logging.getLogger("netraven.writer")
logger.setLevel("INFO")
logger.addHandler(handler)
sys.stdin.readline()
for number in range(500):
    logger.info("writer=%s number=%d", sys.argv[2], number)
"""


def record(message: str, *values: object, level: int = logging.INFO) -> logging.LogRecord:
    return logging.LogRecord("netraven.test", level, __file__, 1, message, values, None)


def written(path: Path, number: int, *, max_bytes: int, keep: int) -> None:
    handler = RotatedFile(path, max_bytes=max_bytes, keep=keep)
    for each in range(number):
        handler.emit(record("line %03d", each))
    handler.close()


def test_a_full_log_is_put_aside_and_only_so_many_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "netraven.log"
    written(path, 35, max_bytes=90, keep=2)  # nine bytes a line, so ten lines a file
    assert sorted(one.name for one in tmp_path.iterdir()) == ["netraven.log", "netraven.log.1", "netraven.log.2"]
    assert path.read_text().splitlines() == [f"line {number:03}" for number in range(30, 35)]
    assert path.with_suffix(".log.2").read_text().splitlines()[0] == "line 010"


def test_a_log_without_a_limit_is_never_put_aside(tmp_path: Path) -> None:
    written(tmp_path / "netraven.log", 500, max_bytes=0, keep=1)
    assert [one.name for one in tmp_path.iterdir()] == ["netraven.log"]


def test_no_line_is_lost_or_torn_while_several_processes_put_the_log_aside(tmp_path: Path) -> None:
    path = tmp_path / "netraven.log"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), name], stdin=subprocess.PIPE) for name in "abcd"
    ]
    for writer in writers:
        assert writer.stdin
        writer.stdin.write(b"go\n")
        writer.stdin.close()
    assert [writer.wait(120) for writer in writers] == [0, 0, 0, 0]
    files = list(tmp_path.iterdir())
    lines = sorted(line for one in files for line in one.read_text().splitlines())
    assert lines == sorted(f"writer={name} number={number}" for name in "abcd" for number in range(500))
    assert len(files) > 10
    assert {stat.S_IMODE(one.stat().st_mode) for one in files} == {0o600}


def test_a_log_that_logrotate_moved_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "netraven.log"
    handler = RotatedFile(path, max_bytes=1000, keep=2)
    handler.emit(record("before"))
    path.rename(tmp_path / "moved")
    handler.emit(record("after"))
    handler.close()
    assert (path.read_text(), (tmp_path / "moved").read_text()) == ("after\n", "before\n")


@pytest.mark.skipif(not os.access("/dev/full", os.W_OK), reason="no /dev/full")
def test_a_full_disk_is_told_once_and_keeps_nothing_from_being_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "netraven.log"
    path.symlink_to("/dev/full")
    written(path, 3, max_bytes=0, keep=1)
    assert capsys.readouterr().err.count("cannot be written") == 1


def test_a_folder_that_vanishes_under_a_run_is_told_once_and_keeps_nothing_from_being_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    handler = RotatedFile(folder / "netraven.log", max_bytes=1000, keep=1)
    shutil.rmtree(folder)
    handler.emit(record("one"))
    handler.emit(record("two"))
    handler.close()
    assert capsys.readouterr().err.count("cannot be written") == 1


@pytest.fixture
def journald(tmp_path: Path) -> Iterator[socket.socket]:
    """The receiving end of the native protocol."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(tmp_path / "journal"))
        receiver.settimeout(10)
        yield receiver


def fields(datagram: bytes) -> dict[str, str]:
    return dict(line.split("=", 1) for line in datagram.decode().splitlines())


def test_journald_gets_each_value_as_a_field(tmp_path: Path, journald: socket.socket) -> None:
    handler = JournalHandler(tmp_path / "journal")
    message = "job_settled job=%d subject=%s class=%s reason=%s"
    handler.emit(record(message, 17, "sw1", None, "a\nPRIORITY=0 job=99", level=logging.WARNING))
    handler.close()
    found = fields(journald.recv(10_000))
    assert found["MESSAGE"] == r"job_settled job=17 subject=sw1 class=None reason=a\nPRIORITY=0 job=99"
    assert (found["PRIORITY"], found["SYSLOG_IDENTIFIER"]) == ("4", "netraven")
    assert {name: value for name, value in found.items() if name.startswith("NETRAVEN")} == {
        "NETRAVEN_EVENT": "job_settled",
        "NETRAVEN_JOB": "17",
        "NETRAVEN_SUBJECT": "sw1",
        "NETRAVEN_REASON": r"a\nPRIORITY=0 job=99",
    }


def test_what_journald_does_not_take_is_a_line_on_stderr_with_its_priority(
    tmp_path: Path, journald: socket.socket, capsys: pytest.CaptureFixture[str]
) -> None:
    for place, text in ((tmp_path / "nothing", "no\x1bbody"), (tmp_path / "journal", "x" * 10_000_000)):
        handler = JournalHandler(place)
        handler.emit(record("%s", text, level=logging.ERROR))
        handler.close()
    first, second = capsys.readouterr().err.splitlines()
    assert first == r"<3>no\x1bbody"
    assert second == "<3>" + "x" * 10_000_000


def test_the_journal_is_known_by_its_device_and_inode(tmp_path: Path) -> None:
    with (tmp_path / "stream").open("w") as file:
        found = os.fstat(file.fileno())
        assert is_journal(file.fileno(), {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"})
        assert not is_journal(file.fileno(), {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino + 1}"})
        assert not is_journal(file.fileno(), {})


def ran(netraven: Installed, stderr: Path, **environ: str) -> None:
    """A run in which a job is settled, and therefore logged."""
    netraven.well("device", "add", "gone", "--address", "127.0.0.1", "--port", "1", "--platform", "cisco_ios")
    environment = {**netraven.environment, "NETRAVEN_RETRY__ATTEMPTS": "1", **environ}
    with stderr.open("a") as file:
        command = [str(COMMAND), "run", "backup"]
        done = subprocess.run(command, cwd=netraven.folder, env=environment, stderr=file, check=False, timeout=60)
    assert done.returncode == 1


def test_under_systemd_nothing_goes_to_the_file(netraven: Installed, tmp_path: Path) -> None:
    stderr = tmp_path / "stderr"
    stderr.touch()
    found = stderr.stat()
    ran(netraven, stderr, JOURNAL_STREAM=f"{found.st_dev}:{found.st_ino}")
    assert "job_settled" not in "".join(one.read_text() for one in (netraven.folder / "logs").iterdir())


def test_without_systemd_the_file_has_every_attempt(netraven: Installed, tmp_path: Path) -> None:
    ran(netraven, tmp_path / "stderr", JOURNAL_STREAM="1:2")
    text = (netraven.folder / "logs" / "netraven.log").read_text()
    assert re.search(r"(?m)^\d{4}-\S+Z INFO pid=\d+ job_settled job=1 type=backup subject=gone ", text)
