"""The credentials of a job, one after the other, until one is let in."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from netraven_cli.device.secret import with_secrets
from netraven_cli.plugin import AttemptError, ErrorClass, Job

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from netraven_cli.model import Login

Brought = TypeVar("Brought")


def first_let_in(job: Job, attempt: Callable[[Login], Brought]) -> tuple[Brought, tuple[str, ...]]:
    """What the first login brought that was not refused, and the names of those that were.

    Raises:
        AttemptError: none was let in, or the attempt failed in another way; `refused` names those that were refused.
    """
    refused: dict[str, str] = {}
    transcript = None
    unread: dict[str, str] = {}
    for login in job.logins:
        try:
            opened = with_secrets(login)
        except AttemptError as error:
            unread[login.credential] = str(error)
            continue
        try:
            return attempt(opened), tuple(refused)
        except AttemptError as error:
            if error.error_class is not ErrorClass.AUTHENTICATION:
                error.refused = (*refused, *error.refused)
                raise
            refused[login.credential] = str(error)
            transcript = error.transcript or transcript
    nobody = _not_let_in(job, refused, unread)
    nobody.transcript = transcript
    raise nobody


def _not_let_in(job: Job, refused: Mapping[str, str], unread: Mapping[str, str]) -> AttemptError:
    reasons = [*refused.values(), *unread.values(), *(f"the credential {name} is stopped" for name in job.stopped)]
    if not reasons:
        advice = "add one with: netraven credential add NAME --username U"
        return AttemptError(ErrorClass.SETTINGS, f"no credential fits {job.subject}; {advice}")
    # A secret that cannot be read may be there at the next attempt; a password that was refused is not given again.
    error_class = ErrorClass.RESOURCE if unread and not refused else ErrorClass.AUTHENTICATION
    error = AttemptError(error_class, "; ".join(reasons))
    error.refused = tuple(refused)
    return error
