"""The secrets of credentials on the command line: given by reference, and never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netraven_cli.errors import NetravenError

if TYPE_CHECKING:
    from netraven_cli.model import Secret
    from netraven_cli.plugin import Context
    from netraven_cli.store.keyring import Keyring


def sources(context: Context, ring: Keyring, name: str) -> dict[str, str | None]:
    """Where the secrets of a credential are read; nothing is said of it without the key of the vault."""
    from netraven_cli.device.secret import shown_reference
    from netraven_cli.store.vault import Vault

    try:
        logins = ring.readable_logins(Vault(context.settings.vault_key_file))
    except NetravenError:
        return {}
    kept = {
        f"{what}_from": reference
        for one in logins if one.credential == name
        for what, reference in (("password", one.password_from), ("enable", one.enable_from))
    }  # fmt: skip
    return {what: shown_reference(reference.text) if reference else None for what, reference in kept.items()}


def secrets_given(
    password_from: str | None, enable_from: str | None, privacy_from: str | None, *, keep: bool
) -> dict[str, Secret]:
    """What is to be sealed: secrets, or the references to them."""
    from netraven_cli.device.secret import kept_reference, read_secret

    if keep:
        given_references = {"password_from": password_from, "enable_from": enable_from, "privacy_from": privacy_from}
        return {name: kept_reference(reference) for name, reference in given_references.items() if reference}
    given = {
        "password": (password_from, "password"),
        "enable": (enable_from, "enable password"),
        "privacy": (privacy_from, "privacy password"),
    }
    return {name: read_secret(reference, what) for name, (reference, what) in given.items() if reference}
