"""A package of somebody else, with a handler, a platform file and a hook, installed with pip beside NetRaven."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.plugins import install, register

if TYPE_CHECKING:
    from tests.installed import Installed
    from tests.simulator import SimulatedNetwork

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "handlers.md"
HOOKS = {  # name: what it does when it is told of a run, and words of the reason in the log; None: it succeeds
    "a-raises": ("1 / 0", "a bug in the handler: ZeroDivisionError"),
    "b-leaves": ("sys.exit(3)", "a bug in the handler: SystemExit"),
    "c-exits": ("os._exit(3)", "exit status 3 and brought no result"),
    "d-kills": ("os.kill(os.getpid(), 9)", "was killed (SIGKILL)"),
    "e-leaks": ("[bytes(1 << 26).replace(b'\\0', b'x') for _ in range(99)]", "its limit of memory"),
    "f-hangs": ("while True: pass", "ended of f-hangs was ended after 3 s"),
    "g-writes": ("open('told.json', 'w').write(json.dumps([run.types, run.counts, run.failure]))", None),
}
PLATFORMS = """\
zyxel_shell:
  netmiko_type: zyxel_os
  commands: [show running-config]
"""


@pytest.fixture(scope="module")
def page_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package of the how-to page, installed from exactly its text."""
    source = tmp_path_factory.mktemp("page") / "source"
    source.mkdir()
    for file, text in re.findall(r"`([a-z_/]+\.(?:py|toml|yml))`:\n\n```\w+\n(.*?)```", PAGE.read_text(), re.DOTALL):
        (source / file).parent.mkdir(exist_ok=True)
        (source / file).write_text(text)
    install(source, source.with_name("site"))
    return source.with_name("site")


def test_the_package_of_the_how_to_page_works_as_it_stands_there(
    netraven: Installed, network: SimulatedNetwork, page_site: Path
) -> None:
    netraven.environ |= {"PYTHONPATH": str(page_site), "NETRAVEN_RETRY__ATTEMPTS": "1"}
    rows = netraven.well("handler", "list", "--json").json["items"]
    ours = {row["type"]: (row["kind"], row["problem"]) for row in rows if row["distribution"] == "netraven-ports"}
    assert ours == {"ports": ("handler", None), "note": ("hook", None), "acme": ("platforms", None)}

    switch = network.add(name="up", platform="cisco_ios", username="u", password="secret-of-the-lab", enable="e")
    with socket.create_server(("127.0.0.1", 0)) as other:
        ports = {"up": switch.port, "down": other.getsockname()[1]}
    for name, port in ports.items():
        address = switch.address if name == "up" else "127.0.0.1"
        netraven.well("device", "add", name, "--address", address, "--port", str(port), "--platform", "acme_os")
    said = netraven("run", "ports", "--json")
    found = {line["subject"]: (line["outcome"], line["error_class"]) for line in said.lines[:-1]}
    assert (said.status, found) == (1, {"up": ("succeeded", None), "down": ("dead", "network")}), said

    netraven.well(
        "credential", "add", "lab", "--username", "u", "--password-from", "env:P", "--enable-from", "env:E",
        P="secret-of-the-lab", E="e",
    )  # fmt: skip
    backup = netraven.well("run", "backup", "up", "--json")
    assert backup.summary["changed"] == 1, backup
    assert netraven.well("snapshot", "show", "up").out.rstrip().endswith("end")
    assert (netraven.folder / "runs.txt").read_text() == "ports: 1 done, 1 dead\nbackup: 1 done, 0 dead\n"


def test_the_code_of_the_how_to_page_has_twenty_lines() -> None:
    code = re.search(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert code is not None
    assert len([line for line in code[1].splitlines() if line.strip()]) <= 20


def test_a_hook_that_misbehaves_spoils_neither_the_run_nor_another_hook(netraven: Installed, tmp_path: Path) -> None:
    site = tmp_path / "site"
    modules = {
        name[2:]: f"import json, os, sys\nclass Hook:\n    def ended(self, context, run):\n        {code}\n"
        for name, (code, _) in HOOKS.items()
    }
    register(site, "hooks", {name: f"{name[2:]}:Hook" for name in HOOKS}, modules, "netraven.hooks")
    register(site, "broken", {"h-gone": "not_there:Hook", "i-text": "textwrap:TextWrapper"}, {}, "netraven.hooks")
    netraven.environ |= {
        "PYTHONPATH": str(site), "NETRAVEN_HANDLERS__HOOK_SECONDS": "3",
        "NETRAVEN_HANDLERS__MEMORY_BYTES": str(256 << 20),
    }  # fmt: skip
    netraven.well("device", "add", "one", "--address", "127.0.0.1", "--port", "1", "--platform", "linux")

    said = netraven.well("run", "status-check", "--json")

    assert said.summary["succeeded"] == 1
    types, counts, failure = json.loads((netraven.folder / "told.json").read_text())
    assert (types, counts, failure) == (["status-check"], {name: said.summary[name] for name in counts}, None)
    failed = dict(
        re.findall(r"hook_failed hook=(\S+) reason=(.*)", (netraven.folder / "logs/netraven.log").read_text())
    )
    expected = {name: words for name, (_, words) in HOOKS.items() if words}
    expected |= {"h-gone": "No module named 'not_there'", "i-text": "textwrap:TextWrapper has no ended"}
    assert failed.keys() == expected.keys()
    for name, words in expected.items():
        assert words in failed[name], failed[name]


def test_a_run_without_jobs_tells_no_hook(netraven: Installed, tmp_path: Path) -> None:
    code = "class Hook:\n    def ended(self, context, run):\n        open('told', 'w')\n"
    register(tmp_path / "site", "hooks", {"tells": "tells:Hook"}, {"tells": code}, "netraven.hooks")
    netraven.environ["PYTHONPATH"] = str(tmp_path / "site")
    netraven.well("run", "backup")
    assert not (netraven.folder / "told").exists()


def test_a_platform_file_that_is_wrong_is_left_out_and_told_and_spoils_nothing(
    netraven: Installed, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    files = {
        "good": PLATFORMS, "wrong": "acme:\n  comands: [show]\n", "taken": "cisco_ios:\n  commands: [exit]\n",
        "twice": PLATFORMS,
    }  # fmt: skip
    for name, text in files.items():
        (site / name).mkdir(parents=True)
        (site / name / "__init__.py").write_text("raise SystemExit('a platform file needs no code')\n")
        (site / name / "p.yml").write_text(text)
        register(site, name, {name: f"{name}:p.yml"}, {}, "netraven.platforms")
    register(site, "zz", {"gone": "not_there:p.yml"}, {}, "netraven.platforms")
    netraven.environ["PYTHONPATH"] = str(site)

    rows = netraven.well("handler", "list", "--json").json["items"]
    problems = {row["distribution"]: row["problem"] or "" for row in rows if row["kind"] == "platforms"}
    expected = {
        "good": "", "wrong": "did you mean commands?", "taken": "there is the platform cisco_ios already",
        "twice": "there is the platform zyxel_shell already", "zz": "names no file of a package",
    }  # fmt: skip
    assert problems.keys() == expected.keys()
    for name, words in expected.items():
        assert words in problems[name], problems[name]
    origins = {row["name"]: row["origin"] for row in netraven.well("platform", "list", "--json").json["items"]}
    assert (origins["zyxel_shell"], origins["cisco_ios"], "acme" in origins) == ("good 0.5", "shipped", False)

    (netraven.folder / "mine.yml").write_text("zyxel_shell:\n  end_marker: '^end$'\n")
    netraven.environ["NETRAVEN_PLATFORMS_FILE"] = "mine.yml"
    shown = netraven.well("platform", "show", "zyxel_shell", "--json").json
    assert (shown["commands"], shown["end_marker"]) == (["show running-config"], "^end$")
