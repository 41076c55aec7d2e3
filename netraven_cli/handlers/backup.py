"""The job type `backup`: from a device to an accepted configuration in git."""

from __future__ import annotations

from dataclasses import replace
from datetime import timezone
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from netraven_cli.device.platforms import check_platform, known_platforms
from netraven_cli.device.session import Fetched, fetch, limits_of
from netraven_cli.device.transcript import Transcript
from netraven_cli.errors import DataError, NoInputError
from netraven_cli.handlers.archiving import archive_pending
from netraven_cli.handlers.logins import first_let_in
from netraven_cli.plugin import AttemptError, Context, Device, ErrorClass, Job, NewJob, Parameters, Result, Selector
from netraven_cli.snapshot.archive_path import encode
from netraven_cli.snapshot.clean import clean
from netraven_cli.snapshot.hide import hide, hide_all
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
    keep = context.settings.netmiko.preserve_logs
    with _transcript(context, job, platform, login) as transcript:
        try:
            fetched = fetch(
                device,
                platform,
                login,
                limits,
                transcript,
                job.on_abort,
                partial(_wants_second_read, platform=platform, job=job),
            )
            capture = _capture(context, job, platform, fetched)
        except AttemptError as error:
            transcript.note(str(error))
            if keep != "never":
                error.transcript = _named(transcript.keep())
            raise
        kept = transcript.keep() if keep == "always" or (keep == "failure" and capture.reasons) else None
    return Result(
        summary=f"{capture.lines} lines",
        capture=capture,
        credential=login.credential,
        host_key=fetched.host_key,
        transcript=_named(kept),
    )


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


def _named(kept: Path | None) -> str | None:
    return str(kept) if kept else None


def _transcript(context: Context, job: Job, platform: Platform, login: Login) -> Transcript:
    moment = context.now().astimezone(timezone.utc).strftime("%Y%m%dT%H%M%S")
    name = f"{moment}_{encode(job.subject)}_job{job.id}.{job.attempt}_{encode(login.credential)}.log"
    hide = partial(hide_all, platform=platform, redaction=job.redaction) if job.redaction else None
    return Transcript(context.settings.transcripts_dir / name, (login.password, login.enable), hide)


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
