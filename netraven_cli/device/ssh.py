"""What sessions and jump hosts share of SSH: old algorithms only where a device needs them, and a look at each key.

Left out otherwise, as by OpenSSH's client (https://www.openssh.com/legacy.html): SHA-1 in key exchanges and host keys,
CBC, MD5 and shortened MACs. hmac-sha1 stays: nothing breaks it, and much gear has no other.
"""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING, Any

import paramiko
from paramiko import util

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

# paramiko compares the MAC of each packet byte by byte in Python, which is half of what receiving costs; this is the
# same in C.
util.constant_time_bytes_eq = hmac.compare_digest  # type: ignore[assignment] # it takes more kinds than that one

_LEGACY = re.compile(r"diffie-hellman-.*-sha1|ssh-rsa|ssh-dss|.*-cbc|hmac-md5.*|hmac-sha1-96")


def make_transport(
    connected: socket.socket, *, legacy: bool, known_key: str | None, **options: Any
) -> paramiko.Transport:
    """A transport that asks for the kind of host key that is on record first: a device may have several."""
    transport = paramiko.Transport(connected, **options)
    offered = transport.get_security_options()
    if not legacy:
        for kind in ("kex", "key_types", "ciphers", "digests"):
            setattr(offered, kind, [name for name in getattr(offered, kind) if not _LEGACY.fullmatch(name)])
    known_kind = known_key.partition(" ")[0] if known_key else None
    offered.key_types = sorted(offered.key_types, key=lambda name: not _is_kind(name, known_kind))
    return transport


def _is_kind(algorithm: str, kind: str | None) -> bool:
    """True if a host key of a kind can sign with an algorithm: RSA keys sign with three."""
    return algorithm == kind or (kind == "ssh-rsa" and algorithm in ("rsa-sha2-256", "rsa-sha2-512"))


class HostKeyPolicy(paramiko.MissingHostKeyPolicy):
    """paramiko asks it about every key, since it was given none itself, and before it sends anything secret."""

    def __init__(self, accept_key: Callable[[str], None]) -> None:
        """`accept_key` is given each key as "type base64", and raises to refuse it."""
        self._accept_key = accept_key

    def missing_host_key(self, _client: paramiko.SSHClient, _hostname: str, key: paramiko.PKey) -> None:
        """Let it look at the key."""
        self._accept_key(f"{key.get_name()} {key.get_base64()}")
