"""The parameters of jobs, held against what their handler names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from netraven_cli.errors import DataError
from netraven_cli.plugin import Parametrised

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netraven_cli.plugin import Handler, Parameters


def checked(handler: Handler, job_type: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parameters that were given, as the handler's model reads them, in the types of JSON.

    Raises:
        DataError: one is not known, not understood or missing.
    """
    if not isinstance(handler, Parametrised):
        return given
    try:
        found = handler.parameters.model_validate(dict(given))
    except ValidationError as error:
        raise DataError(_sentence(job_type, handler.parameters, error)) from None
    return found.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _sentence(job_type: str, model: type[Parameters], error: ValidationError) -> str:
    """What is wrong first of all."""
    fault = error.errors(include_url=False, include_context=False)[0]
    name = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        known = ", ".join(field.alias or name for name, field in model.model_fields.items())
        return f"{job_type} has no parameter {name!r}; " + (f"it has: {known}" if known else "it has none")
    if fault["type"] == "missing":
        return f"{job_type} needs the parameter {name}; give it with --param {name}=VALUE"
    message = fault["msg"].removeprefix("Value error, ")
    what = (
        f"the parameter {name} of {job_type} cannot be {fault['input']!r}" if name else f"the parameters of {job_type}"
    )
    return f"{what}: {message[:1].lower()}{message[1:]}"
