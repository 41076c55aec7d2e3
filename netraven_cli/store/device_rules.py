"""What a device, a tag and a credential may be called: refused here, nothing has to be escaped elsewhere."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from netraven_cli.errors import DataError

if TYPE_CHECKING:
    from netraven_cli.model import NewDevice, Options

LONGEST_NAME = 255
LONGEST_PLATFORM = 64
LONGEST_DETAIL = 10_000
DETAILS = ("description", "serial_number", "model", "source", "notes")
HOST_NAME = re.compile(r"\w(?:[\w.-]{0,251}\w)?\.?")  # RFC 1123, and underscores and letters of all scripts in use
INTERFACE = re.compile(r"[\w.-]{1,15}")  # of a link-local IPv6 address; IFNAMSIZ of Linux is 16
TAG = re.compile(r"[^\s,;|!][^\s,;|]*")  # the characters that separate tags in files cannot be in one


def check_device(new: NewDevice) -> None:
    """Refuse a device that cannot be in the inventory.

    Raises:
        DataError: what is wrong with which field.
    """
    check_name(new.name, "the name of a device")
    check_name(new.zone, "a zone")
    check_name(new.platform, "a platform", LONGEST_PLATFORM)
    check_address(new.address)
    if not 1 <= new.port <= 65535:
        raise DataError(f"the port must be from 1 to 65535, not {new.port}")
    for tag in new.tags:
        check_tag(tag)
    for name, text in new.details.items():
        _check_detail(name, text)
    _check_options(new.options)


def check_name(name: str, what: str, longest: int = LONGEST_NAME) -> None:
    """Refuse a name that a person could not see, tell apart or type."""
    if not name:
        raise DataError(f"{what} is missing")
    if len(name) > longest:
        raise DataError(f"{what} may have {longest} characters, this one has {len(name)}: {name[:40]!a}…")
    if not name.isprintable():
        raise DataError(f"{what} must be printable, without control characters: {name!a}")
    if name != name.strip():
        raise DataError(f"{what} must not begin or end with a blank: {name!r}")


def check_tag(tag: str) -> None:
    """Refuse a tag that could not be told from two in a list of tags."""
    check_name(tag, "a tag")
    if not TAG.fullmatch(tag):
        raise DataError(f"a tag cannot have blanks, commas, semicolons or bars, nor begin with '!': {tag!r}")


def check_address(address: str) -> None:
    """Refuse what is neither a host name nor an IP address."""
    if not address:
        raise DataError("the address is missing; give a host name, an IPv4 or an IPv6 address")
    host, _, interface = address.partition("%")
    if _is_ip(host):
        if "%" in address and not (":" in host and INTERFACE.fullmatch(interface)):
            raise DataError(f"after % the address {address!a} must name an interface")
        return
    if host.rstrip(".").rpartition(".")[2].isdecimal():
        raise DataError(f"the address {address!a} looks like an IPv4 address, but is none")
    if not HOST_NAME.fullmatch(address):
        raise DataError(f"the address {address!a} is no host name and no IP address; write it without user and port")


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _check_options(options: Options) -> None:
    if options.jump is not None:
        check_name(options.jump, "a jump host")
        if "|" in options.jump:
            raise DataError(
                f"a jump host cannot have a bar in its name, which parts options in files: {options.jump!a}"
            )
    if options.source_address is None:
        return
    if not _is_ip(options.source_address):
        raise DataError(f"the source address must be an IP address of this machine, not {options.source_address!a}")
    if options.jump:
        raise DataError("a device behind a jump host has no source address: the jump host has one")


def _check_detail(name: str, text: str) -> None:
    if name not in DETAILS:
        raise DataError(f"there is no detail {name!a}; there are {', '.join(DETAILS)}")
    if len(text) > LONGEST_DETAIL:
        raise DataError(f"the {name} may have {LONGEST_DETAIL} characters, this one has {len(text)}")
    if not all(char.isprintable() or char in "\n\t" for char in text):
        raise DataError(f"the {name} must be printable, without control characters: {text[:40]!a}")
