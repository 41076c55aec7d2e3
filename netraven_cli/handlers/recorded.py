"""The transcript of a job's session: kept as the setting says, with what a failed session said beside its error."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timezone
from functools import partial
from typing import TYPE_CHECKING

from netraven_cli.device.transcript import Transcript
from netraven_cli.plugin import AttemptError, Context, Job
from netraven_cli.snapshot.archive_path import encode
from netraven_cli.snapshot.hide import hide_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netraven_cli.model import Login, Platform


@contextmanager
def recorded(context: Context, job: Job, platform: Platform | None, login: Login) -> Iterator[Transcript]:
    """A transcript for the length of one session; one that fails is kept unless the setting is `never`.

    Raises:
        AttemptError: the session's, naming the kept transcript.
    """
    transcript = _transcript(context, job, platform, login)
    try:
        yield transcript
    except AttemptError as error:
        transcript.note(str(error))
        if context.settings.netmiko.preserve_logs != "never":
            error.transcript = _named(transcript)
        raise


def kept(context: Context, transcript: Transcript, *, failed: bool) -> str | None:
    """Keep the transcript of a session that came to its end, if the setting says so; its path."""
    keep = context.settings.netmiko.preserve_logs
    return _named(transcript) if keep == "always" or (keep == "failure" and failed) else None


def _named(transcript: Transcript) -> str | None:
    path = transcript.keep()
    return str(path) if path else None


def _transcript(context: Context, job: Job, platform: Platform | None, login: Login) -> Transcript:
    moment = context.now().astimezone(timezone.utc).strftime("%Y%m%dT%H%M%S")
    name = f"{moment}_{encode(job.subject)}_job{job.id}.{job.attempt}_{encode(login.credential)}.log"
    hide = partial(hide_all, platform=platform, redaction=job.redaction) if job.redaction else None
    return Transcript(context.settings.transcripts_dir / name, (login.password, login.enable), hide)
