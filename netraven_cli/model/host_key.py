"""Host keys of SSH, written `type base64` as in known_hosts."""

from __future__ import annotations

import base64
import hashlib


def fingerprint(key: str) -> str:
    """The key as `ssh-keygen -l` names it: SHA256 and unpadded base64 of its digest."""
    kind, _, body = key.partition(" ")
    digest = hashlib.sha256(base64.b64decode(body)).digest()
    return f"{kind} SHA256:{base64.b64encode(digest).decode().rstrip('=')}"
