"""Which jobs somebody means: a handler's plan, with the parameters checked that it has named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netraven_cli.errors import SettingsError
from netraven_cli.runner.isolated import IsolatedHandler
from netraven_cli.runner.parameters import checked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from netraven_cli.model import NewJob, Selector
    from netraven_cli.plugin import Context, Handler


def handler_of(context: Context, job_type: str) -> Handler:
    """The handler of a type.

    Raises:
        SettingsError: there is none.
    """
    if job_type not in context.handlers:
        raise SettingsError(f"no handler for the job type {job_type} is installed; see: netraven handler list")
    return context.handlers[job_type]


def jobs_of(context: Context, job_type: str, selector: Selector, params: Mapping[str, Any]) -> Iterable[NewJob]:
    """The jobs that a handler plans.

    Raises:
        DataError: a parameter is not known, not understood or missing.
        NotFoundError: the selector names something that is not there, or matches nothing.
        SettingsError: there is no such handler.
    """
    checked = checked_parameters(context, job_type, params)
    return handler_of(context, job_type).plan(context, selector, checked)


def checked_parameters(context: Context, job_type: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parameters that were given, as the handler's model reads them, in the types of JSON.

    Raises:
        DataError: one is not known, not understood or missing.
        SettingsError: there is no such handler.
    """
    handler = handler_of(context, job_type)
    if isinstance(handler, IsolatedHandler):
        return handler.checked_parameters(context.settings, given)
    return checked(handler, job_type, given)
