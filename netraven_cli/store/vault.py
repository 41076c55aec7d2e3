"""The vault: secrets are encrypted in the database, their keys lie in a file that only its owner may read.

The file holds one Fernet key a line, newest first. The newest seals, all of them open: so keys can be changed
without a moment in which a secret cannot be opened (https://cryptography.io/en/latest/fernet/, MultiFernet).
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from netraven_cli.errors import CreateError, PermissionDeniedError, SettingsError, StorageError
from netraven_cli.model import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from netraven_cli.model import Credential

READABLE_BY_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Vault:
    """Seals and opens the secrets of credentials."""

    __slots__ = ("_fernet", "_key_file")

    def __init__(self, key_file: Path) -> None:
        """Read the keys.

        Raises:
            SettingsError: there is no key file, or a line of it is no key.
            PermissionDeniedError: others may read the file, or it belongs to somebody else.
        """
        self._key_file = key_file
        self._fernet = _fernet(read_keys(key_file), key_file)

    def seal(self, secrets: Mapping[str, Secret]) -> bytes:
        """Encrypt named secrets with the newest key."""
        plain = json.dumps({name: secret.reveal() for name, secret in secrets.items()})
        return self._fernet.encrypt(plain.encode())

    def open(self, sealed: bytes) -> dict[str, Secret]:
        """Decrypt named secrets.

        Raises:
            PermissionDeniedError: they were sealed with another key, or changed since.
        """
        try:
            plain = self._fernet.decrypt(sealed)
        except InvalidToken:
            raise PermissionDeniedError(
                f"no key in {self._key_file} opens the secrets in the database; "
                f"put the key file back that belongs to it, or enter them anew with: netraven credential edit"
            ) from None
        return {name: Secret(text) for name, text in json.loads(plain).items()}

    def reseal(self, sealed: bytes) -> bytes:
        """Encrypt again with the newest key what any key opens."""
        return self.seal(self.open(sealed))


def open_secrets(vault: Vault, one: Credential, sealed: bytes) -> dict[str, Secret]:
    """The secrets of a credential.

    Raises:
        PermissionDeniedError: no key of the vault opens them.
    """
    if not (one.has_password or one.has_enable or one.has_privacy):
        return {}
    try:
        return vault.open(sealed)
    except PermissionDeniedError as error:
        raise PermissionDeniedError(f"the credential {one.name}: {error}") from None


def create_key_file(path: Path) -> bool:
    """Make a key file with one new key; False if there is a file already, which is never overwritten.

    Raises:
        CreateError: the file cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = _write_temporary(path, [Fernet.generate_key()])
        try:
            os.link(temporary, path)  # in contrast to a rename, this fails if the name is taken
        except FileExistsError:
            return False
        finally:
            temporary.unlink()
        _sync_folder(path.parent)
    except OSError as error:
        raise CreateError(f"the key file {path} cannot be made: {error.strerror}") from None
    return True


def read_keys(path: Path) -> list[bytes]:
    """The keys of a file, newest first.

    Raises:
        SettingsError: there is no such file, or it is empty.
        PermissionDeniedError: others may read it, or it belongs to somebody else.
    """
    try:
        with path.open("rb") as file:
            _refuse_loose(os.fstat(file.fileno()), path)
            keys = file.read().split()
    except FileNotFoundError:
        raise SettingsError(f"there is no key file {path} for the secrets yet; make it with: netraven init") from None
    except OSError as error:
        raise PermissionDeniedError(f"the key file {path} cannot be read: {error.strerror}") from None
    if not keys:
        raise SettingsError(f"the key file {path} is empty; put the saved one back")
    return keys


@contextmanager
def rotating(path: Path) -> Iterator[Vault]:
    """A vault with a new key for the length of the block; the old keys are dropped if the block succeeds.

    Whatever happens in between, a power cut included, the file holds every key that a row may be sealed with.

    Raises:
        StorageError: the key file cannot be written.
    """
    with _locked(path.parent):
        old = read_keys(path)
        newest = Fernet.generate_key()
        _replace(path, [newest, *old])
        yield Vault(path)
        _replace(path, [newest])


def _fernet(keys: Sequence[bytes], path: Path) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError:
        raise SettingsError(f"a key in {path} is damaged; put the saved file back") from None


def _refuse_loose(found: os.stat_result, path: Path) -> None:
    if found.st_uid != os.geteuid():
        raise PermissionDeniedError(
            f"the key file {path} belongs to user {found.st_uid}, not to you (user {os.geteuid()}); run netraven as "
            f"its owner, or: chown {os.geteuid()} {path} && chmod 600 {path}"
        )
    if found.st_mode & READABLE_BY_OTHERS:
        mode = stat.S_IMODE(found.st_mode)
        raise PermissionDeniedError(
            f"the key file {path} has mode {mode:04o}, others may use it; run: chmod 600 {path}"
        )


def _write_temporary(path: Path, keys: Sequence[bytes]) -> Path:
    """A file beside `path` that is safely on the disk; only its owner may read it from its first moment on."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor has no path
        file.write(b"".join(key + b"\n" for key in keys))
        file.flush()
        os.fsync(file.fileno())
    return temporary


def _replace(path: Path, keys: Sequence[bytes]) -> None:
    try:
        _write_temporary(path, keys).replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise StorageError(f"the key file {path} cannot be written: {error.strerror}") from None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One rotation at a time: two of them would each drop the other's new key."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise StorageError(f"the folder {folder} of the key file cannot be read: {error.strerror}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
