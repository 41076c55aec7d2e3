"""Asks addresses by SNMP who they are: sysDescr, sysObjectID and sysName (RFC 3418), with pysnmp (`netraven[snmp]`).

Version 2c sends its community in clear text to whatever is at an address; of version 3 nothing secret is sent.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from netraven_cli.device.pace import abortable, paced
from netraven_cli.device.snmp_platforms import maker_of, platform_of
from netraven_cli.errors import AttemptError, ErrorClass
from netraven_cli.model.discovery import Facts
from netraven_cli.model.snmp import SnmpVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from netraven_cli.model import Login

ANSWER_SECONDS = 1.0
SENT = 2  # how often a question is sent: a packet may be lost
AT_ONCE = 256  # addresses
PER_ENGINE = 1024  # addresses: an engine of pysnmp keeps something of each it was told of
OBJECTS = ("1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.1.5.0")
LONGEST = 500  # characters of a description


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """What an agent said; one that refused every credential has a reason, and no more."""

    description: str = ""
    object_id: str = ""
    name: str = ""
    credential: str | None = None
    refused: str | None = None

    @property
    def platform(self) -> str | None:
        """The platform that it tells; None if it tells none that is known."""
        return platform_of(self.object_id, self.description)

    @property
    def facts(self) -> Facts:
        """What it says of the device."""
        maker = maker_of(self.object_id)
        return Facts(hostname=self.name or None, vendor=maker.vendor if maker else None)


def check_there() -> None:
    """See whether the library is there.

    Raises:
        AttemptError: it is not.
    """
    if find_spec("pysnmp") is None:
        advice = "install it with: pip install 'netraven[snmp]'"
        raise AttemptError(ErrorClass.SETTINGS, f"SNMP is wanted, and pysnmp is not there; {advice}")


def agents(
    addresses: Sequence[str],
    port: int,
    logins: Sequence[Login],
    rate: int,
    on_abort: Callable[[Callable[[], None]], None] = lambda _close: None,
) -> dict[str, Agent]:
    """What answered, by address; at most `rate` packets are sent in a second, and each login is tried in its order.

    Raises:
        AttemptError: it was ended from outside, or this machine cannot do it.
    """
    found: dict[str, Agent] = {}
    try:
        asyncio.run(_ask_all(found, addresses, port, logins, rate, on_abort))
    except asyncio.CancelledError:
        raise AttemptError(ErrorClass.CANCELLED, "SNMP was ended by NetRaven itself") from None
    return found


async def _ask_all(
    found: dict[str, Agent],
    addresses: Sequence[str],
    port: int,
    logins: Sequence[Login],
    rate: int,
    on_abort: Callable[[Callable[[], None]], None],
) -> None:
    from pysnmp.hlapi.v3arch.asyncio import SnmpEngine  # noqa: PLC0415 - an extra, and 50 ms

    abortable(on_abort)
    for first in range(0, len(addresses), PER_ENGINE):
        engine = SnmpEngine()
        ways = [(login.credential, _way(login)) for login in logins]

        async def ask(address: str, engine: Any = engine, ways: Sequence[tuple[str, Any]] = ways) -> None:
            agent = await _ask(engine, ways, address, port)
            if agent:
                found[address] = agent

        try:
            pace = rate / (SENT * len(logins))
            fault = await paced(ask, addresses[first : first + PER_ENGINE], pace, AT_ONCE)
        finally:
            engine.close_dispatcher()
        if fault:
            raise AttemptError(ErrorClass.RESOURCE, f"SNMP could not go on here: {type(fault).__name__}") from None


async def _ask(engine: Any, ways: Sequence[tuple[str, Any]], address: str, port: int) -> Agent | None:
    from pysnmp.hlapi.v3arch.asyncio import ContextData, ObjectIdentity, ObjectType, get_cmd  # noqa: PLC0415 - as above
    from pysnmp.proto.errind import RequestTimedOut  # noqa: PLC0415 - the same

    refused = None
    for credential, way in ways:
        objects = [ObjectType(ObjectIdentity(one)) for one in OBJECTS]
        target = await _target(address, port)
        complaint, status, _index, values = await get_cmd(engine, way, target, ContextData(), *objects)
        if complaint is None and not status:
            description, object_id, name = (_text(value) for _object, value in values)
            return Agent(description=description, object_id=object_id, name=name, credential=credential)
        if not isinstance(complaint, RequestTimedOut):
            refused = f"its SNMP agent did not take the credential {credential}: {complaint or status.prettyPrint()}"
    return Agent(refused=refused) if refused else None


async def _target(address: str, port: int) -> Any:
    from pysnmp.hlapi.v3arch.asyncio import Udp6TransportTarget, UdpTransportTarget  # noqa: PLC0415 - as above

    kind = Udp6TransportTarget if ":" in address else UdpTransportTarget
    return await kind.create((address, port), timeout=ANSWER_SECONDS, retries=SENT - 1)


def _way(login: Login) -> Any:
    """How pysnmp is told of a credential."""
    from pysnmp.hlapi.v3arch import asyncio as pysnmp  # noqa: PLC0415 - as above

    if login.snmp is None or login.snmp.version is SnmpVersion.V2C:
        return pysnmp.CommunityData(login.password.reveal() if login.password else "")
    signed = {
        "md5": pysnmp.USM_AUTH_HMAC96_MD5, "sha": pysnmp.USM_AUTH_HMAC96_SHA, "sha224": pysnmp.USM_AUTH_HMAC128_SHA224,
        "sha256": pysnmp.USM_AUTH_HMAC192_SHA256, "sha384": pysnmp.USM_AUTH_HMAC256_SHA384,
        "sha512": pysnmp.USM_AUTH_HMAC384_SHA512,
    }  # fmt: skip
    encrypted = {
        "des": pysnmp.USM_PRIV_CBC56_DES, "aes128": pysnmp.USM_PRIV_CFB128_AES,
        "aes192": pysnmp.USM_PRIV_CFB192_AES,
        "aes256": pysnmp.USM_PRIV_CFB256_AES,
    }  # fmt: skip
    return pysnmp.UsmUserData(
        login.username,
        authKey=login.password.reveal() if login.password else None,
        privKey=login.privacy.reveal() if login.privacy else None,
        authProtocol=signed[login.snmp.authentication.value] if login.password else pysnmp.USM_AUTH_NONE,
        privProtocol=encrypted[login.snmp.privacy.value] if login.privacy else pysnmp.USM_PRIV_NONE,
    )


def _text(value: Any) -> str:
    """The text of a value, without signs that are not to be shown; nothing for an object that is not there."""
    said = bytes(value).decode(errors="replace") if hasattr(value, "asOctets") else str(value)
    return "".join(sign if sign.isprintable() else " " for sign in said)[:LONGEST].strip()
