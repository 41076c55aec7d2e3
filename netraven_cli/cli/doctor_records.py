"""The checks of `netraven doctor` that look into the database, one function each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netraven_cli.errors import NetravenError
from netraven_cli.model import Finding, Health

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from netraven_cli.settings.keys import Settings
    from netraven_cli.store.database import Database

SHOWN = 5  # names in one sentence


def record_checks(settings: Settings, database: Database) -> Iterator[Finding]:
    """What the database has."""
    from netraven_cli.app import now
    from netraven_cli.handlers.health import record_findings

    database.check_schema()
    with database.read() as connection:
        yield _database(connection)
        yield _guarded("credentials", lambda: _credentials(settings, connection))
        yield _guarded("platforms", lambda: _platforms(settings, connection))
        yield _logins(connection)
        yield _telnet(connection)
        yield from record_findings(settings, connection, now())
        yield _guarded("timers", lambda: _timers(settings, connection))


def _guarded(check: str, look: Callable[[], Finding]) -> Finding:
    """A check that cannot be made is a finding too, and the ones after it are made all the same."""
    try:
        return look()
    except NetravenError as error:
        return Finding(check, Health.FAIL, str(error), "see the sentence before")


def _database(connection: Connection) -> Finding:
    from netraven_cli.store.integrity import problems

    found = problems(connection)
    if found:
        return Finding("database", Health.FAIL, "; ".join(found[:SHOWN]), "netraven database check says the way back")
    return Finding("database", Health.OK, f"{connection.dialect.name}: schema and content are sound")


def _credentials(settings: Settings, connection: Connection) -> Finding:
    from netraven_cli.store.keyring import sealed_otherwise
    from netraven_cli.store.text_key import is_sealed_otherwise
    from netraven_cli.store.vault import Vault

    sealed = sealed_otherwise(connection, Vault(settings.vault_key_file))
    if is_sealed_otherwise(connection, Vault(settings.vault_key_file)):
        sealed.append("redacted and sealed configurations")
    if sealed:
        detail = f"no key opens the secrets of {_some(sealed)}"
        return Finding("credentials", Health.FAIL, detail, f"put the right {settings.vault_key_file} back")
    return Finding("credentials", Health.OK, "all secrets can be opened")


def _platforms(settings: Settings, connection: Connection) -> Finding:
    from netraven_cli.device.platforms import load_platforms
    from netraven_cli.model import Selector
    from netraven_cli.store.inventory import find

    known = load_platforms(settings.platforms_file)
    unknown = sorted({one.platform for one in find(connection, Selector()) if one.platform not in known})
    if unknown:
        detail = f"there are devices of {_some(unknown)}, but no commands for it"
        return Finding(
            "platforms", Health.FAIL, detail, "netraven device edit DEVICE --platform P, or a platforms_file"
        )
    return Finding("platforms", Health.OK, f"commands for {len(known)} platforms")


def _logins(connection: Connection) -> Finding:
    from netraven_cli.model import Selector
    from netraven_cli.store.credentials import fitting, list_credentials
    from netraven_cli.store.inventory import find

    known = list_credentials(connection)
    without = [one.name for one in find(connection, Selector()) if not fitting(known, one)]
    if without:
        detail = f"no credential fits {_some(without)}"
        return Finding(
            "logins", Health.WARN, detail, "netraven credential add NAME --username U --password-from prompt"
        )
    return Finding("logins", Health.OK, "every enabled device has a credential")


def _telnet(connection: Connection) -> Finding:
    from netraven_cli.cli.device_telnet import CLEAR_TEXT, WAY_OUT, by_telnet
    from netraven_cli.model import Selector
    from netraven_cli.store.inventory import find

    if names := by_telnet(find(connection, Selector())):
        return Finding("telnet", Health.WARN, f"with {names}, {CLEAR_TEXT}", WAY_OUT)
    return Finding("telnet", Health.OK, "no enabled device is reached by it")


def _timers(settings: Settings, connection: Connection) -> Finding:
    """Whether something wakes us, and what is installed is what it should be."""
    from netraven_cli.app import now
    from netraven_cli.schedule.installed import look
    from netraven_cli.settings import system_timezone
    from netraven_cli.store.schedules import list_all

    found = list_all(connection)
    installed = look(settings, found, now(), system_timezone())
    wrong = next((one for one in installed if one.drift), None)
    if wrong:
        detail = f"{wrong.target}: {_some(list(wrong.wake().drift))}"
        return Finding("timers", Health.WARN, detail, f"netraven schedule sync --target {wrong.target}")
    if installed:
        return Finding("timers", Health.OK, f"{', '.join(one.target for one in installed)}: as it should be")
    if any(one.enabled for one in found):
        return Finding("timers", Health.WARN, "there are schedules, but nothing wakes them", "netraven schedule sync")
    return Finding("timers", Health.OK, "none are installed, and there are no schedules")


def _some(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
