"""What devices put into their configuration each time they show it: text and number of the fetch to text."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

FIRST_FETCH = datetime(2026, 3, 1, 2, 0, 0, tzinfo=timezone.utc)


def _time(fetch: int) -> datetime:
    return FIRST_FETCH + timedelta(minutes=fetch, seconds=fetch % 60)


def ios(text: str, fetch: int) -> str:
    stamp = _time(fetch).strftime("%H:%M:%S UTC %a %b %d %Y")
    text = re.sub(
        r"\A!\n", f"!\n! Last configuration change at {stamp} by admin\n! NVRAM config last updated at {stamp}\n", text
    )
    text = re.sub(r"(?m)^(ntp server )", rf"ntp clock-period {17179860 + fetch}\n\1", text, count=1)
    return f"Building configuration...\n\nCurrent configuration : {len(text) + fetch} bytes\n{text}"


def frrouting(text: str, _fetch: int) -> str:
    return f"Building configuration...\n\nCurrent configuration:\n{text}"


def nxos(text: str, fetch: int) -> str:
    stamp = _time(fetch).strftime("%a %b %d %H:%M:%S %Y")
    first, _, rest = text.partition("\n")
    return f"\n{first}\n!Running configuration last done at: {stamp}\n!Time: {stamp}\n{rest}"


def xr(text: str, fetch: int) -> str:
    stamp = _time(fetch)
    first, _, rest = text.partition("\n")
    changed = f"!! Last configuration change at {stamp:%a %b %d %H:%M:%S %Y} by admin"
    return f"{stamp:%a %b %d %H:%M:%S}.{fetch % 1000:03} UTC\nBuilding configuration...\n{first}\n{changed}\n{rest}"


def asa(text: str, fetch: int) -> str:
    text = re.sub(r"(?m)^: end$", f"Cryptochecksum:{fetch:032x}\n: end", text)
    return f": Saved\n\n{text}"


def junos(text: str, fetch: int) -> str:
    return f"## Last commit: {_time(fetch):%Y-%m-%d %H:%M:%S} UTC by admin\n{text}"


def mikrotik(text: str, fetch: int) -> str:
    return f"# {_time(fetch):%Y-%m-%d %H:%M:%S} by RouterOS 7.11.2\n{text}"


def huawei(text: str, fetch: int) -> str:
    stamp = f"{_time(fetch):%Y-%m-%d %H:%M:%S}+00:00 by admin"
    first, _, rest = text.partition("\n")
    return f"{first}\n!Last configuration was updated at {stamp}\n!Last configuration was saved at {stamp}\n{rest}"


def fortinet(text: str, fetch: int) -> str:
    first, _, rest = text.partition("\n")
    secret = f"        set password ENC SH2{fetch:040x}=\n"
    key = f'"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII{fetch:061x}\n-----END ENCRYPTED PRIVATE KEY-----"'
    rest = rest.replace('    edit "admin"\n', f'    edit "admin"\n{secret}', 1)
    rest = rest.replace('    edit "web"\n', f'    edit "web"\n        set private-key {key}\n', 1)
    return f"{first}\n#conf_file_ver={190000000 + fetch}\n{rest}"


def os10(text: str, fetch: int) -> str:
    return re.sub(r"(?m)^!\n", f"! Last configuration change at {_time(fetch):%b %d %H:%M:%S %Y}\n!\n", text, count=1)


def os9(text: str, fetch: int) -> str:
    first, _, rest = text.partition("\n")
    changed = f"! Last configuration change at {_time(fetch):%a %b %d %H:%M:%S %Y} by admin"
    return f"Current Configuration ...\n{first}\n{changed}\n{rest}"


def with_title(text: str, _fetch: int) -> str:
    return f"Current configuration:\n{text}"


def exos(text: str, fetch: int) -> str:
    first, _, rest = text.partition("\n")
    return f"{first}\n# X440G2 Configuration generated {_time(fetch):%a %b %d %H:%M:%S %Y}\n{rest}"


def sros(text: str, fetch: int) -> str:
    first, _, rest = text.partition("\n")
    stamp = _time(fetch).strftime("%a %b %d %H:%M:%S %Y UTC").upper()
    return f"{first}\n# Generated {stamp}\n{rest}\n# Finished {stamp}\n"


def gaia(text: str, fetch: int) -> str:
    return text.replace("#\n\n", f"# Exported by admin on {_time(fetch):%a %b %d %H:%M:%S %Y}\n#\n\n", 1)
