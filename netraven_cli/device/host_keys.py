"""Which host key a device may show. A key is written `type base64`, as in known_hosts."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from netraven_cli.errors import AttemptError, ErrorClass

if TYPE_CHECKING:
    from collections.abc import Iterable

POLICIES = ("accept-new", "strict", "off")


def check_host_key(where: str, known: str | None, shown: str, policy: str) -> None:
    """Refuse a key that is not the known one, before anything secret is sent.

    Args:
        where: the address and port, for the sentence.
        known: the key on record; None: this device was not seen yet.
        shown: the key that the device has just shown.
        policy: `accept-new` takes the first key, `strict` only one on record, `off` any.

    Raises:
        AttemptError: the key is refused.
    """
    if policy == "off" or shown == known:
        return
    if known:
        reason = (
            f"{where} shows another host key ({fingerprint(shown)}) than the one on record ({fingerprint(known)}); "
            "no password was sent. If the device was replaced, forget its key; if not, somebody stands between"
        )
    elif policy == "strict":
        reason = (
            f"{where} shows the host key {fingerprint(shown)}, and there is none on record; "
            "no password was sent. Record it, or set session.host_keys to accept-new"
        )
    else:
        return
    raise AttemptError(ErrorClass.PROTOCOL, reason)


def sorted_kinds(algorithms: Iterable[str], known: str | None) -> list[str]:
    """Algorithms, those first that the key on record signs with: a device may have keys of several kinds."""
    kind = known.partition(" ")[0] if known else None
    return sorted(algorithms, key=lambda algorithm: not _is_kind(algorithm, kind))


def _is_kind(algorithm: str, kind: str | None) -> bool:
    """True if a host key of a kind can sign with an algorithm: RSA keys sign with three."""
    return algorithm == kind or (kind == "ssh-rsa" and algorithm in ("rsa-sha2-256", "rsa-sha2-512"))


def fingerprint(key: str) -> str:
    """The key as `ssh-keygen -l` names it: SHA256 and unpadded base64 of its digest."""
    kind, _, body = key.partition(" ")
    digest = hashlib.sha256(base64.b64decode(body)).digest()
    return f"{kind} SHA256:{base64.b64encode(digest).decode().rstrip('=')}"
