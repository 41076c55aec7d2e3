"""What a run knows of devices, credentials and limits: read once, and anew when its version changed.

Devices are read ahead for the jobs that come next, a page at a time: so memory is bounded, and a fleet costs few
statements.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from netraven_cli.device.secret import with_secrets_if_readable
from netraven_cli.model import Hop
from netraven_cli.model.discovery import Search
from netraven_cli.store import (
    breakers,
    credentials,
    findings,
    fleet,
    host_keys,
    identity,
    inventory,
    jobs,
    jumps,
    keyring,
    pauses,
    ranges,
)
from netraven_cli.store.admission import Gate, earliest
from netraven_cli.store.redactions import open_redactions
from netraven_cli.store.rules import Rules, read_rules
from netraven_cli.store.session_keys import device_key
from netraven_cli.store.vault import Vault
from netraven_cli.store.versions import INVENTORY, LIMITS, read_versions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from netraven_cli.model import Device, Heard, Login
    from netraven_cli.model.discovery import Range
    from netraven_cli.plugin import Context
    from netraven_cli.store.fleet import Fleet
    from netraven_cli.store.keyring import Keyring
    from netraven_cli.store.redactions import Redactions

log = logging.getLogger("netraven.runner")
PAGE = 1000  # devices that are read ahead


class Knowledge:
    """Belongs to the coordinator of a run, like the connections that it is given."""

    def __init__(self, context: Context, types: Sequence[str]) -> None:
        self._context, self._types = context, types
        self._versions: Mapping[str, int] = {}
        self._rules: Rules | None = None
        self._gate: Gate | None = None
        self._forget_inventory()

    def _forget_inventory(self) -> None:
        self._asked: set[str] = set()
        self._devices: dict[str, Device] = {}
        self._jump_hosts: dict[str, Device] = {}
        self._keyring: Keyring | None = None
        self._vault: Vault | None = None
        self._redactions: Redactions | None = None
        self._tried_first: set[str] | None = None
        self._fleet: Fleet | None = None
        self._addresses: Mapping[tuple[str, str], str] | None = None

    def refresh(self, connection: Connection) -> None:
        """Drop what is of another version than the database's."""
        found = read_versions(connection)
        if found[INVENTORY] != self._versions.get(INVENTORY):
            self._forget_inventory()
        if found[LIMITS] != self._versions.get(LIMITS):
            self._rules = None
        self._versions = found

    def rules(self, connection: Connection) -> Rules:
        """Limits and breakers."""
        if self._rules is None:
            self._rules = read_rules(connection, self._context.settings.breaker)
        return self._rules

    def gate(self, connection: Connection, now: datetime) -> Gate | None:
        """What says which jobs may start, for one claim; None if nothing can hold one."""
        self.refresh(connection)  # under the lock of the claims: nobody changes a limit or a breaker from here on
        rules = self.rules(connection)
        if self._tried_first is None:
            self._tried_first = credentials.tried_first(connection, self._ring(connection).known)
        matters = rules.matter(self._tried_first, now)
        self._gate = Gate(connection, rules, self._all(connection), now) if matters else None
        return self._gate

    def _ring(self, connection: Connection) -> Keyring:
        if self._keyring is None:
            self._keyring = keyring.read(connection)
        return self._keyring

    def _all(self, connection: Connection) -> Fleet:
        if self._fleet is None:
            self._fleet = fleet.load(connection, self._ring(connection).known)
        return self._fleet

    def learn(self, connection: Connection, heard: Sequence[Heard], *, now: datetime, who: str) -> None:
        """Take what attempts told into account, in the transaction that settles them, after their own rows."""
        self.refresh(connection)
        settings, known = self._context.settings.breaker, self.rules(connection).breakers
        for one in breakers.learn(connection, settings, heard, known, now=now, who=who):
            log.warning("breaker_%s key=%s reason=%s", one.event, one.key, one.why)

    def next_start(self, connection: Connection) -> datetime | None:
        """When the first of the ready jobs may start that the last claim left; None if nobody can tell."""
        if self._gate is None:
            return None
        keys = jobs.coming_sessions(connection, pauses.unpaused(connection, self._types), PAGE)
        return earliest(self._gate.holds(connection, keys).values())

    def left_alone(
        self, connection: Connection, names: Sequence[str], *, now: datetime, longer_than: datetime
    ) -> set[str]:
        """Those of the devices whose breaker, or that of their credentials, is open for longer than this."""
        self.refresh(connection)
        rules = self.rules(connection)
        if not (rules.stopped or rules.devices_left_alone):
            return set()
        held = Gate(connection, rules, self._all(connection), now).holds(connection, [*map(device_key, names)])
        return {
            name
            for name in names
            if any(hold.by_breaker and hold.until and hold.until > longer_than for hold in held[device_key(name)])
        }

    def devices(self, connection: Connection, names: Sequence[str]) -> dict[str, Device]:
        """The devices of these names; those that are not in the inventory are left out."""
        if not self._asked.issuperset(names):
            self._asked = {*names, *jobs.coming(connection, self._types, PAGE)}
            self._devices = inventory.by_names(connection, sorted(self._asked))
        found = {name: self._devices[name] for name in names if name in self._devices}
        unseen = {one.id: one for one in found.values() if one.host_key is None}
        if unseen:  # a run may have learnt a key since, this one or another: it raises no version
            for device_id, key in host_keys.read(connection, unseen).items():
                name = unseen[device_id].name
                found[name] = self._devices[name] = replace(unseen[device_id], host_key=key)
        return found

    def redactions(self) -> Redactions | None:
        """How secrets in configurations are hidden; None if they are kept. Call it outside of a transaction.

        Raises:
            PermissionDeniedError: the vault has not the key of what is needed.
            SettingsError: there is no vault.
        """
        if self._redactions is None:
            context = self._context
            self._redactions = open_redactions(
                context.settings, context.database, context.now(), with_secrets_if_readable
            )
        return self._redactions

    def search(self, connection: Connection, params: Mapping[str, Any]) -> Search:
        """What a job must know that looks for devices."""
        if self._addresses is None:
            self._addresses = identity.addresses(connection)
        enabled = {one.name: one for one in ranges.list_ranges(connection) if one.enabled}
        leads_on = "part" in params or params.get("depth", 0) > 0
        tried = findings.tried(connection, in_vain="depth" in params) if leads_on else frozenset()
        swept = enabled.get(params.get("range", "")) if "part" in params else None
        asked = self._ring(connection).snmp_logins(self._open_vault(), swept) if swept and swept.snmp else ()
        return Search(ranges=enabled, devices=self._addresses, tried=tried, snmp=asked)

    def jumps(self, connection: Connection, one: Device, job_id: int) -> tuple[Hop, ...]:
        """The jump hosts on the way to a device, each with how to log in on it for a job."""
        hosts = jumps.chain(one, lambda name: self._jump_host(connection, name))
        return tuple(Hop(device=each, logins=self.logins(connection, each, job_id)[0]) for each in hosts)

    def _jump_host(self, connection: Connection, name: str) -> Device | None:
        if name not in self._jump_hosts:
            found = inventory.by_names(connection, [name]).get(name)
            if found is None or found.host_key is None:
                return found  # its key may be learnt any time, which raises no version
            self._jump_hosts[name] = found
        return self._jump_hosts[name]

    def logins(
        self, connection: Connection, one: Device | Range, job_id: int
    ) -> tuple[tuple[Login, ...], tuple[str, ...]]:
        """How to log in on a device for a job, and the names of credentials that are left out since they are stopped.

        Raises:
            PermissionDeniedError: the vault has not the key of a credential that is needed.
            SettingsError: there is no vault.
        """
        ring = self._ring(connection)
        may_try = self._gate.tried_by(job_id) if self._gate else frozenset()
        stopped = self.rules(connection).stopped.keys() - may_try
        left_out = tuple(each.name for each in credentials.fitting(ring.known, one) if each.name in stopped)
        return ring.logins(self._open_vault(), one, left_out), left_out

    def _open_vault(self) -> Vault:
        if self._vault is None:
            self._vault = Vault(self._context.settings.vault_key_file)
        return self._vault
