"""`netraven credential`: ways to log in, kept encrypted."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer

from netraven_cli.cli.command import DryRun, Force, Noun, Yes, changing, confirm, opened
from netraven_cli.cli.credential_options import (
    Agent,
    AuthenticationOption,
    EnableFrom,
    KeepReference,
    KeyFile,
    Name,
    PasswordFrom,
    PrivacyFrom,
    PrivacyOption,
    SnmpPort,
    Version,
    key_file_of,
    refuse_misfit,
    snmp_of,
)
from netraven_cli.cli.credential_secrets import secrets_given, sources
from netraven_cli.cli.credential_test import COLUMNS as AGENT_COLUMNS
from netraven_cli.cli.credential_test import ask_agent
from netraven_cli.cli.device_test import COLUMNS as TEST_COLUMNS
from netraven_cli.cli.device_test import try_devices
from netraven_cli.cli.render import plain_row
from netraven_cli.errors import UsageError
from netraven_cli.model import Credential, Secret

app = Noun("Ways to log in, kept encrypted; the one with the lowest priority number is tried first.")

COLUMNS = ["name", "username", "priority", "tags", "has_password", "has_enable", "key_file", "agent", "snmp"]
DEFAULT_PRIORITY = 100


@app.verb("list")
def list_credentials(ctx: typer.Context) -> None:
    """List credentials in the order in which they are tried."""
    from netraven_cli.store import credentials

    with opened(ctx) as (context, terminal):
        with context.database.read() as connection:
            found = credentials.list_credentials(connection)
        terminal.items("credential", found, COLUMNS)
        if not found:
            terminal.say("there are no credentials yet; add one with: netraven credential add NAME --username U …")


@app.verb("show")
def show(ctx: typer.Context, name: Name) -> None:
    """Show a credential without its secrets; where they are read at each use, it says from where."""
    from netraven_cli.store import credentials, keyring

    with opened(ctx) as (context, terminal):
        with context.database.read() as connection:
            found = credentials.get(connection, name)
            ring = keyring.read(connection)
        terminal.record("credential", {**plain_row(found), **sources(context, ring, name)})


@app.verb("add")
def add(
    ctx: typer.Context,
    name: Name,
    username: Annotated[str, typer.Option("--username", "-u", help="Who logs in.")] = "",
    password_from: PasswordFrom = None,
    enable_from: EnableFrom = None,
    keep_reference: KeepReference = False,
    key_file: KeyFile = None,
    agent: Agent = False,
    tag: Annotated[list[str] | None, typer.Option("--tag", "-t", help="For devices with it; none: for all.")] = None,
    priority: Annotated[int, typer.Option("--priority", help="The lower number is tried first.")] = DEFAULT_PRIORITY,
    snmp: Version = None,
    authentication: AuthenticationOption = None,
    privacy: PrivacyOption = None,
    privacy_from: PrivacyFrom = None,
    dry_run: DryRun = False,
) -> None:
    """Add a credential: netraven credential add backup --username backup --password-from prompt."""
    from netraven_cli.store import credentials
    from netraven_cli.store.vault import Vault

    new = Credential(
        id=0,
        name=name,
        username=username,
        priority=priority,
        tags=tuple(sorted(set(tag or ()))),
        key_file=key_file_of(key_file),
        agent=bool(agent),
        snmp=snmp_of(snmp, authentication, privacy),
    )
    with opened(ctx) as (context, terminal):
        secrets = secrets_given(password_from, enable_from, privacy_from, keep=keep_reference)
        refuse_misfit(new, secrets)
        with changing(context, dry_run=dry_run) as connection:
            credentials.lock(connection)
            credentials.add(connection, Vault(context.settings.vault_key_file), new, secrets, context.now())
            added = credentials.get(connection, name)
        terminal.changed("credential", [added], _added(new), dry_run=dry_run)


@app.verb("edit")
def edit(
    ctx: typer.Context,
    name: Name,
    username: Annotated[str | None, typer.Option("--username", "-u", help="Who logs in.")] = None,
    password_from: PasswordFrom = None,
    enable_from: EnableFrom = None,
    privacy_from: PrivacyFrom = None,
    keep_reference: KeepReference = False,
    key_file: KeyFile = None,
    agent: Agent = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", "-t", help="One more tag; repeat for several.")] = None,
    untag: Annotated[list[str] | None, typer.Option("--untag", help="Take a tag away; repeat for several.")] = None,
    priority: Annotated[int | None, typer.Option("--priority", help="The lower number is tried first.")] = None,
    dry_run: DryRun = False,
) -> None:
    """Give a credential other values; what is not named stays."""
    from netraven_cli.store import credentials
    from netraven_cli.store.vault import Vault

    given = {"username": username, "priority": priority, "key_file": key_file_of(key_file), "agent": agent}
    changes = {key: value for key, value in given.items() if value is not None}
    with opened(ctx) as (context, terminal):
        secrets = secrets_given(password_from, enable_from, privacy_from, keep=keep_reference)
        with changing(context, dry_run=dry_run) as connection:
            credentials.lock(connection)
            before = credentials.get(connection, name)
            tags = ({*before.tags} | {*(tag or ())}) - {*(untag or ())}
            after = dataclasses.replace(before, **changes, tags=tuple(sorted(tags)))  # type: ignore[arg-type]  # as the options are
            if after == before and not secrets:
                raise UsageError(f"nothing to change for {name}; see: netraven credential edit --help")
            refuse_misfit(after, {**dict.fromkeys(_kept(before), Secret("")), **secrets})
            vault = Vault(context.settings.vault_key_file) if secrets else None
            credentials.edit(connection, vault, after, secrets, context.now())
            changed = credentials.get(connection, name)
        terminal.changed("credential", [changed], f"{name} is changed", dry_run=dry_run)


@app.verb("remove")
def remove(ctx: typer.Context, name: Name, yes: Yes = False, force: Force = False, dry_run: DryRun = False) -> None:
    """Forget a credential and its secrets."""
    from netraven_cli.store import credentials

    with opened(ctx) as (context, terminal):
        with context.database.read() as connection:
            found = credentials.get(connection, name)
        if not dry_run:
            confirm(context, f"Remove the credential {name} and its secrets?", yes=yes, force=force)
        with changing(context, dry_run=dry_run) as connection:
            credentials.remove(connection, name)
        terminal.changed("credential", [found], f"{name} is removed", dry_run=dry_run)


@app.verb("test")
def test(
    ctx: typer.Context,
    name: Name,
    device: Annotated[
        str, typer.Argument(metavar="DEVICE", help="Name of a device; for a credential of SNMP an address, too.")
    ],
    snmp_port: SnmpPort = None,
) -> int:
    """Log in on a device with one credential, and fetch its configuration; by SNMP, ask it who it is."""
    from netraven_cli.store import credentials, inventory

    with opened(ctx) as (context, terminal):
        with context.database.read() as connection:
            credential = credentials.get(connection, name)
            found = None if credential.snmp else inventory.get(connection, device)
        if snmp_port and found:
            raise UsageError(f"--snmp-port is for credentials of SNMP, and {name} logs in")
        rows = try_devices(context, [found], name) if found else [ask_agent(context, credential, device, snmp_port)]
        terminal.items("test", rows, TEST_COLUMNS if found else AGENT_COLUMNS)
    return 0 if rows[0]["outcome"] == "succeeded" else 1


@app.verb("stats")
def stats(ctx: typer.Context) -> None:
    """Count the logins and the refusals of each credential, by the attempts on record."""
    from netraven_cli.store import credential_use

    with opened(ctx) as (context, terminal):
        with context.database.read() as connection:
            found = credential_use.uses(connection)
        terminal.items(
            "credential-use", found, ["credential", "logins", "refused", "success_rate", "devices", "last_used_at"]
        )


@app.verb("rotate-key")
def rotate_key(ctx: typer.Context, yes: Yes = False, force: Force = False, dry_run: DryRun = False) -> None:
    """Give the vault a new key, and seal all secrets anew with it.

    Whatever happens in between, the key file holds every key that is needed; on failure the old ones stay in it.
    """
    from netraven_cli.store import credentials
    from netraven_cli.store.vault import Vault, rotating

    with opened(ctx) as (context, terminal):
        path = context.settings.vault_key_file
        if dry_run:
            with changing(context, dry_run=True) as connection:
                count = credentials.reseal(connection, Vault(path))
        else:
            confirm(context, f"Replace the key in {path}? Saved copies of it become useless.", yes=yes, force=force)
            with rotating(path) as vault, context.database.write() as connection:
                count = credentials.reseal(connection, vault)
        sentence = f"{count} credentials are sealed with a new key in {path}; save a copy of that file"
        more = ", and put it on the other hosts that share the database" if context.database.is_postgres else ""
        terminal.changed("key", [{"path": str(path), "credentials": count}], sentence + more, dry_run=dry_run)


def _added(new: Credential) -> str:
    """What to do with it next."""
    fitting = f" tagged {' or '.join(new.tags)}" if new.tags else ""
    if new.snmp:
        ranges = f"ranges{fitting}" if fitting else "every range"
        wanted = f"{new.name} is added for {ranges} that wants SNMP: netraven range edit RANGE --snmp"
        return f"{wanted}; try it: netraven credential test {new.name} ADDRESS"
    what = f"devices{fitting}" if fitting else "every device"
    return f"{new.name} is added for {what}; try it: netraven credential test {new.name} DEVICE"


def _kept(one: Credential) -> list[str]:
    """The secrets that it has."""
    there = {"password": one.has_password, "enable": one.has_enable, "privacy": one.has_privacy}
    return [name for name, is_there in there.items() if is_there]
