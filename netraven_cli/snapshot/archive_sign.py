"""Who writes commits, and the signatures on them: made with an SSH key, so that others can prove whose they are."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from netraven_cli.errors import PermissionDeniedError, UnavailableError
from netraven_cli.snapshot.archive_record import objects

if TYPE_CHECKING:
    from netraven_cli.snapshot.archive_git import Git

_LIMIT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Writer:
    """Who stands in commits as the one who made them, and the file of the SSH key that signs them, if any does."""

    name: str = "NetRaven <netraven@localhost>"
    signing_key: Path | None = None

    @property
    def email(self) -> str:
        """The address in the name, `<` and `>` included."""
        return self.name[self.name.index("<") :]

    def sign(self, git: Git, ref: str, head: str | None) -> None:
        """Sign each commit that a reference has beyond `head`, and let it name the signed ones.

        Raises:
            PermissionDeniedError: the key cannot be used.
            UnavailableError: there is no ssh-keygen.
        """
        if self.signing_key is None:
            return
        names = git.line("rev-list", "--reverse", ref, *([f"^{head}"] if head else [])).split()
        found = dict(zip(names, objects(git, names), strict=True))
        signed: dict[str, bytes] = {}
        renamed: dict[str, str] = {}
        for name, commit in found.items():
            new = _with_signature(_with_parents(commit, renamed), self.signing_key)
            renamed[name] = hashlib.sha1(b"commit %d\0" % len(new) + new, usedforsecurity=False).hexdigest()
            signed[renamed[name]] = new
        if signed:
            _store(git, signed)
            git.run("update-ref", ref, renamed[names[-1]], names[-1])


def _with_parents(commit: bytes, renamed: dict[str, str]) -> bytes:
    headers, blank, message = commit.partition(b"\n\n")
    lines = [_renamed(line, renamed) for line in headers.split(b"\n")]
    return b"\n".join(lines) + blank + message


def _renamed(line: bytes, renamed: dict[str, str]) -> bytes:
    word, _space, name = line.decode(errors="surrogateescape").partition(" ")
    return f"parent {renamed.get(name, name)}".encode() if word == "parent" else line


def _with_signature(commit: bytes, key: Path) -> bytes:
    """As gitformat-signature(5): the header `gpgsig` after the others, its further lines begun with a blank."""
    headers, _blank, message = commit.partition(b"\n\n")
    signature = _signature(commit, key).strip().replace(b"\n", b"\n ")
    return b"%s\ngpgsig %s\n\n%s" % (headers, signature, message)


def _signature(given: bytes, key: Path) -> bytes:
    program = shutil.which("ssh-keygen")
    if program is None:
        raise UnavailableError("commits are to be signed, and ssh-keygen is not installed: install OpenSSH")
    command = [program, "-Y", "sign", "-n", "git", "-f", str(key)]
    bare = {"PATH": os.defpath, "HOME": "/dev/null"}
    try:
        done = subprocess.run(
            command, input=given, capture_output=True, env=bare, timeout=_LIMIT_SECONDS, check=False,
            start_new_session=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"ssh-keygen did not sign within {_LIMIT_SECONDS:.0f} seconds: try again") from None
    if done.returncode != 0:
        reason = " ".join(done.stderr.decode(errors="replace").split())[:300]
        raise PermissionDeniedError(
            f"commits are to be signed with {key} (archive.signing_key), and that failed: {reason}; it must be a "
            "private SSH key without a passphrase that NetRaven can read; nothing is lost, the next run completes it"
        )
    return done.stdout


def _store(git: Git, commits: dict[str, bytes]) -> None:
    with TemporaryDirectory(prefix="netraven-") as folder:
        for name, commit in commits.items():
            (Path(folder) / name).write_bytes(commit)
        given = "".join(f"{folder}/{name}\n" for name in commits).encode()
        git.run("hash-object", "-t", "commit", "-w", "--no-filters", "--stdin-paths", given=given)
