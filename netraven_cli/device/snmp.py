"""Asks addresses by SNMP who they are: sysDescr, sysObjectID, sysName (RFC 3418), and the serial number of the chassis.

Version 2c sends its community in clear text to whatever is at an address; of version 3 nothing secret is sent.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from netraven_cli.device.pace import Pace, abortable, paced
from netraven_cli.device.snmp_chassis import serial_of
from netraven_cli.device.snmp_platforms import maker_of, platform_of
from netraven_cli.device.snmp_way import ANSWER_SECONDS, SENT, is_agent, ways_of
from netraven_cli.errors import AttemptError, ErrorClass
from netraven_cli.model.discovery import Facts
from netraven_cli.model.snmp import SnmpVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from netraven_cli.device.snmp_way import Way
    from netraven_cli.model import Login

PORT = 161
ONE_RATE = 100  # packets a second, to one address
AT_ONCE = 256  # addresses
PER_ENGINE = 1024  # addresses: an engine of pysnmp keeps something of each it was told of
OBJECTS = ("1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.1.5.0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """What an agent said; one that refused every credential has a reason, and no more."""

    description: str = ""
    object_id: str = ""
    name: str = ""
    serial: str | None = None
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
        return Facts(hostname=self.name or None, vendor=maker.vendor if maker else None, serial=self.serial)


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


def meet(address: str, port: int, login: Login) -> Agent:
    """What the agent at one address says to one credential.

    Raises:
        AttemptError: it does not take the credential, nothing answers there, or pysnmp is missing.
    """
    check_there()
    return asyncio.run(_meet(address, port, login))


async def _ask_all(
    found: dict[str, Agent],
    addresses: Sequence[str],
    port: int,
    logins: Sequence[Login],
    rate: int,
    on_abort: Callable[[Callable[[], None]], None],
) -> None:
    abortable(on_abort)
    pace = Pace(rate)
    for first in range(0, len(addresses), PER_ENGINE):
        with ways_of(logins) as ways:

            async def ask(address: str, ways: Sequence[Way] = ways) -> None:
                agent = await _ask(ways, address, port, pace)
                if agent:
                    found[address] = agent

            fault = await paced(ask, addresses[first : first + PER_ENGINE], pace, AT_ONCE, SENT * len(logins))
        if fault:
            raise AttemptError(ErrorClass.RESOURCE, f"SNMP could not go on here: {type(fault).__name__}") from None


async def _ask(ways: Sequence[Way], address: str, port: int, pace: Pace) -> Agent | None:
    """What the first credential brought that was not refused; None if nothing came back."""
    refused = None
    for way in ways:
        answer = await way.get(address, port, OBJECTS)
        if answer.values:
            description, object_id, name = (value for _object, value in answer.values)
            serial = await serial_of(way, address, port, pace)
            return Agent(
                description=description, object_id=object_id, name=name, serial=serial, credential=way.login.credential
            )
        if answer.refused:
            refused = f"its SNMP agent did not take the credential {way.login.credential}: {answer.refused}"
    return Agent(refused=refused) if refused else None


async def _meet(address: str, port: int, login: Login) -> Agent:
    with ways_of([login]) as ways:
        agent = await _ask(ways, address, port, Pace(ONE_RATE))
    if agent is None:
        raise await _silence(address, port, login)
    if agent.refused:
        raise AttemptError(ErrorClass.AUTHENTICATION, agent.refused)
    return agent


async def _silence(address: str, port: int, login: Login) -> AttemptError:
    """Why nothing came back: an agent says nothing to a wrong community, nor where it cannot decipher."""
    where, wrong = f"{address} port {port}", _what_may_be_wrong(login)
    if await is_agent(address, port):
        return AttemptError(
            ErrorClass.AUTHENTICATION,
            f"an SNMP agent is at {where} and does not answer the credential {login.credential}: {wrong}",
        )
    return AttemptError(
        ErrorClass.NETWORK,
        f"nothing of SNMP came from {where} within {ANSWER_SECONDS * SENT:g} seconds: there is no agent, or it does not"
        f" answer this host, or {wrong}",
    )


def _what_may_be_wrong(login: Login) -> str:
    if login.snmp is None or login.snmp.version is SnmpVersion.V2C:
        return "the community is another one"
    return f"the privacy password is another one, or it does not encrypt with {login.snmp.privacy.value}"
