"""The section of the settings that says how devices are checked."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from netraven_cli.settings.sections import Count, Limit, Section


class HealthSettings(Section):
    """How devices are checked, and what is called well."""

    login: bool = False
    timeout_seconds: Limit = 5
    max_latency_ms: Limit | None = None
    max_cpu_percent: Limit | None = 90
    max_memory_percent: Limit | None = 90
    max_interfaces_down: Count | None = None
    max_neighbors_down: Count | None = None
    flap_changes: Annotated[int, Field(ge=2)] = 5
    flap_seconds: Limit = 3600
    stale_seconds: Limit | None = 172_800
    backup_on: list[Literal["reboot", "os_version"]] = Field(default=[])

    @field_validator("backup_on", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """As a variable of the environment has it: reboot,os_version."""
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
