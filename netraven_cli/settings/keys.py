"""The keys of the settings, and what follows from them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from netraven_cli.settings.health import HealthSettings
from netraven_cli.settings.sections import (
    ArchiveSettings,
    BackupSettings,
    BreakerSettings,
    DatabaseSettings,
    DiscoverySettings,
    HandlerSettings,
    LoggingSettings,
    MetricsSettings,
    NetmikoSettings,
    QueueSettings,
    RetrySettings,
    RunnerSettings,
    ScheduleSettings,
    Section,
    SessionSettings,
    StatusSettings,
)
from netraven_cli.settings.upkeep import MaintenanceSettings

Environment = Literal["prod", "test", "dev"]


class Settings(Section):
    """Everything that can be set."""

    data_dir: Path
    environment: Environment = "prod"
    api_url: str | None = None
    platforms_file: Path | None = None
    rules_file: Path | None = None
    database: DatabaseSettings = DatabaseSettings()
    logging: LoggingSettings = LoggingSettings()
    netmiko: NetmikoSettings = NetmikoSettings()
    session: SessionSettings = SessionSettings()
    runner: RunnerSettings = RunnerSettings()
    handlers: HandlerSettings = HandlerSettings()
    queue: QueueSettings = QueueSettings()
    retry: RetrySettings = RetrySettings()
    breaker: BreakerSettings = BreakerSettings()
    discovery: DiscoverySettings = DiscoverySettings()
    health: HealthSettings = HealthSettings()
    backup: BackupSettings = BackupSettings()
    archive: ArchiveSettings = ArchiveSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    status: StatusSettings = StatusSettings()
    metrics: MetricsSettings = MetricsSettings()
    maintenance: MaintenanceSettings = MaintenanceSettings()

    source: Path | None = Field(default=None, exclude=True)  # the config.yml that was read

    @property
    def database_url(self) -> str:
        """Where the database is, as SQLAlchemy writes it."""
        return self.database.url or f"sqlite:///{self.data_dir / 'netraven.db'}"

    @property
    def sqlite_path(self) -> Path | None:
        """The database's file, if it is SQLite."""
        url = self.database_url
        return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None

    @property
    def archive_dir(self) -> Path:
        """The git repository of configurations."""
        return self.data_dir / "archive"

    @property
    def vault_key_file(self) -> Path:
        """The keys of the vault, newest first."""
        return self.data_dir / "vault.key"

    @property
    def backups_dir(self) -> Path:
        """Where backups of the database are, unless they are given another place."""
        return self.data_dir / "backups"

    @property
    def runners_dir(self) -> Path:
        """Where each live runner of this data_dir holds a lock."""
        return self.data_dir / "runners"

    @property
    def wake_file(self) -> Path:
        """Made when there is new work, so that systemd starts a run at once."""
        return self.data_dir / "wake"

    @property
    def logs_dir(self) -> Path:
        """Where the log file is."""
        return self.logging.dir or self.data_dir / "logs"

    @property
    def transcripts_dir(self) -> Path:
        """Where transcripts of sessions are kept."""
        return self.netmiko.log_dir or self.data_dir / "netmiko_logs"

    @property
    def log_level(self) -> str:
        """The level in force: as set, or by the environment (prod: info, test and dev: debug)."""
        return self.logging.level or ("info" if self.environment == "prod" else "debug")
