"""Agents of SNMP: simulated ones on any address of loopback, and net-snmp's where this machine has it."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config, engine
from pysnmp.entity.rfc3413 import cmdrsp, context
from pysnmp.hlapi.v3arch.asyncio import USM_AUTH_HMAC192_SHA256, USM_PRIV_CFB128_AES
from pysnmp.proto.rfc1902 import Integer32, OctetString

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMUNITY = "community-of-the-lab"
USER, SIGNED, ENCRYPTED = "monitor", "signed-in-the-lab", "encrypted-in-the-lab"
MIB_2 = (1, 3, 6, 1, 2, 1)
ENTITY = (*MIB_2, 47, 1, 1, 1, 1)  # entPhysicalEntry, RFC 6933
CLASS, SERIAL = (*ENTITY, 5), (*ENTITY, 11)
SNMPD = shutil.which("snmpd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
KINDS = ("simulated", *(["net-snmp"] if SNMPD else []))


@dataclass(frozen=True, kw_only=True)
class Told:
    """What an agent tells of itself."""

    name: str = "core-9"
    object_id: str = "1.3.6.1.4.1.9.1.1208"
    description: str = "Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version 15.2(7)E4"
    parts: tuple[tuple[int, int, str], ...] = ()  # index, class (3: chassis) and serial number


def dotted(numbers: tuple[int, ...]) -> str:
    return ".".join(map(str, numbers))


def free_port(address: str) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind((address, 0))
        port: int = free.getsockname()[1]
    return port


@contextmanager
def simulated_agent(address: str, told: Told, port: int = 0) -> Iterator[int]:
    """An agent in a thread of its own; yields its port."""
    taken, begun, loop = port or free_port(address), threading.Event(), asyncio.new_event_loop()
    thread = threading.Thread(target=_serve, args=(loop, address, taken, told, begun))
    thread.start()
    assert begun.wait(30)
    try:
        yield taken
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def _serve(loop: asyncio.AbstractEventLoop, address: str, port: int, told: Told, begun: threading.Event) -> None:
    asyncio.set_event_loop(loop)
    agent = _agent(address, port, told)
    loop.call_soon(begun.set)
    loop.run_forever()
    agent.close_dispatcher()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


def _agent(address: str, port: int, told: Told) -> Any:
    agent = engine.SnmpEngine()
    config.add_transport(agent, udp.DOMAIN_NAME, udp.UdpTransport().open_server_mode((address, port)))
    config.add_v1_system(agent, "reader", COMMUNITY)
    config.add_v3_user(agent, USER, USM_AUTH_HMAC192_SHA256, SIGNED, USM_PRIV_CFB128_AES, ENCRYPTED)
    config.add_vacm_user(agent, 2, "reader", "noAuthNoPriv", MIB_2)
    config.add_vacm_user(agent, 3, USER, "authPriv", MIB_2)
    objects = context.SnmpContext(agent)
    builder = objects.get_mib_instrum().get_mib_builder()
    for symbol, value in (("sysDescr", told.description), ("sysObjectID", told.object_id), ("sysName", told.name)):
        (instance,) = builder.import_symbols("__SNMPv2-MIB", symbol)
        instance.syntax = instance.syntax.clone(value)
    _physical(builder, told)
    cmdrsp.GetCommandResponder(agent, objects)
    cmdrsp.BulkCommandResponder(agent, objects)
    return agent


def _physical(builder: Any, told: Told) -> None:
    """The two columns of ENTITY-MIB, with a row for each part."""
    wanted = ("MibTable", "MibTableRow", "MibTableColumn", "MibScalarInstance")
    table, row, column, instance = builder.import_symbols("SNMPv2-SMI", *wanted)
    made = [table(ENTITY[:-1]), row(ENTITY), column(CLASS, Integer32()), column(SERIAL, OctetString())]
    for index, kind, serial in told.parts:
        made += [instance(CLASS, (index,), Integer32(kind)), instance(SERIAL, (index,), OctetString(serial))]
    builder.export_symbols("__ENTITY-MIB", **{f"physical{number}": one for number, one in enumerate(made)})


@contextmanager
def net_snmp(address: str, told: Told, folder: Path) -> Iterator[int]:
    """The snmpd of net-snmp; yields its port."""
    port = free_port(address)
    folder.mkdir()
    (folder / "snmpd.conf").write_text(
        f"agentAddress udp:{address}:{port}\nrocommunity {COMMUNITY}\nrouser {USER} priv\n"
        f"createUser {USER} SHA-256 {SIGNED} AES {ENCRYPTED}\n"
        f"sysName {told.name}\nsysObjectID {told.object_id}\nsysDescr {told.description}\n"
        + "".join(
            f'override {dotted(CLASS)}.{index} integer {kind}\noverride {dotted(SERIAL)}.{index} octet_str "{serial}"\n'
            for index, kind, serial in told.parts
        )
    )
    files = {"-c": folder / "snmpd.conf", "-Lf": folder / "log", "-p": folder / "pid"}
    command = [str(SNMPD), "-f", "-C", *(str(part) for pair in files.items() for part in pair)]
    environment = {"SNMP_PERSISTENT_DIR": str(folder / "kept"), "MIBS": "", "PATH": "/usr/bin:/bin"}
    with subprocess.Popen(command, env=environment) as process, ExitStack() as ending:
        ending.callback(process.terminate)
        until = time.monotonic() + 30
        while not (folder / "pid").exists():
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < until
            time.sleep(0.05)
        yield port


@contextmanager
def running_agent(kind: str, address: str, told: Told, folder: Path) -> Iterator[int]:
    """An agent of a kind that this machine has; yields its port."""
    with simulated_agent(address, told) if kind == "simulated" else net_snmp(address, told, folder) as port:
        yield port
