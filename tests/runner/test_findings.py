"""What a handler found is on record with its attempt, whatever it is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from netraven_cli.model import NewJob, Selector
from netraven_cli.plugin import Job, Result
from netraven_cli.runner.run import Options, Plan, run
from netraven_cli.store import jobs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from netraven_cli.plugin import Context


def deep(levels: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(levels):
        found = {"a": found}
    return found


FOUND: dict[str, Any] = {
    "none": {},
    "text": {"a": ["ü\u2028", 1.5, None], "nul": "\0 \\u0000"},
    "set": {"a": {1, 2}},
    "nan": {"a": float("nan")},
    "long": {"a": "x" * 200_000},
    "deep": deep(900),
    "surrogate": {"a": "\ud800"},
}


class Finds:
    def plan(self, context: Context, selector: Selector, params: Mapping[str, Any]) -> Iterable[NewJob]:
        return [NewJob(type="finds", subject=name) for name in FOUND]

    def run(self, context: Context, job: Job) -> Result:
        return Result(findings=FOUND[job.subject])


def test_findings_are_recorded_and_what_is_none_spoils_no_settlement(context: Context) -> None:
    context = replace(context, handlers={"finds": Finds()})
    done = run(context, [Plan(type="finds", selector=Selector())], ["finds"], Options(), lambda _one: None)
    assert done.succeeded == len(FOUND)
    with context.database.read() as connection:
        listed = jobs.list_jobs(connection, limit=99)
        found = {one.subject: jobs.attempts(connection, one.id)[0].findings for one in listed}
    assert found["none"] is None
    assert found["text"] == {"a": ["ü\u2028", 1.5, None], "nul": " \\u0000"}
    assert {name: [*(found[name] or {})] for name in ("set", "nan", "long", "deep")} == {
        "set": ["left_out"], "nan": ["left_out"], "long": ["left_out"], "deep": ["left_out"]
    }  # fmt: skip
    assert found["surrogate"] == {"a": "?"}
