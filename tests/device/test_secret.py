from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from netraven_cli.device.secret import read_secret
from netraven_cli.errors import NetravenError, NoInputError, PermissionDeniedError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

ASK = """
from netraven_cli.device.secret import read_secret
from netraven_cli.errors import NetravenError
try:
    print("got", read_secret("prompt", "enable password").reveal())
except NetravenError as error:
    print("refused:", error)
"""


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    place = tmp_path / "secret"
    place.write_text("pa ss\n")
    place.chmod(0o600)
    return place


def test_a_file_gives_its_text_without_the_line_end(secret_file: Path) -> None:
    assert read_secret(f"file:{secret_file}").reveal() == "pa ss"


def test_a_file_that_others_can_read_is_refused(secret_file: Path) -> None:
    secret_file.chmod(0o640)
    with pytest.raises(PermissionDeniedError, match="chmod 600"):
        read_secret(f"file:{secret_file}")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoInputError, match="there is no file"):
        read_secret(f"file:{tmp_path / 'none'}")


def test_an_empty_secret_is_refused(secret_file: Path) -> None:
    secret_file.write_text("\n")
    with pytest.raises(NoInputError, match="empty secret"):
        read_secret(f"file:{secret_file}")


def test_the_environment_gives_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_PASSWORD", "from-env")
    assert read_secret("env:LAB_PASSWORD").reveal() == "from-env"
    with pytest.raises(NoInputError, match="LAB_NOTHING is not set"):
        read_secret("env:LAB_NOTHING")


def test_a_credential_of_systemd_is_read_from_its_folder(monkeypatch: pytest.MonkeyPatch, secret_file: Path) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(secret_file.parent))
    secret_file.chmod(0o440)  # what stat shows of the access list that systemd gives it
    assert read_secret("cred:secret").reveal() == "pa ss"
    for outside in ("../secret", ".."):
        with pytest.raises(UsageError):
            read_secret(f"cred:{outside}")


def test_a_credential_outside_of_a_unit_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(NoInputError, match="LoadCredential=lab"):
        read_secret("cred:lab")


def test_a_command_gives_a_secret_without_a_shell() -> None:
    assert read_secret("cmd:printf '%s\\n' '$HOME; x'").reveal() == "$HOME; x"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("false", "the command false failed with status 1"),
        ("no-such-command x", "there is no command no-such-command"),
        ("true", "empty secret"),
        ("printf '\\377'", "UTF-8"),
    ],
)
def test_a_command_that_gives_nothing_says_why(line: str, why: str) -> None:
    with pytest.raises(NoInputError, match=why):
        read_secret(f"cmd:{line}")


def test_stdin_gives_its_first_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("first\nsecond\n"))
    assert read_secret("stdin").reveal() == "first"


@pytest.mark.parametrize("reference", ["hunter2", "file:", "env:", "cmd:", "vault:x", "prompt:x", "cmd:'unclosed"])
def test_what_is_no_reference_is_refused_without_repeating_it(reference: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_secret(reference)
    assert "hunter2" not in str(caught.value)


def test_a_prompt_without_a_terminal_says_how_else() -> None:
    done = subprocess.run([sys.executable, "-c", ASK], input="x\nx\n", capture_output=True, text=True, check=True)
    assert "refused: there is no terminal to ask for the enable password" in done.stdout


@pytest.mark.parametrize(
    ("typed", "said"), [("one\none\n", "got one"), ("one\ntwo\n", "refused: the enable password was typed in two")]
)
def test_a_prompt_asks_twice_and_does_not_echo(typed: str, said: str) -> None:
    terminal, inner = pty.openpty()
    ask = [sys.executable, "-c", ASK]
    with subprocess.Popen(ask, stdin=inner, stdout=inner, stderr=inner, start_new_session=True):
        os.close(inner)
        shown = ""
        for answer, question in zip(typed.splitlines(keepends=True), ("Enable password: ", "Once more: "), strict=True):
            while question not in shown:
                shown += os.read(terminal, 1024).decode()
            os.write(terminal, answer.encode())
        while said not in shown:
            shown += os.read(terminal, 1024).decode()
    os.close(terminal)
    assert shown.count("one") == ("got one" in said)


def test_a_secret_never_shows_itself_in_an_error(secret_file: Path) -> None:
    secret_file.write_bytes(b"\xff\xfehunter2")
    with pytest.raises(NetravenError) as caught:
        read_secret(f"file:{secret_file}")
    assert "hunter2" not in str(caught.value)
