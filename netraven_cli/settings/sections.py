"""The sections of the settings, their keys, types and defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from netraven_cli.errors import ErrorClass
from netraven_cli.model.duration import duration

Positive = Annotated[int, Field(ge=1)]
Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Limit = Annotated[float, Field(gt=0, allow_inf_nan=False)]  # seconds
TRANSIENT = {  # worth another attempt; the rest stays wrong until somebody does something
    ErrorClass.AUTHENTICATION: False,
    ErrorClass.AUTHORIZATION: False,
    ErrorClass.NETWORK: True,
    ErrorClass.PROTOCOL: False,
    ErrorClass.COMMAND: True,
    ErrorClass.INCOMPLETE: True,
    ErrorClass.SECRET: False,
    ErrorClass.RESOURCE: True,
    ErrorClass.STORAGE: True,
    ErrorClass.SETTINGS: False,
    ErrorClass.INTERNAL: False,
    ErrorClass.CANCELLED: False,
    ErrorClass.TIMEOUT: True,
    ErrorClass.INTERRUPTED: True,
}


class Section(BaseModel):
    """A part of the settings: frozen, with no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class DatabaseSettings(Section):
    """Where the queue and the records live."""

    url: str | None = None
    busy_timeout_seconds: Seconds = 30


class LoggingSettings(Section):
    """What is logged, and where."""

    level: Literal["debug", "info", "warning", "error"] | None = None
    dir: Path | None = None
    max_bytes: Annotated[int, Field(ge=0)] = 10_000_000
    keep: Positive = 5


class NetmikoSettings(Section):
    """Transcripts of sessions; secrets are masked in them."""

    log_dir: Path | None = None
    preserve_logs: Literal["never", "failure", "always"] = "failure"

    @field_validator("preserve_logs", mode="before")
    @classmethod
    def _accept_yes_and_no(cls, value: object) -> object:
        return {"true": "always", "1": "always", "false": "failure", "0": "failure"}.get(str(value).lower(), value)


class SessionSettings(Section):
    """Limits of one login on one device."""

    login_timeout_seconds: Seconds = 15
    idle_timeout_seconds: Seconds = 30
    host_keys: Literal["accept-new", "strict", "off"] = "accept-new"


class RunnerSettings(Section):
    """How a run takes and does its jobs."""

    workers: Annotated[int, Field(ge=1, le=1000)] = 50
    lease_seconds: Annotated[float, Field(ge=5)] = 60
    attempt_timeout_seconds: Limit = 600
    attempt_timeouts: dict[str, Limit] = {}
    retry_wait_seconds: Seconds = 240
    stop_grace_seconds: Seconds = 5
    reserve_memory_mb: Annotated[int, Field(ge=0)] = 100
    reserve_descriptors: Annotated[int, Field(ge=0)] = 50
    max_load_per_core: Annotated[float, Field(gt=0)] | None = 16

    def limit_of(self, job_type: str) -> float:
        """How long an attempt of this type may take, in seconds."""
        return self.attempt_timeouts.get(job_type, self.attempt_timeout_seconds)


class HandlerSettings(Section):
    """What a handler or a hook of another distribution may use."""

    memory_bytes: Annotated[int, Field(ge=0)] = 1 << 30
    hook_seconds: Limit = 30


class BackoffSettings(Section):
    """How often and when attempts that failed in one way are tried again; what is not given is as elsewhere."""

    attempts: Positive | None = None
    first_backoff_seconds: Seconds | None = None
    backoff_cap_seconds: Seconds | None = None


class RetryOverride(BackoffSettings):
    """What is different for jobs of a type, or of devices with a tag."""

    transient: dict[ErrorClass, bool] = {}


class RetrySettings(Section):
    """When a failed attempt is tried again; settings/retry.py has the order of precedence."""

    attempts: Positive = 3
    first_backoff_seconds: Seconds = 2
    backoff_cap_seconds: Seconds = 60
    interruptions: Positive = 25
    transient: dict[ErrorClass, bool] = TRANSIENT
    by_type: dict[str, RetryOverride] = {}
    by_class: dict[ErrorClass, BackoffSettings] = {}
    by_tag: dict[str, RetryOverride] = {}

    @field_validator("transient")
    @classmethod
    def _complete(cls, given: dict[ErrorClass, bool]) -> dict[ErrorClass, bool]:
        return TRANSIENT | given


class BreakerSettings(Section):
    """When a device or a credential is left alone for a while; a number of 0: never."""

    device_failures: Count = 6
    credential_devices: Count = 5
    credential_refusals: Count = 10
    window_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 3600
    cool_down_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 120
    cool_down_cap_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 3600

    @property
    def stops_credentials(self) -> bool:
        """Whether refused logins are counted at all."""
        return bool(self.credential_devices or self.credential_refusals)


class QueueSettings(Section):
    """How many jobs may be live at once, and what becomes of more."""

    limit: Positive | None = None
    limit_per_type: Positive | None = None
    when_full: Literal["refuse", "wait", "drop"] = "refuse"
    wait_seconds: Seconds = 60


class DiscoverySettings(Section):
    """What becomes of what is found."""

    name: str = "{hostname}"
    gone_after: Positive = 3
    part_seconds: Annotated[int, Field(ge=1, le=300)] = 60

    @field_validator("name")
    @classmethod
    def _is_template(cls, value: str) -> str:
        try:
            value.format(hostname="H", address="A", serial="S", platform="P", range="R")
        except (KeyError, IndexError, ValueError, AttributeError):
            raise ValueError("may contain {hostname}, {address}, {serial}, {platform} and {range} only") from None
        return value


class BackupSettings(Section):
    """What counts as a complete configuration, and how soon a change that was heard of is fetched."""

    files: list[Literal["startup", "version", "inventory", "licence"]] = []
    minimum_ratio: Annotated[float, Field(ge=0, le=1)] = 0.5
    hold_off_seconds: Limit = 60

    @field_validator("files", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        """A variable of the environment has them with commas between."""
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


class ArchiveSettings(Section):
    """How configurations stand in git."""

    secrets: Literal["keep", "redact", "seal"] = "keep"
    redact_certificates: bool = False
    commit: Literal["device", "run"] = "device"
    path: str = "{device}.cfg"
    author: Annotated[str, Field(pattern=r"^[^<>\n\x00]+ <[^<>\n\x00]*>$")] = "NetRaven <netraven@localhost>"
    signing_key: Path | None = None
    plain_dir: Path | None = None

    @field_validator("path")
    @classmethod
    def _has_device(cls, value: str) -> str:
        try:
            shown = value.format(device="D", name="D", platform="P", zone="Z", tag="T")
        except (KeyError, IndexError, ValueError):
            raise ValueError("may contain {device} or {name}, {platform}, {zone} and {tag} only") from None
        if not ("{device}" in value or "{name}" in value) or shown.startswith("/") or "\0" in shown:
            raise ValueError("must contain {device} or {name} and be relative")
        if any(part in ("", ".", "..", ".git") for part in shown.split("/")):
            raise ValueError("has a part that is empty, '.', '..' or '.git'")
        return value


class ScheduleSettings(Section):
    """Defaults of new schedules, and what the units that wake us say."""

    timezone: str | None = None
    success_exit_statuses: list[Annotated[int, Field(ge=1, le=255)]] = [1, 75, 143]
    on_failure: Annotated[str, Field(pattern=r"^[A-Za-z0-9:_.\\@%-]{1,200}\.(service|target)$")] | None = None


class StatusSettings(Section):
    """What `netraven status` calls well."""

    max_age: str | None = None

    @field_validator("max_age")
    @classmethod
    def _is_duration(cls, value: str | None) -> str | None:
        if value is not None:
            duration(value)
        return value


class MetricsSettings(Section):
    """Where metrics go after each run."""

    textfile: Path | None = None

    @field_validator("textfile")
    @classmethod
    def _is_read_by_the_collector(cls, value: Path | None) -> Path | None:
        if value is not None and value.suffix != ".prom":
            raise ValueError("must end in .prom: node_exporter reads no other files")
        return value
