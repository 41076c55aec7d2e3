from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netraven_cli.device.change_messages import ChangeMessages
from netraven_cli.device.platforms import load_platforms
from netraven_cli.model import Device

PLATFORMS = load_platforms()
SAMPLES = {  # as public documentation and recordings have them: docs/decisions/0121, with other names and addresses
    "cisco_ios": (
        "82: *Mar  1 00:18:48.483: %SYS-5-CONFIG_I: Configured from console by vty2 (192.0.2.9)",
        "%SYS-SW1-5-CONFIG_I: Configured from console by admin on vty0 (192.0.2.9)",
        "%SYS-5-CONFIG_P: Configured programmatically by process SEP_webui_wsma_http from console as admin on vty32",
        "*Jul  6 18:50:35.353: %PARSER-5-CFGLOG_LOGGEDCMD: User:admin  logged command:interface GigabitEthernet0/1",
    ),
    "cisco_nxos": (
        ": 2026 Mar  1 00:18:48 UTC: %VSHD-5-VSHD_SYSLOG_CONFIG_I: Configured from vty by admin on 192.0.2.9@pts/0",
        ": 2026 Mar  1 00:18:48 UTC: %VSHD-5-VSHD_SYSLOG_CONFIG_I: Configured from vty by admin on console0",
    ),
    "cisco_xr": (
        "config[65710]: %MGBL-CONFIG-6-DB_COMMIT : Configuration committed by user 'admin'. Use 'show configuration "
        "commit changes 1000000024' to view the changes.",
        "config_rollback[66088]: %MGBL-CONFIG-6-DB_COMMIT : Configuration committed by user 'admin'.",
    ),
    "cisco_asa": ("%ASA-5-111010: User 'admin', running 'CLI' from IP 192.0.2.9, executed 'logging on'",),
    "arista_eos": (
        "ConfigAgent: %SYS-5-CONFIG_I: Configured from console by admin on vty3 (192.0.2.9)",
        "ConfigAgent: %SYS-5-CONFIG_SESSION_COMMIT_SUCCESS: User admin committed configuration session s1 successfully "
        "on GNMI (192.0.2.9:57388)",
    ),
    "juniper_junos": ("mgd[4163]: UI_COMMIT_COMPLETED:  : commit complete",),
    "fortinet": (
        'date=2026-03-01 time=05:01:53 eventtime=1772341313150014241 tz="-0700" logid="0100044547" type="event" '
        'subtype="system" level="information" vd="root" logdesc="Object attribute configured" user="admin"',
        'date=2026-03-01 time=05:01:53 logid="0100044546" type="event" logdesc="Attribute configured" user="admin"',
    ),
    "paloalto_panos": (
        "1,2026/03/01 00:18:48,0123,CONFIG,0,0,2026/03/01 00:18:48,192.0.2.9,,commit,admin,CLI,Submitted",
    ),
    "hp_comware": (
        "%%10CFGMAN/5/CFGMAN_CFGCHANGED: -EventIndex=12-CommandSource=2-ConfigSource=4-ConfigDestination=2; "
        "Configuration is changed.",
    ),
    "mikrotik_routeros": ("system,info mangle rule changed by admin", "filter rule added by admin"),
    "vyos": ("commit: Successful change to active configuration by user vyos",),
    "ruckus_fastiron": ("running-config was changed by  from ssh client 192.0.2.9",),
}


def device(name: str, platform: str, address: str = "192.0.2.1") -> Device:
    return Device(id=1, name=name, address=address, platform=platform)


def changed(line: str, *devices: Device) -> list[str]:
    return [one.name for one in ChangeMessages(devices, PLATFORMS).changed(line)]


@pytest.mark.parametrize(("platform", "text"), [(name, text) for name, texts in SAMPLES.items() for text in texts])
def test_a_line_of_each_platform_tells_of_a_change_of_its_devices_alone(platform: str, text: str) -> None:
    line = f"<189>Mar  1 00:18:48 192.0.2.1 {text}"
    assert changed(line, device("a", platform), device("b", platform, "192.0.2.2")) == ["a"]
    assert changed(line, device("a", "linux")) == []


def test_every_platform_with_patterns_has_a_sample() -> None:
    rows = {tuple(one.change_messages) for one in PLATFORMS.values() if one.change_messages}
    assert rows == {PLATFORMS[name].change_messages for name in SAMPLES}


@pytest.mark.parametrize(
    "header",
    [
        "<189>Mar  1 00:18:48 EDGE",
        "Mar 11 00:18:48 edge.example.net",
        "<189>Mar  1 2026 00:18:48 edge",
        "2026-03-01T00:18:48.123456+01:00 edge",
        "<189>1 2026-03-01T00:18:48.003Z edge",
    ],
)
def test_a_device_is_known_by_its_name_however_the_line_begins(header: str) -> None:
    assert changed(f"{header} app: %SYS-5-CONFIG_I: Configured", device("edge", "cisco_ios")) == ["edge"]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "edge %SYS-5-CONFIG_I: no time before it",
        "Mar  1 00:18:48 edge %LINK-3-UPDOWN: Interface Gi0/1, changed state to up",
        "Mar  1 00:18:48 other %SYS-5-CONFIG_I: edge is named in the text alone",
    ],
)
def test_other_lines_tell_nothing(line: str) -> None:
    assert changed(line, device("edge", "cisco_ios")) == []


def test_devices_that_share_an_address_are_all_meant() -> None:
    line = "Mar  1 00:18:48 192.0.2.1 %SYS-5-CONFIG_I: Configured"
    assert sorted(changed(line, device("a", "cisco_ios"), device("b", "cisco_ios"))) == ["a", "b"]


@given(st.text(max_size=300))
def test_anything_may_come(line: str) -> None:
    assert changed(f"Mar  1 00:18:48 {line}", device("edge", "cisco_ios")) in ([], ["edge"])
