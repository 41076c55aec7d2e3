"""What turns one configuration into another, by its structure: through hier-config, an extra of its own.

Which platforms it knows, and how each takes a line back: https://hier-config.readthedocs.io
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from netraven_cli.errors import DataError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

# Ours -> the name of hier-config's driver. Platforms in braces (Junos, PAN-OS) are not here: they load a whole text.
DRIVERS = {
    "arista_eos": "ARISTA_EOS",
    "cisco_ios": "CISCO_IOS",
    "cisco_nxos": "CISCO_NXOS",
    "cisco_xe": "CISCO_IOS",
    "cisco_xr": "CISCO_XR",
    "hp_procurve": "HP_PROCURVE",
    "huawei": "HUAWEI_VRP",
    "huawei_vrp": "HUAWEI_VRP",
    "vyos": "VYOS",
}
INDENT = "  "


def steps(platform: str, current: str, wanted: str) -> list[str]:
    """The lines to enter in configuration mode, in order, so that the current configuration becomes the wanted one.

    Raises:
        DataError: there is no driver for the platform.
        UnavailableError: the extra is not installed.
    """
    library, driver = _library(platform)
    workflow = library.WorkflowRemediation(_parsed(library, driver, current), _parsed(library, driver, wanted))
    return [line.cisco_style_text() for line in workflow.remediation_config.all_children_sorted()]


def differences(platform: str, old: str, new: str) -> str:
    """What differs, each line under the blocks that it belongs to, whatever the order; empty if nothing does.

    Raises:
        DataError: there is no driver for the platform.
        UnavailableError: the extra is not installed.
    """
    library, driver = _library(platform)
    before, after = _parsed(library, driver, old), _parsed(library, driver, new)
    return "".join(f"{line}\n" for line in _lines(before.unified_diff(after)))


def _lines(found: Iterator[Any]) -> Iterator[str]:
    yield from (str(line).rstrip() for line in found)


def _library(platform: str) -> tuple[Any, Any]:
    if platform not in DRIVERS:
        raise DataError(
            f"how lines of {platform} are taken back is not known, only for {', '.join(DRIVERS)}; "
            "a whole configuration is shown by: netraven snapshot show"
        )
    try:
        import hier_config  # noqa: PLC0415 - an extra
    except ImportError:
        raise UnavailableError(
            "configurations are compared by structure through hier-config; install it: pip install 'netraven[restore]'"
        ) from None
    logging.getLogger("hier_config").setLevel(logging.ERROR)
    return hier_config, hier_config.Platform[DRIVERS[platform]]


def _parsed(library: Any, driver: Any, text: str) -> Any:
    try:
        return library.get_hconfig(driver, text)
    except Exception as error:  # whatever a hostile text leads a parser to
        raise DataError(f"a configuration cannot be read as one of its platform: {type(error).__name__}") from error
