"""How a credential is used by SNMP."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

PUBLIC_COMMUNITIES = ("public", "private")  # what everybody has: words, and no secrets


class SnmpVersion(str, Enum):
    """A version of SNMP; the first one is for nobody any more."""

    V2C = "2c"  # RFC 1901: a community, in clear text
    V3 = "3"  # RFC 3414: a user with passwords


class Authentication(str, Enum):
    """How messages of a user are signed: RFC 3414 and RFC 7860."""

    MD5 = "md5"
    SHA = "sha"
    SHA224 = "sha224"
    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA512 = "sha512"


class Privacy(str, Enum):
    """How messages of a user are encrypted: RFC 3414, RFC 3826, and AES with longer keys as Cisco does it."""

    DES = "des"
    AES128 = "aes128"
    AES192 = "aes192"
    AES256 = "aes256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snmp:
    """What makes a credential one of SNMP; its password is the community, or that of the authentication."""

    version: SnmpVersion
    authentication: Authentication = Authentication.SHA256
    privacy: Privacy = Privacy.AES128
