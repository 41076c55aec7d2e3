"""The job type `backup`: from a device to an accepted configuration in git."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from netraven_cli.device.platforms import check_platform, known_platforms
from netraven_cli.device.session import Fetched, fetch, limits_of
from netraven_cli.errors import DataError, NoInputError
from netraven_cli.handlers.archiving import archive_pending
from netraven_cli.handlers.logins import first_let_in
from netraven_cli.handlers.recorded import kept, recorded
from netraven_cli.plugin import AttemptError, Context, Device, ErrorClass, Job, NewJob, Parameters, Result, Selector
from netraven_cli.snapshot.clean import clean
from netraven_cli.snapshot.further import further_files
from netraven_cli.snapshot.hide import hide
from netraven_cli.snapshot.judge import make_capture, wants_second_read
from netraven_cli.snapshot.rules import LineRule, read_rules, with_rules
from netraven_cli.store import inventory

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from netraven_cli.model import Login, Platform
    from netraven_cli.plugin import Capture


class BackupHandler:
    """One job a device; its captures go to git once the queue is drained."""

    parameters = Parameters

    def plan(self, context: Context, selector: Selector, params: Mapping[str, Any]) -> Iterable[NewJob]:  # noqa: ARG002 - it has none
        """A job for each selected device; none if nothing was selected and no device is enabled.

        Raises:
            NotFoundError: the selector names something that is not there, or matches nothing.
        """
        with context.database.read() as connection:
            wanted = inventory.find if selector.is_open else inventory.select
            devices = wanted(connection, selector)
        return (backup_job(device) for device in devices)

    def run(self, context: Context, job: Job) -> Result:
        """Log in with the first credential that is let in, fetch, and judge.

        Raises:
            AttemptError: no session came about, or the device answered nothing.
        """
        device = _device(job)
        _refuse_clear_text(context, job)
        platform = _with_rules(
            platform_of(device, context.settings.platforms_file), device, context.settings.rules_file
        )
        result, refused = first_let_in(job, partial(_fetch_and_judge, context, job, device, platform))
        return replace(result, refused=refused)

    def conclude(self, context: Context) -> None:
        """Bring what was accepted, now or by a run that was killed, into git."""
        archive_pending(context)


def backup_job(device: Device) -> NewJob:
    """The job that backs a device up."""
    return NewJob(
        type="backup",
        subject=device.name,
        dedupe_key=f"backup:{device.name}",
        exclusive_key=f"device:{device.name}",
        zone=device.zone,
    )


def _device(job: Job) -> Device:
    if job.device is None:
        raise AttemptError(ErrorClass.SETTINGS, f"{job.subject} is not in the inventory any more")
    return job.device


def _refuse_clear_text(context: Context, job: Job) -> None:
    if context.settings.archive.secrets != "keep" and job.redaction is None:
        raise AttemptError(
            ErrorClass.SETTINGS, "secrets are not to be kept, and this job was given nothing to hide them"
        )


def platform_of(device: Device, user_file: Path | None) -> Platform:
    """How a device is asked.

    Raises:
        AttemptError: there is no data for its platform.
    """
    platforms = known_platforms(user_file)
    try:
        check_platform(device.platform, platforms)
    except DataError as error:
        raise AttemptError(ErrorClass.SETTINGS, str(error)) from None
    return platforms[device.platform]


def _with_rules(platform: Platform, device: Device, rules_file: Path | None) -> Platform:
    try:
        return with_rules(platform, device, _line_rules(rules_file)) if rules_file else platform
    except (DataError, NoInputError) as error:
        raise AttemptError(ErrorClass.SETTINGS, str(error)) from None


@lru_cache(maxsize=1)
def _line_rules(rules_file: Path) -> list[LineRule]:
    return read_rules(rules_file, LineRule)


def _fetch_and_judge(context: Context, job: Job, device: Device, platform: Platform, login: Login) -> Result:
    job = _knowing(job, login)
    limits = limits_of(context.settings.session, device.options, job.jumps)
    further = further_files(platform, context.settings.backup.files)
    with recorded(context, job, platform, login) as transcript:
        fetched = fetch(
            device,
            platform,
            login,
            limits,
            transcript,
            job.on_abort,
            partial(_wants_second_read, platform=platform, job=job),
            further=further,
        )
        capture = _capture(context, job, platform, fetched)
        files = _judged(job, further, fetched.further)
        path = kept(context, transcript, failed=bool(capture.reasons))
    return Result(
        summary="; ".join([f"{capture.lines} lines", *_left_out(further, files)]),
        capture=capture,
        files={file: one for file, one in files.items() if not one.reasons},
        credential=login.credential,
        host_key=fetched.host_key,
        transcript=path,
    )


def _judged(job: Job, platforms: Mapping[str, Platform], fetched: Mapping[str, Fetched]) -> dict[str, Capture]:
    """Further files, each judged by its own proof: what counts against one says nothing of the others."""
    return {
        file: make_capture(
            read.text,
            raw_second=read.second_text,
            platform=platforms[file],
            ended=read.ended,
            prompt_seen=read.prompt_seen,
            redaction=job.redaction,
        )
        for file, read in fetched.items()
    }


def _left_out(wanted: Iterable[str], files: Mapping[str, Capture]) -> list[str]:
    """The files that were asked for and are not kept, each with the reason."""
    reasons = {file: "; ".join(files[file].reasons) if file in files else "not come to" for file in wanted}
    return [f"{file} is not kept: {reason}" for file, reason in reasons.items() if reason]


def _knowing(job: Job, login: Login) -> Job:
    """The job, hiding the secrets of this login too: they may have been rotated since the run began."""
    if job.redaction is None:
        return job
    known = {secret.reveal() for _what, secret in job.redaction.known}
    new = [(what, secret) for what, secret in login.secrets() if secret.reveal() not in known]
    return replace(job, redaction=replace(job.redaction, known=(*job.redaction.known, *new))) if new else job


def _wants_second_read(text: str, platform: Platform, job: Job) -> bool:
    if not platform.reads_twice:
        return False
    cleaned = clean(text, platform)
    kept = hide(cleaned, platform, job.redaction).text if job.redaction else cleaned
    return wants_second_read(kept, platform, job.known)


def _capture(context: Context, job: Job, platform: Platform, fetched: Fetched) -> Capture:
    return make_capture(
        fetched.text,
        raw_second=fetched.second_text,
        platform=platform,
        ended=fetched.ended,
        prompt_seen=fetched.prompt_seen,
        known=job.known,
        minimum_ratio=context.settings.backup.minimum_ratio,
        redaction=job.redaction,
    )
