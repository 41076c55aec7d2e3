"""The serial number of a chassis by SNMP: entPhysicalClass and entPhysicalSerialNum of ENTITY-MIB (RFC 6933, 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netraven_cli.device.facts import real_serial
from netraven_cli.device.snmp_way import SENT, TABLE_SECONDS

if TYPE_CHECKING:
    from netraven_cli.device.pace import Pace
    from netraven_cli.device.snmp_way import Way

CLASS, SERIAL = "1.3.6.1.2.1.47.1.1.1.1.5", "1.3.6.1.2.1.47.1.1.1.1.11"
CHASSIS = "3"  # PhysicalClass of IANA-ENTITY-MIB
ROWS = 40  # components in one answer: within the 1,500 bytes that no network has to cut
QUESTIONS = 4  # for their classes: a chassis comes before what is in it
MOST_CHASSIS = 8  # of a stack


async def serial_of(way: Way, address: str, port: int, pace: Pace) -> str | None:
    """The serial number of the first chassis that has one; None if the agent tells none."""
    chassis = await _chassis(way, address, port, pace)
    if not chassis:
        return None
    await pace.turn(SENT)
    answer = await way.get(address, port, [f"{SERIAL}.{index}" for index in chassis], TABLE_SECONDS)
    return next((serial for _object, said in answer.values if said and (serial := real_serial(said))), None)


async def _chassis(way: Way, address: str, port: int, pace: Pace) -> list[str]:
    """Where in its table the chassis are."""
    last = CLASS
    for _question in range(QUESTIONS):
        await pace.turn(SENT)
        answer = await way.after(address, port, last, ROWS)
        rows = [(one, said) for one, said in answer.values if one.startswith(f"{CLASS}.") and said]
        found = [one.removeprefix(f"{CLASS}.") for one, said in rows if said == CHASSIS]
        if found or not rows or len(rows) < len(answer.values):
            return found[:MOST_CHASSIS]
        last = rows[-1][0]
    return []
