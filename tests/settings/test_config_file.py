from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from netraven_cli.errors import SettingsError, UnavailableError
from netraven_cli.settings import load
from netraven_cli.settings.keys import Settings
from netraven_cli.settings.origins import origins
from netraven_cli.settings.sections import Section
from netraven_cli.store.database import Database

SHIPPED = Path(__file__).parents[2] / "config.yml"
KEY = re.compile(r"^( *)#([a-z_]+:)", re.MULTILINE)


def defaults(section: Section) -> dict[str, Any]:
    return {
        name: defaults(value) if isinstance(value, Section) else value
        for name, field in type(section).model_fields.items()
        if not field.exclude
        for value in [getattr(section, name)]
    }


def test_the_shipped_file_names_every_key_with_its_default() -> None:
    shown = yaml.safe_load(KEY.sub(r"\1\2", SHIPPED.read_text()))
    data_dir = shown.pop("data_dir")
    assert data_dir == "~/.local/share/netraven"
    expected = defaults(Settings(data_dir=Path("/unused")))
    del expected["data_dir"]
    expected["retry"]["transient"] = {key.value: value for key, value in expected["retry"]["transient"].items()}
    assert shown == expected


def test_the_shipped_file_as_it_is_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_text(SHIPPED.read_text())
    environ = {"HOME": str(tmp_path)}
    shipped = load(tmp_path / "config.yml", environ)
    (tmp_path / "empty.yml").write_text("")
    assert shipped.model_dump() == load(tmp_path / "empty.yml", environ).model_dump()


def test_null_takes_a_limit_away_and_elsewhere_counts_as_not_given(tmp_path: Path) -> None:
    file = tmp_path / "config.yml"
    file.write_text("health:\n  max_cpu_percent: null\n  flap_changes: null\nrunner:\nretry:\n  by_class: null\n")
    found = load(file, {"HOME": str(tmp_path), "NETRAVEN_HEALTH__STALE_SECONDS": "null"})
    assert (found.health.max_cpu_percent, found.health.stale_seconds) == (None, None)
    assert (found.health.max_memory_percent, found.health.flap_changes, found.runner.workers) == (90, 5, 50)


def test_each_setting_says_where_it_comes_from(tmp_path: Path) -> None:
    file = tmp_path / "config.yml"
    file.write_text("runner:\n  # fewer\n  workers: 5\nretry:\n  transient:\n    command: false\n")
    found = {
        one.key: one for one in origins(file, {"HOME": "/h", "NETRAVEN_RETRY__ATTEMPTS": "7", "API_URL": "http://x"})
    }
    assert (found["runner.workers"].value, found["runner.workers"].origin) == (5, f"{file}:3")
    assert (found["retry.attempts"].value, found["retry.attempts"].origin) == (7, "$NETRAVEN_RETRY__ATTEMPTS")
    assert found["retry.transient.command"].origin == f"{file}:6"
    assert found["retry.transient.network"].origin == "default"
    assert found["api_url"].origin == "$API_URL"


@pytest.mark.parametrize(
    "url",
    ["postgresql://u:c4n4ry@h/n", "postgresql://u:c4n4ry%40:x@h/n", "postgresql://u:a@c4n4ry@h/n",
     "postgresql://h/n?user=u&password=c4n4ry&sslmode=require"],
)  # fmt: skip
def test_a_password_in_the_settings_is_not_shown(tmp_path: Path, url: str) -> None:
    (tmp_path / "config.yml").write_text(f"database:\n  url: {url}\n")
    (found,) = [one for one in origins(tmp_path / "config.yml", {}) if one.key == "database.url"]
    assert "c4n4ry" not in found.value
    assert "•••" in found.value
    (tmp_path / "config.yml").write_text(f"database: {url}\n")
    with pytest.raises(SettingsError, match="database") as refused:
        load(tmp_path / "config.yml", {})
    assert "c4n4ry" not in str(refused.value)


def test_a_password_of_a_database_that_cannot_be_reached_is_not_shown() -> None:
    database = Database("postgresql://u:c4n4ry@127.0.0.1:1/n?password=c4n4ry&connect_timeout=1")
    with pytest.raises(UnavailableError) as refused, database.read() as connection:
        connection.exec_driver_sql("SELECT 1")
    database.close()
    assert "c4n4ry" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        (
            "by_type:\n    backup:\n      attemps: 5",
            4,
            "by_type.backup.attemps; did you mean retry.by_type.backup.attempts?",
        ),
        (
            "by_class:\n    network:\n      attempts: 0",
            4,
            "retry.by_class.network.attempts cannot be 0: input should be",
        ),
        ("by_class:\n    netwrk: {attempts: 5}", 3, "retry.by_class.netwrk cannot be 'netwrk': input should be 'auth"),
        (
            "by_tag:\n    core:\n      transient: {never: true}",
            4,
            "retry.by_tag.core.transient.never cannot be 'never'",
        ),
    ],
)
def test_an_error_in_a_retry_override_is_told_with_its_line(
    tmp_path: Path, text: str, line: int, sentence: str
) -> None:
    (tmp_path / "config.yml").write_text(f"retry:\n  {text}\n")
    with pytest.raises(SettingsError) as refused:
        load(tmp_path / "config.yml", {})
    assert str(refused.value).startswith(f"{tmp_path / 'config.yml'}, line {line}: ")
    assert sentence in str(refused.value)


def test_an_override_says_where_each_of_its_settings_comes_from(tmp_path: Path) -> None:
    file = tmp_path / "config.yml"
    file.write_text("retry:\n  by_tag:\n    core:\n      attempts: 4\n      transient: {protocol: true}\n")
    found = {one.key: one for one in origins(file, {"HOME": "/h", "NETRAVEN_RETRY__BY_CLASS__NETWORK__ATTEMPTS": "9"})}
    assert (found["retry.by_tag.core.attempts"].value, found["retry.by_tag.core.attempts"].origin) == (4, f"{file}:4")
    assert found["retry.by_tag.core.transient.protocol"].origin == f"{file}:5"
    assert found["retry.by_class.network.attempts"].origin == "$NETRAVEN_RETRY__BY_CLASS__NETWORK__ATTEMPTS"
    assert found["retry.by_type"].value == {}
    assert "retry.by_tag.core.backoff_cap_seconds" not in found
