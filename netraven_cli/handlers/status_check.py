"""The job type `status-check`: is a device there, is it the same, and is it well?

A device that is down is what was to be found out: the job succeeds. A probe sends nothing secret, needs no credential
and holds up no backup; a check that logs in has the device's one session.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from netraven_cli.device.facts import fact_commands, facts_of
from netraven_cli.device.identify import ask
from netraven_cli.device.line import NoWayError
from netraven_cli.device.reach import reach
from netraven_cli.device.session import Limits, limits_of, opened
from netraven_cli.device.vitals import vital_commands, vitals_of
from netraven_cli.handlers.backup import backup_job, platform_of
from netraven_cli.handlers.judging import absent, asked, not_asked, seen
from netraven_cli.handlers.logins import first_let_in
from netraven_cli.handlers.recorded import kept, recorded
from netraven_cli.model.health import HealthState
from netraven_cli.plugin import (
    AttemptError,
    Context,
    Device,
    ErrorClass,
    Job,
    NewJob,
    Parameters,
    Result,
    Selector,
)
from netraven_cli.store import breakers, inventory

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from netraven_cli.model import Login
    from netraven_cli.model.health import Check, Vitals

OURS = (ErrorClass.CANCELLED, ErrorClass.RESOURCE, ErrorClass.INTERNAL)  # failures that say nothing of the device
NOT_TOLD = (ErrorClass.SETTINGS,)  # nor do these, but another attempt would change nothing


class StatusCheckParameters(Parameters):
    """How a device is checked."""

    login: bool | None = None  # ask it for facts and vitals, too; None: as the settings say


class StatusCheckHandler:
    """One job a device."""

    parameters = StatusCheckParameters

    def plan(self, context: Context, selector: Selector, params: Mapping[str, Any]) -> Iterable[NewJob]:
        """A job for each selected device.

        A device that is left alone for its faults is probed only: that it is back is to be known soon.

        Raises:
            NotFoundError: the selector names something that is not there, or matches nothing.
        """
        wanted = inventory.find if selector.is_open else inventory.select
        given = params.get("login")
        login = context.settings.health.login if given is None else given
        with context.database.read() as connection:
            devices = wanted(connection, selector)
            alone = {one.key for one in breakers.list_breakers(connection, open_only=True)} if login else set()
        return (_job(device, login=login and f"device:{device.name}" not in alone) for device in devices)

    def run(self, context: Context, job: Job) -> Result:
        """Probe a device, and log in if that is wanted and it is still the same.

        Raises:
            AttemptError: NetRaven itself could not do it now.
        """
        device, limits = job.device, context.settings.health
        if device is None:
            raise AttemptError(ErrorClass.SETTINGS, f"{job.subject} is not in the inventory any more")
        try:
            reached = reach(
                device,
                replace(_limits(context, job, device), login_timeout_seconds=limits.timeout_seconds),
                job.on_abort,
            )
        except NoWayError as error:
            return _result(absent(HealthState.UNKNOWN, str(error)))
        except AttemptError as error:
            if error.error_class is not ErrorClass.NETWORK:
                raise
            return _result(absent(HealthState.DOWN, str(error)))
        known = None if context.settings.session.host_keys == "off" else device.host_key
        check = seen(reached, known, limits)
        learnt = reached.host_key if context.settings.session.host_keys == "accept-new" else None
        is_another = known and reached.host_key and known != reached.host_key
        if not job.params.get("login") or reached.fault or is_another:
            return replace(_result(check), host_key=learnt)
        return replace(_logged_in(context, job, device, check), host_key=learnt)


def _job(device: Device, *, login: bool) -> NewJob:
    return NewJob(
        type="status-check",
        subject=device.name,
        params={"login": True} if login else {},
        dedupe_key=f"status-check:{device.name}:login" if login else f"status-check:{device.name}",
        exclusive_key=f"device:{device.name}" if login else None,
        zone=device.zone,
    )


def _result(check: Check) -> Result:
    words = "; ".join(check.reasons) or f"{check.latency_ms:.1f} ms"
    findings = {"state": check.state.value, "reasons": list(check.reasons), "latency_ms": check.latency_ms}
    return Result(summary=f"{check.state.value}: {words}", health=check, findings=findings)


def _logged_in(context: Context, job: Job, device: Device, check: Check) -> Result:
    """The verdict after a login, or after the attempt: that nobody is let in is a finding, too."""
    limits = context.settings.health
    try:
        (told, vitals), refused = first_let_in(job, partial(_ask, context, job, device))
    except AttemptError as error:
        if error.error_class in OURS:
            raise
        state = HealthState.UNKNOWN if error.error_class in NOT_TOLD else HealthState.DEGRADED
        said = _result(not_asked(check, state, str(error)))
        return replace(said, refused=error.refused, transcript=error.transcript)
    return replace(
        _result(asked(check, vitals, limits)), credential=told.credential, refused=refused, facts=told.facts,
        transcript=told.transcript, if_changed=dict.fromkeys(limits.backup_on, backup_job(device)),
    )  # fmt: skip


def _limits(context: Context, job: Job, device: Device) -> Limits:
    return limits_of(context.settings.session, device.options, job.jumps)


def _ask(context: Context, job: Job, device: Device, login: Login) -> tuple[Result, Vitals]:
    platform = platform_of(device, context.settings.platforms_file)
    limits = _limits(context, job, device)
    commands = dict.fromkeys([*fact_commands(platform.name), *vital_commands(platform.name)])
    with recorded(context, job, platform, login) as transcript:
        # Unprivileged mode is enough for all that is asked.
        with opened(device, replace(platform, needs_enable=False), login, limits, transcript, job.on_abort) as talk:
            answers = ask(talk, list(commands))
        path = kept(context, transcript, failed=False)
    facts = facts_of(platform.name, answers, talk.prompt)
    told = Result(summary="", facts=facts, credential=login.credential, transcript=path)
    return told, vitals_of(platform.name, answers)
