"""Which host key a device may show. A key is written `type base64`, as in known_hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netraven_cli.errors import AttemptError, ErrorClass
from netraven_cli.model.host_key import fingerprint

if TYPE_CHECKING:
    from netraven_cli.model import Device

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
            "no password was sent. If the device was replaced: netraven host-key accept DEVICE; "
            "if not, somebody stands between"
        )
    elif policy == "strict":
        reason = (
            f"{where} shows the host key {fingerprint(shown)}, and there is none on record; "
            "no password was sent. If it is the right one: netraven host-key accept DEVICE"
        )
    else:
        return
    error = AttemptError(ErrorClass.PROTOCOL, reason)
    error.refused_key = shown
    raise error


def check_jump_key(where: str, hop: Device, shown: str, policy: str) -> None:
    """Refuse a jump host's key that is not the one on record: the first login on another device records nothing of it.

    Raises:
        AttemptError: the key is refused.
    """
    if policy == "off" or shown == hop.host_key:
        return
    record = f"({fingerprint(hop.host_key)})" if hop.host_key else "(none)"
    reason = (
        f"{where} shows another host key ({fingerprint(shown)}) than the one on record {record}; no password was sent. "
        f"If it is the right one: netraven host-key accept {hop.name}"
    )
    raise AttemptError(ErrorClass.PROTOCOL, reason)
