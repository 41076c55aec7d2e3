"""Which file of the archive a device's configuration stands in: safe for any name, and never the same for two."""

from __future__ import annotations

import hashlib
import re
from string import Formatter

from netraven_cli.errors import DataError, SettingsError

NAMES = ("device", "name")  # two words for one value; a template has one of them
FIELDS = (*NAMES, "platform", "zone", "tag")
UNTAGGED = "untagged"
_UNSAFE = re.compile(r"[^A-Za-z0-9._@+-]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST = 200  # bytes; ext4, XFS and Btrfs take 255 in a name, the template adds to ours
_DIGEST_LENGTH = 32  # hexadecimal digits: 128 bits


def encode(value: str) -> str:
    """The value as a part of a path: unchanged if it is of A-Z a-z 0-9 . _ @ + -, otherwise percent-encoded.

    Distinct values stay distinct: a percent sign is encoded too, and the tilde before the digest that ends a long
    value stands nowhere else.

    Raises:
        DataError: the value is empty or has a NUL in it.
    """
    if not value or "\0" in value:
        raise DataError(f"{value!r} can be no file name: it is empty or has a NUL in it; rename the device")
    encoded = _UNSAFE.sub(_percent, value)
    if encoded[0] in ".-":  # no hidden file, no `..`, no .git, no option
        encoded = f"%{ord(encoded[0]):02X}{encoded[1:]}"
    if len(encoded) <= _LONGEST:
        return encoded
    digest = hashlib.sha256(value.encode(errors="surrogatepass")).hexdigest()[:_DIGEST_LENGTH]
    return f"{encoded[: _LONGEST - _DIGEST_LENGTH - 1]}~{digest}"


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode(errors="surrogatepass"))


def file_path(template: str, device: str, platform: str, zone: str, file: str = "", tag: str = "") -> str:
    """The path of a device's file, relative to the archive.

    A further file stands beside it, with a tilde and its word before the suffix: no name of a device ends so.
    """
    place = _beside(template, file) if file else template
    name = encode(device)
    values = {"platform": encode(platform), "zone": encode(zone), "tag": encode(tag or UNTAGGED)}
    return place.format(device=name, name=name, **values)


def _beside(template: str, file: str) -> str:
    stem, dot, suffix = template.rpartition(".")
    if not dot or "/" in suffix or "}" in suffix:
        return f"{template}~{file}"
    return f"{stem}~{file}.{suffix}"


def check_template(template: str) -> None:
    """Refuse a template by which two devices could share a file, or that leads out of the archive.

    Raises:
        SettingsError: says what is wrong with it.
    """
    try:
        parts = [list(Formatter().parse(part)) for part in template.split("/")]
    except ValueError as error:
        raise SettingsError(f"archive.path {template!r} is no template: {error}") from None
    found = [name for part in parts for _text, name, _spec, _conversion in part if name is not None]
    decorated = any(spec or conversion for part in parts for _text, _name, spec, conversion in part)
    if decorated or len({*found} & {*NAMES}) != 1 or not set(found) <= set(FIELDS):
        raise SettingsError(
            f"archive.path {template!r} must have {{device}} or {{name}}, and may have {{platform}}, {{zone}} and "
            "{tag} only"
        )
    if any(sum(name is not None for _text, name, _spec, _conversion in part) > 1 for part in parts):
        raise SettingsError(
            f"archive.path {template!r} puts two values into one name, where two devices could share a file: "
            "put a slash between them"
        )
    if _CONTROL.search(template) or any(part[:1] in ("", ".") for part in template.split("/")):
        raise SettingsError(f"archive.path {template!r} has a part that is empty, begins with a dot or is no text")
