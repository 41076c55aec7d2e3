from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from netraven_cli.device.pace import CATCH_UP_SECONDS
from netraven_cli.device.platforms import known_platforms
from netraven_cli.device.snmp import agents, check_there, meet
from netraven_cli.device.snmp_platforms import MAKERS, platform_of
from netraven_cli.device.snmp_way import SENT
from netraven_cli.errors import AttemptError, ErrorClass
from netraven_cli.model import Login, Secret
from netraven_cli.model.discovery import Facts
from netraven_cli.model.snmp import Snmp, SnmpVersion
from tests.snmp_agent import COMMUNITY, ENCRYPTED, KINDS, SIGNED, USER, Told, free_port, running_agent, simulated_agent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TOLD = Told()


def by_community(text: str = COMMUNITY, name: str = "ro") -> Login:
    return Login(credential=name, username="", password=Secret(text), snmp=Snmp(version=SnmpVersion.V2C))


def by_user(user: str = USER, password: str = SIGNED, privacy: str = ENCRYPTED, name: str = "v3") -> Login:
    return Login(
        credential=name, username=user, password=Secret(password), privacy=Secret(privacy),
        snmp=Snmp(version=SnmpVersion.V3),
    )  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("login", [by_community(), by_user()], ids=["2c", "3"])
def test_an_agent_tells_its_name_and_platform_in_both_versions(kind: str, login: Login, tmp_path: Path) -> None:
    with running_agent(kind, "127.31.0.1", TOLD, tmp_path / "agent") as port:
        (agent,) = agents(["127.31.0.1"], port, [login], 1000).values()
    assert (agent.object_id, agent.description) == (TOLD.object_id, TOLD.description)
    assert (agent.platform, agent.credential) == ("cisco_ios", login.credential)
    assert agent.facts == Facts(hostname="core-9", vendor="Cisco")


@pytest.mark.parametrize("kind", KINDS)
def test_credentials_are_tried_in_their_order_and_a_refusal_is_told_without_the_secret(
    kind: str, tmp_path: Path
) -> None:
    with running_agent(kind, "127.31.0.2", TOLD, tmp_path / "agent") as port:
        wrong = [by_community("not-this-one", "first"), by_user(password="not-the-password")]
        (agent,) = agents(["127.31.0.2"], port, [*wrong, by_community()], 1000).values()
        (refused,) = agents(["127.31.0.2"], port, [by_user("nobody")], 1000).values()
        nothing = agents(["127.31.0.2"], port, wrong[:1], 1000)
    assert (agent.credential, agent.refused) == ("ro", None)
    assert refused.credential is None
    assert (refused.refused or "").startswith("its SNMP agent did not take the credential v3: ")
    assert SIGNED not in str(refused)
    assert nothing == {}


STACK = ((1, 11, ""), (1000, 9, "not-the-chassis"), (1001, 3, "0"), (2001, 3, "FOC1234X0AB"), (2002, 6, "AZS1"))
MANY = tuple((index, 10, f"port-{index}") for index in range(1, 100))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("login", "parts", "serial"),
    [
        (by_community(), ((1, 3, "FOC1234X0AB"),), "FOC1234X0AB"),
        (by_user(), STACK, "FOC1234X0AB"),
        (by_user(), (*MANY, (149, 3, "SSI1")), "SSI1"),
        (by_community(), ((1, 9, "a-module"),), None),
        (by_community(), ((1, 3, "N/A"),), None),
        (by_user(), (), None),
    ],
    ids=["one", "a stack", "after its ports", "no chassis", "no number", "no table"],
)
def test_an_agent_tells_the_serial_number_of_the_chassis(
    kind: str, login: Login, parts: tuple[tuple[int, int, str], ...], serial: str | None, tmp_path: Path
) -> None:
    with running_agent(kind, "127.31.0.3", Told(parts=parts), tmp_path / "agent") as port:
        (agent,) = agents(["127.31.0.3"], port, [login], 1000).values()
    assert (agent.serial, agent.facts.serial, agent.name) == (serial, serial, TOLD.name)


def test_a_chassis_is_looked_for_in_so_many_parts_and_no_more() -> None:
    behind = (*((index, 10, "") for index in range(1, 400)), (400, 3, "FOC1234X0AB"))
    with simulated_agent("127.31.0.4", Told(parts=behind)) as port:
        (agent,) = agents(["127.31.0.4"], port, [by_community()], 1000).values()
    assert (agent.serial, agent.name) == (None, TOLD.name)


def test_what_is_asked_further_keeps_to_the_pace_too() -> None:
    """However slow this machine is, it can only be slower than that."""
    with simulated_agent("127.31.0.5", Told(parts=((1, 3, "FOC1234X0AB"),))) as port:
        began = time.monotonic()
        (agent,) = agents(["127.31.0.5"], port, [by_community()], 20).values()
    assert agent.serial == "FOC1234X0AB"
    assert time.monotonic() - began >= 2 * SENT / 20 - CATCH_UP_SECONDS


@pytest.mark.parametrize("right", [0, 1], ids=["the first", "the second"])
def test_two_users_of_one_name_are_not_taken_for_each_other(right: int) -> None:
    """On many addresses at once: an engine that knew both would sign for one with the keys of the other."""
    logins = [by_user(password=f"another-one-{number}", name=f"user-{number}") for number in range(2)]
    logins[right] = by_user(name=f"user-{right}")
    port, addresses = free_port("127.31.2.1"), [f"127.31.2.{number}" for number in range(1, 6)]
    with ExitStack() as there:
        for address in addresses:
            there.enter_context(simulated_agent(address, TOLD, port))
        found = agents(addresses, port, logins, 2000)
        refused = agents(addresses[:1], port, [logins[1 - right]], 1000)
    assert {address: agent.credential for address, agent in found.items()} == dict.fromkeys(addresses, f"user-{right}")
    assert [agent.credential for agent in refused.values()] == [None]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_wrong_with_a_credential_is_told(kind: str, tmp_path: Path) -> None:
    wrong = {
        "an SNMP agent is at 127.31.0.7 port {port} and does not answer the credential ro: the community is": (
            by_community("another-one")
        ),
        "it knows no user nobody of SNMPv3": by_user("nobody"),
        "it knows the user monitor, and not the password, or it does not sign with sha256": by_user(password=ENCRYPTED),
        "the privacy password": by_user(privacy=SIGNED),
    }
    with running_agent(kind, "127.31.0.7", TOLD, tmp_path / "agent") as port:
        for sentence, login in wrong.items():
            with pytest.raises(AttemptError) as failed:
                meet("127.31.0.7", port, login)
            assert sentence.format(port=port) in str(failed.value)
            assert failed.value.error_class is ErrorClass.AUTHENTICATION
            assert not [secret for secret in ("another-one", SIGNED, ENCRYPTED) if secret in str(failed.value)]


def test_where_no_agent_answers_all_that_may_be_the_reason_is_told() -> None:
    with pytest.raises(AttemptError, match=r"within 2 seconds: there is no agent, .* the community") as failed:
        meet("127.31.0.8", free_port("127.31.0.8"), by_community())
    assert failed.value.error_class is ErrorClass.NETWORK


def test_of_many_addresses_exactly_those_with_an_agent_are_found() -> None:
    port = free_port("127.31.1.1")
    there = {f"127.31.1.{number}": Told(name=f"sw-{number}") for number in (7, 99, 200)}
    with (
        simulated_agent("127.31.1.7", there["127.31.1.7"], port),
        simulated_agent("127.31.1.99", there["127.31.1.99"], port),
        simulated_agent("127.31.1.200", there["127.31.1.200"], port),
    ):
        found = agents([f"127.31.1.{number}" for number in range(1, 255)], port, [by_community()], 2000)
    assert {address: agent.name for address, agent in found.items()} == {at: one.name for at, one in there.items()}


def test_it_is_ended_from_outside_at_once() -> None:
    begun, closes, failed = threading.Event(), list["Callable[[], None]"](), list[AttemptError]()

    def hand_over(close: Callable[[], None]) -> None:
        closes.append(close)
        begun.set()

    def slowly() -> None:
        try:
            agents([f"127.31.4.{number}" for number in range(1, 255)], 1, [by_community()], 1, hand_over)
        except AttemptError as error:
            failed.append(error)

    thread = threading.Thread(target=slowly)
    thread.start()
    assert begun.wait(30)
    closes[0]()
    thread.join(30)
    assert [error.error_class for error in failed] == [ErrorClass.CANCELLED]


def test_without_the_library_a_sentence_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pysnmp", None)  # to the machinery of imports, it is not there then
    with pytest.raises(AttemptError, match=r"pip install 'netraven\[snmp\]'") as failed:
        check_there()
    assert failed.value.error_class is ErrorClass.SETTINGS


@pytest.mark.parametrize(
    ("object_id", "description", "platform"),
    [
        ("1.3.6.1.4.1.9.1.1208", "Cisco IOS Software, C2960X Software, Version 15.2(7)E4", "cisco_ios"),
        (
            "1.3.6.1.4.1.9.1.2494",
            "Cisco IOS Software [Gibraltar], Catalyst L3 Switch (CAT9K_IOSXE)",
            "cisco_xe",
        ),
        ("1.3.6.1.4.1.9.12.3.1.3.1467", "Cisco NX-OS(tm) n9000, Software (n9000-dk9), Version 7.0(3)I7", "cisco_nxos"),
        ("1.3.6.1.4.1.9.1.1709", "Cisco IOS XR Software (Cisco ASR9K Series),  Version 6.1.4", "cisco_xr"),
        ("1.3.6.1.4.1.9.1.1902", "Cisco Adaptive Security Appliance Version 9.12(4)", "cisco_asa"),
        ("1.3.6.1.4.1.30065.1.3011.7048", "Arista Networks EOS version 4.21.1F", "arista_eos"),
        ("1.3.6.1.4.1.2636.1.1.1.2.57", "Juniper Networks, Inc. mx240 internet router, kernel JUNOS", "juniper_junos"),
        ("1.3.6.1.4.1.12356.101.1.1", "", "fortinet"),
        ("1.3.6.1.4.1.25461.2.3.18", "Palo Alto Networks PA-500 series firewall", "paloalto_panos"),
        ("1.3.6.1.4.1.2011.2.23.339", "S5700 Huawei Versatile Routing Platform", "huawei"),
        ("1.3.6.1.4.1.25506.11.1.181", "HPE Comware Platform Software, Version 7.1.070", "hp_comware"),
        ("1.3.6.1.4.1.11.2.3.7.11.160", "HP J9773A 2530-24G-PoEP Switch, revision YA.16.10.0012", "hp_procurve"),
        ("1.3.6.1.4.1.47196.4.1.1.1.50", "Aruba JL661A", "aruba_aoscx"),
        ("1.3.6.1.4.1.14988.1", "RouterOS CCR1036-8G-2S+", "mikrotik_routeros"),
        ("1.3.6.1.4.1.8072.3.2.10", "Linux host-1 6.1.0-18-amd64 #1 SMP x86_64", "linux"),
        ("1.3.6.1.4.1.8072.3.2.10", "VyOS 1.3.2", "vyos"),
        ("1.3.6.1.4.1.11.2.3.9.1", "HP ETHERNET MULTI-ENVIRONMENT,ROM none,JETDIRECT", None),
        ("1.3.6.1.4.1.9", "", None),
        ("1.3.6.1.4.1", "", None),
        ("2.16.840", "Cisco IOS Software", None),
        ("", "", None),
    ],
)
def test_the_platform_is_told_by_the_makers_number_and_words(
    object_id: str, description: str, platform: str | None
) -> None:
    assert platform_of(object_id, description) == platform


def test_every_platform_that_snmp_tells_has_commands() -> None:
    told = {platform for maker in MAKERS.values() for _words, platform in maker.platforms}
    assert told <= set(known_platforms(None))


def test_the_library_is_not_imported_before_it_is_used() -> None:
    script = "import sys, netraven_cli.handlers.discovery; sys.exit('pysnmp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
