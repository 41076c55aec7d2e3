"""What `netraven credential add` and `edit` are given, and what becomes of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netraven_cli.errors import NoInputError, UsageError
from netraven_cli.model.snmp import Authentication, Privacy, Snmp, SnmpVersion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netraven_cli.model import Credential, Secret

REFERENCE = "prompt, stdin, env:VARIABLE, file:PATH, cred:NAME (systemd) or cmd:COMMAND"
Name = Annotated[str, typer.Argument(metavar="CREDENTIAL", help="Name of a credential.")]
PasswordFrom = Annotated[
    str | None,
    typer.Option("--password-from", metavar="REF", help=f"Where the password is, of SNMP the community: {REFERENCE}."),
]
EnableFrom = Annotated[
    str | None, typer.Option("--enable-from", metavar="REF", help="Where the password of enable mode is; the same.")
]
KeepReference = Annotated[
    bool,
    typer.Option(
        "--keep-reference",
        help="Keep where the secret is (env:, file:, cred:, cmd:) in place of the secret, and read it at each use.",
    ),
]
KeyFile = Annotated[Path | None, typer.Option("--key-file", metavar="FILE", help="A private key of SSH.")]
Agent = Annotated[
    bool | None,
    typer.Option("--agent/--no-agent", help="Try the keys of the ssh-agent (SSH_AUTH_SOCK) of whoever runs it."),
]
PrivacyFrom = Annotated[
    str | None, typer.Option("--privacy-from", metavar="REF", help="Where the privacy password of SNMPv3 is; the same.")
]
Version = Annotated[
    SnmpVersion | None, typer.Option("--snmp", help="Ask by SNMP with it, in this version, and log in nowhere.")
]
AuthenticationOption = Annotated[
    Authentication | None, typer.Option("--authentication", help="How SNMPv3 signs with the password; sha256.")
]
PrivacyOption = Annotated[
    Privacy | None, typer.Option("--privacy", help="How SNMPv3 encrypts with the privacy password; aes128.")
]

SnmpPort = Annotated[int | None, typer.Option("--snmp-port", min=1, max=65535, help="Where SNMP is asked; 161.")]


def key_file_of(path: Path | None) -> str | None:
    """The absolute path of a key file that is there."""
    if path is None:
        return None
    if not path.expanduser().is_file():
        raise NoInputError(f"there is no key file {path}")
    return str(path.expanduser().absolute())


def snmp_of(version: SnmpVersion | None, authentication: Authentication | None, privacy: Privacy | None) -> Snmp | None:
    """What makes it a credential of SNMP; None if it is none."""
    if version is None:
        if authentication or privacy:
            raise UsageError("--authentication and --privacy are for SNMPv3; say --snmp 3 too")
        return None
    given = {"authentication": authentication, "privacy": privacy}
    return Snmp(version=version, **{name: value for name, value in given.items() if value})  # type: ignore[arg-type]  # as the options are


def refuse_misfit(new: Credential, secrets: Mapping[str, Secret]) -> None:
    """Refuse a credential that can neither log in nor ask, or has what its kind does not take.

    Raises:
        UsageError: what is missing, or too much.
    """
    if new.snmp is None:
        _refuse_misfit_login(new, secrets)
        return
    if new.key_file or new.agent or "enable" in secrets:
        raise UsageError("a credential of SNMP has --password-from and --privacy-from alone")
    if any(name.endswith("_from") for name in secrets):
        raise UsageError("the secrets of SNMP are kept themselves; leave --keep-reference out")
    if new.snmp.version is SnmpVersion.V2C and (new.username or "privacy" in secrets or "password" not in secrets):
        raise UsageError("SNMP 2c has a community alone: give it with --password-from REF, without --username")
    if "privacy" in secrets and "password" not in secrets:
        raise UsageError("SNMPv3 encrypts only what is signed: give --password-from REF too")


def _refuse_misfit_login(new: Credential, secrets: Mapping[str, Secret]) -> None:
    if not ({"password", "password_from"} & secrets.keys() or new.key_file or new.agent):
        raise UsageError(f"say how it logs in: --password-from REF, --key-file FILE or --agent; REF is {REFERENCE}")
    if not new.username:
        raise UsageError("say who logs in: --username U")
    if {"privacy", "privacy_from"} & secrets.keys():
        raise UsageError("--privacy-from is for SNMPv3; say --snmp 3 too")
