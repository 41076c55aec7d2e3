"""`netraven credential test` with a credential of SNMP: ask one agent who it is."""

from __future__ import annotations

import time
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from netraven_cli.errors import AttemptError, NotFoundError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from netraven_cli.model import Credential
    from netraven_cli.plugin import Context

COLUMNS = ["device", "outcome", "credential", "hostname", "platform", "serial", "seconds", "error_class", "reason"]


def ask_agent(context: Context, credential: Credential, place: str, port: int | None) -> dict[str, Any]:
    """Ask the agent of a device, or at an address that is no device yet, with this credential alone."""
    from netraven_cli.device.snmp import PORT, meet
    from netraven_cli.store import keyring
    from netraven_cli.store.vault import Vault

    with context.database.read() as connection:
        address = _address(connection, place)
        login = keyring.read(connection).login(Vault(context.settings.vault_key_file), credential)
    row: dict[str, Any] = {"device": place, "credential": credential.name, "lines": None, "error_class": None}
    row |= dict.fromkeys(("hostname", "platform", "serial", "reason"))
    began = time.monotonic()
    try:
        agent = meet(address, port or PORT, login)
    except AttemptError as error:
        row |= {"outcome": "failed", "error_class": error.error_class, "reason": str(error)}
    else:
        told = {"hostname": agent.name or None, "platform": agent.platform, "serial": agent.serial}
        row |= {"outcome": "succeeded", **told, "reason": agent.description or agent.object_id or None}
    return {**row, "seconds": round(time.monotonic() - began, 3)}


def _address(connection: Connection, place: str) -> str:
    from netraven_cli.store import inventory

    try:
        return inventory.get(connection, place).address
    except NotFoundError:
        try:
            return str(ip_address(place))
        except ValueError:
            pass
        raise
