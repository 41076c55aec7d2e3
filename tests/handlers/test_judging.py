"""What a check met, and what the limits make of it."""

from __future__ import annotations

import pytest

from netraven_cli.handlers.judging import asked
from netraven_cli.model.health import Check, HealthState, Vitals
from netraven_cli.settings.health import HealthSettings

LIMITS = HealthSettings(max_interfaces_down=2, max_neighbors_down=1)


@pytest.mark.parametrize(
    ("vitals", "reasons"),
    [
        (Vitals(cpu_percent=90, memory_percent=90, interfaces_down=2, bgp_down=1, ospf_down=1), ()),
        (Vitals(cpu_percent=91), ("processor 91 % in use, more than 90",)),
        (Vitals(memory_percent=91), ("memory 91 % in use, more than 90",)),
        (Vitals(interfaces_down=3), ("3 interfaces are down, more than 2",)),
        (Vitals(bgp_down=2), ("2 neighbours of BGP are down, more than 1",)),
        (Vitals(ospf_down=2), ("2 neighbours of OSPF are down, more than 1",)),
        (Vitals(alarms=("fan 1: Failed",)), ("fan 1: Failed",)),
    ],
)
def test_a_vital_beyond_its_limit_is_a_reason_and_one_at_its_limit_is_none(
    vitals: Vitals, reasons: tuple[str, ...]
) -> None:
    found = asked(Check(state=HealthState.OK), vitals, LIMITS)
    assert (found.reasons, found.state) == (reasons, HealthState.DEGRADED if reasons else HealthState.OK)


def test_without_limits_nothing_but_alarms_counts() -> None:
    none = HealthSettings(max_cpu_percent=None, max_memory_percent=None)
    vitals = Vitals(cpu_percent=100, memory_percent=100, interfaces_down=9, bgp_down=9, ospf_down=9)
    assert asked(Check(state=HealthState.OK), vitals, none).reasons == ()
