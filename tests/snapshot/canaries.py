"""Configurations with secrets of every kind in every proven family, each secret a word that stands nowhere else.

They are tests/data/platforms/*/secrets.cfg: `@` is a secret, `~` a private key.
"""

from __future__ import annotations

import functools
import random
import re
import string
from pathlib import Path

import yaml

DATA = Path(__file__).parents[1] / "data" / "platforms"
FAMILIES = {yaml.safe_load(path.read_text())["platform"]: path.parent for path in DATA.glob("*/expected.yml")}
PLATFORMS = sorted(FAMILIES)
CANARY = re.compile(r"Canary[A-Za-z0-9]{14}")
_PRIVATE_KEY = re.compile(r'^~$|(?<=")~(?=")', re.MULTILINE)
_PEM = """\
-----BEGIN ENCRYPTED PRIVATE KEY-----
MIIFHDBOBgkqhkiG9w0BBQ0wQTApBgkqhkiG9w0BBQwwHAQI{0}CAggA
MAwGCCqGSIb3DQIJBQAwFAYIKoZIhvcNAwcECKk{1}
-----END ENCRYPTED PRIVATE KEY-----"""


def canary(source: random.Random) -> str:
    """A new secret."""
    return "Canary" + "".join(source.choices(string.ascii_letters + string.digits, k=14))


def configuration(platform: str, seed: int = 0) -> str:
    """A whole configuration with secrets of every kind."""
    source = random.Random(f"{platform} {seed}")
    new = functools.partial(canary, source)
    text = (FAMILIES[platform] / "secrets.cfg").read_text()
    return re.sub("@", lambda _: new(), _PRIVATE_KEY.sub(lambda _: _PEM.format(new(), new()), text))


def hidden_in(platform: str) -> int:
    """How many words of it are to be hidden."""
    found: int = yaml.safe_load((FAMILIES[platform] / "expected.yml").read_text())["hidden"]
    return found
